"""Documents that go through stencils are written as rules write them, and whatever is odd about one its rules tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.documents import Document
from gateway.formats.edi.segments import Delimiters
from gateway.kernel import Issue
from gateway.mapping import Library, Mapping, Values
from gateway.mapping.fields import FieldKind, part_type
from gateway.mapping.printing import FIRST
from gateway.mapping.proof import specimens, stencils
from gateway.mapping.reading import plain_fill
from gateway.mapping.trial import samples

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(ROOT / "mappings")
VALUES = Values(
    partner={"system": "OMS", "brand": "10", "location": "00001", "vendor": "257", "carrier": "DHL"},
    batch={"number": 74, "made_at": datetime(2026, 6, 22, 9, 0, 2)},
)
WRITTEN = sorted(
    path.stem for path in (ROOT / "mappings").glob("*.yaml") if path.stem.startswith(("x12", "edifact")) and LIBRARY.get(path.stem).writes
)
RULED = {"edifact-desadv", "edifact-desadv-d01b", "x12-856-004010", "x12-856-005010", "edifact-ordrsp-retailer-d01b"}
"""Sets with levels, and one whose only sample is judged by what stands in a list of a list."""
LEARNING = FIRST + 6
STEP = 11
"""One of so many spoilt values is tried; with 1 each of them."""
ODD: dict[type, Sequence[Any]] = {
    str: (
        *("", " ", " x", "x ", "x", "Z" * 21, "Z" * 36, "z" * 71, "Z" * 300, "0", "N", "EA", "GB", "true", "257"),
        *(
            "caf\u00e9",
            "\u0141\u00f3d\u017a",
            "\u2028",
            "a\nb",
            "what?",
            "a*b",
            "a~b",
            "it's",
            "a+b:c",
            "a>b",
            "100%s",
            "{0}",
            "\ue0001\ue001",
            "\u200b",
        ),
    ),
    Decimal: tuple(map(Decimal, ("0", "-1.50", "0.0001", "0.000001", "12", "1.10", "123456789012.34", "1E+3"))),
    int: (0, -1, 1, 7, 10**12),
    date: (date(2026, 2, 28), date(1999, 12, 31)),
    datetime: (datetime(2026, 2, 28, 23, 59),),
    bool: (True, False),
}
ADDED: dict[FieldKind, Sequence[Any]] = {
    FieldKind.TEXT: ("X1",),
    FieldKind.DECIMAL: (Decimal("2.50"), Decimal(0)),
    FieldKind.INT: (3,),
    FieldKind.DATE: (date(2026, 7, 1),),
    FieldKind.FLAG: (True, False),
}
CHOICES = st.lists(st.integers(0, 100_000), min_size=1, max_size=5)


@pytest.mark.parametrize("name", WRITTEN)
def test_documents_that_look_alike_go_through_stencils(name: str) -> None:
    mapping = LIBRARY.get(name)
    alike = [document for document in documents(name) for _ in range(LEARNING + 1)]
    assert bool(printed(mapping, alike)) is (name not in RULED)


@pytest.mark.parametrize("name", WRITTEN)
def test_every_value_that_is_spoilt_is_written_and_told_as_rules_do(name: str) -> None:
    document = documents(name)[-1]
    spoilt = list(changed(document))[::STEP]
    for at in range(0, len(spoilt), 60):  # so many that no issue is left out for being one too many
        assert_same(name, mixed([document], spoilt[at : at + 60]))


@pytest.mark.parametrize("name", sorted(set(WRITTEN) - RULED))
@settings(max_examples=3, deadline=None)
@given(choices=CHOICES)
def test_documents_with_several_changes_are_written_and_told_as_rules_do(name: str, choices: Sequence[int]) -> None:
    base = documents(name)[0]
    found = []
    for choice in choices:
        document = base
        for turn in range(1 + choice % 4):
            every = list(changed(document))
            document = every[(choice * (turn + 7)) % len(every)]
        found += [document] * 4
    assert_same(name, mixed([base], found))


@pytest.mark.parametrize(
    ("charset", "line_end", "marks"),
    [
        ("basic", "", Delimiters("*", ">", "~")),
        ("ascii", "\n", Delimiters("|", "<", "\\", "^")),
        ("latin-1", "\r\n", Delimiters("+", ":", "'", "!")),
    ],
)
def test_other_characters_and_delimiters_are_kept_to(charset: str, line_end: str, marks: Delimiters) -> None:
    name = "x12-850-004010"
    layout: Any = LIBRARY.get(name).layout
    envelope = msgspec.structs.replace(layout.specimen(), charset=charset, line_end=line_end, delimiters=marks)
    document = documents(name)[0]
    assert_same(name, mixed([document], list(changed(document))[::17]), msgspec.structs.replace(VALUES, envelope=envelope))


def test_the_next_file_like_one_finds_its_stencils_made() -> None:
    library, name = Library(ROOT / "mappings"), "x12-850-004010"
    mapping, orders = library.get(name), documents(name)
    assert written(mapping, orders * LEARNING, VALUES) == written(by_rules(mapping), orders * LEARNING, VALUES)
    assert printed(mapping, orders) == len(orders)
    assert written(mapping, orders, VALUES) == written(by_rules(mapping), orders, VALUES)


@pytest.mark.parametrize("what", ["delimiters", "line_end", "charset"])
def test_a_file_with_other_characters_has_stencils_of_its_own(what: str) -> None:
    library, name = Library(ROOT / "mappings"), "x12-850-004010"
    mapping, orders = library.get(name), documents(name)
    layout: Any = mapping.layout
    others = {"delimiters": Delimiters("|", ">", "~"), "line_end": "\n", "charset": "basic"}
    envelope = msgspec.structs.replace(layout.specimen(), **{what: others[what]})
    values = msgspec.structs.replace(VALUES, envelope=envelope)
    written(mapping, orders * LEARNING, VALUES)
    assert printed(mapping, orders, values) == 0
    assert written(mapping, orders * LEARNING, values) == written(by_rules(mapping), orders * LEARNING, values)


@pytest.mark.parametrize(
    ("name", "other", "is_same"),
    [
        ("x12-850-batch-004010", {"batch": {"number": 75, "made_at": VALUES.batch["made_at"]}}, True),
        ("x12-850-batch-004010", {"batch": {"number": "75"}}, False),
        ("x12-850-batch-004010", {"batch": {}}, False),
        ("x12-850-004010", {"batch": {"number": 75}}, True),
        ("x12-850-004010", {"partner": {**VALUES.partner, "carrier": "UPS"}}, False),
        ("x12-850-004010", {"partner": {**VALUES.partner, "terms": "30"}}, True),
    ],
)
def test_files_that_answer_otherwise_to_what_rules_ask_have_stencils_of_their_own(
    name: str, other: dict[str, Any], *, is_same: bool
) -> None:
    mapping, orders = Library(ROOT / "mappings").get(name), documents(name)
    orders = [msgspec.structs.replace(one, carrier=None) for one in orders] if name == "x12-850-004010" else orders
    values = msgspec.structs.replace(VALUES, **other)
    written(mapping, orders * LEARNING, VALUES)
    assert bool(printed(mapping, orders, values)) is is_same
    assert written(mapping, orders, values) == written(by_rules(mapping), orders, values)


def test_what_another_file_is_the_first_to_ask_for_is_its_own() -> None:
    mapping, (order, *_) = Library(ROOT / "mappings").get("x12-850-004010"), documents("x12-850-004010")
    values = msgspec.structs.replace(VALUES, partner={**VALUES.partner, "carrier": "UPS"})
    written(mapping, [order] * LEARNING, VALUES)
    orders = [order, *[msgspec.structs.replace(order, carrier=None)] * LEARNING]
    assert printed(mapping, orders, values) > 1
    assert written(mapping, orders, values) == written(by_rules(mapping), orders, values)


def test_capitals_are_told_in_each_file() -> None:
    mapping, orders = LIBRARY.get("edifact-orders"), documents("edifact-orders")
    layout: Any = mapping.layout
    values = msgspec.structs.replace(VALUES, envelope=msgspec.structs.replace(layout.specimen(), charset="UNOA"))
    first, second = (written(mapping, orders * LEARNING, values) for _ in range(2))
    assert first == second
    assert any("capital letters only" in issue.text for issue in second[1])


def test_a_mapping_that_is_watched_writes_by_its_rules() -> None:
    assert not printed(by_rules(LIBRARY.get("x12-850-004010")), documents("x12-850-004010") * LEARNING)


def test_a_file_of_few_documents_is_not_worth_stencils() -> None:
    assert not printed(Library(ROOT / "mappings").get("x12-850-004010"), documents("x12-850-004010") * FIRST)


def test_lists_of_any_length_go_through_the_same_stencil() -> None:
    mapping, order = LIBRARY.get("x12-850-004010"), documents("x12-850-004010")[0]
    line = order.lines[0]  # type: ignore[union-attr]  # it is an order
    orders = [msgspec.structs.replace(order, lines=(line,) * count) for count in (1, 2, 3, 50, 1, 150, 7)]
    assert printed(mapping, [*[orders[0]] * LEARNING, *orders]) >= len(orders)
    assert_same("x12-850-004010", [*[orders[0]] * LEARNING, *orders])


def test_stencils_can_be_read() -> None:
    found = stencils(LIBRARY, "x12-850-004010")
    assert any('f"N1*ST*{' in one for one in found)
    assert any('f"PO1*{' in one and "if it.gtin is not None: return None\n" in one for one in found)
    assert not stencils(LIBRARY, "createdsorder")


@cache
def documents(name: str) -> Sequence[Document]:
    """The documents of a mapping's tests."""
    mapping, found = LIBRARY.get(name), list[Document]()
    for sample in samples(LIBRARY, name):
        values = msgspec.structs.replace(sample.values, partner=dict(VALUES.partner) | dict(sample.values.partner))
        found += specimens(mapping, msgspec.structs.replace(sample, values=values))
    return tuple(found)


def changed(part: Any) -> Iterator[Any]:
    """The same with one value after the other replaced, left out, or added; and with lists shorter and longer."""
    for field in msgspec.structs.fields(part):
        value = getattr(part, field.name)
        for other in others(value):
            if other is not None or not field.required:
                yield msgspec.structs.replace(part, **{field.name: other})
        kind = part_type(type(part)).fields.get(field.name)
        if value is None and kind is not None and not kind.is_list:
            yield from (msgspec.structs.replace(part, **{field.name: other}) for other in ADDED.get(kind.kind, ()))


def others(value: Any) -> Iterator[Any]:
    match value:
        case msgspec.Struct():
            yield from changed(value)
            yield None
        case tuple():
            yield ()
            yield value * 2
            yield value * 3
            for at, entry in enumerate(value):
                for other in others(entry):
                    if other is not None:
                        yield (*value[:at], other, *value[at + 1 :])
        case dict():
            yield {"service_level": "ON"}
        case None:
            return
        case _:
            yield None
            yield from ODD.get(type(value), ())


def mixed(known: Sequence[Document], odd: Sequence[Document]) -> list[Document]:
    """So many that the gateway knows them, then the odd ones, each twice, and a usual one behind each."""
    return [*(one for one in known for _ in range(LEARNING)), *(each for one in odd for each in (one, one, known[0]))]


def by_rules(mapping: Mapping) -> Mapping:
    """The mapping as it is compiled where somebody looks over its shoulder."""
    return ruled(mapping.name)


@cache
def ruled(name: str) -> Mapping:
    return LIBRARY.get(name).watched(partial(plain_fill))


def printed(mapping: Mapping, orders: Sequence[Document], values: Values = VALUES) -> int:
    """How many of the documents go through stencils."""
    assert mapping.writer is not None
    layout: Any = mapping.layout
    prints = mapping.writer.prints(layout, msgspec.structs.replace(values, envelope=values.envelope or layout.specimen()))
    return sum(prints.printed(order, number) is not None for number, order in enumerate(orders, 1))


def assert_same(name: str, orders: Sequence[Document], values: Values = VALUES) -> None:
    mapping = LIBRARY.get(name)
    made, ruled = (written(one, orders, values) for one in (mapping, by_rules(mapping)))
    assert made == ruled


def written(mapping: Mapping, orders: Sequence[Document], values: Values) -> tuple[list[bytes], tuple[Issue, ...]]:
    target = BytesIO()
    issues = mapping.rehearse(orders, target, values)
    return target.getvalue().splitlines(keepends=True), issues
