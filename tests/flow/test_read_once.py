"""One pass over a file in order tells what two passes tell; of any other file it says that two are needed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from gateway.intake.kept import IN_MEMORY, InHand, Spooled
from gateway.mapping import Library, Mapping, Reading, Values
from tests.flow.test_shipped_mappings import CLEAN, FAULTS, PARTNER, ROOT

VALUES = Values(partner=PARTNER)
FILES = [*CLEAN, *((name, sample) for name, sample, _ in FAULTS)]
ONE_PASS = ["createdsorder", "createdsorder-implied", "ubl-order", "cxml-order", "acknowledgement-xml", "shipments-json"]
CUTS = 60
WORDS = ((b"<po_qty_ordered>3<", b"<po_qty_ordered>x<"), (b"<po_line_no>1<", b"<po_line_no><"), (b'po_count="1"', b'po_count="2"'))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(ROOT / "mappings")


@pytest.mark.parametrize(("name", "sample"), FILES)
def test_one_pass_gives_what_two_passes_give(library: Library, name: str, sample: str) -> None:
    mapping = library.get(name)

    for content in _whole_and_damaged((ROOT / "samples" / sample).read_bytes()):
        kept = InHand()
        if mapping.read_once(BytesIO(content), VALUES, kept.add):
            assert mapping.preflight(BytesIO(content), VALUES).is_go
            assert kept == _read(mapping, content)


@pytest.mark.parametrize("name", ONE_PASS)
def test_a_clean_sample_is_read_by_one_pass(library: Library, name: str) -> None:
    sample = dict(CLEAN)[name]

    assert library.get(name).read_once(BytesIO((ROOT / "samples" / sample).read_bytes()), VALUES, InHand().add)


@pytest.mark.parametrize(("name", "sample"), FILES)
def test_documents_come_back_from_the_spool_as_they_went_in(library: Library, name: str, sample: str, tmp_path: Path) -> None:
    mapping = library.get(name)
    read = _read(mapping, (ROOT / "samples" / sample).read_bytes())
    spool = Spooled(mapping.document, tmp_path)

    for reading in read:
        spool.add(reading)

    assert list(spool) == read
    assert list(spool) == read


def test_what_does_not_fit_into_memory_lies_on_disk_and_leaves_no_file(library: Library, tmp_path: Path) -> None:
    (reading,) = _read(library.get("createdsorder"), (ROOT / "samples" / "createdsorder.xml").read_bytes())
    spool = Spooled("order", tmp_path)
    times = IN_MEMORY // 1000

    for _ in range(times):
        spool.add(reading)

    assert sum(one == reading for one in spool) == times
    assert list(tmp_path.iterdir()) == []


def test_an_order_that_cannot_be_read_is_still_counted(library: Library) -> None:
    content = (ROOT / "samples" / "createdsorder-one-bad-order.xml").read_bytes()
    kept = InHand()

    went = library.get("createdsorder").read_once(BytesIO(content), VALUES, kept.add)

    assert went
    assert [reading.is_good for reading in kept] == [True, False, True]


def _read(mapping: Mapping, content: bytes) -> list[Reading]:
    return list(mapping.read(BytesIO(content), VALUES))


def _whole_and_damaged(content: bytes) -> list[bytes]:
    """The file, the file with one of the words exchanged, and the file with some bytes cut out or one of its lines twice."""
    step = max(len(content) // CUTS, 1)
    cut = [content[:at] + content[at + 1 + at % 40 :] for at in range(0, len(content), step)]
    lines = content.splitlines(keepends=True)
    twice = [b"".join([*lines[: at + 1], *lines[at:]]) for at in range(0, len(lines), max(len(lines) // CUTS, 1))]
    return [content, *(content.replace(*words) for words in WORDS), *cut, *twice]
