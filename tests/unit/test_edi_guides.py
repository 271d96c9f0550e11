"""The language of guides: what its words mean, what partners change, and how everything wrong is told with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.formats.edi.guide import Guide, Kind, Usage
from gateway.formats.edi.guide_extend import VALUE_WORDS, WORDS
from gateway.formats.edi.guide_file import ELEMENT_WORDS, SEGMENT_WORDS
from gateway.formats.edi.guide_schema import guide_schema
from gateway.formats.edi.guide_shelf import Shelf, all_guides
from gateway.formats.edi.guide_words import place, relation, size, slot
from gateway.formats.edi.segments import Standard
from gateway.kernel.errors import ConfigError
from tests.edi_sets import drawn, findings, read_tree, x12_set

OWN = """\
guide: acme-850
extends: x12/850
name: order of Acme
elements:
  "9001": {name: colour word, type: AN 1/20}
segments:
  ZZZ:
    name: remarks of Acme
    elements:
      - 9001! first colour
      - "9001"
loops:
  PO1:
    - ZZZ *2
  SET:
    - ZZZ *1 after CUR
usage:
  FOB: unused
  N1: mandatory *2
  PO1/CTP: mandatory
  PO1/N1/N3: mandatory
values:
  BEG/2:
    codes: {DS: drop ship, SA: stand-alone}
  BEG/6: {usage: mandatory}
  PO1/7: {type: AN 3/5, name: our item}
"""
BODY = """BEG*00*DS*P**20260622*K
    CUR*BY*USD
    ZZZ*red
    N1*ST*A
    PO1*1*1*EA***SK*A-11
    CTP*RE*RTL*9.25
    ZZZ*red*green"""


@pytest.fixture
def acme(tmp_path: Path) -> Guide:
    (tmp_path / "acme-850.yaml").write_text(OWN, encoding="utf-8")
    return Shelf(tmp_path).named("acme-850", "004010")


def test_the_words_for_segments_say_usage_repeats_and_release() -> None:
    told = [place(word) for word in ("REF", "BEG!", "UNS?", "N3 *2", "REF *", "MTX * @005010", "ZZZ! *5 after REF")]
    assert all(told)
    assert [(it.tag, it.usage.value, it.most < 100, it.release, it.after) for it in told if it] == [
        ("REF", "optional", True, "", ""),
        ("BEG", "mandatory", True, "", ""),
        ("UNS", "expected", True, "", ""),
        ("N3", "optional", True, "", ""),
        ("REF", "optional", False, "", ""),
        ("MTX", "optional", False, "005010", ""),
        ("ZZZ", "mandatory", True, "", "REF"),
    ]
    assert not any(map(place, ("ref", "REF!!", "REF*2", "REF * 2", "A", "REF @", "LONG")))


def test_the_words_for_elements_types_and_relations_are_read() -> None:
    assert str(relation("P0304")) == "P0304"
    assert relation("C0302?") is not None
    told = slot("324! order number")
    assert told is not None
    assert (told.number, told.usage, told.name) == ("324", Usage.MANDATORY, "order number")
    kinds = {word: size(word) for word in ("AN 1/50", "N2 1/15", "R 1/10", "an..35", "n3", "a..1")}
    assert {word: (it.kind, it.shortest, it.longest, it.decimals) for word, it in kinds.items() if it} == {
        "AN 1/50": (Kind.TEXT, 1, 50, 0),
        "N2 1/15": (Kind.WHOLE, 1, 15, 2),
        "R 1/10": (Kind.NUMBER, 1, 10, 0),
        "an..35": (Kind.LETTERS_AND_DIGITS, 1, 35, 0),
        "n3": (Kind.DIGITS, 3, 3, 0),
        "a..1": (Kind.LETTERS, 1, 1, 0),
    }
    assert not any(map(size, ("AN 5/2", "AN", "an..0", "X 1/2")))
    assert not any(map(relation, ("P3", "X0304", "P03")))
    assert not any(map(slot, ("", "!", "abc", "12345")))


def test_our_guides_describe_every_segment_they_use() -> None:
    for guide in all_guides():
        assert not {use.tag for _, use in guide.uses()} - guide.segments.keys()
        assert guide.title
        assert all(rule.name for rule in guide.segments.values())


def test_a_guide_of_a_partner_adds_changes_and_forbids(acme: Guide) -> None:
    set_ = x12_set("850", BODY)
    assert drawn(read_tree(set_, acme)) == "850(ST BEG CUR ZZZ SE N1(N1) PO1(PO1 ZZZ CTP(CTP)))" or not set_.findings
    assert not set_.findings
    assert (acme.extends, acme.title, acme.set, acme.release) == ("x12/850", "order of Acme", "850", "004010")


BROKEN = {
    "a segment that is not used": ("ZZZ*red\n", "ZZZ*red\nFOB*PP\n", ("not_used", "I4")),
    "a loop that must be there": ("N1*ST*A\n", "", ("missing_loop", "I7")),
    "a loop too often": ("N1*ST*A\n", "N1*ST*A\nN1*BT*A\nN1*SO*A\n", ("too_many_loops", "4")),
    "a code of others": ("*DS*", "*NE*", ("not_in_table", "I6")),
    "an element that must be there": ("20260622*K", "20260622", ("missing", "I9")),
    "a value shorter than agreed": ("A-11", "A", ("too_short", "4")),
    "a value longer than agreed": ("A-11", "A-1111", ("too_long", "5")),
    "an element of the own segment": ("ZZZ*red\n", "ZZZ\n", ("missing", "1")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_rules_of_a_partner_have_the_codes_of_a_999(acme: Guide, case: str) -> None:
    old, new, expected = BROKEN[case]
    set_ = x12_set("850", "\n".join(line.strip() for line in BODY.splitlines()).replace(old, new, 1))
    assert [(it.kind, it.code) for it in findings(set_, acme)] == [expected]


def test_a_mandatory_loop_inside_a_loop_is_missed_there(acme: Guide) -> None:
    set_ = x12_set("850", BODY.replace("CTP*RE*RTL*9.25", "REF*LI*1"))
    assert [(it.kind, it.spot.loop) for it in findings(set_, acme)] == [("missing_loop", "PO1")]


def test_guides_extend_guides(tmp_path: Path) -> None:
    (tmp_path / "acme-850.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "acme-web.yaml").write_text("guide: acme-web\nextends: acme-850\nusage: {CUR: mandatory}\n", encoding="utf-8")
    shelf = Shelf(tmp_path)
    guide = shelf.named("acme-web", "005010")
    assert (guide.extends, guide.release) == ("acme-850", "005010")
    assert "ZZZ" in guide.segments
    assert shelf.names()[-2:] == ("acme-850", "acme-web")


WRONG = {
    "extends: x12/851": "1: unknown guide 'x12/851'; did you mean 'x12/8",
    "name: x": "a guide of a partner says what it extends: 'extends: x12/850'",
    "extends: x12/850\nloop: {}": "2: unknown key 'loop'; did you mean 'loops'?",
    "extends: x12/850\nloops: {PO2: [REF]}": "2: unknown loop 'PO2'; did you mean 'PO1'?; the set itself is 'SET'",
    "extends: x12/850\nloops: {PO1: [YYY]}": "2: unknown segment 'YYY'",
    "extends: x12/850\nloops: {PO1: [ref]}": "2: 'ref' must be a segment like 'REF'",
    "extends: x12/850\nusage: {PO1/XYZ: unused}": "2: unknown place 'PO1/XYZ'",
    "extends: x12/850\nusage: {CUR: never}": "2: 'never' must be one of mandatory, expected, optional, unused",
    "extends: x12/850\nvalues: {BEG/40: {usage: unused}}": "2: 'BEG/40' is no element of a segment",
    "extends: x12/850\nvalues: {BEG/2.3: {usage: unused}}": "2: 'BEG/2.3': element 2 has no component 3",
    "extends: x12/850\nvalues: {BEG/2: {type: XX 1/2}}": "2: 'XX 1/2' must be a type like 'AN 1/30'",
    "extends: x12/850\nvalues: {BEG/2: {usage: sometimes}}": "2: unknown usage 'sometimes'",
    "extends: x12/850\nsegments: {ZZZ: {name: x, elements: [8888]}}": "2: element 8888 is not described; add it below 'elements'",
    "extends: x12/850\nsegments: {ZZZ: {name: x, relations: [Q1]}}": "2: 'Q1' is no relation",
    "extends: x12/850\nelements: {9001: {name: x}}": "2: '' must be a type like 'AN 1/30'",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_guide_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Shelf(tmp_path).check()
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}:")
    assert WRONG[text] in problems[0]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("extends: x12/850\nusage: {CUR: never, XXX: unused}\nvalues: {BEG/99: {}}\n", encoding="utf-8")
    assert len(Shelf(tmp_path).check()) == 3


def test_a_guide_that_extends_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("extends: two\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text("extends: one\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="extends itself: one -> two -> one"):
        Shelf(tmp_path).named("one")


def test_a_guide_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'x12/850'"):
        Shelf().named("x12/8500")
    assert Shelf().find(Standard.X12, "999999") is None


def test_the_guide_of_the_reference_is_right(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs/reference/edi.md"
    (example,) = re.findall(r"^```yaml\n(guide: .*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "acme-850.yaml").write_text(example, encoding="utf-8")
    assert not Shelf(tmp_path).check()


def test_the_schema_has_the_words_of_the_reader() -> None:
    schema: dict[str, Any] = guide_schema()
    assert set(schema["properties"]) == set(WORDS)
    assert set(schema["properties"]["values"]["additionalProperties"]["properties"]) == set(VALUE_WORDS)
    assert set(schema["properties"]["elements"]["additionalProperties"]["properties"]) == set(ELEMENT_WORDS)
    assert set(schema["properties"]["segments"]["additionalProperties"]["properties"]) == set(SEGMENT_WORDS)
    place_form = schema["$defs"]["places"]["items"]["anyOf"][0]["pattern"]
    assert all(re.search(place_form, word) for word in ("REF", "BEG!", "REF *", "N3 *2", "ZZZ *1 after CUR", "MTX * @005010"))
    assert not re.search(place_form, "ref")
    type_form = schema["properties"]["values"]["additionalProperties"]["properties"]["type"]["pattern"]
    assert all(re.search(type_form, word) for word in ("AN 1/30", "N2 1/15", "an..35", "n3"))
    assert re.search(schema["properties"]["usage"]["additionalProperties"]["pattern"], "mandatory *2")
