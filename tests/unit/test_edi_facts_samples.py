"""What the trees of published files say about their documents, against the manifest beside them; the score is printed.

`GATEWAY_SAMPLES` names the folder; without it nothing here is collected. Counted are sets that we have a guide for.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.formats.edi.envelope import Closed, GroupClosed, Set, Stray
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.reading import read
from gateway.formats.edi.segments import Segment, Standard, component, element_of, text_of
from gateway.formats.edi.tree import tree

EDI = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
SHELF = Shelf()
LINES = {"850": "PO1", "855": "PO1", "860": "POC", "865": "POC", "810": "IT1", "846": "LIN"}
ORDER_NUMBER = {"850": ("BEG", 3), "855": ("BAK", 3), "860": ("BCH", 3), "865": ("BCA", 3), "810": ("BIG", 4)}


def rows() -> list[dict[str, str]]:
    with (EDI / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["format"] in {"X12", "EDIFACT"}]


ROWS = rows()
GOOD = [row for row in ROWS if row["verdict"] in {"valid", "tolerant"}]


def sets(name: str) -> Iterator[tuple[Set, Loop]]:
    with (EDI / name).open("rb") as source:
        for event in read(source):
            if isinstance(event, Set):
                guide = SHELF.find(event.standard, event.type, event.version) or SHELF.loose(event.standard, event.version)
                yield event, tree(event, guide)


def stated(block: str) -> dict[str, str]:
    """The facts of a set as the manifest has them; the first word is its type."""
    kind, *facts = block.strip().split(",")
    return {"type": kind, **dict(fact.partition("=")[::2] for fact in facts)}


def found(set_: Set, root: Loop) -> dict[str, str]:
    """The same facts from the tree."""
    facts = {"type": set_.type, "segs": str(len(set_.segments))}
    return facts | (_x12_facts(set_, root) if set_.standard is Standard.X12 else _edifact_facts(set_, root))


def _x12_facts(set_: Set, root: Loop) -> dict[str, str]:
    facts = {"st": set_.control}
    everything = list(root.all())

    def text(tag: str, element: int) -> str:
        first = next((one for loop in everything if (one := loop.first(tag)) is not None), None)
        return text_of(first, element, set_.delimiters).strip() if first is not None else ""

    def texts(tag: str, element: int) -> str:
        values = [(at, text_of(one, element, set_.delimiters)) for loop in everything for at, one in loop.segments if one[0] == tag]
        return "+".join(value for _, value in sorted(values))

    if set_.type in ORDER_NUMBER:
        facts["po"] = text(*ORDER_NUMBER[set_.type])
        facts["lines"] = str(sum(loop.name == LINES[set_.type] for loop in everything))
    match set_.type:
        case "810":
            facts |= {"inv": text("BIG", 2), "tds": text("TDS", 1)}
        case "855" | "865":
            pairs = sorted((loop.position, loop.segments[0][1]) for loop in everything if loop.name == "ACK")
            facts["ack"] = "+".join(":".join(text_of(one, at, set_.delimiters) for at in (1, 2)) for _, one in pairs)
        case "856":
            levels = sorted((loop.position, loop) for loop in everything if loop.name == "HL")
            facts |= {"ship": text("BSN", 2), "po": texts("PRF", 1), "shipped": texts("SN1", 2)}
            facts["hl"] = "".join(loop.level for _, loop in levels)
            facts["lines"] = str(sum(loop.level == "I" for _, loop in levels))
        case "846":
            facts |= {"ref": text("BIA", 3), "lines": str(sum(loop.name == "LIN" for loop in everything)), "qty": texts("QTY", 2)}
        case "997" | "999":
            facts["ak1"] = _joined(set_, everything, "AK1", 3)
            facts["ak9"] = _joined(set_, everything, "AK9", 4)
    closing = [one for loop in everything for _, one in loop.segments if one[0] == "CTT"]
    if closing:
        facts["ctt"] = "*".join(part for part in closing[0][1:3] if part)
    return facts


def _joined(set_: Set, everything: list[Loop], tag: str, most: int) -> str:
    first = next((one for loop in everything if (one := loop.first(tag)) is not None), [tag])
    return ":".join(text_of(first, at, set_.delimiters) for at in range(1, min(most, len(first) - 1) + 1))


def _edifact_facts(set_: Set, root: Loop) -> dict[str, str]:
    everything = list(root.all())

    def part(segment: Segment, element: int, number: int = 1) -> str:
        return component(element_of(segment, element), number, set_.delimiters) or ""

    def all_of(tag: str) -> list[Segment]:
        found = [(at, one) for loop in everything for at, one in loop.segments if one[0] == tag]
        return [one for _, one in sorted(found, key=lambda it: it[0])]

    begins = all_of("BGM")
    facts = {"unh": set_.control, "lines": str(sum(loop.name == "LIN" for loop in everything))}
    facts["doc"] = part(begins[0], 2) if begins else ""
    facts["func"] = part(begins[0], 3) if begins else ""
    quantities = [":".join(part(one, 1, at) for at in (1, 2, 3)).rstrip(":") for one in all_of("QTY")]
    facts["qty"] = "+".join(quantities)
    facts["on"] = "+".join(dict.fromkeys(part(one, 1, 2) for one in all_of("RFF") if part(one, 1) == "ON"))
    facts["cnt"] = "+".join(":".join(part(one, 1, at) for at in (1, 2)) for one in all_of("CNT"))
    return facts


def differences(row: dict[str, str]) -> Iterator[str]:
    """Each fact of the manifest that the trees say otherwise, and each set too few or too many."""
    read_sets = list(sets(row["file"]))
    blocks = [stated(block) for block in row["documents"].split(" | ")] if row["documents"] else []
    if len(read_sets) != len(blocks):
        yield f"{len(read_sets)} sets, the manifest has {len(blocks)}"
        return
    for (set_, root), expected in zip(read_sets, blocks, strict=True):
        if SHELF.find(set_.standard, set_.type, set_.version) is not None:
            facts = found(set_, root)
            yield from (
                f"{word}: {facts.get(word)!r}, manifest {value!r}"
                for word, value in expected.items()
                if word in facts and facts[word] != value
            )


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["file"])
def test_trees_tell_the_facts_of_the_manifest(row: dict[str, str]) -> None:
    assert not list(differences(row))


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["file"])
def test_nothing_in_a_usable_file_is_refused(row: dict[str, str]) -> None:
    refused = [(set_.control, str(it.spot), it.text) for set_, _ in sets(row["file"]) for it in set_.findings if it.is_error]
    assert not refused


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_every_segment_keeps_its_place_in_the_tree(row: dict[str, str]) -> None:
    for set_, root in sets(row["file"]):
        positions = sorted(position for loop in root.all() for position, _ in loop.segments)
        assert positions == list(range(1, len(set_.segments) + 1))


REACTIONS = {
    "reject transaction/message": "set",
    "reject group": "group",
    "reject interchange": "interchange",
    "accept with warning": "",
}


def refused_levels(name: str) -> set[str]:
    """The levels at which something of a file is refused."""
    found = set()
    with (EDI / name).open("rb") as source:
        for event in read(source):
            match event:
                case Set():
                    tree(event, SHELF.find(event.standard, event.type, event.version) or SHELF.loose(event.standard, event.version))
                    found |= {"set"} if event.is_refused else set()
                case GroupClosed(group=group):
                    found |= {"group"} if group.is_refused else set()
                case Closed(interchange=interchange):
                    found |= {"interchange"} if interchange.is_refused else set()
                case Stray(finding=finding):
                    found |= {"interchange"} if finding.is_error else set()
    return found


@pytest.mark.parametrize("row", [row for row in ROWS if row["verdict"] == "invalid"], ids=lambda row: row["file"])
def test_what_is_invalid_is_refused_at_its_level(row: dict[str, str]) -> None:
    level = REACTIONS[row["expected_reaction"]]
    refused = refused_levels(row["file"])
    assert level in refused if level else not refused


def test_a_set_that_is_refused_leaves_its_neighbours_alone() -> None:
    assert [(set_.control, set_.is_refused) for set_, _ in sets("x12/ediengine__AckTest.edi")] == [
        ("20066", False),
        ("20067", True),
        ("20068", False),
    ]


def test_the_score_of_document_facts(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [row["file"] for row in GOOD if list(differences(row))]
    with capsys.disabled():
        print(f"\nfacts of documents: {len(GOOD) - len(wrong)} of {len(GOOD)} files with verdict valid or tolerant")
        invalid = [row for row in ROWS if row["verdict"] == "invalid"]
        held = [row for row in invalid if REACTIONS[row["expected_reaction"]] in (refused_levels(row["file"]) or {""})]
        print(f"reactions at their level: {len(held)} of {len(invalid)} files with verdict invalid")
    assert not wrong
