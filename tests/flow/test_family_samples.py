"""Files of the other families that others have published (CSV, fixed width, pipes, XML), read where they lie: `test_partner_samples`.

The manifest beside the files says what each holds and how a receiver must react; the tables here were read in the files by eye.
"""

from __future__ import annotations

import csv
import os
import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from msgspec import Struct

from gateway.mapping import Library, Reading, Values, formless, identify, stranger

EDI = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
MAPPINGS = Path(__file__).parents[2] / "mappings"
EDI_FAMILIES = {"X12", "EDIFACT"}
PARTNER = {"brand": "1", "system": "OMS", "location": "100", "vendor": "257", "carrier": "50", "unit_cost": "0.00"}

OWN = {
    "po-csv": """
mapping: po-csv
version: 1
document: order
format: csv
only: read
split: {by: [PO_NUMBER]}
set: {brand: $partner.brand, system: $partner.system, location: $partner.location, vendor: $partner.vendor, carrier: $partner.carrier}
lookups: {units: {PCE: EA, KGM: KGM}}
fields:
  PO_NUMBER: [number, sales_order]
  PO_DATE: {field: entered_on, as: date(YYYYMMDD)}
  CUSTOMER_NAME: ship_to.company
  CUSTOMER_NUMBER: ship_to.id
  ADDRESS: ship_to.address1
  CITY: ship_to.city
  STATE: ship_to.region
  POSTAL_CODE: ship_to.postal_code
  "*":
    each: lines
    fields:
      LINE_NUMBER: number
      UPC_NUMBER: [item, gtin]
      QUANTITY: quantity
      PRICE: unit_cost
      UOM: {field: unit, lookup: units}
tests:
  - {text: "PO_NUMBER\\n", gives: [], refused: true, issues: [{kind: empty}]}
""",
    "invoice-csv": """
mapping: invoice-csv
version: 1
document: invoice
format: csv
only: read
set: {type: DR}
fields:
  invoice_number: number
  retailer_po: date
  .: {each: lines, fields: {sku_id: item, quantity_invoiced: quantity, supplier_provided_sku_cost: unit_cost}}
tests:
  - {text: "invoice_number\\n", gives: [], refused: true, issues: [{kind: empty}]}
""",
}
"""Layouts of partners that are no standard: one file each, as a workspace would have them."""


class Expected(Struct, frozen=True):
    """The layout that reads a file, the keys of its documents, and what it lacks or is refused for."""

    mapping: str
    keys: tuple[str, ...] = ()
    refused: str = ""
    lacks: frozenset[str] = frozenset()


FILES = {
    "flat/crux__invoice_sample.csv": Expected("invoice-csv", refused="holds no document"),
    "flat/edifabric__PurchaseOrder.csv": Expected("po-csv", ("128576",)),
    "flat/oca__UBL2WAMAS-SAMPLE_AUSK_AUSP.wamas": Expected("wamas-order", ("WH/PICK/1700802",)),
    "flat/oca__wamas2wamas_output_kret_partial.wamas": Expected("wamas-return-receipt", ("130377",)),
    "flat/oca__UBL2WAMAS-SAMPLE_KRETK_KRETP.wamas": Expected("wamas-return", ("SO001243",)),
    "flat/oca__CHECKWAMAS-SAMPLE_INPUT-EXCEPTION-2.wamas": Expected("wamas-supplier", refused="has 660 characters, 667 are expected"),
    "flat/oca__CHECKWAMAS-SAMPLE_INPUT.wamas": Expected("wamas-supplier", ("0001",)),
    "flat/oca__line_WATEKQ_-_length_off_by_one_01.wamas": Expected("wamas-package", ("",), lacks=frozenset({"order_number", "quantity"})),
    "flat/oca__WAMAS2UBL-SAMPLE_COMB_WEAKQ_WEAPQ.wamas": Expected("wamas-receipt", ("000185", "000176", "000176")),
    "flat/oca__CHECKWAMAS-SAMPLE_INPUT-EXCEPTION.wamas": Expected(
        "wamas-supplier", refused="'XYZ000051' is not a kind of record that is known"
    ),
    "flat/oca__ediversa_sale_order_existing_partner.txt": Expected("ediversa-order", ("0000000001",)),
    "flat/oca__ediversa_sale_order_new_partner.txt": Expected("ediversa-order", ("0000000001",)),
    "other/ediengine__NonEdi.edi": Expected("", refused="plain text without columns"),
    "other/staedi__order.edi": Expected("", refused="TRADACOMS"),
    "xml/oca__WAMAS2UBL-SAMPLE_COMB_WEAKQ_WEAPQ-DESPATCH_ADVICE.xml": Expected(
        "ubl-despatch", refused="behind the end of the root element"
    ),
    "xml/oca__UBL2WAMAS-SAMPLE_KRETK_KRETP-DESPATCH_ADVICE.xml": Expected("ubl-despatch", ("SO001243",)),
    "xml/oca__despatch_advice_2.xml": Expected("ubl-despatch", refused="the file is a template"),
    "xml/oca__UBLKetentest_Referentiefactuur_20150100.xml": Expected("ubl-invoice", ("20150101",)),
    "xml/oca__UBL-Order-2.0-Example.xml": Expected("ubl-order", ("AEG012345",)),
    "xml/cxml__OrderRequest.xml": Expected("cxml-order", ("DO1234",)),
    "xml/cxml__order_request.xml": Expected("cxml-order", ("MYORDER-1",)),
    "xml/cxml__PunchoutOrderMessageAdvancedPricing.xml": Expected("", refused="Message/PunchOutOrderMessage"),
    "xml/cxml__ShipNoticeRequest.xml": Expected("cxml-ship-notice", ("DO1234",), lacks=frozenset({"lines"})),
    "xml/cxml__StatusUpdateRequest.xml": Expected("cxml-status", ("0c300508b7863dcclb_14999",)),
}
"""What the gateway makes of every file. A layout that would be asked is named for refused files too."""

AGAINST = {
    "xml/oca__WAMAS2UBL-SAMPLE_COMB_WEAKQ_WEAPQ-DESPATCH_ADVICE.xml": "two documents glued together are no XML; nothing of them is taken",
    "xml/oca__despatch_advice_2.xml": "a template that was never filled is refused by name",
    "flat/crux__invoice_sample.csv": "a file without a document is answered with MAP-34, so that nobody waits for its rows",
}
"""Where the house rule is stricter than the reaction of the manifest."""

VALUES = {
    "flat/oca__UBL2WAMAS-SAMPLE_AUSK_AUSP.wamas": {
        "sales_order": "SO1700802",
        "entered_on": "2023-05-01",
        "due_on": "2023-04-13",
        "warehouse": "Quai-22",
        "sold_to.company": "Name",
        "sold_to.address1": "StreetName",
        "sold_to.address2": "AdditionalStreetName",
        "sold_to.postal_code": "94134",
        "sold_to.city": "San Francisco",
        "sold_to.day_phone": "(979)-904-8902",
        "ship_to.address4": "Department",
        "ship_to.region": "California",
        "ship_to.country": "US",
        "ship_to.email": "chester.reed79@example.com",
        "extra": "client=000, host=ODOO, priority=FRUEH, route=GE 2/120185, strategy=Def_Strat",
        "envelope.sender": "ODOO",
        "envelope.sent_at": "2023-05-01 02:00:00",
        "lines.number": "10001, 10002",
        "lines.item": "7076, 5225",
        "lines.quantity": "1500, 50",
    },
    "flat/oca__wamas2wamas_output_kret_partial.wamas": {
        "shipped_on": "2023-04-27",
        "extra": "arrived_at=20230427080000, customer=1040, due_at=20230427000000, host=HOST",
        "lines.number": "2, 3, 4, 5, 6",
        "lines.item": "1151, 1156, 1160, 1162, 1176",
        "lines.quantity": "1, 1, 1, 1, 1",
    },
    "flat/oca__UBL2WAMAS-SAMPLE_KRETK_KRETP.wamas": {
        "reference": "WH/IN-RET/000235",
        "delivery_on": "2023-05-01",
        "lines.item": "1151, 1156, 1160, 1162, 1176",
        "lines.quantity": "1536, 5184, 3840, 3072, 3024",
    },
    "flat/oca__CHECKWAMAS-SAMPLE_INPUT.wamas": {
        "name": "Adam Smith",
        "email": "adam@dayrep.com",
        "address.postal_code": "79782",
        "address.city": "Sand Springs",
        "address.region": "Texas",
        "address.country": "US",
        "address.day_phone": "432-393-1264",
        "extra": "client=000, remark=aaa, strategy=Standard",
    },
    "flat/oca__WAMAS2UBL-SAMPLE_COMB_WEAKQ_WEAPQ.wamas": {
        "reference": "ABCDE/IN/00424",
        "bill_of_lading": "212712",
        "shipped_on": "2025-01-14",
        "lines.item": "99098 2",
        "lines.quantity": "100",
    },
    "flat/oca__ediversa_sale_order_existing_partner.txt": {
        "entered_on": "2025-01-01",
        "due_on": "2025-02-01",
        "currency": "EUR",
        "messages": "Sale Order Notes",
        "vendor_name": "Test Company",
        "sold_to.company": "Customer",
        "sold_to.city": "Customer City",
        "ship_to.id": "1000000000",
        "ship_to.company": "Shipping Contact",
        "ship_to.address1": "Shipping Contact Address",
        "ship_to.postal_code": "46001",
        "extra": "invoice_address=Invoice Contact Address, invoice_city=Invoice Contact City, invoice_name=Invoice Contact, "
        "invoice_postal_code=46001, invoice_to=1000000000, seller_account=000000001",
        "lines.gtin": "11111111",
        "lines.description": "Product",
        "lines.quantity": "10",
        "lines.unit_cost": "50",
        "total": "500.00",
    },
    "flat/edifabric__PurchaseOrder.csv": {
        "entered_on": "2002-08-30",
        "ship_to.company": "KION GROUP AG",
        "ship_to.postal_code": "65189",
        "lines.number": "1, 2, 3",
        "lines.quantity": "48, 2, 17",
        "lines.unit_cost": "5, 55, 15",
        "lines.unit": "EA, KGM, EA",
    },
    "xml/oca__UBL2WAMAS-SAMPLE_KRETK_KRETP-DESPATCH_ADVICE.xml": {
        "reference": "WH/IN-RET/000235",
        "bill_of_lading": "130377",
        "shipped_on": "2023-05-01",
        "delivery_on": "2023-05-01",
        "lines.number": "1, 2, 3, 4, 5",
        "lines.item": "1151, 1156, 1160, 1162, 1176",
        "lines.quantity": "1536, 5184, 3840, 3072, 3024",
    },
    "xml/oca__UBLKetentest_Referentiefactuur_20150100.xml": {
        "date": "2015-02-16",
        "currency": "EUR",
        "description": "10001/20150101",
        "tax": "55.20",
        "total": "475.20",
        "lines_total": "420.00",
        "lines.number": "1, 2, 3",
        "lines.item": "BK0232, BK3025, SW4026",
        "lines.quantity": "1, 2, 1",
        "lines.unit_cost": "50.00, 85.00, 200.00",
        "lines.tax": "3.00, 10.20, 42.00",
    },
    "xml/cxml__StatusUpdateRequest.xml": {
        "file": "0c300508b7863dcclb_14999",
        "status": "ACCEPTED",
        "extra": "code=200, detail=Forwarded to supplier, text=OK",
        "envelope.sender": "AN00000123",
    },
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shipped layouts with those of two partners beside them."""
    folder = tmp_path_factory.mktemp("families") / "mappings"
    (folder / "tables").mkdir(parents=True)
    for path in [*MAPPINGS.glob("*.yaml"), *MAPPINGS.glob("tables/*.csv")]:
        (folder / path.relative_to(MAPPINGS)).write_bytes(path.read_bytes())
    for name, text in OWN.items():
        (folder / f"{name}.yaml").write_text(text.lstrip(), encoding="utf-8")
    return Library(folder)


def manifest() -> dict[str, dict[str, str]]:
    """The rows of the manifest for all other families."""
    with (EDI / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["file"]: row for row in rows if row["format"] not in EDI_FAMILIES}


def told(library: Library, file: str) -> tuple[list[Reading], list[str]]:
    """What a file gives by its layout, and everything that speaks against it."""
    expected, data = FILES[file], (EDI / file).read_bytes()
    identity = identify(data, file)
    names = [expected.mapping] if expected.mapping else library.names()
    mappings = [mapping for name in names if (mapping := library.get(name)).reads]
    against = [unfit for mapping in mappings if (unfit := mapping.fits(identity, data)) is not None]
    if len(against) == len(mappings) and not expected.mapping:
        return [], [*against, stranger(data), formless(identity)]
    flight = mappings[0].preflight(BytesIO(data), Values(partner=PARTNER))
    readings = list(mappings[0].read(BytesIO(data), Values(partner=PARTNER)))
    issues = [*flight.issues, *(issue for reading in readings for issue in reading.issues)]
    return readings, [issue.text for issue in issues if issue.is_error]


def shown(thing: object, path: str) -> str:
    """A value of a document as text; what a list or the free texts hold is joined by a comma."""
    for name in path.split("."):
        thing = [getattr(one, name) for one in thing] if isinstance(thing, tuple) else getattr(thing, name)
    values = (
        [f"{name}={thing[name]}" for name in sorted(thing)]
        if isinstance(thing, dict)
        else thing
        if isinstance(thing, list | tuple)
        else [thing]
    )
    return ", ".join(f"{one:.2f}" if path == "total" and isinstance(one, Decimal) else str(one) for one in values)


def is_reached(library: Library, file: str) -> bool:
    """Whether the layout gives the documents, and lacks what the file lacks; or refuses the file for what is wrong with it."""
    expected = FILES[file]
    readings, errors = told(library, file)
    if expected.refused:
        return any(expected.refused in text for text in errors) and not any(reading.document for reading in readings)
    lacking = {issue.field for reading in readings for issue in reading.issues if issue.is_error}
    return tuple(reading.key for reading in readings) == expected.keys and lacking == expected.lacks


def test_every_file_of_the_manifest_is_expected() -> None:
    assert sorted(manifest()) == sorted(FILES)


def test_the_score(library: Library) -> None:
    reached = {file: is_reached(library, file) for file in FILES}
    print(f"\n{sum(reached.values())} of {len(reached)} files of the other families give what they hold, or are refused for what is wrong")
    for file, reason in AGAINST.items():
        print(f"stricter than the manifest: {file}: {reason}")
    assert [file for file, is_good in reached.items() if not is_good] == []


@pytest.mark.parametrize("file", sorted(VALUES))
def test_a_published_file_gives_what_it_holds(library: Library, file: str) -> None:
    readings, _ = told(library, file)

    assert {path: shown(readings[0].document, path) for path in VALUES[file]} == VALUES[file]


@pytest.mark.parametrize("file", sorted(file for file, one in FILES.items() if one.keys))
def test_the_manifest_agrees_with_what_is_read(library: Library, file: str) -> None:
    readings, _ = told(library, file)
    row = manifest()[file]
    facts = dict(re.findall(r"(\w+)=([^,]*)", row["documents"]))

    records = sum(reading.rows for reading in readings)
    lines = sum(len(getattr(reading.document, "lines", ())) for reading in readings)
    quantities = [int(line.quantity) for reading in readings for line in getattr(reading.document, "lines", ())]
    heads = 1 if FILES[file].mapping in {"wamas-receipt", "ediversa-order"} else 0  # the record before the documents

    if "records" in facts:
        assert records + heads == int(facts["records"].split()[0])
    if "rows" in facts:
        assert records == int(facts["rows"])
    if "lines" in facts:
        assert lines == int(facts["lines"])
    if "qty" in facts:
        assert quantities == [int(Decimal(one)) for one in facts["qty"].split("+")]
    assert row["verdict"] != "invalid"


@pytest.mark.parametrize("file", sorted(file for file in FILES if file not in AGAINST))
def test_a_file_is_refused_exactly_when_the_manifest_says_so(file: str) -> None:
    row = manifest()[file]

    assert bool(FILES[file].refused) == (row["verdict"] == "invalid" or row["expected_reaction"].startswith("not EDI"))
