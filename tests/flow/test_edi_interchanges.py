"""Interchanges at the door: who they are from and for, numbers that came before, gaps, tests; and what is answered to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from gateway.formats.edi.reading import read
from gateway.jobs.expectations import judge_expectations
from gateway.kernel.clock import FixedClock
from gateway.store import alarms, tables, work
from tests.commands import ROOT
from tests.kitsune import ORDER_ANSWER, connector, edifact, x12
from tests.town import Town

ACKS = "out/kitsune/acks"


@pytest.fixture
def kitsune(town: Town) -> Town:
    """A town whose vendor speaks EDI."""
    for folder in ("in/kitsune", ACKS):
        (town.root / folder).mkdir(parents=True)
    town.declare("kitsune", connector())
    return town


def comes(town: Town, text: str, name: str = "a.edi") -> None:
    town.drop(f"in/kitsune/{name}", text)
    town.once()


def states(town: Town) -> list[str]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(
            select(tables.message.c.state).where(tables.message.c.connector == "kitsune").order_by(tables.message.c.id)
        )
        return list(rows.scalars())


def acknowledgements(town: Town) -> list[str]:
    return list(town.files(ACKS).values())


def lines(text: str) -> list[str]:
    return [line.rstrip("~'") for line in text.splitlines()]


def test_a_set_that_no_layout_is_for_is_refused_by_a_997_with_both_sides_exchanged(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=7, group=3, wants_ta1=True))
    (answer,) = acknowledgements(kitsune)
    assert lines(answer)[0].startswith("ISA*00*          *00*          *ZZ*RETAILER       *ZZ*KITSUNE        *")
    assert lines(answer)[1] == "TA1*000000007*260622*0815*A*000"
    assert lines(answer)[2].startswith("GS*FA*RTL*KIT*")
    assert lines(answer)[3:] == [
        "ST*997*0001",
        "AK1*PR*3",
        "AK2*855*0001",
        "AK5*R*1",
        "AK9*R*1*1*0",
        "SE*6*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]


def test_what_we_answer_is_read_again_without_any_finding(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, wants_ta1=True))
    comes(kitsune, edifact(("ORDRSP", ["BGM+231+1+9"])), "b.edi")
    for path in (kitsune.root / ACKS).iterdir():
        with path.open("rb") as source:
            for event in read(source):
                assert not getattr(getattr(event, "interchange", None) or getattr(event, "group", None) or event, "findings", ())


def test_numbers_of_answers_follow_each_other(kitsune: Town) -> None:
    for number in (1, 2, 3):
        comes(kitsune, x12(ORDER_ANSWER, number=number), f"{number}.edi")
    assert [lines(answer)[-1] for answer in acknowledgements(kitsune)] == [f"IEA*1*{number:09}" for number in (1, 2, 3)]
    with kitsune.gateway() as gateway:
        assert kitsune.command("db", "check").code == 0
        with gateway.store.reading() as connection:
            numbers = connection.execute(
                select(tables.outbox_number.c.number).where(tables.outbox_number.c.counter.like("%group:FA"))
            ).scalars()
            assert sorted(numbers) == [1, 2, 3]


def test_several_interchanges_of_a_file_are_answered_one_by_one(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=1) + x12(ORDER_ANSWER, number=2, group=9))
    assert sorted(line for answer in acknowledgements(kitsune) for line in lines(answer) if line.startswith("AK1")) == [
        "AK1*PR*1",
        "AK1*PR*9",
    ]


@pytest.mark.parametrize(
    ("changes", "note"),
    [({"receiver": "SOMEBODY"}, "009"), ({"usage": "T"}, "020")],
)
def test_an_interchange_that_is_not_for_us_or_a_test_is_refused(kitsune: Town, changes: dict[str, str], note: str) -> None:
    comes(kitsune, x12(ORDER_ANSWER, wants_ta1=True, **changes))  # type: ignore[arg-type]
    (answer,) = acknowledgements(kitsune)
    assert lines(answer)[1:] == [f"TA1*000000001*260622*0815*R*{note}", "IEA*0*000000001"]
    assert states(kitsune) == ["refused"]


def test_a_stranger_is_not_answered(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, wants_ta1=True, sender="STRANGER"))
    assert (acknowledgements(kitsune), states(kitsune)) == ([], ["refused"])


def test_an_interchange_that_comes_again_in_another_file_is_answered_with_the_same_bytes(kitsune: Town) -> None:
    text = x12(ORDER_ANSWER, number=5)
    comes(kitsune, text)
    comes(kitsune, text + "\n\n", "again.edi")
    first, second = acknowledgements(kitsune)
    assert first == second
    assert states(kitsune)[1] == "duplicate"


def test_the_very_same_file_is_answered_with_the_same_bytes(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=5))
    comes(kitsune, x12(ORDER_ANSWER, number=5), "again.edi")
    first, second = acknowledgements(kitsune)
    assert first == second


def test_a_number_with_other_content_is_a_conflict(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=5))
    comes(kitsune, x12(("855", ["BAK*00*AC*OTHER*20260622"]), number=5, wants_ta1=True), "other.edi")
    assert "TA1*000000005*260622*0815*R*025" in lines(acknowledgements(kitsune)[1])
    assert states(kitsune)[1] == "refused"


def test_missing_numbers_ring_and_are_quiet_once_they_come(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=5))
    comes(kitsune, x12(ORDER_ANSWER, number=10), "b.edi")
    assert open_alarms(kitsune) == [("6-9", 4, "interchanges 6 to 9 (4) from ZZ/KITSUNE are missing: 10 came after 5")]
    comes(kitsune, x12(ORDER_ANSWER, number=7), "c.edi")
    assert open_alarms(kitsune) == [("6-9", 3, "interchanges 6, 8, 9 (3) from ZZ/KITSUNE are missing: 10 came after 5")]
    comes(kitsune, x12(ORDER_ANSWER, number=6) + x12(ORDER_ANSWER, number=8), "d.edi")
    assert open_alarms(kitsune) == [("6-9", 1, "interchange 9 from ZZ/KITSUNE is missing: 10 came after 5")]
    comes(kitsune, x12(ORDER_ANSWER, number=9).replace("IEA*1*", "IEA*2*"), "e.edi")
    assert open_alarms(kitsune) == []


def test_a_number_that_came_and_was_refused_is_not_missing_and_a_great_jump_is_one_alarm(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, number=5))
    comes(kitsune, x12(ORDER_ANSWER, number=6).replace("IEA*1*", "IEA*2*"), "b.edi")
    comes(kitsune, x12(ORDER_ANSWER, number=7).replace("IEA*1*", "IEA*2*") + x12(ORDER_ANSWER, number=8), "c.edi")
    assert open_alarms(kitsune) == []
    comes(kitsune, x12(ORDER_ANSWER, number=900_000_000), "d.edi")
    (found,) = open_alarms(kitsune)
    assert found[:2] == ("9-899999999", 899_999_991)


def test_what_other_files_of_the_same_moment_bring_never_rings(kitsune: Town) -> None:
    for number in (2, 1):  # the first ones may come in any order
        comes(kitsune, x12(ORDER_ANSWER, number=number), f"{number}.edi")
    for number in (5, 4, 3):
        kitsune.drop(f"in/kitsune/{number}.edi", x12(ORDER_ANSWER, number=number))
    kitsune.once()
    assert open_alarms(kitsune, later=timedelta(seconds=20)) == []
    comes(kitsune, x12(ORDER_ANSWER, number=7), "7.edi")
    assert open_alarms(kitsune, later=timedelta(seconds=20)) == []
    with kitsune.gateway() as gateway, gateway.store.transaction() as tx:
        waiting = work.NewWork(kind=work.Kind.BOOK, subject=1, connector="kitsune", due_at=gateway.clock.now())
        work.add(tx, waiting)
    assert open_alarms(kitsune) == []
    with kitsune.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(delete(tables.work))
    assert [found[0] for found in open_alarms(kitsune)] == ["6"]
    (message,) = [one for one in kitsune.command("message", "list", "--json").json if one["file"] == "7.edi"]
    assert "interchange 6 from ZZ/KITSUNE is missing" in kitsune.command("message", "show", str(message["id"])).out
    comes(kitsune, x12(ORDER_ANSWER, number=6), "6.edi")
    assert open_alarms(kitsune) == []


def open_alarms(town: Town, *, later: timedelta = timedelta(minutes=2)) -> list[tuple[str, int, str]]:
    """What is told as missing once the numbers were judged, so long after the last file."""
    with town.gateway(FixedClock(datetime.now(UTC) + later)) as gateway, gateway.store.reading() as connection:
        judge_expectations(gateway.place)
        found = alarms.standing(connection, alarms.About.INTERCHANGE)
        return [(it.subject.rpartition("#")[2], it.missing or 0, it.issue.text) for it in found]


def test_edifact_is_answered_by_a_contrl(kitsune: Town) -> None:
    comes(kitsune, edifact(("ORDRSP", ["BGM+231+1+9"]), number="REF7"))
    (answer,) = acknowledgements(kitsune)
    assert lines(answer)[1:-1] == [
        "UNH+1+CONTRL:D:3:UN",
        "UCI+REF7+4098765000002:14+4012345000009:14+7",
        "UCM+1+ORDRSP:D:96A:UN+4+17+UNH+1",
        "UNT+4+1",
    ]


def test_a_broken_interchange_is_refused_and_its_neighbour_is_not(kitsune: Town) -> None:
    broken = x12(ORDER_ANSWER, number=1, wants_ta1=True).replace("IEA*1*", "IEA*9*")
    comes(kitsune, broken + x12(ORDER_ANSWER, number=2))
    told = [line for answer in acknowledgements(kitsune) for line in lines(answer)]
    assert "TA1*000000001*260622*0815*R*021" in told
    assert "AK1*PR*1" in told


def test_files_that_are_no_interchanges_are_none_of_it(kitsune: Town) -> None:
    comes(kitsune, (ROOT / "samples/acknowledgement.csv").read_text())
    assert acknowledgements(kitsune) == []


def test_an_interchange_without_a_number_gets_no_contrl_and_its_story_says_so(kitsune: Town) -> None:
    comes(kitsune, edifact(("ORDRSP", ["BGM+231+1+9"]), number=""))
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    sheet = kitsune.command("message", "show", str(message["id"]), "--json").json
    assert acknowledgements(kitsune) == []
    assert "contrl_impossible" in [it["event"] for it in sheet["events"]]


def test_what_is_agreed_about_one_standard_says_nothing_about_the_other(kitsune: Town) -> None:
    more = "strictness: {set_count: warn}\n      warnings_as: A\n      encoding: latin-1"
    kitsune.declare("kitsune", connector(mapping="[x12-855-004010, edifact-ordrsp]", more=more))
    answer = ("ORDRSP", ["BGM+231+1+29", "RFF+ON:AB10747"])
    comes(kitsune, x12(("855", ["BAK*00*AC*AB10747*20260622", "N1*SE*Zürich"])).replace("SE*4*", "SE*9*"))
    comes(kitsune, edifact(answer).replace("UNT+4+", "UNT+9+"), "b.edi")
    first, second = acknowledgements(kitsune)
    assert [line for line in lines(first) if line.startswith(("AK5", "AK9"))] == ["AK5*A", "AK9*A*1*1*1"]
    assert [line for line in lines(second) if line.startswith("UCM")] == ["UCM+1+ORDRSP:D:96A:UN+4+29+UNT+1"]
    story = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert len(story) == 2


def test_a_file_of_nothing_but_unknown_sets_is_parked_by_name_and_answered(kitsune: Town) -> None:
    kitsune.declare("kitsune", connector(mapping="x12-856-004010"))
    status = ("870", ["BSR*1*PA*X*20260622"])
    comes(kitsune, x12(status, status, ORDER_ANSWER, kind="RS"))
    assert states(kitsune) == ["parked"]
    (answer,) = acknowledgements(kitsune)
    assert [line for line in lines(answer) if line.startswith(("AK5", "AK9"))] == ["AK5*R*1", "AK5*R*1", "AK5*R*1*6", "AK9*R*3*3*0"]
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    issues = kitsune.command("message", "show", str(message["id"]), "--json").json["issues"]
    assert [(issue["code"], issue["value"]) for issue in issues] == [("MAP-02", "870"), ("MAP-02", "855")]
    assert issues[0]["text"].startswith("the set is 870, not 856 (2 sets); add a layout for it to the channel and replay")


def test_an_unknown_set_beside_others_is_refused_alone(kitsune: Town) -> None:
    kitsune.declare("kitsune", connector(mapping="x12-855-004010"))
    comes(kitsune, x12(("870", ["BSR*1*PA*X*20260622"]), ORDER_ANSWER))
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    shown = kitsune.command("message", "show", str(message["id"]), "--json").json
    assert [(it["kind"], it["verdict"]) for it in shown["receipts"]] == [("unknown", "refused"), ("order_answer", "refused")]


def test_a_refused_interchange_stands_as_one(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER, sender="STRANGER"))
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    shown = kitsune.command("message", "show", str(message["id"]), "--json").json
    assert [it["kind"] for it in shown["receipts"]] == ["interchange"]
    assert shown["remedies"]["GWY-41"].startswith("compare the sender with partner > edi > theirs")
    comes(kitsune, x12(ORDER_ANSWER, number=2).replace("IEA*1*", "IEA*2*"), "b.edi")
    (message, _) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    shown = kitsune.command("message", "show", str(message["id"]), "--json").json
    assert shown["remedies"]["GWY-41"].endswith("it may keep its number")
    assert not [one for receipt in shown["receipts"] for one in receipt["issues"] if one["text"].startswith("interchange")]


def test_an_interchange_that_is_cut_off_in_its_header_is_told_so(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER)[:60])
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    told = kitsune.command("message", "show", str(message["id"]), "--json").out
    assert ("cut off" in told, "not for us" in told) == (True, False)


def test_what_is_odd_about_a_file_and_refuses_nothing_stands_in_its_story(kitsune: Town) -> None:
    comes(kitsune, x12(ORDER_ANSWER) + "Kim Example\n" + x12(ORDER_ANSWER, number=2).replace("*20260622", "*Ä0260622"))
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    sheet = kitsune.command("message", "show", str(message["id"]), "--json")
    (remarks,) = [one["detail"]["remarks"] for one in sheet.json["events"] if one["event"] == "interchange_remarks"]
    assert any("outside of any interchange were left out" in one for one in remarks)
    assert "Kim Example" not in str(remarks)
    assert message["remarks"] == len(remarks) > 0
    assert "Remarks" in kitsune.command("message", "list").out


def test_a_group_of_another_vendor_behind_the_same_id_is_told(kitsune: Town) -> None:
    text = (kitsune.root / "connectors/kitsune.yaml").read_text()
    kitsune.declare("kitsune", text.replace("theirs: {id: KITSUNE}", "theirs: {id: KITSUNE, group: KIT}"))
    comes(kitsune, x12(ORDER_ANSWER))
    comes(kitsune, x12(ORDER_ANSWER, number=2).replace("*KIT*RTL", "*LYNX*RTL"), "b.edi")
    messages = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert sorted(one["remarks"] for one in messages) == [0, 1]
    (other,) = [one for one in messages if one["remarks"]]
    events = kitsune.command("message", "show", str(other["id"]), "--json").json["events"]
    (remarks,) = [one["detail"]["remarks"] for one in events if one["event"] == "interchange_remarks"]
    assert remarks[0].startswith("group 1, GS, element 02: GS02 is none that is agreed")
