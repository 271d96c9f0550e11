"""A mapping that names the guide of a partner reads by it: what it adds can be addressed, what it asks for refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.shipped import shipped_workspace
from gateway.mapping import Library, Values

GUIDE = """\
guide: acme-850
extends: x12/850
loops: {PO1: [ZZZ *2]}
segments: {ZZZ: {name: remark, elements: [127!]}}
usage: {FOB: mandatory}
"""
MAPPING = "mapping: acme-850\nversion: 1\nextends: x12-850-004010\noptions: {set: '850', version: '004010', guide: acme-850}\n"
FILE = (
    "ISA*00*          *00*          *ZZ*RETAILER       *ZZ*VENDOR         *260622*0815*U*00401*000000042*0*P*>~"
    "GS*PO*RETAILER*VENDOR*20260622*0815*7*X*004010~ST*850*0001~BEG*00*DS*PO-77**20260622~{}N1*ST*Ada Ash~"
    "N3*1 Elm Street~N4*Troy*NY*12180*US~PO1*1*2*EA*9.25**SK*A-1*VN*V-1~ZZZ*blue~CTT*1~SE*{}*0001~GE*1*7~IEA*1*000000042~"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "guides").mkdir()
    for path in (shipped_workspace() / "mappings").rglob("*"):
        if path.is_file():
            target = tmp_path / "mappings" / path.relative_to(shipped_workspace() / "mappings")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (tmp_path / "guides/acme-850.yaml").write_text(GUIDE, encoding="utf-8")
    (tmp_path / "mappings/acme-850.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def told(site: Path, mapping: str, text: str) -> list[str]:
    """What is wrong with the one document of a file, in words."""
    path = site / "order.edi"
    path.write_text(text, encoding="ascii")
    partner = {"brand": "B", "system": "S", "location": "L", "vendor": "V", "carrier": "C"}
    with path.open("rb") as source:
        (reading,) = list(Library(site / "mappings").get(mapping).read(source, Values(partner=partner)))
    return [issue.text for issue in reading.issues]


def test_a_segment_of_the_partner_is_known_only_by_its_guide(site: Path) -> None:
    text = FILE.format("FOB*PP~", 11)
    assert any("ZZZ is no segment that we know" in one for one in told(site, "x12-850-004010", text))
    assert not any("ZZZ is no segment" in one for one in told(site, "acme-850", text))


def test_what_the_guide_asks_for_is_missed(site: Path) -> None:
    assert "FOB is missing" in told(site, "acme-850", FILE.format("", 10))


@pytest.mark.parametrize(
    ("guide", "option", "problem"),
    [
        (GUIDE, "guide: acme-85", "unknown guide 'acme-85'; did you mean 'acme-850'?"),
        (GUIDE + "values: {BEG/99: {}}\n", "guide: acme-850", "acme-850.yaml:6: 'BEG/99' is no element of a segment"),
        (GUIDE.replace("x12/850", "x12/855").replace("FOB", "CUR"), "guide: acme-850", "'acme-850' is a guide for 855, not for 850"),
    ],
)
def test_a_guide_that_does_not_fit_is_a_problem_of_the_mapping(site: Path, guide: str, option: str, problem: str) -> None:
    (site / "guides/acme-850.yaml").write_text(guide, encoding="utf-8")
    (site / "mappings/acme-850.yaml").write_text(MAPPING.replace("guide: acme-850", option), encoding="utf-8")
    problems = [str(it) for it in Library(site / "mappings").problems("acme-850")]
    assert any(problem in one for one in problems), problems


def test_a_guide_that_changes_is_read_again(site: Path) -> None:
    text = FILE.format("", 10)
    assert "FOB is missing" in told(site, "acme-850", text)
    (site / "guides/acme-850.yaml").write_text(GUIDE.replace("FOB: mandatory", "FOB: optional"), encoding="utf-8")
    assert "FOB is missing" not in told(site, "acme-850", text)


@pytest.mark.parametrize("given", ["S-O-P", "I", "S-O-O-I", "S--I", "S;O;I"])
def test_a_hierarchy_that_cannot_be_is_told_with_its_line(site: Path, given: str) -> None:
    text = f"mapping: notice\nversion: 1\nextends: x12-856-004010\noptions: {{set: '856', version: '004010', hierarchy: {given}}}\n"
    (site / "mappings/notice.yaml").write_text(text, encoding="utf-8")
    (problem,) = [str(one) for one in Library(site / "mappings").problems("notice")]
    assert problem == (
        f"notice.yaml:4: options.hierarchy: '{given}' is no order of levels: each stands once and the item, I, last, as in S-O-P-I"
    )


def test_what_no_rule_reads_is_told_without_a_component_separator_too(site: Path) -> None:
    text = FILE.format("FOB*PP~", 11).replace("*P*>~", "*P*~").replace("~", "~\n")
    assert "FOB is read by no rule" in told(site, "x12-850-004010", text)
