"""Every format keeps the same promises: what it writes it reads back equal, damage gives issues, memory stays flat, threads may share."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import convert, to_builtins
from msgspec.structs import replace

from gateway.documents import Envelope, Shipment, ShipmentLine
from gateway.formats import FORMATS, formats
from gateway.mapping import Library, Mapping, Values, identify

LAYOUTS = {
    "xml": """
    options: {root: Ships, document: ship}
    head: {'from/@id': envelope.sender}
    tail: {sum/@n: {count: documents}, sum/@q: {total: documents.lines.quantity}}
    fields:
      po: order_number
      '@via': carrier
      on: shipped_on
      w: weight
      t: {each: tracking}
      ls/l: {each: lines, fields: {n: number, q: quantity, i: item, f: freight, s: {each: serials}}}
    """,
    "json": """
    options: {document: ships}
    head: {from: envelope.sender}
    tail: {sum/n: {count: documents}, sum/q: {total: documents.lines.quantity}}
    fields:
      po: order_number
      via: carrier
      on: shipped_on
      w: {field: weight, as: decimal(0-4)}
      t: {each: tracking}
      ls: {each: lines, fields: {n: {field: number, as: int}, q: quantity, i: item, f: freight, s: {each: serials}}}
    """,
    "csv": """
    options:
      kind: 1
      head: F
      tail: T
      layout: {H: [L], L: [S]}
      columns: {F: kind from, H: kind po via on w t, L: kind n q i f, S: kind s, T: kind n q}
    head: {F/from: envelope.sender}
    tail: {T/n: {count: documents}, T/q: {total: documents.lines.quantity}}
    fields:
      po: order_number
      via: carrier
      on: shipped_on
      w: weight
      t: {field: tracking, as: list(;)}
      L: {each: lines, fields: {n: number, q: quantity, i: item, f: freight, S/s: {each: serials}}}
    """,
    "fixed": """
    options:
      kind: 1-2
      head: FH
      tail: FT
      layout: {SH: [SL], SL: [SN]}
      length: {FH: 40, SH: 180, SL: 80, SN: 40}
      columns:
        FH: {from: 3-40}
        SH: {po: 3-20, via: 21-40, on: 41-50, w: 51-60, t: 61-180}
        SL: {n: 3-5, q: 6-11, i: 12-40, f: 41-60}
        SN: {s: 3-40}
    head: {FH/from: envelope.sender}
    tail: {FT/3-6: {count: documents}, FT/7-16: {total: documents.lines.quantity}}
    fields:
      po: order_number
      via: carrier
      on: shipped_on
      w: weight
      t: {field: tracking, as: list(;)}
      SL: {each: lines, fields: {n: number, q: quantity, i: item, f: freight, SN/s: {each: serials}}}
    """,
    "x12": """
    options: {set: "856", version: "004010", hierarchy: S-O-I}
    split: {rows: "HL[I]", by: ["HL[O]/REF[CO]"]}
    fields:
      BSN01: {const: "00", required: true}
      BSN02: {const: SHIP, only: write, required: true}
      BSN03: {const: "20220622", only: write, required: true}
      BSN04: {const: "0000", only: write, required: true}
      HL[S]/TD505: carrier
      HL[S]/DTM[011]: shipped_on
      HL[S]/TD107: {field: weight, as: decimal(0-4)}
      HL[S]/TD106: {const: G, only: write}
      HL[S]/TD108: {const: LB, only: write}
      HL[S]/REF[CN]: {each: tracking}
      HL[O]/REF[CO]: order_number
      HL[O]/PRF01: {const: "1", required: true}
      '*':
        each: lines
        fields:
          {LIN01: number, LIN(SK): item, LIN(VN): {const: V}, SN102: quantity, SN103: {const: EA}, "REF[ZZ]": freight,
           "REF[SE]": {each: serials}}
    tail: {CTT01: {count: levels}}
    """,
    "edifact": """
    options: {message: INVOIC, versions: [D.96A], charset: UNOW}
    fields:
      BGM01: {const: "380", required: true}
      DTM[137]: {const: "20220622", required: true}
      MOA[77]: {const: "0", required: true}
      FTX[AAI]04.1: order_number
      TDT[20]05.1: carrier
      DTM[11]: {field: shipped_on, as: dtm(102)}
      RFF[AAU]: {field: weight, as: decimal(0-4)}
      RFF[CN]: {each: tracking}
      LIN: {each: lines, fields: {LIN01: number, "QTY[47]": quantity, LIN(IN): item, "RFF[AAK]": freight, "RFF[SE]": {each: serials}}}
      CNT[2]: {count: lines}
    """,
}
VALUES = Values()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("contract") / "mappings"
    folder.mkdir()
    for name, text in LAYOUTS.items():
        head = f"    mapping: ships-{name}\n    version: 1\n    document: shipment\n    format: {name}\n"
        lines = [line.removeprefix("    ") for line in (head + text.lstrip("\n")).splitlines()]
        (folder / f"ships-{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Library(folder)


@pytest.fixture(params=sorted(FORMATS))
def mapping(request: pytest.FixtureRequest, library: Library) -> Mapping:
    return library.get(f"ships-{request.param}")


LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], exclude_characters=";\ufeff\ufffe\uffff")
WORDS = st.text(LETTERS, min_size=1, max_size=20).filter(lambda text: text.strip() == text and text.isprintable())
CODES = st.text(st.sampled_from("ABCXYZ0189-/&<>'\","), min_size=1, max_size=10)
SHIPLINES = st.builds(
    ShipmentLine,
    number=st.integers(1, 999),
    quantity=st.integers(0, 999_999),
    item=st.none() | WORDS,
    freight=st.none() | st.decimals(0, 99_999, places=2),
    serials=st.lists(WORDS, max_size=2).map(tuple),
)
SHIPMENTS = st.builds(
    Shipment,
    order_number=CODES,
    carrier=st.none() | WORDS.filter(lambda text: len(text) <= 10),
    shipped_on=st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
    weight=st.none() | st.decimals(0, 99_999, places=4),
    tracking=st.lists(WORDS, max_size=2).map(tuple),
    lines=st.lists(SHIPLINES, min_size=1, max_size=3).map(tuple),
    envelope=st.just(Envelope(sender="Ä & Co")),
)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def written(mapping: Mapping, documents: list[Shipment]) -> bytes:
    """A file, in an envelope where the format has one."""
    target = BytesIO()
    assert mapping.rehearse(documents, target, VALUES) == ()
    return target.getvalue()


def bare(mapping: Mapping, documents: list[Shipment | None]) -> list[Shipment | None]:
    """Without the envelope of an interchange, which no mapping writes."""
    return [replace(one, envelope=Envelope()) if one is not None and mapping.is_by_set else one for one in documents]


def writable(mapping: Mapping, documents: list[Shipment]) -> list[Shipment]:
    """Without what a format cannot hold: X12 knows no way to write its own delimiters as data, and letters are composed."""
    if not mapping.is_by_set:
        return documents
    return [convert(_plain(to_builtins(one), mapping.format), Shipment, strict=False) for one in documents]


def _plain(value: Any, format_: str) -> Any:
    match value:
        case str():
            return normalize("NFC", value).translate(dict.fromkeys(map(ord, "*~>^" if format_ == "x12" else ""), "-"))
        case list() | tuple():
            return [_plain(one, format_) for one in value]
        case dict():
            return {name: _plain(one, format_) for name, one in value.items()}
    return value


def test_every_format_of_the_product_is_under_contract() -> None:
    assert sorted(LAYOUTS) == sorted(FORMATS)
    assert {one.name for one in formats()} >= set(FORMATS)


@RELAXED
@given(st.lists(SHIPMENTS, min_size=1, max_size=3))
def test_what_is_written_is_read_back_equal(mapping: Mapping, documents: list[Shipment]) -> None:
    documents = writable(mapping, documents)
    whole = written(mapping, documents)
    preflight = mapping.preflight(BytesIO(whole), VALUES)
    assert preflight.issues == ()
    assert preflight.documents == len(documents)
    readings = list(mapping.read(BytesIO(whole), VALUES))
    assert [reading.issues for reading in readings] == [()] * len(documents)
    assert bare(mapping, [reading.document for reading in readings]) == bare(mapping, documents)


@RELAXED
@given(st.data())
def test_damage_gives_readings_or_located_issues_and_never_an_exception(mapping: Mapping, data: st.DataObject) -> None:
    whole = written(mapping, [ONE, ONE])
    at = data.draw(st.integers(0, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + data.draw(st.integers(0, 8)) :]
    mapping.preflight(BytesIO(damaged), VALUES)
    for reading in mapping.read(BytesIO(damaged), VALUES):
        assert reading.document is not None or any(issue.is_error for issue in reading.issues)
    mapping.fits(identify(damaged, "file"), damaged)


@RELAXED
@given(st.binary(max_size=300))
def test_any_bytes_are_told_to_be_unreadable(mapping: Mapping, data: bytes) -> None:
    mapping.preflight(BytesIO(data), VALUES)
    for reading in mapping.read(BytesIO(data), VALUES):
        assert reading.document is not None or any(issue.is_error for issue in reading.issues)
    mapping.fits(identify(data, "file"), data)


def test_a_file_is_recognised_and_fits_its_own_mapping_only(mapping: Mapping, library: Library) -> None:
    head = written(mapping, [ONE])
    identity = identify(head, "file")
    assert identity.format == mapping.format
    assert [name for name in library.names() if library.get(name).fits(identity, head) is None] == [mapping.name]


def test_issues_name_the_place_in_the_partners_words(mapping: Mapping) -> None:
    found, wrong = (b'"q": 4711', b'"q": "many"') if mapping.format == "json" else (b"4711", b"many")
    damaged = written(mapping, [ONE]).replace(found, wrong)
    (reading,) = mapping.read(BytesIO(damaged), VALUES)
    (issue,) = reading.issues
    assert (issue.kind, issue.field, issue.value, issue.code, issue.key) == ("not_number", "quantity", "many", "3043", "AB1")
    assert issue.where
    assert issue.rule.startswith(f"{mapping.name} v1 line ")


def test_threads_share_a_mapping(mapping: Mapping) -> None:
    whole, expected = written(mapping, [ONE] * 50), bare(mapping, [ONE])

    def read(_: int) -> list[object]:
        return bare(mapping, [reading.document for reading in mapping.read(BytesIO(whole), VALUES)])

    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected * 50 for found in pool.map(read, range(12)))


class Repeated(RawIOBase):
    """A file of any length that is never held: head, the same middle again and again, tail."""

    def __init__(self, head: bytes, middle: bytes, times: int, tail: bytes) -> None:
        self._parts = self._all(head, middle, times, tail)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    @staticmethod
    def _all(head: bytes, middle: bytes, times: int, tail: bytes) -> Iterator[bytes]:
        yield head
        for _ in range(times):
            yield middle
        yield tail


def test_memory_does_not_grow_with_the_file(mapping: Mapping, tmp_path: Path) -> None:
    peaks = []
    for times in (1_000, 8_000):
        source = _long(mapping, times, tmp_path)
        tracemalloc.start()
        count = sum(1 for reading in mapping.read(source, VALUES) if reading.is_good)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        source.close()
        assert count == times
    assert peaks[1] < peaks[0] + 4_000_000  # a block of rows; the documents alone would take 5.5 MB and more


FRAMES = {
    "xml": (b"  <ship", b"  <sum"),
    "csv": (b"H,", b"T,"),
    "fixed": (b"SH", b"FT1"),
    "json": (b"    {", b"\n  ]"),
}
"""Where a document begins, and what stands behind the last."""


def _long(mapping: Mapping, times: int, folder: Path) -> BinaryIO:
    """A file of so many documents; every set of an interchange has a number of its own."""
    if not mapping.is_by_set:
        return cast("BinaryIO", Repeated(*_framed(mapping, times)))
    path = folder / str(times)
    with path.open("wb") as target:
        assert mapping.rehearse((ONE for _ in range(times)), target, VALUES) == ()
    return path.open("rb")


def _framed(mapping: Mapping, times: int) -> tuple[bytes, bytes, int, bytes]:
    """Head, one document and tail of a file of one document."""
    opening, closing = FRAMES[mapping.format]
    one = written(mapping, [ONE])
    mark = one.index(b"AB1")
    begin, end = one.rindex(opening, 0, mark), one.index(closing, mark)
    middle = one[begin:end]
    if mapping.format == "json":
        return one[:begin] + middle, b",\n" + middle, times - 1, one[end:]
    return one[:begin], middle, times, one[end:]


ONE = Shipment(
    order_number="AB1",
    carrier="UPS",
    shipped_on=dt.date(2022, 6, 22),
    weight=Decimal("1.5"),
    tracking=("1Z1", "1Z2"),
    lines=(ShipmentLine(number=1, quantity=4711, item="I", serials=("S1",)),),
    envelope=Envelope(sender="ACME"),
)

DAMAGED = Path(__file__).parents[1] / "data" / "damaged"
FILES = sorted(DAMAGED.iterdir()) if DAMAGED.is_dir() else []


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_damaged_file_gives_issues(mapping: Mapping, file: Path) -> None:
    data = file.read_bytes()
    preflight = mapping.preflight(BytesIO(data), VALUES)
    readings = list(mapping.read(BytesIO(data), VALUES))
    assert not preflight.is_go or not all(reading.is_good for reading in readings)
