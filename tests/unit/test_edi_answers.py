"""TA1, 997, 999 and CONTRL: every code at its level, verdicts by what was found, nothing private sent back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import pytest

from gateway.formats.edi.answer_edifact import contrl, missing, version_of
from gateway.formats.edi.answer_x12 import Answer, acknowledgement, copied, ta1
from gateway.formats.edi.envelope import Closed, Event, Group, GroupClosed, GroupOpened, Interchange, Opened, Set
from gateway.formats.edi.error_codes import plain_element, plain_segment
from gateway.formats.edi.findings import Finding, Level, Spot
from gateway.formats.edi.places import Places
from gateway.formats.edi.reading import read
from gateway.formats.edi.segments import Delimiters, Standard
from gateway.formats.edi.told import Said, SetTold, told_by
from gateway.formats.edi.verdict import Judged, Manner, Report, refuse_all, reports
from gateway.formats.edi.writer import Address, Outgoing, write
from gateway.kernel import Severity

X12 = Delimiters(element="*", component=">", terminator="~", repetition="^")
EDIFACT = Delimiters(element="+", component=":", terminator="'", release="?")
WARNING = Severity.WARNING


def interchange(standard: Standard = Standard.X12, findings: Sequence[Finding] = (), number: int = 1) -> Interchange:
    is_x12 = standard is Standard.X12
    isa = ["ISA", "00", "", "00", "", "ZZ", "VENDOR", "ZZ", "RETAILER", "260622", "0815", "U", "00401", "000000042", "1", "P", ">"]
    unb = ["UNB", "UNOC:3", "VENDOR:14", "RETAILER:14:IN", "260622:0815", "REF1"]
    return Interchange(
        standard=standard,
        number=number,
        offset=number * 1000,
        delimiters=X12 if is_x12 else EDIFACT,
        segment=isa if is_x12 else unb,
        control="000000042" if is_x12 else "REF1",
        version="00401" if is_x12 else "3",
        findings=list(findings),
    )


def a_set(group: Group, control: str, *findings: Finding, type_: str = "", offset: int = 0) -> Set:
    standard = group.interchange.standard
    kind = type_ or ("850" if standard is Standard.X12 else "ORDERS")
    opening = ["ST", kind, control] if standard is Standard.X12 else ["UNH", control, f"{kind}:D:96A:UN:EAN008"]
    return Set(
        standard=standard,
        type=kind,
        control=control,
        version="004010",
        label="",
        convention="",
        held=[opening],
        offset=offset,
        delimiters=group.interchange.delimiters,
        group=group,
        number=1,
        places=Places("", 0, group.interchange.delimiters),
        findings=list(findings),
    )


def report(
    *sets: Sequence[Finding],
    group_findings: Sequence[Finding] = (),
    findings: Sequence[Finding] = (),
    kind: str | None = None,
    standard: Standard = Standard.X12,
    claimed: int | None = None,
    manner: Manner = Manner(),  # noqa: B008 - it is frozen
    grouped: bool = True,
) -> Report:
    it = interchange(standard, findings)
    header = ["GS", "PO"] if standard is Standard.X12 else ["UNG", "ORDERS", "A:14", "B:14", "260622:0815", "9"] if grouped else []
    wanted = kind if kind is not None else "PO" if standard is Standard.X12 else "ORDERS" if grouped else ""
    count = len(sets) if claimed is None else claimed
    group = Group(interchange=it, number=1, kind=wanted, control="7" if header else "", version="004010", claimed=count)
    group.segment = header
    group.findings = list(group_findings)
    events: list[Event] = [Opened(it), GroupOpened(group)]
    events += [a_set(group, f"{number:04}", *found, offset=number) for number, found in enumerate(sets, 1)]
    events += [GroupClosed(group), Closed(it)]
    return next(iter(reports(events, lambda _: (), manner=lambda _: manner)))


def at(level: Level, code: str, severity: Severity = Severity.ERROR, **spot: object) -> Finding:
    return Finding(level, "made_up", "a sentence", Spot(**spot), code=code, severity=severity)  # type: ignore[arg-type]


def element(code: str, value: str = "", kind: str = "made_up", severity: Severity = Severity.ERROR, **spot: object) -> Finding:
    place = {"position": 5, "tag": "PO1", "element": 2} | spot
    return Finding(Level.ELEMENT, kind, "a sentence", Spot(**place), code=code, value=value, severity=severity)  # type: ignore[arg-type]


def body(found: Report, answer: Answer = Answer.F997, version: str = "004010", **more: object) -> list[list[object]]:
    made = acknowledgement(found.groups[0], answer, version=version, delimiters=X12, **more)  # type: ignore[arg-type]
    return [list(segment) for segment in made.segments]


def lines(found: Report, answer: Answer = Answer.F997, version: str = "004010", **more: object) -> list[str]:
    made = [
        [">".join(part) if isinstance(part, tuple) else str(part) for part in segment] for segment in body(found, answer, version, **more)
    ]
    return ["*".join(segment).rstrip("*") for segment in made]


def test_sets_without_fault_are_accepted_one_by_one() -> None:
    assert lines(report((), ())) == ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*A", "AK9*A*2*2*2"]


def test_accepted_sets_may_be_left_out() -> None:
    assert lines(report((), [at(Level.SET, "4")]), accepted_sets=False) == ["AK1*PO*7", "AK2*850*0002", "AK5*R*4", "AK9*P*2*2*1"]


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "6", "7", "23"])
def test_a_fault_of_a_set_refuses_it_with_its_code_and_leaves_its_neighbour(code: str) -> None:
    assert lines(report([at(Level.SET, code)], ()))[1:] == ["AK2*850*0001", f"AK5*R*{code}", "AK2*850*0002", "AK5*A", "AK9*P*2*2*1"]


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "5", "6", "7", "8", "I4", "I6", "I7", "I8", "I9"])
def test_a_fault_of_a_segment_names_it_with_its_place_and_loop(code: str) -> None:
    found = report([at(Level.SEGMENT, code, position=5, tag="PO1", loop="PO1")])
    assert lines(found)[2:4] == [f"AK3*PO1*5*PO1*{plain_segment(code)}", "AK5*R*5"]
    assert lines(found, answer=Answer.F999)[2] == f"IK3*PO1*5*PO1*{code}"


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "I6", "I9", "I10", "I11", "I12", "I13"])
def test_a_fault_of_an_element_names_it_and_its_segment(code: str) -> None:
    found = report([element(code, "2.5")])
    assert lines(found)[2:5] == ["AK3*PO1*5**8", f"AK4*2**{plain_element(code, is_new=False)}*2.5", "AK5*R*5"]
    assert lines(found, answer=Answer.F999)[3] == f"IK4*2**{code}*2.5"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("too_long", "5"),
        ("too_short", "4"),
        ("bad_character", "6"),
        ("not_number", "6"),
        ("not_date", "8"),
        ("not_in_table", "7"),
    ],
)
def test_what_a_mapping_finds_has_a_code_too(kind: str, code: str) -> None:
    assert lines(report([element("", kind=kind)]))[3] == f"AK4*2**{code}"


def test_component_and_repetition_have_their_place_and_the_dictionary_its_number() -> None:
    found = report([element("7", "XX", component=3), element("12", element=4, component=0, repetition=2)])
    assert body(found, number=lambda tag, number, component: "355")[3:5] == [
        ["AK4", ("2", "3"), "355", "7", "XX"],
        ["AK4", ("4", "", "2"), "355", "3", ""],
    ]


def test_the_faults_of_one_segment_stand_together() -> None:
    found = report([element("1", element=4), at(Level.SEGMENT, "5", position=5, tag="PO1"), element("6", "x", element=2)])
    assert lines(found)[2:6] == ["AK3*PO1*5**5", "AK3*PO1*5**8", "AK4*4**1", "AK4*2**6*x"]


def test_only_five_codes_of_a_set_have_room_the_heaviest_first() -> None:
    found = report([at(Level.SET, code) for code in ("5", "4", "3", "2", "23", "6", "1")])
    assert lines(found)[2] == "AK5*R*1*6*23*2*3"


def test_a_warning_is_accepted_with_errors_or_as_if_nothing_were() -> None:
    warned = [element("5", "long", severity=WARNING)]
    assert lines(report(warned))[1:] == ["AK2*850*0001", "AK3*PO1*5**8", "AK4*2**5*long", "AK5*E*5", "AK9*E*1*1*1"]
    assert lines(report(warned, manner=Manner(with_errors=Judged.ACCEPTED)))[1:] == ["AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "5", "6", "19"])
def test_a_fault_of_a_group_refuses_all_that_is_in_it(code: str) -> None:
    found = report((), group_findings=[at(Level.GROUP, code)], claimed=3)
    assert lines(found) == ["AK1*PO*7", "AK2*850*0001", "AK5*R", f"AK9*R*3*1*0*{code}"]


def test_an_empty_group_is_accepted() -> None:
    assert lines(report()) == ["AK1*PO*7", "AK9*A*0*0*0"]


def test_a_999_has_its_own_letters_and_says_the_version() -> None:
    found = report([element("7", "XX"), at(Level.SEGMENT, "3", position=6, tag="CTT")])
    assert lines(found, Answer.F999, "005010") == [
        "AK1*PO*7*004010",
        "AK2*850*0001",
        "IK3*PO1*5**8",
        "IK4*2**7*XX",
        "IK3*CTT*6**3",
        "IK5*R*5",
        "AK9*R*1*1*0",
    ]


def test_a_bad_value_is_sent_back_without_delimiters_and_never_a_private_one() -> None:
    marks = frozenset("*>~^")
    assert copied(element("6", "a*b>c~d^e\x07f" + "x" * 200), marks) == "abcdef" + "x" * 93
    assert not copied(element("5", "Jane Doe", tag="N1"), marks)


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ((), "A*000"),
        ((at(Level.INTERCHANGE, "022", WARNING),), "E*022"),
        ((at(Level.INTERCHANGE, "", WARNING),), "A*000"),
        ((at(Level.INTERCHANGE, "022", WARNING), at(Level.INTERCHANGE, "025")), "R*025"),
        ((at(Level.INTERCHANGE, ""),), "R*024"),
        *(((at(Level.INTERCHANGE, code),), f"R*{code}") for code in ("001", "006", "009", "020", "021", "023", "024", "025")),
    ],
)
def test_a_ta1_copies_the_header_and_tells_one_note(findings: tuple[Finding, ...], told: str) -> None:
    assert "*".join(str(part) for part in ta1(report((), findings=findings))) == f"TA1*000000042*260622*0815*{told}"


def test_a_refused_interchange_refuses_its_sets() -> None:
    found = report((), findings=[at(Level.INTERCHANGE, "025")])
    assert [one.judged for one in found.sets] == [Judged.REFUSED]


def test_all_or_nothing_refuses_the_neighbours_too() -> None:
    manner = Manner(whole_file=True)
    found = [report((), manner=manner), report([at(Level.SET, "4")], (), manner=manner)]
    refuse_all(found, lambda _: manner)
    assert {one.judged for it in found for one in it.sets} == {Judged.REFUSED}
    assert lines(found[0])[2:] == ["AK5*R", "AK9*R*1*1*0"]


@pytest.mark.parametrize(("kind", "is_answer"), [("FA", True), ("PO", False)])
def test_answers_are_known(kind: str, is_answer: bool) -> None:
    assert report((), kind=kind).is_answer is is_answer


def edifact(found: Report) -> list[str]:
    made = contrl(found)
    return ["+".join(":".join(part) if isinstance(part, tuple) else part for part in segment) for segment in made.segments]


def messages(*sets: Sequence[Finding], **more: object) -> Report:
    return report(*sets, standard=Standard.EDIFACT, **({"grouped": False} | more))  # type: ignore[arg-type]


def test_a_contrl_for_an_interchange_in_order_is_one_segment() -> None:
    assert edifact(messages((), ())) == ["UCI+REF1+VENDOR:14+RETAILER:14:IN+7"]


@pytest.mark.parametrize("code", ["13", "28", "29", "26", "30", "25", "7", "23", "32", "33"])
def test_a_refused_interchange_is_told_with_its_code_and_segment(code: str) -> None:
    assert edifact(messages((), findings=[at(Level.INTERCHANGE, code, tag="UNZ", element=1)])) == [
        f"UCI+REF1+VENDOR:14+RETAILER:14:IN+4+{code}+UNZ+1"
    ]


@pytest.mark.parametrize("code", ["28", "29", "26", "17", "14", "13"])
def test_only_refused_messages_are_named(code: str) -> None:
    assert edifact(messages((), [at(Level.SET, code, tag="UNT", element=1)]))[1:] == [f"UCM+0002+ORDERS:D:96A:UN:EAN008+4+{code}+UNT+1"]


@pytest.mark.parametrize("code", ["12", "13", "15", "16", "19", "21", "35", "36", "37", "38", "39", "40", "45", "46", "48"])
def test_faults_inside_a_message_stand_below_it(code: str) -> None:
    found = messages([element(code, tag="QTY", component=2), at(Level.SEGMENT, "13", position=7, tag="UNS")])
    assert edifact(found)[1:] == ["UCM+0001+ORDERS:D:96A:UN:EAN008+4", "UCS+5", f"UCD+{code}+2:2", "UCS+7+13"]


def test_warnings_are_not_told_by_a_contrl() -> None:
    assert edifact(messages([element("39", severity=WARNING)])) == ["UCI+REF1+VENDOR:14+RETAILER:14:IN+7"]


def test_groups_are_answered_as_groups() -> None:
    assert edifact(messages((), [at(Level.SET, "29")], grouped=True))[1:] == ["UCF+9+A:14+B:14+7", "UCM+0002+ORDERS:D:96A:UN:EAN008+4+29+"]
    assert edifact(messages((), grouped=True, group_findings=[at(Level.GROUP, "28", tag="UNE")]))[1:] == ["UCF+9+A:14+B:14+4+28+UNE"]


def test_a_contrl_has_the_version_of_the_syntax() -> None:
    assert (version_of("3"), version_of("4"), contrl(messages(())).version) == ("D.3", "4.1", "D.3")


def test_without_names_and_number_no_contrl_can_be_made() -> None:
    found = messages(())
    assert not missing(found)
    found.interchange.segment = ["UNB", "UNOC:3", ":14", "B", "260622:0815"]
    assert missing(found) == "sender and control reference"


@pytest.mark.parametrize("answer", list(Answer))
@pytest.mark.parametrize(
    ("found", "said", "codes"),
    [
        ((), Said.ACCEPTED, ()),
        *(((at(Level.SET, code),), Said.REJECTED, (f"5 {code}",)) for code in ("1", "2", "3", "4", "6", "7", "23")),
        *(((at(Level.SEGMENT, code, position=5, tag="PO1"),), Said.REJECTED, (f"3 PO1 5 {code}", "5 5")) for code in "1234567"),
        *(
            ((element(code, "x"),), Said.REJECTED, ("3 PO1 5 8", f"4 2 {code}", "5 5"))
            for code in ("1", "2", "3", "5", "6", "7", "8", "10")
        ),
        ((element("5", "x", severity=WARNING),), Said.WITH_ERRORS, ("3 PO1 5 8", "4 2 5", "5 5")),
    ],
)
def test_what_we_answer_is_read_again_as_it_was_meant(answer: Answer, found: Sequence[Finding], said: Said, codes: Sequence[str]) -> None:
    envelope = Outgoing(
        standard=Standard.X12,
        sender=Address("RETAILER", "ZZ"),
        receiver=Address("VENDOR", "ZZ"),
        version="004010" if answer is Answer.F997 else "005010",
        made_at=datetime(2026, 6, 22, 8, 15, tzinfo=UTC),
        control=1,
        delimiters=X12,
    )
    target = BytesIO()
    made = acknowledgement(report(found).groups[0], answer, version=envelope.version, delimiters=X12)
    write(envelope, [("FA", [made])], target)
    target.seek(0)
    (one,) = [event for event in read(target) if isinstance(event, Set)]
    (told,) = told_by(one)
    letters = "AK" if answer is Answer.F997 else "IK"
    assert not one.findings
    assert (told.kind, told.number, told.said) == ("PO", "7", said)
    assert told.of("850", "0001") == SetTold("850", "0001", said, tuple(f"{letters}{code}" for code in codes))


def test_what_guide_and_mapping_find_at_the_same_place_is_told_once() -> None:
    found = [element("6", "x", kind="not_number"), element("6", "x", kind="bad_number"), element("1", element=3)]
    told = lines(report(found))
    assert [line for line in told if line.startswith("AK4")] == ["AK4*2**6*x", "AK4*3**1"]
