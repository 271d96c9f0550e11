"""Documents that are made from moulds are those that the rules read, and whatever is odd about a set its rules tell."""

from __future__ import annotations

import io
import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.formats.edi.findings import STRICT
from gateway.formats.edi.forms import Form
from gateway.formats.edi.gates import PATIENCE
from gateway.formats.edi.habits import Habit, Habits
from gateway.mapping import Library, Mapping, Reading, Values
from gateway.mapping.cast import Mould
from gateway.mapping.moulds import FORGET_AFTER, MOST_FORMS, OFTEN, Moulds
from gateway.mapping.reading import plain_fill

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(ROOT / "mappings")
VALUES = Values(partner={"system": "OMS", "brand": "10", "location": "00001", "vendor": "257", "carrier": "DHL"})
STRICTLY = Values(partner=VALUES.partner, habits=Habits(x12=Habit(tolerance=STRICT), edifact=Habit(tolerance=STRICT)))
MOULDED = [
    *("x12-850", "x12-850-005010", "x12-810", "x12-855", "x12-860-address", "x12-860-cancel", "x12-865"),
    *("edifact-orders", "edifact-invoic", "edifact-ordchg-address", "edifact-ordchg-cancel"),
]
RULED = ["x12-856", "x12-860", "edifact-desadv", "edifact-ordchg", "edifact-ordrsp"]
LEARNING = PATIENCE + 4
ENOUGH = (OFTEN + 60) // 2
SPOILT = [
    *("", " ", "  X", "x ", "x", "Z" * 36, "Z" * 300, "\u00e9", "?", "0", "1", "1.5", "-1", ".5", "1e3", "999999"),
    *("20260230", "20260622", "260622", "06", "ZZ", "ST", "CO", "EA", "C", "IC", "{PO}", "$X", "A:B", "A>B", "102"),
    *("Smith, Ada & Co", "ADA LOVELACE ASH"),
]
MORE = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12), st.sampled_from(SPOILT)), min_size=1, max_size=4)


@pytest.mark.parametrize("name", MOULDED)
def test_sets_that_lie_alike_are_made_from_moulds(name: str) -> None:
    assert moulded(mapping_of(name), Sample(name).file([]))


@pytest.mark.parametrize("name", RULED)
def test_sets_that_must_be_looked_into_are_read_by_rules(name: str) -> None:
    assert not moulded(mapping_of(name), Sample(name).file([]))


@pytest.mark.parametrize("name", MOULDED)
def test_every_value_that_is_spoilt_is_read_and_told_as_rules_do(name: str) -> None:
    sample = Sample(name)
    assert_same(name, sample.file(list(sample.spoilt())[::7]))


@pytest.mark.parametrize("name", ["x12-850", "edifact-orders"])
def test_a_strict_partner_is_read_and_told_the_same(name: str) -> None:
    sample = Sample(name)
    assert_same(name, sample.file(list(sample.spoilt())[::23]), STRICTLY)


@pytest.mark.parametrize("name", MOULDED)
@settings(max_examples=5, deadline=None)
@given(changes=st.lists(MORE, min_size=1, max_size=12), seed=st.integers(0, 99))
def test_sets_with_several_changes_are_read_and_told_as_rules_do(name: str, changes: list[list[tuple[int, int, str]]], seed: int) -> None:
    sample = Sample(name)
    sets = [sample.changed(each) for each in changes]
    random.Random(seed).shuffle(sets)
    assert_same(name, sample.file(sets))


@pytest.mark.parametrize(
    ("name", "values"), [("x12-850", VALUES), ("x12-810", STRICTLY), ("edifact-orders", VALUES), ("edifact-invoic", STRICTLY)]
)
def test_what_is_wrong_around_sets_that_run_on_rails_is_told_as_rules_do(name: str, values: Values) -> None:
    damaged = Sample(name).damaged()
    assert on_rails(mapping_of(name), damaged) > 20
    assert_same(name, damaged, values)


def test_sets_of_another_group_or_interchange_run_on_rails_of_their_own() -> None:
    sample = Sample("x12-850")
    text = sample.file([sample.segments] * ENOUGH).decode()
    isa, group, closing = text[: text.index("GS*")], text[text.index("GS*") : text.index("IEA*")], text[text.index("IEA*") :]
    count = text.count("ST*850")
    other = group.replace("*74*X*004010", "*75*X*004010VICS").replace(f"GE*{count}*74", f"GE*{count}*75")
    source = (isa + group + other + closing.replace("IEA*1*", "IEA*2*") + text.replace("*000000074", "*000000076")).encode()
    assert_same("x12-850", source)
    told = [reading.document.envelope for reading in readings(mapping_of("x12-850"), source, VALUES) if reading.document is not None]
    assert {(one.version, (one.reference or "")[:12]) for one in told} == {
        ("004010", "000000074/74"),
        ("004010 VICS", "000000074/75"),
        ("004010", "000000076/74"),
    }


@pytest.mark.parametrize("name", ["x12-850", "edifact-orders"])
def test_sets_of_several_forms_that_take_turns_run_on_rails(name: str) -> None:
    sample, other, short = Sample(name), Sample(name), Sample(name)
    del other.segments[3]
    other.segments[4] = other.segments[4] + other.mark + "X"
    short.segments[2] = short.segments[2].replace("W1001", "W2002").replace("REF*CO", "REF*CR").replace("DTM+2", "DTM+63")
    kinds = [other.segments, short.segments, sample.segments, other.segments]
    source = sample.file(kinds * (ENOUGH // 2))
    assert_same(name, source)
    assert on_rails(mapping_of(name), source) > 2 * ENOUGH


def test_a_text_in_several_components_is_one_value_of_a_mould() -> None:
    sample = Sample("edifact-orders")
    at = next(place for place, one in enumerate(sample.segments) if one.startswith("FTX+DEL"))
    sample.segments.insert(at + 2, "RFF+ABO:7")  # so that no other test has seen such sets
    sets = [
        [*sample.segments[:at], f"FTX+DEL+++{text}", *sample.segments[at + 1 :]] for text in ("a: ", " : b", ": ", ":b", " a : b ", "a:b:c")
    ]
    sample.segments[at] = "FTX+DEL+++Leave it:at the ?+ side?:door"
    source = sample.file(sets * 12)
    assert_same("edifact-orders", source)
    assert on_rails(mapping_of("edifact-orders"), source) > 30


def test_capital_letters_are_looked_for_where_they_are_agreed() -> None:
    sample = Sample("edifact-orders")
    sample.around[-1] = sample.around[-1].replace("UNOC", "UNOA")
    source = sample.file([sample.segments] * ENOUGH)
    assert not on_rails(mapping_of("edifact-orders"), source)
    assert_same("edifact-orders", source)


def test_what_a_mould_does_can_be_read() -> None:
    mapping, sample = mapping_of("x12-850"), Sample("x12-850")
    scan = mapping.layout.survey(io.BytesIO(sample.file([sample.segments] * ENOUGH)))
    run = mapping.run(VALUES, scan)
    for found in scan:
        mapping.document_of(found, 1, run)
        run.begin()
        if isinstance(found.mould, Mould):
            break
    assert isinstance(found.mould, Mould)
    assert "number_1 = BEG03_2.strip().upper()" in found.mould.source
    with pytest.raises(AttributeError) as told:
        found.mould.make(None, *[None] * len(found.mould.takes))
    assert "BEG03_2.strip()" in "".join(traceback.format_exception(told.value))


def test_forms_without_end_do_not_push_out_those_that_are_known() -> None:
    mapping = mapping_of("x12-850")
    scan = mapping.layout.survey(io.BytesIO(Sample("x12-850").file([])))
    found, form = next((found, found.form) for found in scan if isinstance(found.form, Form))
    run, moulds = mapping.run(VALUES, scan), Moulds(lambda: None, mapping.run, ())
    for _ in range(MOST_FORMS + 1):
        moulds.document(replace(found, form=replace(form)), run)
    assert len(run.moulds) == MOST_FORMS
    known = next(iter(run.moulds))
    for _ in range(FORGET_AFTER):
        moulds.document(replace(found, form=known), run)
    moulds.document(found, run)
    assert list(run.moulds) == [form]


def test_partners_with_other_settings_have_moulds_of_their_own() -> None:
    source, mapping = Sample("x12-850").file([]), mapping_of("x12-850")
    for system in ("OMS", "WMS", "OMS"):
        values = Values(partner={**VALUES.partner, "system": system})
        assert {reading.document.system for reading in mapping.read(io.BytesIO(source), values)} == {system}  # type: ignore[union-attr]


def test_what_no_rule_reads_is_told_once_a_file() -> None:
    sample = Sample("x12-850")
    sample.segments.insert(3, "REF*ZZ*4711")
    sample.segments.insert(3, "REF*QK*4711")
    source = sample.file([])
    assert moulded(mapping_of("x12-850"), source)
    assert_same("x12-850", source)
    told = [issue for reading in mapping_of("x12-850").read(io.BytesIO(source), VALUES) for issue in reading.issues]
    assert [issue.text for issue in told if issue.kind == "unread"] == ["REF[QK] is read by no rule", "REF[ZZ] is read by no rule"]


def test_a_segment_that_is_told_each_time_keeps_a_set_from_its_mould() -> None:
    sample = Sample("x12-850")
    sample.segments.insert(3, "REF*CO*another")
    sample.segments.insert(3, "REF*CO*one")
    source = sample.file([])
    assert not moulded(mapping_of("x12-850"), source)
    assert_same("x12-850", source)


def test_a_mapping_that_is_watched_reads_by_its_rules() -> None:
    assert not moulded(by_rules(mapping_of("x12-850")), Sample("x12-850").file([]))


class Sample:
    """The first set of a sample, its first and last segment apart, and what stands around it."""

    def __init__(self, name: str) -> None:
        self.is_x12 = name.startswith("x12")
        self.end, self.mark = ("~", "*") if self.is_x12 else ("'", "+")
        text = (ROOT / "samples" / f"{name}.edi").read_text()
        segments = [one.strip() for one in text.split(self.end) if one.strip()]
        tags = [one.split(self.mark)[0] for one in segments]
        first, last = tags.index("ST" if self.is_x12 else "UNH"), tags.index("SE" if self.is_x12 else "UNT")
        self.around, self.opening, self.segments = segments[:first], segments[first].split(self.mark), segments[first + 1 : last]

    def file(self, sets: Sequence[Sequence[str]]) -> bytes:
        """So many sets of the sample that the gateway knows them, then these; and one of the sample behind each of them."""
        known = [self.segments] * LEARNING
        every = [*known, *(one for pair in sets for one in (pair, self.segments))]
        lines = [line for number, one in enumerate(every, 1) for line in self._set(one, number)]
        if not self.is_x12:
            closing = [f"UNZ+{len(every)}+{self.around[-1].split('+')[5]}"]
        else:
            closing = [f"GE*{len(every)}*{self.around[-1].split('*')[6]}", f"IEA*1*{self.around[0].split('*')[13]}"]
        return "".join(f"{line}{self.end}\n" for line in (*self.around, *lines, *closing)).encode("latin-1")

    def spoilt(self) -> Iterator[list[str]]:
        """The set with one value after the other replaced, left out, or added."""
        for at, segment in enumerate(self.segments):
            for number in range(1, len(segment.split(self.mark)) + 1):
                for value in SPOILT:
                    yield self.changed([(at, number, value)])

    def changed(self, changes: Sequence[tuple[int, int, str]]) -> list[str]:
        """The set with other values."""
        made = [segment.split(self.mark) for segment in self.segments]
        for at, number, value in changes:
            segment = made[at % len(made)]
            place = 1 + (number - 1) % len(segment)
            segment[place : place + 1] = [value]
        return [self.mark.join(segment) for segment in made]

    def damaged(self) -> bytes:
        """So many sets of the sample that they run on rails, then some that are damaged outside of their values, each before a good one."""
        text = self.file([self.segments] * ENOUGH).decode()
        tag = "\nST*" if self.is_x12 else "\nUNH+"
        head, *sets = text.split(tag)
        last, closing = sets[-1].split("\nGE*" if self.is_x12 else "\nUNZ+")
        sets[-1] = last
        end, mark = self.end, self.mark
        trailer = sets[-1].split("\n")[-1]
        name, count, control = trailer.rstrip(end).split(mark)

        def turned(text: str, *changes: tuple[str, str]) -> str:
            for old, new in changes:
                text = text.replace(old, new, 1)
            return text

        closes = f"{name}{mark}{count}{mark}"
        damages: list[Callable[[str], str]] = [
            lambda one: one.replace(closes, f"{name}{mark}{int(count) + 1}{mark}"),
            lambda one: one.replace(closes, f"{name}{mark}0{count}{mark}"),
            lambda one: one.replace(closes, f"{closes}0"),
            lambda one: one.replace(closes, f"{closes}9"),
            lambda one: one[: one.index(closes)].rstrip("\n"),
            lambda one: one[:-1],
            lambda one: one + mark,
            lambda one: one + end,
            lambda one: one + "\n\n  ",
            lambda one: one + "\r",
            lambda one: one + "\nXYZ" + mark + "1" + end,
            lambda one: one.replace("\n", "\r\n"),
            lambda one: one.replace("\n", ""),
            lambda one: one.replace("\n", "\n ", 3),
            lambda one: one.replace("\n", "\n\n", 3),
            lambda one: one.replace(end, mark + end, 4),
            lambda one: one.replace(end, end + end, 2),
            lambda one: one.replace(mark, mark + "\t", 5),
            lambda one: one.replace(mark, mark + "\n", 7),
            lambda one: one.replace(mark, mark + "\x7f", 7),
            lambda one: one.replace(mark, mark + "\xfc", 7),
            lambda one: turned(one, ("\n", "\nREF*ZZ*1~\n" if self.is_x12 else "\nRFF+ZZZ:1'\n")),
            lambda one: one.lower(),
            lambda one: control + one[one.index(mark) :] if not self.is_x12 else turned(one, (one.split(mark)[1].split(end)[0], control)),
            lambda one: one.replace(one.split(mark)[self.is_x12].split(end)[0], "77"),
            lambda one: one.replace(one.split(mark)[self.is_x12].split(end)[0], "1234567890123456"),
        ]
        for place, damage in enumerate(damages):
            sets[-2 - 2 * place] = damage(sets[-2 - 2 * place])
        return (tag.join([head, *sets]) + ("\nGE*" if self.is_x12 else "\nUNZ+") + closing).encode("latin-1")

    def _set(self, segments: Sequence[str], number: int) -> list[str]:
        control = f"{number:04}"
        at = 2 if self.is_x12 else 1
        opening = self.mark.join([*self.opening[:at], control, *self.opening[at + 1 :]])
        return [opening, *segments, self.mark.join(["SE" if self.is_x12 else "UNT", str(len(segments) + 2), control])]


def mapping_of(sample: str) -> Mapping:
    """The mapping that a sample is for."""
    name = sample if sample.startswith("edifact") or sample.endswith("010") else f"{sample}-004010"
    return LIBRARY.get(name)


def by_rules(mapping: Mapping) -> Mapping:
    """The mapping as it is compiled where somebody looks over its shoulder."""
    return mapping.watched(partial(plain_fill))


def moulded(mapping: Mapping, source: bytes) -> int:
    """How many sets are made from moulds."""
    scan = mapping.layout.survey(io.BytesIO(source))
    run = mapping.run(VALUES, scan)
    count = 0
    for found in scan:
        if found.form is not None and mapping.moulds.document(found, run) is not None:
            count += 1
        else:
            mapping.document_of(found, 1, run)
            run.begin()
    return count


def on_rails(mapping: Mapping, source: bytes) -> int:
    """How many sets are taken from the file by one pattern, and made from their mould."""
    scan = mapping.layout.survey(io.BytesIO(source))
    run = mapping.run(VALUES, scan)
    count = 0
    for found in scan:
        count += found.mould is not None and mapping.moulds.document(found, run) is not None
        mapping.document_of(found, 1, run)
        run.begin()
    return count


def assert_same(name: str, source: bytes, values: Values = VALUES) -> None:
    mapping = mapping_of(name)
    made, read = readings(mapping, source, values), readings(by_rules(mapping), source, values)
    assert len(made) == len(read)
    for one, other in zip(made, read, strict=True):
        assert one == other
    kept: list[Reading] = []
    if mapping.read_once(io.BytesIO(source), values, kept.append):
        assert kept == read


def readings(mapping: Mapping, source: bytes, values: Values) -> list[Reading]:
    return list(mapping.read(io.BytesIO(source), values))
