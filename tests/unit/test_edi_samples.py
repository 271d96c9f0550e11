"""Interchanges that others have published, read where they lie (`GATEWAY_SAMPLES`), against the facts that are known about them.

The envelope and the guides decide the reaction here; what a mapping makes of a document is tested elsewhere.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from gateway.formats.edi import Interchange, Level, Standard
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.keys import document_number, line_count
from gateway.formats.edi.tree import tree
from tests.interchanges import Read

FOLDER = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
with (FOLDER / "MANIFEST.tsv").open(newline="", encoding="utf-8") as manifest:
    ROWS = {row["file"]: row for row in csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE)}
OURS = {name: row for name, row in ROWS.items() if row["format"] in {"X12", "EDIFACT"}}
OTHERS = {name: row for name, row in ROWS.items() if row["format"] in {"TRADACOMS", "OTHER"}}

# Where we read a file otherwise than its facts say, and why.
FACTS_READ_OTHERWISE = {
    "x12/edinet__x12.850.issue135.edi": "ISA16 is left out; the facts keep the terminator in the last element, we take it off",
}
REACTIONS_OTHERWISE = {
    "edifact/edifabric__Edifact_INVOIC_D00A_InvalidHeader.txt": "without UNB there is no interchange to refuse; the file is",
}
LEVELS = {"reject transaction/message": "set", "reject group": "group", "reject interchange": "interchange"}


def controls(found: Read) -> str:
    """As the manifest writes them: ISA13(GS06+GS06), or the UNB reference with those of UNG where there are any."""
    told = []
    for it in found.interchanges:
        groups = [one.control for one in found.groups if one.interchange is it and not one.is_implied]
        told.append(f"{it.control}({'+'.join(groups)})" if groups or it.standard is Standard.X12 else it.control)
    return ";".join(told)


def documents(found: Read) -> list[str]:
    word = {Standard.X12: "st", Standard.EDIFACT: "unh"}
    return [f"{it.type},{word[it.standard]}={it.control},segs={len(it.segments)}" for it in found.sets]


def delimiters(it: Interchange) -> str:
    own = it.delimiters
    if it.standard is Standard.X12:
        names = {"\n": "LF", "\r": "CR", " ": "SP", "": "SP", "\u2026": "U+2026"}
        terminator = names.get(own.terminator, own.terminator)
        return f"el={own.element} comp={own.component} seg={terminator} isa11={names.get(it.segment[11], it.segment[11])}"
    if not it.una:
        return "default"
    repetition = own.repetition or " "
    return f"una={own.component}{own.element}{own.decimal}{own.release}{repetition}{own.terminator}"


def facts(found: Read) -> dict[str, str]:
    real = [it for it in found.groups if not it.is_implied]
    return {
        "interchanges": str(len(found.interchanges)),
        "groups": str(len(real)),
        "transaction_count": str(len(found.sets)),
        "control_numbers": controls(found),
        "documents": " | ".join(documents(found)),
    }


def known(row: dict[str, str]) -> dict[str, str]:
    told = [",".join(one.split(",")[:3]) for one in row["documents"].split(" | ")] if row["documents"] else []
    return {name: row[name] for name in ("interchanges", "groups", "transaction_count", "control_numbers")} | {
        "documents": " | ".join(told)
    }


def looked_into(found: Read) -> Read:
    """The same, with what the guides find."""
    shelf = Shelf()
    for it in found.sets:
        tree(it, shelf.find(it.standard, it.type, it.version) or shelf.loose(it.standard, it.version))
    return found


def refused_at(found: Read) -> str:
    """The highest level at which something is refused."""
    errors = {
        "interchange": any(it.is_refused for it in found.interchanges),
        "group": any(it.is_refused for it in found.groups),
        "set": any(it.is_refused for it in found.sets),
    }
    return next((name for name, is_refused in errors.items() if is_refused), "")


def kept(found: Read, row: dict[str, str]) -> bool:
    """Whether the reaction is the expected one: refused at the level that is at fault, or not at all."""
    return refused_at(found) == LEVELS.get(row["expected_reaction"], "")


@pytest.mark.parametrize("name", [name for name in OURS if name not in FACTS_READ_OTHERWISE])
def test_the_envelope_of_a_published_file_is_as_it_is_known(name: str) -> None:
    found = Read((FOLDER / name).read_bytes())
    assert facts(found) == known(OURS[name])


@pytest.mark.parametrize("name", [name for name, row in OURS.items() if row["delimiters"] and name not in FACTS_READ_OTHERWISE])
def test_the_delimiters_of_a_published_file_are_as_they_are_known(name: str) -> None:
    found = Read((FOLDER / name).read_bytes())
    shown = OURS[name]["delimiters"].replace("?*'", "?*'" if found.interchanges[0].version == "4" else "? '")
    assert shown in {delimiters(it) for it in found.interchanges}


@pytest.mark.parametrize("name", [name for name in OURS if name not in REACTIONS_OTHERWISE])
def test_a_published_file_is_refused_at_the_level_that_is_at_fault(name: str) -> None:
    found = looked_into(Read((FOLDER / name).read_bytes()))
    assert kept(found, OURS[name]), [str(it) for it in found.findings() if it.is_error]


@pytest.mark.parametrize("name", OTHERS)
def test_published_files_of_other_kinds_are_told_to_be_none_of_ours(name: str) -> None:
    found = Read((FOLDER / name).read_bytes())
    assert [it.level for it in found.strays] == [Level.FILE]
    assert ("TRADACOMS" in found.strays[0].text) == (OTHERS[name]["format"] == "TRADACOMS")


def test_the_score_over_the_published_files(capsys: pytest.CaptureFixture[str]) -> None:
    read = {name: Read((FOLDER / name).read_bytes()) for name in OURS}
    right = [name for name, found in read.items() if facts(found) == known(OURS[name])]
    reacted = [name for name, found in read.items() if kept(looked_into(found), OURS[name])]
    with capsys.disabled():
        print(f"\nenvelopes of published files: {len(right)} of {len(OURS)}, reactions: {len(reacted)} of {len(OURS)}")
        for name, reason in {**FACTS_READ_OTHERWISE, **REACTIONS_OTHERWISE}.items():
            print(f"  {name}: {reason}")
    assert len(right) == len(OURS) - len(FACTS_READ_OTHERWISE)
    assert len(reacted) == len(OURS) - len(REACTIONS_OTHERWISE)


NUMBERS = {"850": "po", "855": "po", "860": "po", "865": "po", "810": "inv", "856": "ship"}
GOOD = [name for name, row in OURS.items() if row["verdict"] in {"valid", "tolerant"}]


def stated(block: str) -> tuple[str, int | None]:
    """The number of a document and its lines, as the manifest has them."""
    kind, *parts = block.split(",")
    told = dict(part.partition("=")[::2] for part in parts)
    return told.get(NUMBERS.get(kind, "doc"), ""), int(told["lines"]) if "lines" in told else None


@pytest.mark.parametrize("name", GOOD)
def test_the_numbers_and_lines_that_an_inspection_shows_are_as_they_are_known(name: str) -> None:
    found = Read((FOLDER / name).read_bytes())
    for it, block in zip(found.sets, [one for one in OURS[name]["documents"].split(" | ") if one], strict=True):
        number, lines = stated(block)
        assert not number or document_number(it) == number
        assert lines is None or it.type not in {*NUMBERS, "846", "ORDERS", "ORDRSP", "DESADV", "INVOIC"} or line_count(it) == lines
