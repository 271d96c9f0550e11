"""XML: addresses, tolerant names, documents found in any wrapper, hostile files, and writing."""

from __future__ import annotations

import codecs
from collections import Counter
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.documents import Envelope, LineUpdate, Shipment, ShipmentLine
from gateway.formats import Broken
from gateway.formats.prolog import read_prolog
from gateway.formats.xml_names import Places, position
from gateway.mapping import Mapping, Values, identify
from tests.house import House, found

UPDATES = """
    mapping: updates
    version: 1
    document: line_update
    format: xml
    options: {root: Updates, document: Update}
    fields:
      Order:   order_number
      '@line': line
      Action:  action
      Reason:  {field: reason, on_error: warn}
"""
SHIPMENT = """
    mapping: shipments
    version: 1
    document: shipment
    format: xml
    options: {root: Ship, namespaces: {s: 'urn:s'}}
    fields:
      s:Order:                       order_number
      Party[@domain=SCAC]/Code:      carrier
      Party[Type=SHIP]/Name:         reference
      Date[#2]:                      {field: shipped_on, only: read}
      'Track | **/Pro':              {each: tracking}
      'Lines/Line | **[Qty]':
        each: lines
        fields:
          Qty:                       quantity
          Item/@code:                item
          Item:                      vendor_item
"""
ONE = '<Ship xmlns:s="urn:s"><s:Order>A1</s:Order>{}<Lines><Line><Qty>1</Qty><Item code="I">V</Item></Line></Lines></Ship>'


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def updates(house: House) -> Mapping:
    return house.mapping(UPDATES, "updates")


@pytest.fixture
def shipments(house: House) -> Mapping:
    return house.mapping(SHIPMENT, "shipments")


def update(order: str = "A1", more: str = "") -> str:
    return f'<Update line="1"><Order>{order}</Order><Action>hold</Action>{more}</Update>'


def shipment(house: House, mapping: Mapping, text: str) -> Shipment:
    (reading,) = house.read(mapping, text)
    assert isinstance(reading.document, Shipment), reading.issues
    return reading.document


# --- addresses


def test_attributes_children_and_mixed_value_with_attribute_are_read(house: House, shipments: Mapping) -> None:
    document = shipment(house, shipments, ONE.format(""))
    assert document.lines == (ShipmentLine(quantity=1, item="I", vendor_item="V"),)


def test_a_condition_picks_by_attribute_and_by_child(house: House, shipments: Mapping) -> None:
    parties = (
        '<Party domain="X"><Code>no</Code></Party><Party domain="SCAC"><Code>UPS</Code></Party>'
        "<Party><Type>BILL</Type><Name>no</Name></Party><Party><Type>SHIP</Type><Name>R1</Name></Party>"
    )
    document = shipment(house, shipments, ONE.format(parties))
    assert (document.carrier, document.reference) == ("UPS", "R1")


def test_the_second_of_a_name_is_taken_by_its_number_without_a_warning(house: House, shipments: Mapping) -> None:
    (reading,) = house.read(shipments, ONE.format("<Date>2022-06-01</Date><Date>2022-06-02</Date>"))
    assert str(reading.document.shipped_on) == "2022-06-02"
    assert not reading.issues


def test_the_first_alternative_that_has_something_is_taken(house: House, shipments: Mapping) -> None:
    assert shipment(house, shipments, ONE.format("<Track>1</Track><Track>2</Track><A><Pro>3</Pro></A>")).tracking == ("1", "2")
    assert shipment(house, shipments, ONE.format("<Track/><A><Pro>3</Pro></A>")).tracking == ("3",)


def test_groups_are_found_at_any_depth_when_the_plain_address_finds_none(house: House, shipments: Mapping) -> None:
    text = '<Ship xmlns:s="urn:s"><s:Order>A1</s:Order><Pack><Box><L><Qty>2</Qty></L></Box><L><Qty>3</Qty></L></Pack></Ship>'
    assert [line.quantity for line in shipment(house, shipments, text).lines] == [2, 3]


def test_a_prefix_asks_for_its_namespace_and_no_prefix_for_any(house: House, shipments: Mapping) -> None:
    (reading,) = house.read(shipments, ONE.format("").replace("urn:s", "urn:other"))
    assert ("missing", "/Ship, line 1", "order_number") in found([reading])
    wrapped = ONE.format('<x:Track xmlns:x="urn:x">7</x:Track>')
    assert shipment(house, shipments, wrapped).tracking == ("7",)


def test_a_value_that_stands_twice_is_taken_once_with_a_warning(house: House, updates: Mapping) -> None:
    (reading,) = house.read(updates, f"<Updates>{update(more='<Order>A2</Order>')}</Updates>")
    assert reading.document.order_number == "A1"
    assert found([reading]) == [("repeated", "/Updates/Update[1]/Order[1], line 1", "order_number")]


def test_what_no_rule_reads_is_noted_kept_refused_or_ignored(house: House) -> None:
    text = f"<Updates>{update(more='<Extra>e</Extra><Deep><Er>f</Er></Deep>')}</Updates>"
    for unread, kinds, extra in [
        ("note", ["unread", "unread"], {}),
        ("keep", [], {"Extra": "e", "Deep/Er": "f"}),
        ("ignore", [], {}),
    ]:
        mapping = house.mapping(UPDATES + f"    unread: {unread}\n", "updates")
        (reading,) = house.read(mapping, text)
        assert [kind for kind, _, _ in found([reading])] == kinds
        assert reading.document.extra == extra
    refusing = house.mapping(UPDATES + "    unread: refuse\n", "updates")
    (reading,) = house.read(refusing, text)
    assert reading.document is None


def test_comments_instructions_and_cdata_do_not_cut_a_value(house: House, updates: Mapping) -> None:
    text = "<Updates><Update><Order>AB<!-- x -->10<?y z?>57<![CDATA[<&]]></Order><Action>hold</Action></Update></Updates>"
    (reading,) = house.read(updates, text)
    assert reading.document.order_number == "AB1057<&"


def test_elements_inside_a_value_are_an_issue_not_half_a_value(house: House, updates: Mapping) -> None:
    (reading,) = house.read(updates, "<Updates><Update><Order>AB<b>1</b></Order><Action>hold</Action></Update></Updates>")
    assert reading.document is None
    assert found([reading])[0][0] == "bad_form"


# --- finding documents


LOOSE = """
    mapping: loose
    version: 1
    document: line_update
    format: xml
    options: {document: 'update | **[order_no]', names: loose}
    head: {header/@Sender: envelope.sender}
    tail: {trailer/@Count: {count: documents}}
    fields: {order_no: order_number, action: action, line: line}
"""


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("<r><update><order_no>A</order_no><action>hold</action></update></r>", ["A"]),
        (
            (
                "<R><Up-date/><UPDATE ORDER-NO='A' Action='hold'/><x:update xmlns:x='u'>"
                "<x:Order_No>B</x:Order_No><action>note</action></x:update></R>"
            ),
            ["A", "B"],
        ),
        ("<a><b><thing><order_no>A</order_no><action>hold</action></thing></b></a>", ["A"]),
        ("<order><order_no>A</order_no><action>hold</action></order>", ["A"]),
        (
            (
                '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
                '<r><update order_no="A" action="hold"/></r></e:Body></e:Envelope>'
            ),
            ["A"],
        ),
    ],
)
def test_documents_are_found_in_every_wrapper_and_spelling(house: House, text: str, orders: list[str]) -> None:
    mapping = house.mapping(LOOSE, "loose")
    assert [reading.document.order_number for reading in house.read(mapping, text) if reading.document] == orders


def test_a_large_file_is_read_in_pieces_with_the_same_result(house: House) -> None:
    mapping = house.mapping(LOOSE, "loose")
    spellings = ["update", "UPDATE", "Update"]
    body = "".join(
        f"<{spellings[n % 3]}><order_no>A{n}</order_no><action>hold</action><pad>{'x' * 90}</pad></{spellings[n % 3]}>" for n in range(2000)
    )
    text = f"<r><header Sender='OMS'/>{body}<trailer Count='2000'/></r>"
    assert len(text) > 2 * 65_536

    readings = house.read(mapping, text)

    assert [reading.document.order_number for reading in readings] == [f"A{n}" for n in range(2000)]
    assert {reading.document.envelope.sender for reading in readings} == {"OMS"}
    assert readings[7].where == "/r/Update[8], line 1" or readings[7].where.endswith("[8], line 1")
    assert house.preflight(mapping, text).documents == 2000
    assert house.preflight(mapping, text).is_go


class Counting(etree.ElementBase):
    """An element that counts how often anybody goes on to a neighbour."""

    steps: ClassVar[Counter[str]] = Counter()

    def getnext(self) -> etree._Element | None:
        Counting.steps["next"] += 1
        return super().getnext()


def test_places_are_counted_on_from_neighbour_to_neighbour() -> None:
    parser = etree.XMLParser()
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=Counting))
    root = etree.fromstring("<r><one/>" + "<wrap><it/></wrap><other/>" * 500 + "</r>", parser)
    scan = SimpleNamespace(place=0, document=None, places=Places())

    told = [position(wrap[0], scan) for wrap in root.iterchildren("wrap")]

    assert told == [f"/r/wrap[{number}]/it, line 1" for number in range(1, 501)]
    assert Counting.steps["next"] < 2 * len(root)
    assert position(root[0], scan) == "/r/one, line 1"  # back again
    assert position(root[1][0], scan) == "/r/wrap[1]/it, line 1"
    assert position(root[-2], scan) == "/r/wrap[500], line 1"


def test_documents_in_parents_of_their_own_have_places(house: House) -> None:
    mapping = house.mapping(UPDATES.replace("document: Update", "document: 'Wrap/Update'"), "updates")
    wrapped = "".join(f"<Wrap>{update(f'A{number}')}</Wrap>" for number in range(900))
    text = f"<Updates>{wrapped}</Updates>"
    assert len(text) > 65_536

    assert house.read(mapping, text)[-1].where == "/Updates/Wrap[900]/Update[900], line 1"


def test_counts_that_do_not_hold_refuse_the_file(house: House) -> None:
    mapping = house.mapping(LOOSE, "loose")
    preflight = house.preflight(mapping, "<r><update order_no='A' action='hold'/><trailer Count='2'/></r>")
    assert [(issue.kind, issue.value) for issue in preflight.issues] == [("count_differs", "2")]
    assert not preflight.is_go


def test_another_root_is_not_for_this_mapping(house: House, updates: Mapping) -> None:
    head = b"<Orders/>"
    assert updates.fits(identify(head, "x.xml"), head) == "the root is Orders, not Updates"
    assert house.read(updates, "<Orders/>")[0].issues[0].kind == "unknown_document"
    assert updates.fits(identify(b"<Updates>", "x.xml"), b"<Updates>") is None


# --- hostile files


BILLION = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Updates>&b;</Updates>'
HOSTILE = [
    ("", "the file is empty", ""),
    ("   \n", "the file is empty", ""),
    ("hello", "no XML element", "line 1"),
    ("<Updates>", "not well-formed XML", "line 1"),
    ("<Updates></Update>", "not well-formed XML", "line 1"),
    ("<Updates>\n<Update></Updates>", "not well-formed XML", "line 2"),
    ("<Updates>\x01</Updates>", "not well-formed XML", "line 1"),
    ("<Updates>&nbsp;</Updates>", "an entity other than", "line 1"),
    ("<Updates>&#0;</Updates>", "not well-formed XML", "line 1"),
    ('<!DOCTYPE Updates SYSTEM "x.dtd"><Updates/>', "a DOCTYPE is not taken", ""),
    (BILLION, "declarations of its own", ""),
    ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Updates>&x;</Updates>', "declarations of its own", ""),
    ('<?xml version="1.0" encoding="UTF-7"?><Updates>+ADw-x+AD4-</Updates>', "the encoding 'UTF-7' is not taken", ""),
    ('<?xml version="1.0" encoding="UTF-16"?><Updates/>', "byte order mark", ""),
    ("<Updates>" + "<a>" * 300 + "</a>" * 300 + "</Updates>", "not well-formed XML", "line 1"),
    ("<Updates><Update>" + "<a>" * 70 + "</a>" * 70 + "</Update></Updates>", "deeper than 64 levels", "line 1"),
    ("<Updates><Update " + " ".join(f"a{n}='1'" for n in range(1001)) + "/></Updates>", "more than 1,000 attributes", ""),
]


@pytest.mark.parametrize(("text", "says", "where"), HOSTILE)
def test_a_hostile_file_is_refused_whole_with_its_place(house: House, updates: Mapping, text: str, says: str, where: str) -> None:
    preflight = house.preflight(updates, text)
    assert not preflight.is_go
    assert says in preflight.issues[0].text
    assert preflight.issues[0].where.startswith(where)


@pytest.mark.parametrize("text", [text for text, *_ in HOSTILE if "deeper" not in _[0]])
def test_reading_a_hostile_file_gives_issues_and_no_exception(house: House, updates: Mapping, text: str) -> None:
    readings = house.read(updates, text)
    assert readings[-1].document is None
    assert readings[-1].issues


def test_an_external_doctype_may_be_ignored_but_entities_never_vanish(house: House) -> None:
    mapping = house.mapping(UPDATES.replace("document: Update}", "document: Update, doctype: ignored}"), "updates")
    kind = '<!DOCTYPE Updates SYSTEM "updates.dtd">'
    (good,) = house.read(mapping, f"{kind}<Updates>{update()}</Updates>")
    assert good.document is not None
    assert "entity" in house.read(mapping, f"{kind}<Updates>{update('A&x;1')}</Updates>")[0].issues[0].text
    assert not house.preflight(mapping, f"<!DOCTYPE Updates [ ]><Updates>{update()}</Updates>").is_go


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16", b""), ("iso-8859-1", b""), ("iso-8859-15", b""), ("windows-1252", b"")],
)
def test_the_usual_encodings_are_read(house: House, updates: Mapping, encoding: str, mark: bytes) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><Updates>{update(more="<Reason>café</Reason>")}</Updates>'
    (reading,) = house.read(updates, mark + text.encode(encoding))
    assert reading.document.reason == "café"


def test_bytes_that_are_not_the_declared_encoding_are_refused(house: House, updates: Mapping) -> None:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Updates>{update(more="<Reason>café</Reason>")}</Updates>'
    assert not house.preflight(updates, text.encode("latin-1")).is_go


def test_a_document_of_too_many_elements_is_refused(house: House, updates: Mapping) -> None:
    text = f"<Updates><Update><Order>A</Order><Action>hold</Action>{'<a/>' * 120_000}</Update></Updates>"
    assert "100,000 elements" in house.preflight(updates, text).issues[0].text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_prolog_or_a_located_refusal(data: bytes) -> None:
    with suppress(Broken):
        assert read_prolog(data).encoding


@given(st.data())
def test_any_damage_gives_readings_or_issues(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    mapping = FUZZED.get("updates")
    if mapping is None:
        mapping = FUZZED["updates"] = House(tmp_path_factory.mktemp("fuzz")).mapping(UPDATES, "updates")
    whole = f'<?xml version="1.0"?><Updates>{update()}{update("B2", "<Reason>r</Reason>")}</Updates>'.encode()
    at = data.draw(st.integers(0, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 5)) :]
    for reading in mapping.read(BytesIO(damaged), Values()):
        assert reading.document is not None or reading.issues
    mapping.preflight(BytesIO(damaged), Values())


FUZZED: dict[str, Mapping] = {}


# --- writing


def test_elements_are_written_in_the_order_of_the_rules_and_indented(house: House, shipments: Mapping) -> None:
    document = Shipment(
        order_number="A1", carrier="UPS", tracking=("1", "2"), lines=(ShipmentLine(quantity=1, item="I", vendor_item="V & W"),)
    )
    text, issues = house.write(shipments, document)
    assert not issues
    assert text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Ship xmlns:s="urn:s">\n'
        "  <s:Order>A1</s:Order>\n"
        '  <Party domain="SCAC">\n    <Code>UPS</Code>\n  </Party>\n'
        "  <Track>1</Track>\n  <Track>2</Track>\n"
        "  <Lines>\n    <Line>\n      <Qty>1</Qty>\n"
        '      <Item code="I">V &amp; W</Item>\n    </Line>\n  </Lines>\n</Ship>\n'
    )
    assert shipment(house, shipments, text) == document


def test_absent_values_leave_no_element_and_constants_stand_only_beside_others(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: xml
        options: {root: U, document: u}
        fields:
          a/Version: {const: '2'}
          b/Version: {const: '2', required: true, only: write}
          Order:     order_number
          Action:    action
          a/Reason:  reason
        """
    )
    text, issues = house.write(mapping, LineUpdate(order_number="A1", action="hold"))
    assert not issues
    assert "<a>" not in text
    assert "<b>\n      <Version>2</Version>" in text
    text, _ = house.write(mapping, LineUpdate(order_number="A1", action="hold", reason="r"))
    assert "<a>\n      <Version>2</Version>\n      <Reason>r</Reason>\n    </a>" in text


def test_head_and_tail_are_written_around_the_documents_with_counts(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: xml
        options: {root: U, document: list/u}
        head: {h/@by: envelope.sender}
        tail: {t/@n: {count: documents}}
        fields: {'@o': order_number, '@a': action}
        """
    )
    updates = [LineUpdate(order_number=number, action="hold", envelope=envelope) for number in ("A", "B") for envelope in [_sender("OMS")]]
    text, issues = house.write(mapping, *updates)
    assert not issues
    assert text.splitlines()[1:] == [
        "<U>",
        '  <h by="OMS"/>',
        "  <list>",
        '    <u o="A" a="hold"/>',
        '    <u o="B" a="hold"/>',
        "  </list>",
        '  <t n="2"/>',
        "</U>",
    ]
    assert [reading.document for reading in house.read(mapping, text)] == updates


def test_a_head_that_differs_between_documents_is_refused(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: xml
        options: {root: U, document: u}
        head: {h/@by: envelope.sender}
        fields: {'@o': order_number, '@a': action}
        """
    )
    _, issues = house.write(mapping, *(LineUpdate(order_number=who, action="hold", envelope=_sender(who)) for who in ("A", "B")))
    assert [issue.kind for issue in issues] == ["differs"]


def test_a_root_document_is_one_a_file(house: House, shipments: Mapping) -> None:
    one = Shipment(order_number="A1", lines=(ShipmentLine(quantity=1),))
    _, issues = house.write(shipments, one, one)
    assert [issue.kind for issue in issues] == ["too_many"]


def _sender(name: str) -> Envelope:
    return Envelope(sender=name)


def test_what_is_wrong_is_told_by_the_names_of_the_sender_without_our_signs(house: House) -> None:
    mapping = house.mapping(UPDATES.replace("Order:   order_number", "'**/@Order': {field: order_number, required: true}"), "updates")
    (reading,) = house.read(mapping, "<Updates><Update line='x' odd='1'><Action>hold</Action></Update></Updates>")
    assert {issue.text for issue in reading.issues} == {"line: 'x' is not a whole number", "Order is missing", "odd is read by no rule"}
