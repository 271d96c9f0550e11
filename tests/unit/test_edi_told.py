"""What partners answer to what we sent, read from their 997, 999, TA1 and CONTRL."""

from __future__ import annotations

import pytest

from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.places import Places
from gateway.formats.edi.segments import Delimiters, Standard
from gateway.formats.edi.told import Said, SetTold, Told, told_by, told_by_services

X12 = Delimiters(element="*", component=">", terminator="~")
EDIFACT = Delimiters(element="+", component=":", terminator="'", release="?")


def answer(text: str, type_: str) -> tuple[Told, ...]:
    marks = EDIFACT if type_ == "CONTRL" else X12
    standard = Standard.EDIFACT if type_ == "CONTRL" else Standard.X12
    segments = [one.split(marks.element) for one in text.split(marks.terminator) if one]
    around = Interchange(standard=standard, number=1, offset=0, delimiters=marks, segment=[])
    one = Set(
        standard=standard,
        type=type_,
        control="1",
        version="",
        label="",
        convention="",
        held=segments,
        offset=0,
        delimiters=marks,
        group=Group(interchange=around, number=1),
        number=1,
        places=Places("", 0, marks),
    )
    return told_by(one)


def test_a_997_speaks_about_a_group_and_each_of_its_sets() -> None:
    text = "ST*997*1~AK1*PO*7~AK2*850*0001~AK5*A~AK2*850*0002~AK3*PO1*5**8~AK4*2>1*380*7*X~AK5*R*5~AK9*P*2*2*1*5~SE*9*1~"
    (told,) = answer(text, "997")
    assert told == Told(
        "997",
        "7",
        Said.PARTLY,
        "PO",
        ("AK9 5",),
        (SetTold("850", "0001", Said.ACCEPTED), SetTold("850", "0002", Said.REJECTED, ("AK3 PO1 5 8", "AK4 2.1 7", "AK5 5"))),
    )


def test_a_999_has_other_letters() -> None:
    (told,) = answer("ST*999*1~AK1*PO*7*005010~AK2*850*0001*~IK3*PO1*5**8~IK5*E*5~AK9*E*1*1*1~", "999")
    assert (told.by, told.said, told.sets[0].codes) == ("999", Said.WITH_ERRORS, ("IK3 PO1 5 8", "IK5 5"))


@pytest.mark.parametrize(
    ("letter", "said"),
    [("A", Said.ACCEPTED), ("E", Said.WITH_ERRORS), ("R", Said.REJECTED), ("M", Said.REJECTED), ("X", Said.REJECTED), ("?", Said.REJECTED)],
)
def test_sets_that_are_not_named_share_the_verdict_of_their_group(letter: str, said: Said) -> None:
    (told,) = answer(f"AK1*PO*7~AK9*{letter}*2*2*2~", "997")
    assert told.of("850", "0009").said is said


def test_sets_that_a_partial_answer_does_not_name_are_accepted() -> None:
    (told,) = answer("AK1*PO*7~AK2*850*0002~AK5*R*5~AK9*P*2*2*1~", "997")
    assert (told.of("850", "0001").said, told.of("850", "2").said) == (Said.ACCEPTED, Said.REJECTED)


@pytest.mark.parametrize("text", ["ST*997*1~SE*2*1~", "AK9*A*1*1*1~", "AK1*PO*7~AK2*850*1~AK5*A~"])
def test_half_an_answer_says_nothing(text: str) -> None:
    assert answer(text, "997") == ()


def test_a_ta1_speaks_about_the_interchange() -> None:
    services = [["TA1", "000000042", "260622", "0815", "R", "025"], ["ISB", "1"], ["TA1", "000000043", "260622", "0815", "A", "000"]]
    assert told_by_services(services, X12) == (
        Told("TA1", "000000042", Said.REJECTED, codes=("TA1 025",)),
        Told("TA1", "000000043", Said.ACCEPTED, is_receipt=True),
    )


def test_a_contrl_speaks_about_the_interchange_and_names_what_is_refused() -> None:
    text = "UNH+1+CONTRL:D:3:UN'UCI+42+R:14+V:14+7'UCM+2+ORDERS:D:96A:UN+4+13'UCS+5'UCD+12+2:1'UNT+5+1'"
    (told,) = answer(text, "CONTRL")
    assert (told.number, told.said, told.is_receipt) == ("42", Said.PARTLY, False)
    assert told.of("ORDERS", "2") == SetTold("ORDERS", "2", Said.REJECTED, ("UCM 13", "UCS 5", "UCD 12 2:1"))
    assert told.of("ORDERS", "1").said is Said.ACCEPTED


@pytest.mark.parametrize(
    ("action", "said", "is_receipt"), [("4", Said.REJECTED, False), ("7", Said.ACCEPTED, False), ("8", Said.ACCEPTED, True)]
)
def test_a_contrl_without_messages(action: str, said: Said, is_receipt: bool) -> None:
    (told,) = answer(f"UCI+42+R+V+{action}+28+UNZ'", "CONTRL")
    assert (told.said, told.codes, told.is_receipt) == (said, ("UCI 28",), is_receipt)


def test_a_withdrawn_action_says_nothing() -> None:
    assert answer("UCI+42+R+V+3'", "CONTRL") == ()


def test_another_set_says_nothing() -> None:
    assert answer("ST*850*1~BEG*00~", "850") == ()
