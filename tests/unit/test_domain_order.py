"""What follows from the lines of an order (sdf 5.1, 5.2) and what the history says of it (5.6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain import NoteStyle, Parts, action, note
from gateway.domain.history import WORDS, Event, HistoryEntry, note_of
from gateway.domain.order import Line, LineStatus, OrderStatus, PurchaseOrder
from gateway.domain.origin import Source
from tests.business import AT, World

LETTERS = {
    "N": LineStatus.NEW,
    "P": LineStatus.IN_PROCESS,
    "H": LineStatus.HELD,
    "S": LineStatus.SHIPPED,
    "C": LineStatus.CANCELLED,
}


def order(letters: str) -> PurchaseOrder:
    world = World()
    world.receive()
    first = world.line(1)
    lines = tuple(replace(first, number=place, status=LETTERS[letter]) for place, letter in enumerate(letters, 1))
    return replace(world.order(), lines=lines)


HEADERS = [
    ("N", OrderStatus.NEW),
    ("NN", OrderStatus.NEW),
    ("NP", OrderStatus.OPEN),
    ("PS", OrderStatus.OPEN),
    ("HH", OrderStatus.HELD),
    ("HC", OrderStatus.OPEN),
    ("SC", OrderStatus.COMPLETE),
    ("CC", OrderStatus.CANCELLED),
    ("SS", OrderStatus.SHIPPED),
    ("PP", OrderStatus.IN_PROCESS),
    ("SCS", OrderStatus.COMPLETE),
    ("SCN", OrderStatus.OPEN),
]


@pytest.mark.parametrize(("lines", "status"), HEADERS)
def test_the_status_of_the_header_follows_from_the_lines(lines: str, status: OrderStatus) -> None:
    assert order(lines).status is status


@pytest.mark.parametrize(("lines", "closed"), [("SC", True), ("S", True), ("CC", True), ("SP", False), ("N", False)])
def test_an_order_is_closed_when_nothing_is_left_to_happen(lines: str, closed: bool) -> None:
    assert order(lines).is_closed is closed


def test_the_next_due_date_passes_over_lines_that_are_done() -> None:
    days = [replace(line, due_on=date(2022, 7, place)) for place, line in enumerate(order("SCHN").lines, 1)]
    assert replace(order("SCHN"), lines=tuple(days)).next_due_on == date(2022, 7, 3)
    assert order("SC").next_due_on is None


def test_an_order_before_its_release_has_no_status() -> None:
    line = Line(number=1, item="I", carrier="50", ordered=1, unit_cost=Decimal(1), status=None)
    assert replace(order("N"), lines=(line,)).status is None


SHIPPED = Parts(
    shipped_on=date(2013, 7, 17), carrier="50", tracking="Track12155", weight=Decimal("2.34"), freight=Decimal("1.23"), currency="USD"
)
COST = Parts(before=Decimal("8.98"), after=Decimal("9.98"), currency="USD")
SHIP_NOTE = "Ship Date: 07/17/2013, Carrier: 50, Tracking #: Track12155, Weight: 2.34, Rate: $ 1.23"
NOTES = [
    ("H1", "PO Created", Parts(), ""),
    ("H2", "Printed", Parts(batch=74), "Batch ID (74)"),
    ("H3", "Printed", Parts(batch=74), "Batch ID (74)"),
    ("H4", "Acknowledged", Parts(batch=74), "Batch ID (74)"),
    ("H5", "Shipped", SHIPPED, SHIP_NOTE),
    ("H6", "Shipped", SHIPPED, SHIP_NOTE),
    ("H7", "Cancel", Parts(), "Automatically Cancelled"),
    ("H8", "Cancel", Parts(), "Cancel Requested"),
    ("H9", "Cancel", Parts(), "Cancellation Approved"),
    ("H10", "Cancel", Parts(), "Cancellation Rejected"),
    ("H11", "Cancel Auto Rejected", Parts(), "Cancel Request Auto Rejected"),
    ("H12", "Address Change", Parts(), "Address Change Automatically Applied"),
    ("H13", "Address Change", Parts(), "Address Change Requested"),
    ("H14", "Address Change", Parts(), "Address Change Rejected"),
    ("H15", "Address Change", Parts(), "Address Change Approved"),
    ("H16", "Address Change", Parts(), "Address Change Auto Rejected"),
    ("H17", "Cost Change", COST, "Before $ 8.98 - After $ 9.98"),
    ("H18", "Data Removal", Parts(), "PII Data Anonymized"),
    ("H19", "Maintenance", Parts(reason="Backordered"), "Held: Backordered"),
    ("H20", "Maintenance", Parts(reason="it came"), "Released"),
    ("H21", "Maintenance", Parts(reason="Delay", due_on=date(2022, 6, 28)), "Maintenance Delay Revised Due Date: 06/28/2022"),
    ("H22", "Maintenance", Parts(reason="Expected next week"), "Maintenance Expected next week"),
    ("H23", "Maintenance", Parts(), "Maintenance"),
    ("H24", "Pack Slip Reprinted", Parts(batch=75), "Batch ID (75)"),
    ("H25", "Pack Slip Voided", Parts(batch=73), "Batch ID (73)"),
    ("H25", "Pack Slip Voided", Parts(batch=73, reason="wrong paper"), "Batch ID (73)"),
    ("H26", "Unprinted", Parts(), ""),
    ("H27", "Data Removal", Parts(), "Private Data Anonymized"),
]


def entry(event: str, parts: Parts) -> HistoryEntry:
    return HistoryEntry(order_id=1, event=Event(event), at=AT, actor="redpanda", source=Source.UI, parts=parts)


@pytest.mark.parametrize(("event", "word", "parts", "text"), NOTES, ids=[row[0] for row in NOTES])
def test_the_history_reads_exactly_so(event: str, word: str, parts: Parts, text: str) -> None:
    assert (action(Event(event)), note(entry(event, parts))) == (word, text)


def test_every_event_has_its_words() -> None:
    assert set(WORDS) == set(Event) == {Event(row[0]) for row in NOTES}


def test_a_cost_is_told_with_all_its_places() -> None:
    parts = Parts(before=Decimal("8.9800"), after=Decimal("9.9810"), currency="USD")
    assert note_of(Event.COST_CHANGED, parts) == "Before $ 8.98 - After $ 9.981"


def test_the_page_about_the_history_shows_every_event_as_it_reads() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "history.md").read_text(encoding="utf-8")
    for event, word, _, text in NOTES:
        [row] = [line for line in page.splitlines() if line.startswith(f"| {event} |")]
        assert f"| {word} |" in row
        assert not text or f"`{text}`" in row or (event == "H6" and "as H5" in row)


def test_a_revised_due_date_without_reason_leaves_no_gap() -> None:
    assert note(entry("H21", Parts(due_on=date(2022, 6, 28)))) == "Maintenance Revised Due Date: 06/28/2022"


def test_a_note_is_shown_in_the_style_of_its_reader() -> None:
    style = NoteStyle(day="%d.%m.%Y")
    parts = replace(SHIPPED, currency="EUR", weight=Decimal("2.345"), tracking=None)
    assert note(entry("H6", parts), style) == "Ship Date: 17.07.2013, Carrier: 50, Tracking #: , Weight: 2.35, Rate: € 1.23"


def test_a_currency_without_symbol_shows_its_code() -> None:
    assert note(entry("H17", replace(COST, currency="SEK"))) == "Before SEK 8.98 - After SEK 9.98"
