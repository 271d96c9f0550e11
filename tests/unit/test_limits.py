"""The limits of the page *Limits* for what partners send: what is just within passes, what is beyond gives an issue with its place."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from gateway.config.patterns import LONGEST, read_pattern
from gateway.formats import base, json_split, text_lines, xml
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, Refused
from gateway.kernel.yaml_text import LIMIT, load_yaml_text
from gateway.mapping import Library, Values, run
from gateway.mapping.numbers import LONGEST_INT

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(ROOT / "mappings")
XML, CSV, JSON = ((ROOT / "samples" / name).read_bytes() for name in ("createdsorder.xml", "shipments.csv", "shipments.json"))
ORDER = XML[XML.index(b"<purchase_order>") : XML.index(b"</purchase_order>") + len(b"</purchase_order>")]
UNREAD = {"unread"}

Make = Callable[[int], bytes]


def xml_depth(levels: int) -> bytes:
    """The order stands at the second level, what is put into it at the third."""
    inside = levels - 2
    return XML.replace(b"<po_no>", b"<a>" * inside + b"</a>" * inside + b"<po_no>")


def xml_attributes(count: int) -> bytes:
    return XML.replace(b"<po_no>", b"<po_no " + b" ".join(b'a%d="1"' % number for number in range(count)) + b">")


def xml_elements(count: int) -> bytes:
    own = ORDER.count(b"</")
    return XML.replace(b"<po_no>", b"<zz/>" * (count - own) + b"<po_no>")


def xml_beside(count: int) -> bytes:
    return XML.replace(ORDER, b"<zz/>" * count + ORDER)


def csv_cell(size: int) -> bytes:
    return CSV.replace(b"Track12155", b"x" * size, 1)


def csv_line(size: int) -> bytes:
    """Many cells without a name."""
    row = CSV.splitlines()[1]
    cell = b"," + b"x" * 60_000
    cells, rest = divmod(size - len(row), len(cell))
    return CSV.replace(row, row + cell * cells + b"," * rest, 1)


def json_depth(levels: int) -> bytes:
    inside = levels - 1
    return JSON.replace(b'"poNo"', b'"zz": ' + b"[" * inside + b"]" * inside + b', "poNo"')


def json_text(size: int) -> bytes:
    return JSON.replace(b"TNK-000017", b"x" * size)


def json_values(count: int) -> bytes:
    """A list of so many plain values."""
    return JSON.replace(b'"poNo"', b'"zz": [' + b"1," * (count - 1) + b'1], "poNo"')


@pytest.mark.parametrize(
    ("mapping", "make", "within", "beyond", "told"),
    [
        ("createdsorder", xml_depth, xml.DEEPEST, xml.DEEPEST + 1, "elements stand deeper than 64 levels"),
        ("createdsorder", xml_attributes, xml.MOST_ATTRIBUTES, xml.MOST_ATTRIBUTES + 1, "more than 1,000 attributes"),
        ("createdsorder", xml_elements, base.DOCUMENT_VALUES - 100, base.DOCUMENT_VALUES + 100, "100,000 elements"),
        ("createdsorder", xml_beside, xml.MOST_BESIDE, 60 * xml.MOST_BESIDE, "more than 1,000 elements stand beside the documents"),
        ("shipments-csv", csv_cell, base.VALUE_LIMIT, base.VALUE_LIMIT + 1, "a cell is longer than 64 KB"),
        ("shipments-csv", csv_line, text_lines.LONGEST_LINE - 200_000, text_lines.LONGEST_LINE + 400_000, "a line is longer than 1024 KB"),
        ("shipments-json", json_depth, json_split.DEEPEST, json_split.DEEPEST + 1, "values stand deeper than 32 levels"),
        ("shipments-json", json_text, base.VALUE_LIMIT, base.VALUE_LIMIT + 1, "a text is longer than 64 KB"),
        ("shipments-json", json_values, base.DOCUMENT_VALUES - 50, base.DOCUMENT_VALUES + 2, "more than 100,000 values"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_beyond_a_limit_is_told_with_its_place(mapping: str, make: Make, within: int, beyond: int, told: str) -> None:
    assert not [issue for issue in issues(mapping, make(within)) if told in issue.text]
    (found,) = [issue for issue in issues(mapping, make(beyond)) if told in issue.text]
    assert found.where or found.kind == "unknown_document"
    assert found.code


def issues(name: str, content: bytes) -> list[Issue]:
    """Whatever reading this file tells."""
    mapping = LIBRARY.get(name)
    found: list[Issue] = []
    try:
        with BytesIO(content) as source:
            preflight = mapping.preflight(source, Values())
        found += preflight.issues
        if preflight.is_go:
            with BytesIO(content) as source:
                found += [issue for reading in mapping.read(source, Values()) for issue in reading.issues]
    except Refused as error:
        found += error.issues
    return found


def test_of_one_document_so_many_issues_are_told() -> None:
    line = ORDER[ORDER.index(b"<po_line>") : ORDER.index(b"</po_line>") + len(b"</po_line>")]
    bad = line.replace(b"<po_unit_price>", b"<po_unit_price>x")
    found = issues("createdsorder", XML.replace(line, bad * (run.MOST_ISSUES + 100), 1))
    assert len([issue for issue in found if issue.kind != "count_differs" and "trailer" not in issue.where]) <= run.MOST_ISSUES


def test_of_a_value_so_many_characters_are_shown() -> None:
    (found,) = issues("createdsorder", XML.replace(b"Red Panda Outfitters", b"y" * 500, 1))
    assert found.value == "y" * run.SHOWN


@pytest.mark.parametrize(("digits", "is_well"), [(LONGEST_INT, True), (LONGEST_INT + 1, False)])
def test_a_whole_number_has_so_many_digits(digits: int, is_well: bool) -> None:
    found = issues("shipments-csv", CSV.replace(b",1,2,50,", b",1," + b"9" * digits + b",50,", 1))
    assert (not found) is is_well


@pytest.mark.parametrize(("size", "is_well"), [(LONGEST, True), (LONGEST + 1, False)])
def test_a_pattern_has_so_many_bytes(size: int, is_well: bool) -> None:
    if is_well:
        assert read_pattern("x" * size)
    else:
        with pytest.raises(ValueError, match="1 to 255 bytes"):
            read_pattern("x" * size)


@pytest.mark.parametrize(("size", "is_well"), [(LIMIT, True), (LIMIT + 1, False)])
def test_a_yaml_file_has_so_many_bytes(tmp_path: Path, size: int, is_well: bool) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("a: b\n#" + "x" * (size - 6))
    assert path.stat().st_size == size
    if is_well:
        load_yaml_text(path)
    else:
        with pytest.raises(ConfigError, match=r"large\.yaml"):
            load_yaml_text(path)
