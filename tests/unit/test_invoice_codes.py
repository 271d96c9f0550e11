"""Every code that invoices can be refused with stands in a table of tests: for files, for invoices made by hand, for their acts."""

from __future__ import annotations

from gateway.kernel.codes import CODES
from tests.flow.test_bad_files import FILES, INVOICES
from tests.unit.test_domain_bill_shipments import REFUSED as MADE
from tests.unit.test_domain_invoice import FAULTY_EDITS, REFUSED

OF_ACTS = {"INV-20", "INV-21"}
"""States and reasons: every state with every act, and every judgement without a reason, in the tests of the acts."""


def test_every_code_of_invoices_stands_in_a_table() -> None:
    of_files = {fault.code for fault in INVOICES} | {case.code for case in FILES if case.channel == "invoices"}
    of_rules = {code for _, told in REFUSED.values() for code, _ in told}
    of_people = {code for _, _, told in MADE.values() for code in told} | {code for _, told in FAULTY_EDITS.values() for code in told}
    every = {code for code in CODES if code.startswith("INV-")}
    assert every <= of_files | of_rules | of_people | OF_ACTS
    assert {f"INV-{number:02}" for number in range(1, 15)} <= of_files
