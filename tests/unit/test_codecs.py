"""Codecs: what they read, what they write, what they refuse, and that reading undoes writing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.chain import reader, writer
from gateway.mapping.codecs import Codec, CodecError, Context, codecs_of
from gateway.mapping.fields import FieldKind, FieldType
from gateway.mapping.unfit import Cut, Unfit

READ = [
    ("text(5)", "abcde", "abcde"),
    ("cut(3)", "abcdef", "abcdef"),
    ("upper", "ab1", "AB1"),
    ("lower", "AB1", "ab1"),
    ("ascii", "A-1", "A-1"),
    ("digits(4-8)", "00123", "00123"),
    ("pad(9 0)", "000000123", "123"),
    ("pad(3 0)", "000", "0"),
    ("prefix(PO-)", "PO-7", "7"),
    ("int", "007", 7),
    ("whole", "12.00", 12),
    ("whole", "12", 12),
    ("whole(3)", "000012000", 12),
    ("whole(3)", "0", 0),
    ("decimal(2)", "-17.5", Decimal("-17.5")),
    ("decimal(2)", ".5", Decimal("0.5")),
    ("decimal(2)", "5.", Decimal(5)),
    ("decimal(2)", "-17.500000", Decimal("-17.50")),
    ("decimal(2 comma)", "17,95000", Decimal("17.95")),
    ("decimal(2 comma)", "17,95", Decimal("17.95")),
    ("decimal(2 grouped)", "1,234,567.80", Decimal("1234567.80")),
    ("decimal(2 comma grouped)", "1.234,50", Decimal("1234.50")),
    ("decimal(2 symbol)", "$ 12.50", Decimal("12.50")),
    ("decimal(2 symbol)", "12.50 EUR", Decimal("12.50")),
    ("decimal(2 signafter)", "12.50-", Decimal("-12.50")),
    ("decimal(2 round)", "1.005", Decimal("1.01")),
    ("implied(2)", "1795", Decimal("17.95")),
    ("per", ("12.50", "100"), Decimal("0.1250")),
    ("per", ("12.50", None), Decimal("12.50")),
    ("per(amount)", ("12.50", "100", "200", "25.00"), Decimal("0.1250")),
    ("per(amount)", ("85.00", "2", "2", "170.00"), Decimal("85.00")),
    ("per(amount)", ("85.00", "2", "3", "100.00"), Decimal("42.5000")),
    ("per(amount)", ("85.00", "2", None, "170.00"), Decimal("42.5000")),
    ("weight(KG)", ("1", "KG"), Decimal("2.2046")),
    ("weight(KG)", ("2.5", "LBR"), Decimal("2.5")),
    ("weight(LB)", ("2.00125", "LB"), Decimal("2.0013")),
    ("weight(LB)", ("16", "OZ"), Decimal("1.0000")),
    ("date(iso)", "2022-06-20", date(2022, 6, 20)),
    ("date(iso)", "2022-06-20T08:15:30.123Z", date(2022, 6, 20)),
    ("date(MM/DD/YYYY)", "06/22/2022", date(2022, 6, 22)),
    ("date(iso)", "2000-01-01", date(2000, 1, 1)),
    ("date(iso)", "2099-12-31", date(2099, 12, 31)),
    ("date(M/D/YY)", "6/2/79", date(2079, 6, 2)),
    ("date(iso | YYYYMMDD)", "20220620", date(2022, 6, 20)),
    ("datetime(iso)", "2022-06-21T08:15:30.5+02:00", datetime(2022, 6, 21, 8, 15, 30, 500000)),
    ("instant(iso)", "2022-06-21T08:15:30.5+02:00", datetime(2022, 6, 21, 8, 15, 30, 500000, timezone(timedelta(hours=2)))),
    ("instant(iso)", "2022-06-21 08:15-0330", datetime(2022, 6, 21, 8, 15, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))),
    ("instant(iso)", "2022-06-21T08:15:30 Z", datetime(2022, 6, 21, 8, 15, 30, tzinfo=UTC)),
    ("instant(iso)", "2022-06-21T08:15:30", datetime(2022, 6, 21, 8, 15, 30)),
    ("instant(iso)", "2022-06-21", datetime(2022, 6, 21)),
    ("datetime(YYYYMMDD + HHmm)", ("20220621", "0815"), datetime(2022, 6, 21, 8, 15)),
    ("datetime(YYYYMMDD + HHmm)", ("20220621", None), datetime(2022, 6, 21)),
    ("dtm(102)", ("20220621", None), datetime(2022, 6, 21)),
    ("dtm(102)", ("202206210815", "203"), datetime(2022, 6, 21, 8, 15)),
    ("dtm(102)", ("20220621-20220628", "718"), datetime(2022, 6, 21)),
    ("flag", "y", True),
    ("flag", "FALSE", False),
    ("flag(J N)", "J", True),
    ("flag(SC)", "SC", True),
    ("bool", "true", True),
    ("list(;)", "a; b;;c", ["a", "b", "c"]),
    ("list(' | ')", "a | b", ["a", "b"]),
    ("pairs(= ' | ')", "A=x | B", [("A", "x"), ("B", None)]),
    ("join(-)", ("a", None, "b"), "a-b"),
    ("split(,)", "a,,c", ("a", None, "c")),
    ("name(first last)", "Anna Maria Byrd", ("Anna Maria", "Byrd")),
    ("name(last, first)", "Byrd, Anna", ("Anna", "Byrd")),
    ("name(auto)", "Anna Byrd", ("Anna", "Byrd", None)),
    ("name(auto)", "Byrd Imports Ltd", (None, None, "Byrd Imports Ltd")),
    ("name(auto)", "Byrd & Sons", (None, None, "Byrd & Sons")),
    ("name(auto)", "Tanuki", (None, None, "Tanuki")),
    ("wrap(10)", ["one two", "three"], "one two three"),
]
REFUSED = [
    ("text(3)", "abcd", "too_long"),
    ("ascii", "straße", "bad_character"),
    ("ascii", "a\tb", "bad_character"),
    ("digits(4)", "12a4", "bad_character"),
    ("digits(4)", "123", "too_short"),
    ("digits(4)", "12345", "too_long"),
    ("digits(4)", "\u0661\u0662\u0663\u0664", "bad_character"),
    ("prefix(PO-)", "7", "bad_form"),
    ("int", "1_000", "not_number"),
    ("int", " 5", "not_number"),
    ("int", "-5", "not_number"),
    ("int", "5.0", "not_number"),
    ("int", "\u0665", "not_number"),
    ("int", "12345678901", "too_long"),
    ("whole", "12.5", "not_number"),
    ("decimal(2)", "NaN", "not_number"),
    ("decimal(2)", "Infinity", "not_number"),
    ("decimal(2)", "1e5", "not_number"),
    ("decimal(2)", "1,5", "not_number"),
    ("decimal(2)", "1.999", "bad_form"),
    ("decimal(2)", "1.99010", "bad_form"),
    ("decimal(2)", "1" * 40, "too_long"),
    ("decimal(2 comma)", "1.5", "not_number"),
    ("decimal(2 grouped)", "12,34.50", "not_number"),
    ("implied(2)", "17.95", "not_number"),
    ("per", ("12", "0"), "not_number"),
    ("weight(KG)", ("1", "STONE"), "not_in_table"),
    ("date(MM/DD/YYYY)", "13/01/2022", "not_date"),
    ("date(MM/DD/YYYY)", "2022-06-01", "not_date"),
    ("date(iso)", "2022-02-30", "not_date"),
    ("date(iso)", "1999-12-31", "not_date"),
    ("date(iso)", "9999-12-31", "not_date"),
    ("date(iso)", "0001-01-01", "not_date"),
    ("date(M/D/YY)", "6/2/99", "not_date"),
    ("date(iso | YYYYMMDD)", "21000101", "not_date"),
    ("datetime(iso)", "9999-12-31T23:59:59", "not_date"),
    ("datetime(YYYYMMDD + HHmm)", ("21000101", "0815"), "not_date"),
    ("instant(iso)", "9999-12-31T23:59:59", "not_date"),
    ("instant(iso)", "2022-06-21T08:15:30+15:00", "not_date"),
    ("instant(iso)", "2022-06-21T08:15:30+02:75", "not_date"),
    ("instant(iso)", "20220621", "not_date"),
    ("dtm(102)", ("20220621", "999"), "not_date"),
    ("dtm(102)", ("99991230", "102"), "not_date"),
    ("flag", "maybe", "bad_form"),
    ("flag(J N)", "Y", "bad_form"),
    ("bool", "Y", "bad_form"),
    ("split(,)", "a,b,c,d", "bad_form"),
    ("pairs(= ;)", "=x", "bad_form"),
]
WORDS = [
    ("int", "-5", "is less than 0"),
    ("int", "-0", "is not a whole number"),
    ("int", "-x", "is not a whole number"),
    ("int", "5.0", "is not a whole number"),
    ("whole", "-12.00", "is less than 0"),
    ("whole", "-1.5", "is not a whole number"),
    ("date(MM/DD/YYYY)", "06/31/2022", "has the form MM/DD/YYYY, but there is no such date"),
    ("date(iso | YYYYMMDD)", "20221301", "has the form YYYYMMDD, but there is no such date"),
    ("date(iso | YYYYMMDD)", "06/21/2022", "is not a date of the form YYYY-MM-DD or YYYYMMDD"),
]
WRITTEN = [
    ("decimal(2-4)", Decimal("8.9"), "8.90"),
    ("decimal(2-4)", Decimal("8.98765"), Unfit),
    ("decimal(2 round)", Decimal("1.005"), "1.01"),
    ("decimal(2 comma grouped)", Decimal("-1234567.5"), "-1.234.567,50"),
    ("decimal(2 signafter)", Decimal("-1.5"), "1.50-"),
    ("implied(2)", Decimal("17.95"), "1795"),
    ("implied(2)", Decimal("17.955"), Unfit),
    ("int", 7, "7"),
    ("pad(9 0)", "123", "000000123"),
    ("pad(2 0)", "123", Unfit),
    ("prefix(PO-)", "7", "PO-7"),
    ("cut(3)", "abcdef", Cut),
    ("flag", True, "Y"),
    ("flag(SC)", False, None),
    ("bool", False, "false"),
    ("date(MM/DD/YYYY)", date(2022, 6, 2), "06/02/2022"),
    ("date(YYMMDD)", date(1979, 1, 1), Unfit),
    ("time(HH:mm)", datetime(2022, 6, 2, 7, 5), "07:05"),
    ("list(;)", ["a", "b"], "a;b"),
    ("list(;)", ["a;b"], Unfit),
    ("wrap(9)", "one two three", ["one two", "three"]),
    ("wrap(3)", "three", Unfit),
    ("name(auto)", ("Anna", "Byrd", None), "Anna Byrd"),
    ("name(auto)", (None, None, "Byrd Ltd"), "Byrd Ltd"),
    ("name(last, first)", ("Anna", "Byrd"), "Byrd, Anna"),
    ("weight(KG)", Decimal("2.2046"), ("1", "KG")),
    ("dtm(102)", date(2022, 6, 2), ("20220602", "102")),
    ("datetime(YYYYMMDD + HHmm)", datetime(2022, 6, 2, 7, 5), ("20220602", "0705")),
]
WRONG = [
    ("uper", "unknown codec 'uper'; did you mean 'upper'?"),
    ("decimal", "decimal takes the number of places"),
    ("decimal(4-2)", "a range like 2-4"),
    ("decimal(2 komma)", "did you mean 'comma'?"),
    ("text(0)", "a number from 1"),
    ("date", "date takes a picture"),
    ("date(YYYY-QQ)", "pictures are made of"),
    ("date(MDYYYY)", "could be read two ways"),
    ("date(MM/DD/YYYY | DD/MM/YYYY)", "could be read two ways"),
    ("date(MM/YYYY)", "lacks the day"),
    ("flag(Y Y)", "two different words"),
    ("name(whatever)", "name takes"),
    ("weight(STONE)", "LB, KG, OZ or G"),
    ("upper(5)", "upper takes no parameters"),
    ("list", "one parameter"),
    ("pad(9", "closing bracket"),
    ("dtm(999)", "unknown date form"),
]


def only(text: str, fields: int = 1) -> Codec:
    (codec,) = codecs_of(text, Context(fields))
    return codec


@pytest.mark.parametrize(("codec", "raw", "value"), READ)
def test_a_codec_reads(codec: str, raw: Any, value: Any) -> None:
    assert only(codec, 3 if codec.startswith("split") else 1).decode(raw) == value


@pytest.mark.parametrize(("codec", "raw", "kind"), REFUSED)
def test_a_codec_refuses_what_is_not_its_form(codec: str, raw: Any, kind: str) -> None:
    with pytest.raises(Unfit) as caught:
        only(codec, 3).decode(raw)
    assert caught.value.kind == kind


@pytest.mark.parametrize(("codec", "raw", "text"), WORDS)
def test_a_number_below_zero_is_told_as_one(codec: str, raw: str, text: str) -> None:
    with pytest.raises(Unfit) as caught:
        only(codec, 3).decode(raw)
    assert caught.value.text == text


@pytest.mark.parametrize(("codec", "value", "text"), WRITTEN)
def test_a_codec_writes_or_refuses_what_does_not_fit(codec: str, value: Any, text: Any) -> None:
    if isinstance(text, type):
        with pytest.raises(text):
            only(codec).encode(value)
    else:
        assert only(codec).encode(value) == text


@pytest.mark.parametrize(("codec", "says"), WRONG)
def test_a_codec_that_cannot_be_is_told_with_the_remedy(codec: str, says: str) -> None:
    with pytest.raises(CodecError) as caught:
        codecs_of(codec, Context())
    assert says in str(caught.value)


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="|=;,"), min_size=1, max_size=12)
ZONES = [timezone(timedelta(minutes=minutes)) for minutes in (-14 * 60, -210, 345, 540)]
AMOUNTS = st.decimals(min_value=-(10**6), max_value=10**6, places=2, allow_nan=False)
DAYS = st.dates(date(2000, 1, 1), date(2079, 12, 31))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2079, 12, 31)).map(lambda moment: moment.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("codec", "values"),
    [
        ("int", st.integers(0, 999_999_999)),
        ("whole", st.integers(0, 999_999_999)),
        ("decimal(2)", AMOUNTS),
        ("decimal(0-4)", AMOUNTS),
        ("decimal(2 comma grouped)", AMOUNTS),
        ("decimal(2 signafter)", AMOUNTS),
        ("implied(2)", AMOUNTS.map(abs)),
        ("date(iso)", DAYS),
        ("date(MM/DD/YYYY)", DAYS),
        ("date(D.M.YY)", DAYS),
        ("datetime(iso)", st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))),
        ("instant(iso)", st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.sampled_from([None, UTC, *ZONES]))),
        ("datetime(YYYYMMDD + HHmm)", MOMENTS),
        ("flag", st.booleans()),
        ("flag(J N)", st.booleans()),
        ("bool", st.booleans()),
        ("list(;)", st.lists(WORDS, min_size=1)),
        ("pairs(= ' | ')", st.lists(st.tuples(WORDS, WORDS), min_size=1)),
        ("prefix(PO-)", WORDS),
        ("pad(14 0)", WORDS.filter(lambda word: not word.startswith("0"))),
        ("split(,)", st.tuples(WORDS, WORDS, WORDS)),
        ("wrap(40)", st.lists(WORDS, min_size=1).map(" ".join)),
    ],
)
def test_reading_undoes_writing(codec: str, values: st.SearchStrategy[Any]) -> None:
    one = only(codec, 3)

    @given(values)
    def holds(value: Any) -> None:
        assert one.decode(one.encode(value)) == value

    holds()


@given(st.text(max_size=40), st.sampled_from([text for text, *_ in READ if not isinstance(_[0], tuple | list)]))
def test_any_text_is_read_or_refused(text: str, codec: str) -> None:
    one = only(codec, 3)
    with suppress(Unfit):
        one.decode(text.strip() or "x")


def field(kind: FieldKind, **words: Any) -> FieldType:
    return FieldType("some", kind, **words)


def test_a_field_without_codec_is_read_and_written_by_its_type() -> None:
    amount = field(FieldKind.DECIMAL, digits=13, places=2)
    cost = field(FieldKind.DECIMAL, digits=13, places=4)

    assert reader([amount], (), None, ())(" 8.9 ") == Decimal("8.9")
    assert writer([amount], (), None)(Decimal(8)) == "8.00"
    assert writer([cost], (), None)(Decimal("8.9800")) == "8.98"
    assert reader([field(FieldKind.DATE)], (), None, ())("2022-06-20") == date(2022, 6, 20)
    assert reader([field(FieldKind.CODE, words=("accepted",))], (), None, ())("Accepted") == "accepted"
    assert reader([field(FieldKind.TEXT, most=3, upper=True)], (), None, ())("usd") == "USD"
    assert reader([field(FieldKind.TEXT, most=3)], (), None, ("-", "N/A"))("N/A") is None


def test_amounts_beyond_the_field_are_refused_whatever_is_remembered() -> None:
    read = reader([field(FieldKind.DECIMAL, digits=5, places=2)], (), None, ())

    assert read("123.45") == read("123.45") == Decimal("123.45")
    with pytest.raises(Unfit):
        read("1234.5")
    with pytest.raises(Unfit):
        read("1.234")


def test_codecs_behind_a_list_work_on_each_piece() -> None:
    type_ = field(FieldKind.TEXT, most=50, is_list=True)
    codecs = codecs_of("list(;) upper", Context())

    assert reader([type_], codecs, None, ())("a;b") == ["A", "B"]


def test_the_partners_length_counts_for_the_whole_text_of_a_name() -> None:
    codecs = codecs_of("name(auto) cut(10)", Context(3))

    with pytest.raises(Cut) as caught:
        writer([field(FieldKind.TEXT, most=60)] * 3, codecs, None)((None, None, "Byrd Imports Ltd"))
    assert caught.value.value == "Byrd Impor"


@pytest.mark.parametrize("kind", [FieldKind.DATE, FieldKind.DATETIME])
def test_the_form_of_a_date_without_its_date_is_no_value(kind: FieldKind) -> None:
    read = reader([FieldType("as_of", kind)], codecs_of("dtm(102)", Context()), None, ())
    assert read(("", "102")) is None
