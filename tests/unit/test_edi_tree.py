"""Trees of all sets by sets of our own making, and a finding for each thing that can be wrong with order, repeats and presence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.edi.findings import LENIENT, STRICT, Tolerance, Treat
from gateway.formats.edi.guide_shelf import Shelf, all_guides
from gateway.formats.edi.segments import Standard
from gateway.formats.edi.tree import bare_tree
from tests.edi_sets import drawn, edifact_message, findings, made, read_tree, x12_set

ORDER = """
    BEG*00*DS*PO-77**20260622
    REF*IA*4711
    N9*L1*GIFT
    MSG*Many happy returns
    N1*ST*Ada Ash
    N3*1 Elm Street
    N4*Troy*NY*12180*US
    PO1*1*2*EA*9.25**SK*A-1*VN*V-1
    PID*F****Lamp
    N9*L1*NOTE
    MSG*Fragile
    PO1*2*1*EA*.5**SK*A-2
    SAC*C*D240***250
    CTT*2*3
"""


def kinds(found: list[object]) -> list[tuple[str, str, str]]:
    return [(it.kind, it.code, f"{it.spot.position} {it.spot.tag} {it.spot.loop}".strip()) for it in found]  # type: ignore[attr-defined]


def test_the_loops_of_an_order_hold_their_segments() -> None:
    set_ = x12_set("850", ORDER)
    root = read_tree(set_)
    assert drawn(root) == ("850(ST BEG REF SE N9(N9 MSG) N1(N1 N3 N4) PO1(PO1 PID(PID) N9(N9 MSG)) PO1(PO1 SAC(SAC)) CTT(CTT))")
    assert [position for position, _ in root.loops[1].segments] == [6, 7, 8]
    assert root.loops[2].loops[0].parent is root.loops[2]
    assert not set_.findings


SETS = {
    "855": (
        """BAK*00*AC*PO-77*20260622
        PO1*1*4*EA*9.25**VN*V-1
        ACK*IA*3*EA
        DTM*068*20260701
        ACK*IB*1*EA
        CTT*1""",
        "855(ST BAK SE PO1(PO1 ACK(ACK DTM) ACK(ACK)) CTT(CTT))",
    ),
    "810": (
        """BIG*20260622*INV-1*20260601*PO-77
        IT1*1*2*EA*9.25**VN*V-1
        PID*F****Lamp
        TDS*2100
        SAC*C*D240***250
        CTT*1""",
        "810(ST BIG TDS CTT SE IT1(IT1 PID(PID)) SAC(SAC))",
    ),
    "860": (
        """BCH*04*SA*PO-77***20260601
        POC*1*QD*1*1*EA*9.25
        CTT*1""",
        "860(ST BCH SE POC(POC) CTT(CTT))",
    ),
    "865": (
        """BCA*00*AC*PO-77***20260601
        POC*1*QD*1*1*EA*9.25
        ACK*IA*1*EA
        CTT*1""",
        "865(ST BCA SE POC(POC ACK(ACK)) CTT(CTT))",
    ),
    "846": (
        """BIA*00*SI*R-1*20260622
        LIN**VN*V-1
        QTY*33*12*EA
        CTT*1""",
        "846(ST BIA CTT SE LIN(LIN QTY(QTY)))",
    ),
    "997": (
        """AK1*PO*1
        AK2*850*0001
        AK3*PO1*3**8
        AK4*2*330*6*X
        AK5*R*5
        AK9*R*1*1*0""",
        "997(ST AK1 AK9 SE AK2(AK2 AK5 AK3(AK3 AK4)))",
    ),
    "824": (
        """BGN*00*A-1*20260622
        OTI*TR*TN*PO-77
        TED*024*Unknown item""",
        "824(ST BGN SE OTI(OTI TED(TED)))",
    ),
    "870": (
        """BSR*3*SS*R-1*20260622
        HL*1**O
        PRF*PO-77
        ISR*CC
        HL*2*1*I
        PO1*1*1*EA
        ISR*CC
        CTT*2""",
        "870(ST BSR CTT SE HL.O(HL PRF ISR(ISR) HL.I(HL PO1(PO1 ISR(ISR)))))",
    ),
}


@pytest.mark.parametrize("kind", SETS)
def test_the_sets_of_x12_have_their_trees(kind: str) -> None:
    body, expected = SETS[kind]
    set_ = x12_set(kind, body)
    root = read_tree(set_)
    assert not [str(it.text) for it in set_.findings]
    assert drawn(root) == expected


def test_a_999_has_its_contexts() -> None:
    body = """AK1*PO*1*005010
        AK2*850*0001
        IK3*PO1*3*PO1*8
        CTX*PO103
        IK4*2*330*I12*X
        IK5*R*I5
        AK9*R*1*1*0"""
    set_ = x12_set("999", body, version="005010")
    assert drawn(read_tree(set_)) == "999(ST AK1 AK9 SE AK2(AK2 IK5 IK3(IK3 CTX IK4(IK4))))"
    assert not set_.findings


MESSAGES = {
    "ORDERS": (
        """BGM+220+PO-77+9
        DTM+137:20260622:102
        RFF+CR:C-1
        NAD+BY+5412345000013::9
        NAD+DP+++Ada Ash+1 Elm Street+Troy++12180+US
        CTA+OC+:Ada
        COM+555 1234:TE
        LIN+1++4000862141404:EN
        PIA+1+A-1:IN
        QTY+21:2
        PRI+AAA:9.25
        UNS+S
        CNT+2:1""",
        "ORDERS(UNH BGM DTM UNS CNT UNT RFF(RFF) NAD(NAD) NAD(NAD CTA(CTA COM)) LIN(LIN PIA QTY PRI(PRI)))",
    ),
    "ORDRSP": (
        """BGM+231+R-1+4
        DTM+137:20260622:102
        RFF+ON:PO-77
        LIN+1+5+4000862141404:EN
        QTY+21:2
        UNS+S""",
        "ORDRSP(UNH BGM DTM UNS UNT RFF(RFF) LIN(LIN QTY))",
    ),
    "ORDCHG": (
        """BGM+230+C-1+4
        DTM+137:20260622:102
        RFF+ON:PO-77
        LIN+1+2+4000862141404:EN
        QTY+21:2
        UNS+S""",
        "ORDCHG(UNH BGM DTM UNS UNT RFF(RFF) LIN(LIN QTY))",
    ),
    "INVOIC": (
        """BGM+380+INV-1+9
        DTM+137:20260622:102
        NAD+SU+5412345000013::9
        LIN+1++4000862141404:EN
        QTY+47:2
        MOA+203:18.5
        PRI+AAA:9.25
        UNS+S
        MOA+77:18.5""",
        "INVOIC(UNH BGM DTM UNS UNT NAD(NAD) LIN(LIN QTY MOA(MOA) PRI(PRI)) MOA(MOA))",
    ),
    "CONTRL": (
        """UCI+42+US:14+THEM:14+7
        UCM+1+ORDERS:D:96A:UN+4
        UCS+3+13
        UCD+12+1:2""",
        "CONTRL(UNH UCI UNT UCM(UCM UCS(UCS UCD)))",
    ),
    "APERAK": (
        """BGM+305+E-1+9
        DTM+137:20260622:102
        ERC+42
        FTX+AAO+++Unknown item""",
        "APERAK(UNH BGM DTM UNT ERC(ERC FTX))",
    ),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_messages_of_edifact_have_their_trees(kind: str) -> None:
    body, expected = MESSAGES[kind]
    message = edifact_message(kind, body)
    root = read_tree(message)
    assert drawn(root) == expected
    assert not [it for it in message.findings if it.is_error]


def test_every_guide_of_ours_can_be_read_in_every_release() -> None:
    names = {guide.name for guide in all_guides()}
    assert {f"x12/{kind}" for kind in ("850", "855", "856", "810", "860", "865", "846", "997", "999", "824", "870")} <= names
    assert {f"edifact/{kind}" for kind in ("orders", "ordrsp", "desadv", "invoic", "ordchg", "contrl", "aperak")} <= names


def test_old_releases_are_read_by_the_nearest_and_later_ones_by_the_last() -> None:
    shelf = Shelf()
    assert [shelf.find(Standard.X12, "850", version).release for version in ("003040", "004010", "004060", "005010", "007030")] == [  # type: ignore[union-attr]
        "004010",
        "004010",
        "004010",
        "005010",
        "005010",
    ]
    assert shelf.find(Standard.X12, "832", "004010") is None


WRONG = {
    "a tag that nobody knows": ("BEG*00*DS*P**20260622|QQQ*1|PO1*1*1*EA", ("unknown_segment", "1", "3 QQQ")),
    "a tag of another set": ("BEG*00*DS*P**20260622|BSN*00*S-1*20260622*1200|PO1*1*1*EA", ("not_in_set", "6", "3 BSN")),
    "a segment behind its place": ("BEG*00*DS*P**20260622|DTM*010*20260701|REF*IA*1|PO1*1*1*EA", ("out_of_sequence", "7", "4 REF")),
    "a segment too often": ("BEG*00*DS*P**20260622|CUR*BY*USD|CUR*BY*USD|PO1*1*1*EA", ("too_many_segments", "5", "4 CUR")),
    "a segment of a loop too often": (
        "BEG*00*DS*P**20260622|N1*ST*A|N3*1|N3*2|N3*3|PO1*1*1*EA",
        ("too_many_segments", "5", "6 N3 N1"),
    ),
    "a mandatory segment missing": ("REF*IA*1|PO1*1*1*EA", ("missing_segment", "3", "2 BEG")),
    "a mandatory segment of a loop missing": (
        "BEG*00*DS*P**20260622|LM*VI|PO1*1*1*EA",
        ("missing_segment", "3", "4 LQ LM"),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_segments_has_its_code(case: str) -> None:
    body, expected = WRONG[case]
    assert kinds(findings(x12_set("850", body.replace("|", "\n")))) == [expected]


def test_a_loop_too_often_is_told_and_kept() -> None:
    packs = "\n".join(["N1*ST*A"] * 201)
    set_ = x12_set("850", f"BEG*00*DS*P**20260622\n{packs}\nPO1*1*1*EA")
    root = read_tree(set_)
    assert kinds(set_.findings) == [("too_many_loops", "4", "203 N1 N1")]
    assert sum(loop.name == "N1" for loop in root.loops) == 201


def test_edifact_has_codes_of_its_own() -> None:
    body = "\n".join(["DTM+137:20260622:102"] + ["PAI+::42"] * 2 + ["QQQ+1", "LIN+1", "UNS+S"])
    found = kinds(findings(edifact_message("ORDERS", body)))
    assert found == [
        ("too_many_segments", "35", "4 PAI"),
        ("unknown_segment", "15", "5 QQQ"),
        ("missing_segment", "13", "2 BGM"),
    ]


def test_a_segment_behind_its_place_is_not_missing_as_well() -> None:
    set_ = x12_set("850", "REF*IA*1\nBEG*00*DS*P**20260622\nPO1*1*1*EA")
    assert kinds(findings(set_)) == [("out_of_sequence", "7", "3 BEG")]


def test_a_segment_behind_its_place_keeps_its_data_in_the_right_loop() -> None:
    set_ = x12_set("850", "BEG*00*DS*P**20260622\nPO1*1*1*EA\nREF*LI*1\nPID*F****Lamp\nPO1*2*1*EA")
    assert drawn(read_tree(set_)) == "850(ST BEG SE PO1(PO1 REF PID(PID)) PO1(PO1))"


def test_an_order_without_lines_is_only_told_as_the_business_refuses_it() -> None:
    found = findings(x12_set("850", "BEG*00*DS*P**20260622"))
    assert [(it.kind, it.is_error) for it in found] == [("missing_segment", False)]


def test_a_set_without_its_trailer_misses_nothing_else() -> None:
    lines = ["ST*850*0001", "BEG*00*DS*P**20260622", "PO1*1*1*EA"]
    assert not findings(made(Standard.X12, "850", "004010", lines, x12_set("850", "").delimiters))


@pytest.mark.parametrize(
    ("word", "kind"), [("unknown_segments", "unknown_segment"), ("sequence", "out_of_sequence"), ("repeats", "too_many_segments")]
)
def test_a_partner_decides_what_is_told_and_what_refuses(word: str, kind: str) -> None:
    body = "BEG*00*DS*P**20260622\nDTM*010*20260701\nREF*IA*1\nQQQ*1\nPO1*1*1*EA\nCN1*05\nCN1*05"
    told = {it.kind: it.is_error for it in findings(x12_set("850", body), tolerance=LENIENT)}
    refused = {it.kind: it.is_error for it in findings(x12_set("850", body), tolerance=STRICT)}
    silent = {it.kind for it in findings(x12_set("850", body), tolerance=Tolerance(**{word: Treat.ACCEPT}))}
    assert (told[kind], refused[kind], kind in silent) == (False, True, False)


def test_a_set_without_a_guide_is_looked_at_segment_by_segment() -> None:
    set_ = x12_set("940", "W05*N*1\nN9**3\nN1*ST*A")
    found = findings(set_)
    assert kinds(found) == [("missing", "1", "3 N9")]
    assert found[0].is_error


def test_a_finding_names_the_byte_it_is_about() -> None:
    set_ = x12_set("850", "BEG*00*DS*P**20260622\nCUR*BY*USD\nCUR*BY*USD\nPO1*1*1*EA")
    spot = findings(set_)[0].spot
    assert set_.places.text[spot.offset :].startswith("CUR*BY*USD~PO1")


GUIDES = list(all_guides())
NUMBERED = [(guide, sorted(guide.segments)) for guide in GUIDES]


@settings(max_examples=150)
@given(st.data())
def test_segments_in_any_order_all_keep_a_place_and_never_raise(data: st.DataObject) -> None:
    guide, known = data.draw(st.sampled_from(NUMBERED))
    tags = data.draw(st.lists(st.sampled_from([*known, "QQQ"]), max_size=40))
    separator = "*" if guide.standard is Standard.X12 else "+"
    lines = [separator.join([tag, *data.draw(st.lists(st.sampled_from(["", "1", "S", "20260622", "A:B"]), max_size=4))]) for tag in tags]
    set_ = (x12_set if guide.standard is Standard.X12 else edifact_message)(guide.set, "\n".join(lines))
    root = read_tree(set_, guide)
    assert sorted(at for loop in root.all() for at, _ in loop.segments) == list(range(1, len(set_.segments) + 1))


def test_a_set_that_lies_like_one_before_grows_the_same_tree() -> None:
    first, second = x12_set("850", ORDER), x12_set("850", ORDER.replace("PO-77", "PO-78"))
    assert drawn(read_tree(first)) == drawn(read_tree(second))
    other = read_tree(x12_set("850", ORDER.replace("PO-77", "PO-79")))
    assert other.first("BEG") == ["BEG", "00", "DS", "PO-79", "", "20260622"]
    assert other.loops[0].parent is other


def test_what_is_wrong_is_told_for_each_set_that_has_it() -> None:
    body = "BEG*00*DS*P**20260622\nQQQ*1\nPO1*1*1*EA"
    assert [len(findings(x12_set("850", body))) for _ in range(3)] == [1, 1, 1]


def test_loops_can_be_had_without_a_look_at_the_elements() -> None:
    set_ = x12_set("850", "BEG*00*DS*P**NEVER\nQQQ*1\nPO1*1*two*EA")
    guide = Shelf().find(Standard.X12, "850")
    assert guide is not None
    root = bare_tree(set_, guide)
    assert drawn(root) == "850(ST BEG QQQ SE PO1(PO1))"
    assert [it.kind for it in set_.findings] == ["unknown_segment"]


def test_a_set_of_many_segments_is_read_in_one_go() -> None:
    lines = "\n".join(f"PO1*{number}*1*EA\nREF*LI*{number}\nQQQ*1" for number in range(5_000))
    set_ = x12_set("850", f"BEG*00*DS*P**20260622\n{lines}\nCTT*5000")
    root = read_tree(set_)
    assert sum(loop.name == "PO1" for loop in root.loops) == 5_000
    assert len(set_.findings) == 5_000
