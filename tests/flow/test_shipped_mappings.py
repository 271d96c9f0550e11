"""The layouts in mappings/: clean, tested in every direction they promise, described, and told apart by the files they read."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from gateway.documents import Result, ResultEntry, ResultError
from gateway.kernel.yaml_text import Series, Table, load_yaml_text
from gateway.mapping import Library, Values, identify, run_tests

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "mappings").glob("*.yaml"))
PARTNER = {"brand": "1", "system": "OMS", "location": "100", "vendor": "257", "carrier": "50", "vendor_system": "VENDOR"}

WAMAS = ["wamas-order", "wamas-package", "wamas-receipt", "wamas-return", "wamas-return-receipt", "wamas-supplier"]

# The first layout of a channel that fits takes a file, so the one that asks for more columns or keys is listed first.
TAKEN_BY = [
    ("createdsorder.xml", ["ubl-order", "cxml-order", "createdsorder"], "createdsorder"),
    ("createdsorder-soap-attributes.xml", ["ubl-order", "cxml-order", "createdsorder"], "createdsorder"),
    ("ubl-order.xml", ["createdsorder", "cxml-order", "ubl-order"], "ubl-order"),
    ("cxml-order.xml", ["createdsorder", "ubl-order", "cxml-order"], "cxml-order"),
    ("shipments.csv", ["invoices-csv", "shipments-csv", "shipments-csv-plain", "acknowledgement-csv"], "shipments-csv"),
    ("shipments-eight-columns.csv", ["invoices-csv", "shipments-csv", "shipments-csv-plain", "acknowledgement-csv"], "shipments-csv"),
    ("shipments-plain.csv", ["invoices-csv", "shipments-csv", "shipments-csv-plain", "acknowledgement-csv"], "shipments-csv-plain"),
    ("vendor-actions.csv", ["vendor-actions-csv", "vendor-actions-csv-plain"], "vendor-actions-csv"),
    ("vendor-actions-plain.csv", ["vendor-actions-csv", "vendor-actions-csv-plain"], "vendor-actions-csv-plain"),
    ("stock.csv", ["stock-csv", "stock-csv-plain"], "stock-csv"),
    ("stock-plain.csv", ["stock-csv", "stock-csv-plain"], "stock-csv-plain"),
    ("shipments-invoiced.csv", ["shipments-csv-invoiced", "shipments-csv"], "shipments-csv-invoiced"),
    ("acknowledgement.csv", ["shipments-csv", "invoices-csv", "acknowledgement-csv"], "acknowledgement-csv"),
    ("invoices.csv", ["shipments-csv", "acknowledgement-csv", "invoices-csv"], "invoices-csv"),
    ("shipments.json", ["batch-json", "shipments-json", "acknowledgement-json"], "shipments-json"),
    ("acknowledgement.json", ["batch-json", "shipments-json", "acknowledgement-json"], "acknowledgement-json"),
    ("batch.json", ["batch-json", "shipments-json", "acknowledgement-json"], "batch-json"),
    ("acknowledgement.xml", ["createdsorder", "change-feed", "acknowledgement-xml"], "acknowledgement-xml"),
    ("ubl-despatch.xml", ["ubl-order", "ubl-invoice", "ubl-despatch"], "ubl-despatch"),
    ("ubl-invoice.xml", ["ubl-order", "ubl-despatch", "ubl-invoice"], "ubl-invoice"),
    ("cxml-ship-notice.xml", ["cxml-order", "cxml-ship-notice"], "cxml-ship-notice"),
    ("cxml-order.xml", ["cxml-ship-notice", "cxml-order"], "cxml-order"),
    ("ediversa-order.txt", ["shipments-csv", "wamas-order", "ediversa-order"], "ediversa-order"),
    *((f"{name}.txt", ["shipments-csv", "ediversa-order", *WAMAS], name) for name in WAMAS),
]


FAULTS = [
    ("createdsorder", "createdsorder-one-bad-order.xml", ["DSO-101", "DSO-102", "DSO-121", "DSO-123"]),
    ("createdsorder", "createdsorder-wrong-trailer.xml", ["DSO-005"]),
    ("acknowledgement-csv", "acknowledgement-broken.csv", ["3002", "3020"]),
    ("shipments-csv", "shipments-broken-rows.csv", ["3031", "3034", "3036", "3042", "3043", "MAP-14"]),
    ("shipments-json", "shipments-broken.json", ["3036", "3042", "3043"]),
    ("invoices-csv", "invoices-blank-freight.csv", ["INV-04"]),
    ("invoices-csv", "invoices-short-header.csv", ["INV-11", "INV-12"]),
    ("invoices-csv", "invoices-bad-unit-cost.csv", ["INV-10"]),
]

CLEAN = [
    ("createdsorder", "createdsorder.xml"),
    ("createdsorder-implied", "createdsorder-implied.xml"),
    ("createdsorder-response", "createdsorder-response.xml"),
    ("change-feed", "change-feed-all-types.xml"),
    ("invoice-posting", "invoice-posting-resend.xml"),
    ("ubl-order", "ubl-order.xml"),
    ("cxml-order", "cxml-order.xml"),
    ("ubl-despatch", "ubl-despatch.xml"),
    ("ubl-invoice", "ubl-invoice.xml"),
    ("cxml-ship-notice", "cxml-ship-notice.xml"),
    ("ediversa-order", "ediversa-order.txt"),
    ("wamas-receipt", "wamas-receipt.txt"),
    ("wamas-return", "wamas-return.txt"),
    ("wamas-return-receipt", "wamas-return-receipt.txt"),
    ("batch-xml", "batch.xml"),
    ("batch-json", "batch.json"),
    ("acknowledgement-csv", "acknowledgement.csv"),
    ("acknowledgement-xml", "acknowledgement.xml"),
    ("acknowledgement-json", "acknowledgement.json"),
    ("shipments-csv", "shipments.csv"),
    ("shipments-csv-plain", "shipments-plain.csv"),
    ("shipments-csv-invoiced", "shipments-invoiced.csv"),
    ("shipments-json", "shipments.json"),
    ("invoices-csv", "invoices.csv"),
]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(ROOT / "mappings")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_mapping_has_no_problem(library: Library, name: str) -> None:
    assert library.problems(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_inside_a_shipped_mapping_pass(library: Library, name: str) -> None:
    results = run_tests(library, name)

    assert results
    assert [f"{result.title}: {difference}" for result in results for difference in result.differences] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_direction_a_shipped_mapping_promises_is_tested(library: Library, name: str) -> None:
    mapping = library.get(name)
    words = {entry.key for test in _tests(name) for entry in test}

    assert "gives" in words or not mapping.reads
    assert "back" in words or "writes" in words or not mapping.writes


@pytest.mark.parametrize(("sample", "listed", "taker"), TAKEN_BY)
def test_a_sample_is_taken_by_its_own_layout(library: Library, sample: str, listed: list[str], taker: str) -> None:
    head = (ROOT / "samples" / sample).read_bytes()[:65_536]
    identity = identify(head, sample)

    assert next(name for name in listed if library.get(name).fits(identity, head) is None) == taker


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_mapping_is_described(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "layouts.md").read_text(encoding="utf-8")

    assert f"| `{name}` |" in page


def test_every_sample_is_used_by_a_mapping_or_described() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "mappings").glob("*.yaml")]
    texts.append((ROOT / "docs" / "reference" / "layouts.md").read_text(encoding="utf-8"))

    samples = sorted(path.name for path in (ROOT / "samples").iterdir() if path.suffix in {".xml", ".csv", ".json", ".txt"})

    assert [sample for sample in samples if not any(f"samples/{sample}" in text for text in texts)] == []


@pytest.mark.parametrize(("name", "sample", "codes"), FAULTS)
def test_every_fault_of_a_damaged_sample_carries_its_business_code(library: Library, name: str, sample: str, codes: list[str]) -> None:
    mapping = library.get(name)
    content = (ROOT / "samples" / sample).read_bytes()
    flight = mapping.preflight(BytesIO(content), Values(partner=PARTNER))
    readings = list(mapping.read(BytesIO(content), Values(partner=PARTNER))) if flight.is_go else []

    issues = [*flight.issues, *(issue for reading in readings for issue in reading.issues)]

    assert sorted(issue.code for issue in issues if issue.is_error) == codes
    assert all(issue.where and issue.text for issue in issues)


@pytest.mark.parametrize(("name", "sample"), CLEAN)
def test_a_sample_of_a_layout_gives_no_remark(library: Library, name: str, sample: str) -> None:
    mapping = library.get(name)
    content = (ROOT / "samples" / sample).read_bytes()

    readings = list(mapping.read(BytesIO(content), Values(partner=PARTNER)))

    assert mapping.preflight(BytesIO(content), Values(partner=PARTNER)).issues == ()
    assert [str(issue) for reading in readings for issue in reading.issues] == []


def test_the_card_that_pays_a_cxml_order_is_kept_nowhere(library: Library) -> None:
    sample = (ROOT / "samples" / "cxml-order.xml").read_bytes()
    paid = sample.replace(b"<Comments>Call", b'<Payment><PCard number="4111111111111111" expiration="2027-01-31"/></Payment><Comments>Call')

    (reading,) = library.get("cxml-order").read(BytesIO(paid), Values(partner=PARTNER))

    assert paid != sample
    assert reading.document is not None
    assert "4111" not in repr(reading)


def test_the_number_of_a_payment_card_is_not_kept_of_an_invoice(library: Library) -> None:
    sample = (ROOT / "samples" / "ubl-invoice.xml").read_bytes()
    (reading,) = library.get("ubl-invoice").read(BytesIO(sample), Values(partner=PARTNER))
    assert b"4111111111111111" in sample
    assert reading.document is not None
    assert "4111" not in repr(reading)


@pytest.mark.parametrize(
    ("file", "says"), [("cxml-order.xml", "Request/OrderRequest"), ("cxml-ship-notice.xml", "Request/ShipNoticeRequest")]
)
def test_another_message_of_the_same_root_is_refused_by_name(library: Library, file: str, says: str) -> None:
    other = b"<cXML><Header><From/></Header><Message><PunchOutOrderMessage/></Message></cXML>"
    mapping = library.get(file.removesuffix(".xml"))
    assert mapping.fits(identify(other, file), other) == f"it holds Header/From, Message/PunchOutOrderMessage, not {says}"


def _tests(name: str) -> list[Table]:
    node = load_yaml_text(ROOT / "mappings" / f"{name}.yaml")
    assert isinstance(node, Table)
    tests = node.get("tests")
    return [test for test in tests if isinstance(test, Table)] if isinstance(tests, Series) else []


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-results")] + ["vendor-response-json"])
def test_an_answer_tells_every_fault_of_a_document(name: str) -> None:
    texts = [f"fault {number}: {'a long text of what is wrong here ' * 6}".strip() for number in range(1, 13)]
    errors = tuple(ResultError(code=f"C-{number}", text=text) for number, text in enumerate(texts, start=1))
    told = Result(file="a.csv", status="REJECTED", entries=(ResultEntry(result="REJECTED", key="A", errors=errors),))
    target = BytesIO()
    assert Library(ROOT / "mappings").get(name).write([told], target, Values(partner=PARTNER)) == ()
    written = target.getvalue().decode()
    assert " | ".join(texts) in written
    if name.endswith("-results"):
        assert " | ".join(error.code for error in errors) in written
