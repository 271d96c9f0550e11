"""What is agreed with a partner about numbers, versions and tests, from the order to the answer, on each database."""

from __future__ import annotations

from io import BytesIO

import pytest

from gateway.formats.edi import Set
from gateway.formats.edi.reading import read
from tests.kitsune import ORDER_ANSWER, connector, edifact, x12
from tests.town import Town

SEND = """\
send:
  - channel: orders
    folder: out/kitsune/orders
    mapping: kitsune-850
    gather: {new_orders: true, now: true}
    file: "PO_{batch:06}.edi"
    acknowledge: {required: true, within: 24h}
"""
LAYOUT = """\
mapping: kitsune-850
version: 1
extends: x12-850-batch-005010
only: write
set: {brand: "1", system: OMS, location: "100", vendor: $partner.vendor}
tests: []
"""
ORDERS, ACKS = "out/kitsune/orders", "out/kitsune/acks"
OURS_IN_TESTS = "test: true\n      tests: {ours: {id: RETAILTST, qualifier: '12'}, theirs: [{id: KITTEST}, {id: KITTEST2}]}"
LATER = 'versions: {send: {"850": "005010"}}'


def town_of(town: Town, more: str, *, mapping: str = "[x12-855-004010, x12-856-004010]") -> Town:
    for folder in ("in/kitsune", ORDERS, ACKS):
        (town.root / folder).mkdir(parents=True)
    (town.root / "connectors/redpanda.yaml").unlink()
    (town.root / "mappings/kitsune-850.yaml").write_text(LAYOUT)
    town.declare("kitsune", connector(mapping=mapping, more=f"ta1: asked\n      {more}") + SEND)
    return town


def ordered(town: Town, number: str) -> list[Set]:
    """The retailer sends an order; the sets of all files that the vendor has got by then."""
    town.drop(f"in/oms/{number}.xml", town.sample("createdsorder.xml").decode().replace("ab10747", number))
    town.once()
    town.once()
    return [event for text in town.files(ORDERS).values() for event in read(BytesIO(text.encode())) if isinstance(event, Set)]


def comes(town: Town, text: str, name: str = "a.edi") -> list[str]:
    """A file of the vendor, and the segments of all that is answered by then."""
    town.drop(f"in/kitsune/{name}", text)
    town.once()
    return [line.rstrip("~'") for answer in town.files(ACKS).values() for line in answer.splitlines()]


def told(town: Town) -> list[str]:
    """Why the last file of the vendor was refused."""
    *_, last = town.command("message", "list", "--connector", "kitsune", "--json").json
    shown = town.command("message", "show", str(last["id"]), "--json").json
    return [issue["text"] for issue in (*shown["issues"], *(it for receipt in shown["receipts"] for it in receipt["issues"]))]


def test_numbers_go_on_where_the_system_before_has_stopped_and_answers_find_them(town: Town) -> None:
    kitsune = town_of(town, f"{LATER}\n      first_numbers: {{interchange: 4712, group: 388, set: 21}}")
    ordered(kitsune, "AB10747")
    found = ordered(kitsune, "AB10748")
    assert [(it.group.interchange.control, it.group.control, it.control) for it in found] == [
        ("000004712", "388", "0021"),
        ("000004713", "389", "0022"),
    ]
    assert comes(kitsune, x12(("997", ["AK1*PO*388", "AK9*A*1*1*1"]), kind="FA")) == []
    assert comes(kitsune, x12(ORDER_ANSWER, number=2), "b.edi")[-1] == "IEA*1*000004714"
    items = kitsune.command("outbox", "list", "--kind", "batch", "--json").json
    assert sorted(it["ack"] for it in items) == ["accepted", "due"]
    assert kitsune.command("db", "check").code == 0


def test_what_counts_already_goes_on_from_there(town: Town) -> None:
    kitsune = town_of(town, LATER)
    ordered(kitsune, "AB10747")
    text = (kitsune.root / "connectors/kitsune.yaml").read_text()
    kitsune.declare("kitsune", text.replace(LATER, f"{LATER}\n      first_numbers: {{interchange: 4712}}"))
    assert [it.group.interchange.control for it in ordered(kitsune, "AB10748")] == ["000000001", "000000002"]


def test_tests_begin_at_one_and_bear_the_ids_of_tests(town: Town) -> None:
    kitsune = town_of(town, f"{LATER}\n      first_numbers: {{interchange: 4712}}\n      {OURS_IN_TESTS}")
    (found,) = ordered(kitsune, "AB10747")
    one = found.group.interchange
    assert (one.control, one.is_test) == ("000000001", True)
    assert (one.sender_qualifier, one.sender, one.receiver) == ("12", "RETAILTST", "KITTEST")
    assert one.segment[12] == "00501"
    assert found.version == "005010"


@pytest.mark.parametrize(
    ("given", "note", "said"),
    [
        (
            {"sender": "KITSUNE", "receiver": "RETAILTST", "usage": "T"},
            "020",
            "is a test under an id of production: agreed is KITTEST or KITTEST2",
        ),
        ({"sender": "KITTEST2", "receiver": "RETAILER", "usage": "T"}, "020", "(partner > edi > x12 > tests > ours)"),
        ({"sender": "KITTEST", "receiver": "RETAILTST", "usage": "P"}, "020", "is no test: this connector takes tests only"),
        ({"sender": "KITTEST2", "receiver": "RETAILTST", "usage": "T"}, "000", "it was read and answered, and nothing of it is booked"),
    ],
)
def test_tests_are_known_by_their_ids(town: Town, given: dict[str, str], note: str, said: str) -> None:
    kitsune = town_of(town, f"{LATER}\n      {OURS_IN_TESTS}")
    sent = x12(ORDER_ANSWER, wants_ta1=True, **given).replace("*ZZ*RETAILTST", "*12*RETAILTST")  # type: ignore[arg-type]
    answer = comes(kitsune, sent)
    assert answer[1] == f"TA1*000000001*260622*0815*{'A' if note == '000' else 'R'}*{note}"
    assert said in " ".join(told(kitsune))


def test_production_knows_no_ids_of_tests(town: Town) -> None:
    kitsune = town_of(town, f"{LATER}\n      {OURS_IN_TESTS.replace('test: true', 'test: false')}")
    answer = comes(kitsune, x12(ORDER_ANSWER, wants_ta1=True, sender="KITTEST"))
    assert answer[1] == "TA1*000000001*260622*0815*R*020"
    assert any("is no test under an id of tests: agreed is KITSUNE (partner > edi > x12 > theirs)" in text for text in told(kitsune))


def test_a_set_in_a_version_that_is_not_agreed_is_refused_alone(town: Town) -> None:
    agreed = 'versions: {send: {"850": "005010"}, receive: {"855": "005010"}}'
    kitsune = town_of(town, agreed, mapping="[x12-855-005010, x12-856-004010]")
    answer = comes(kitsune, x12(ORDER_ANSWER, ("856", ["BSN*00*S1*20260622*0815", "CTT*0"])))
    assert [line for line in answer if line.startswith(("AK2", "AK5"))][:2] == ["AK2*855*0001", "AK5*R*1"]
    assert (
        "the set is 855 in release 004010; agreed with the partner is 005010 (partner > edi > x12 > versions > receive)" in told(kitsune)[0]
    )
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    receipts = kitsune.command("message", "show", str(message["id"]), "--json").json["receipts"]
    assert [it["kind"] for it in receipts] == ["unknown", "shipment"]


def test_a_file_of_nothing_else_is_parked_until_it_is_agreed(town: Town) -> None:
    kitsune = town_of(town, 'versions: {send: {"850": "005010"}, receive: {"855": "005010"}}', mapping="x12-855-005010")
    answer = comes(kitsune, x12(ORDER_ANSWER))
    assert "AK5*R*1" in answer
    assert "versions > receive) (1 set); name its release there and replay the message, or tell the sender" in told(kitsune)[0]


def test_messages_have_versions_and_references_of_their_own_too(town: Town) -> None:
    kitsune = town_of(town, LATER, mapping="edifact-ordrsp")
    text = (kitsune.root / "connectors/kitsune.yaml").read_text()
    more = "version: D.96A\n      versions: {receive: {ORDRSP: [D.96A]}}\n      first_numbers: {interchange: 901, message: 51}"
    kitsune.declare("kitsune", text.replace("version: D.96A", more))
    answer = comes(kitsune, edifact(("ORDRSP", ["BGM+231+1+29", "RFF+ON:AB10747"])).replace(":96A:", ":01B:"))
    assert answer[0].endswith("+901")
    assert answer[1] == "UNH+51+CONTRL:D:3:UN"
    assert "UCM+1+ORDRSP:D:01B:UN+4+17+UNH+1" in answer
    assert "agreed with the partner is D.96A" in told(kitsune)[0]


@pytest.mark.parametrize(
    ("more", "mapping", "said"),
    [
        (
            'versions: {send: {"850": "004010"}}',
            "x12-855-004010",
            "mapping 'kitsune-850' writes 005010, partner > edi > x12 > versions > send > 850 says 004010",
        ),
        (
            'versions: {send: {"850": "005010"}, receive: {"855": "005010"}}',
            "x12-855-004010",
            "mapping 'x12-855-004010' reads 004010, partner > edi > x12 > versions > receive > 855 says 005010",
        ),
        (
            'versions: {send: {"850": "005010"}, receive: {"855": ["004010", "005010"]}}',
            "x12-855-004010",
            "no mapping of a receive channel reads 855 in 005010; give one, or leave that version out",
        ),
        (
            'versions: {send: {"850": "005010", "860": "004010"}}',
            "x12-855-004010",
            "no mapping here writes 860; give one, or leave the word out",
        ),
    ],
)
def test_the_check_tells_which_versions_do_not_fit_the_layouts(town: Town, more: str, mapping: str, said: str) -> None:
    kitsune = town_of(town, more, mapping=mapping)
    done = kitsune.command("connector", "check", ends=2)
    assert said in done.out + done.err


def test_the_check_has_nothing_against_versions_that_fit(town: Town) -> None:
    more = 'versions: {send: {"850": "005010"}, receive: {"855": ["004010", "005010"]}}'
    kitsune = town_of(town, more, mapping="[x12-855-004010, x12-855-005010]")
    assert kitsune.command("connector", "check").code == 0
