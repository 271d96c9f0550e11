"""Any sequence of all events, held against the second writing of the rules in `tests/rulebook.py` after every step.

`RULES_EXAMPLES` and `RULES_STEPS` make it run longer: see `docs/howto/prove-the-rules.md`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from gateway.documents import ChangeRequest, OrderLine, Party, ShipmentLine
from gateway.domain import invoicing, note, privacy
from gateway.domain.bill_shipments import Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.line_answer import LineAnswer, Word, answer_line
from gateway.domain.maintain import Note, Upkeep, maintain
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict
from gateway.domain.reply import Reply, reply
from gateway.domain.reprint import is_numbered, reprint, void
from gateway.domain.request import RequestKind, RequestState
from gateway.domain.slip import generate
from tests import rulebook
from tests.business import AT, KETTLE, MESSAGE, ORDER, RETAILER, SCREEN, TODAY, TOTE, UPLOAD, World, a_shipment, with_vendor
from tests.rulebook import Place, Rulebook

EXAMPLES = int(os.environ.get("RULES_EXAMPLES", "120"))
STEPS = int(os.environ.get("RULES_STEPS", "50"))
PHASES = (Phase.reuse, Phase.generate, Phase.shrink)
"""Not `explain`: it traces every line, which takes minutes before Python 3.12."""

PLACES = st.sampled_from([("A", 1), ("A", 2), ("B", 1)])
ORDERS = st.sampled_from(["A", "B"])
SMALL = st.integers(0, 4)
WHO = {"message": (MESSAGE, rulebook.MESSAGE), "upload": (UPLOAD, rulebook.UPLOAD), "screen": (SCREEN, rulebook.SCREEN)}
ADDRESS = Party(company="Byrd", city="London", postal_code="SE1 1AA", country="GB")
COSTS = st.sampled_from([900, 990, 991, 1000, 500])
REASONS = st.sampled_from(["", "Backordered", "Delay"])


def cents(amount: int) -> Decimal:
    return Decimal(amount) / 100


class Rules(RuleBasedStateMachine):
    """Two orders of one sales order: one of two lines and one of one."""

    @initialize(ordered=st.tuples(*[st.integers(1, 5)] * 3), acknowledged=st.booleans(), parts=st.booleans())
    def begin(self, ordered: tuple[int, int, int], acknowledged: bool, parts: bool) -> None:
        self.world = World(with_vendor(require_acknowledgement=acknowledged, invoice_partial_shipments=parts))
        self.rules = Rulebook(acknowledged_first=acknowledged, bills_parts=parts)
        self.count = 0
        self.is_over = False
        self.seen = (0, 0)
        first, second, third = ordered
        self.take("A", replace(TOTE, quantity=first), replace(KETTLE, quantity=second))
        self.take("B", replace(TOTE, quantity=third))

    def take(self, number: str, *lines: OrderLine) -> None:
        street = Party(company="Byrd", address1="Quay", city="London", postal_code="SE1 9GF", country="GB")
        priced = tuple(replace(line, unit_cost=cents(900)) for line in lines)
        self.world.receive(replace(ORDER, number=number, lines=priced, ship_to=street))
        self.rules.create(number, {line.number: (line.quantity, 900) for line in priced})

    # the world's side

    def order(self, number: str) -> PurchaseOrder:
        return self.world.order(number)

    def line(self, place: Place) -> Line:
        return self.world.line(place[1], place[0])

    def agree(self, outcome: Outcome, said: str) -> None:
        """The same answer."""
        self.world.apply(outcome)
        match outcome.verdict:
            case Verdict.BOOKED:
                assert (outcome.result or "booked") == said
            case Verdict.DUPLICATE:
                assert said == "duplicate"
            case _:
                assert said in {"refused", " ".join(sorted(issue.code for issue in outcome.issues))}

    def ask(self, document: ChangeRequest, said: str) -> None:
        order = self.order(document.order_number)
        before = len(self.world.history)
        outcome = self.world.ask(document)
        assert (outcome.result or "booked") == said
        assert len(self.world.history) - before == len(outcome.history)
        assert order.number == document.order_number

    # E2 to E4

    @rule(paper=st.booleans())
    def send(self, paper: bool) -> None:
        number = self.world.next_batch
        if not paper:
            outcome = self.world.cut()
            said = self.rules.send(number, rulebook.MESSAGE)
        else:
            vendor = self.world.reference.vendors["257"]
            orders = sorted(self.world.orders.values(), key=lambda order: order.number)
            outcome = generate(orders, number=number, channel="slips", vendor=vendor, origin=SCREEN, at=AT)
            self.world.apply(outcome)
            self.world.next_batch += outcome.verdict is Verdict.BOOKED
            said = self.rules.send(number, rulebook.SCREEN, on_paper=True)
        assert (said == "booked") is (outcome.verdict is Verdict.BOOKED)
        assert said == "booked" or [issue.code for issue in outcome.issues] == [said]

    @rule(back=st.integers(0, 2))
    def acknowledge(self, back: int) -> None:
        number = self.world.next_batch - back
        outcome = self.world.acknowledge(number)
        said = self.rules.acknowledge(number)
        assert {"booked": Verdict.BOOKED, "duplicate": Verdict.DUPLICATE, "3020": Verdict.REFUSED}[said] is outcome.verdict

    @rule(place=PLACES)
    def accept_line(self, place: Place) -> None:
        order = self.order(place[0])
        said = LineAnswer(word=Word.ACCEPTED, line=place[1])
        outcome = answer_line(said, order, requests=self.world.requests_of(order), origin=MESSAGE, at=AT)
        self.agree(outcome, self.rules.accept_line(place))

    # E5 to E7

    @rule(order=ORDERS, lines=st.dictionaries(st.integers(1, 3), SMALL, min_size=1, max_size=2), way=st.sampled_from(sorted(WHO)))
    def ship(self, order: str, lines: Mapping[int, int], way: str) -> None:
        self.ships(order, lines, way)

    @rule(place=PLACES, way=st.sampled_from(sorted(WHO)), less=st.integers(0, 1))
    def ship_what_is_open(self, place: Place, way: str, less: int) -> None:
        self.ships(place[0], {place[1]: self.line(place).open - less}, way)

    @rule(place=PLACES, way=st.sampled_from(sorted(WHO)))
    def ship_what_is_printed(self, place: Place, way: str) -> None:
        self.ships(place[0], {place[1]: self.line(place).printed}, way)

    def ships(self, order: str, lines: Mapping[int, int], way: str) -> None:
        self.count += 1
        origin, who = WHO[way]
        told = [ShipmentLine(number=number, quantity=quantity) for number, quantity in sorted(lines.items())]
        document = a_shipment(*told, number=order, tracking=f"T{self.count}")
        text = f"Ship Date: 06/22/2022, Carrier: 50, Tracking #: T{self.count}, Weight: {{}}, Rate: $ {{}}"
        said = self.rules.ship(order, lines, who, [text.format("2.34", "1.23"), text.format("0.00", "0.00")])  # one parcel, weighed once
        self.same(self.world.ship(document, origin), said)
        if said == "booked":
            assert self.world.ship(document, origin).verdict is Verdict.DUPLICATE

    def same(self, outcome: Outcome, said: str) -> None:
        """What was applied already had that answer."""
        told = "booked" if outcome.verdict is Verdict.BOOKED else " ".join(sorted(issue.code for issue in outcome.issues))
        assert told == said

    # E8 to E17

    @rule(place=PLACES, quantity=st.integers(1, 5))
    def ask_cancel(self, place: Place, quantity: int) -> None:
        document = ChangeRequest(kind="cancel", order_number=place[0], line=place[1], quantity=quantity)
        self.ask(document, self.rules.ask_cancel(place, quantity))

    @precondition(lambda self: any(line.open for order in self.world.orders.values() for line in order.lines))
    @rule(place=PLACES)
    def ask_cancel_of_all(self, place: Place) -> None:
        line = self.rules.lines[place]
        quantity = self.rules.open(place) - line["cancel"]
        if quantity > 0:
            self.ask(ChangeRequest(kind="cancel", order_number=place[0], line=place[1]), self.rules.ask_cancel(place, quantity))

    @rule(order=ORDERS)
    def ask_address(self, order: str) -> None:
        self.count += 1
        street = f"{self.count} New Road"
        document = ChangeRequest(kind="address", order_number=order, ship_to=replace(ADDRESS, address1=street))
        self.ask(document, self.rules.ask_address(order, street))

    @rule(place=PLACES, cost=COSTS)
    def ask_cost(self, place: Place, cost: int) -> None:
        document = ChangeRequest(kind="cost", order_number=place[0], line=place[1], unit_cost=cents(cost))
        self.ask(document, self.rules.ask_cost(place, cost))

    @rule(place=PLACES, accepted=st.booleans(), kind=st.sampled_from([RequestKind.CANCEL, RequestKind.ADDRESS]))
    def answer(self, place: Place, accepted: bool, kind: RequestKind) -> None:
        order = self.order(place[0])
        said = Reply(kind=kind, is_accepted=accepted, line=place[1])
        outcome = reply(said, order, requests=self.world.requests_of(order), origin=UPLOAD, at=AT)
        expected = self.rules.answer_cancel if kind is RequestKind.CANCEL else self.rules.answer_address
        self.agree(outcome, expected(place, accepted=accepted))

    # E18 to E21

    def note(self, place: Place, said: Note, expected: str) -> None:
        order = self.order(place[0])
        self.agree(maintain(said, order, requests=self.world.requests_of(order), origin=UPLOAD, at=AT), expected)

    @rule(place=PLACES, reason=REASONS)
    def hold(self, place: Place, reason: str) -> None:
        self.note(place, Note(act=Upkeep.HOLD, line=place[1], reason=reason), self.rules.hold(place, reason))

    @rule(place=PLACES)
    def release(self, place: Place) -> None:
        self.note(place, Note(act=Upkeep.RELEASE, line=place[1]), self.rules.release(place))

    @rule(place=PLACES, day=st.integers(1, 3), reason=REASONS)
    def redate(self, place: Place, day: int, reason: str) -> None:
        said = Note(act=Upkeep.DUE_DATE, line=place[1], due_on=date(2022, 6, day), reason=reason)
        self.note(place, said, self.rules.redate(place, day, reason))

    @rule(place=PLACES, reason=REASONS)
    def explain(self, place: Place, reason: str) -> None:
        self.note(place, Note(act=Upkeep.REASON, line=place[1], reason=reason), self.rules.explain(place, reason))

    # E22 to E24

    @precondition(lambda self: self.world.batches)
    @rule(back=st.integers(1, 2), less=st.lists(st.integers(0, 3), min_size=3, max_size=3))
    def reprint(self, back: int, less: list[int]) -> None:
        number, new = self.batch(back), self.world.next_batch
        quantities = {}
        for place, fewer in zip(sorted(self.rules.lines), less, strict=True):
            line = self.rules.lines[place]
            if line["batch"] == number and line["status"] == rulebook.PROCESS:
                quantities[place] = max(line["printed"] - fewer, 0)
        asked = {(self.order(order).id, line): quantity for (order, line), quantity in quantities.items()}
        requests = {order.id: self.world.requests_of(order) for order in self.world.orders.values()}
        batch = self.world.batches[number]
        outcome = reprint(batch, self.world.orders.values(), asked, number=new, requests=requests, origin=SCREEN, at=AT)
        self.world.next_batch += is_numbered(outcome)
        self.agree(outcome, self.rules.reprint(number, quantities, new, rulebook.SCREEN))

    @precondition(lambda self: self.world.batches)
    @rule(back=st.integers(1, 2))
    def void(self, back: int) -> None:
        number = self.batch(back)
        requests = {order.id: self.world.requests_of(order) for order in self.world.orders.values()}
        outcome = void(self.world.batches[number], self.world.orders.values(), requests=requests, origin=SCREEN, at=AT)
        nothing = dict.fromkeys(self.rules.lines, 0)
        self.agree(outcome, self.rules.reprint(number, nothing, 0, rulebook.SCREEN))

    def batch(self, back: int) -> int:
        known = sorted(self.world.batches)
        return known[max(len(known) - back, 0)]

    @precondition(lambda self: not self.is_over)
    @rule()
    def anonymize(self) -> None:
        said = self.rules.anonymize(["A", "B"])
        members = [
            privacy.Member(id=order.id, number=order.number, created_at=AT, is_over=privacy.is_over(order), is_erased=False)
            for order in self.world.orders.values()
        ]
        assert (privacy.standing(members) is privacy.Answer.ELIGIBLE) is (said == "booked")
        if said == "booked":
            self.is_over = True
            self.world.apply(privacy.erase(self.world.orders.values(), self.world.keys.values(), pepper="p", at=AT))

    # invoices

    def origin_of(self, step: str) -> Origin:
        return SCREEN if step in {"edit", "submit", "delete"} else RETAILER

    @precondition(lambda self: self.world.shipments)
    @rule(which=st.lists(st.integers(0, 9), min_size=1, max_size=2), cost=COSTS, save=st.booleans(), again=st.integers(0, 9))
    def bill(self, which: list[int], cost: int, save: bool, again: int) -> None:
        self.count += bool(again)
        number = f"I{self.count}"
        chosen = list(dict.fromkeys(it % len(self.rules.shipments) for it in which))
        self.bills(number, chosen, cost, save=save)

    @rule(cost=COSTS, save=st.booleans())
    def bill_what_is_billable(self, cost: int, save: bool) -> None:
        self.count += 1
        free = [
            index
            for index, it in enumerate(self.rules.shipments)
            if it["invoice"] is None and (self.rules.bills_parts or self.rules.lines[it["place"]]["status"] == rulebook.SHIPPED)
        ]
        if free:
            self.bills(f"I{self.count}", free, cost, save=save)

    def bills(self, number: str, chosen: list[int], cost: int, *, save: bool) -> None:
        edits = tuple(LineEdit(line_no=place, unit_cost=cents(cost)) for place in range(1, len(chosen) + 1))
        wanted = Chosen(
            number=number,
            date=TODAY,
            shipments=tuple(self.world.shipments[index].id for index in chosen),
            changes=InvoiceEdit(lines=edits),
            ending=Ending.SAVE if save else Ending.SUBMIT,
        )
        outcome = self.world.create(wanted)
        said = self.rules.bill(number, chosen, [cost] * len(chosen), save=save)
        assert (outcome.verdict is Verdict.BOOKED) is (said == "booked")

    @precondition(lambda self: self.world.invoices)
    @rule(
        back=st.integers(1, 2),
        step=st.sampled_from(["submit", "edit", "delete", "approve", "reject", "post", "repost"]),
        cost=COSTS,
        reason=st.sampled_from(["", "fine", "fine"]),
    )
    def move_an_invoice(self, back: int, step: str, cost: int, reason: str) -> None:
        numbers = list(self.rules.invoices)
        number = numbers[max(len(numbers) - back, 0)]
        invoice = self.world.invoice(number)
        orders, origin = self.world.orders, self.origin_of(step)
        match step:
            case "submit":
                outcome = invoicing.submit(invoice, vendor=self.world.reference.vendors["257"], orders=orders, origin=origin, at=AT)
            case "edit":
                edits = InvoiceEdit(lines=tuple(LineEdit(line_no=line.line_no, unit_cost=cents(cost)) for line in invoice.lines))
                outcome = invoicing.edit(invoice, edits, orders=orders, latest=TODAY, origin=origin, at=AT)
            case "delete":
                outcome = invoicing.delete(invoice, orders=orders, origin=origin, at=AT)
            case "approve":
                outcome = invoicing.approve(invoice, reason=reason, origin=origin, at=AT)
            case "reject":
                outcome = invoicing.reject(invoice, reason=reason, origin=origin, at=AT)
            case "post":
                outcome = invoicing.post(invoice, origin=origin, at=AT)
            case _:
                outcome = invoicing.repost(invoice, origin=origin, at=AT)
        self.agree(outcome, self.rules.move(number, step, cost, reason))

    # what both hold

    @invariant()
    def nothing_differs(self) -> None:
        self.lines_are_the_same()
        self.headers_and_addresses_are_the_same()
        self.what_waits_is_the_same()
        self.history_is_the_same()
        self.the_feed_is_the_same()
        self.batches_are_the_same()
        self.invoices_are_the_same()

    def lines_are_the_same(self) -> None:
        for (number, line_no), expected in self.rules.lines.items():
            line = self.line((number, line_no))
            assert (line.shipped, line.printed, line.cancelled, line.invoiced) == tuple(
                expected[name] for name in ("shipped", "printed", "cancelled", "invoiced")
            )
            assert (line.status, line.pre_hold, line.hold_reason, line.reason) == tuple(
                expected[name] for name in ("status", "before", "hold", "reason")
            )
            assert line.unit_cost == cents(expected["cost"])
            assert expected["status"] not in rulebook.OPEN or line.batch == expected["batch"]
            assert not expected["due"] or line.due_on == date(2022, 6, expected["due"])

    def headers_and_addresses_are_the_same(self) -> None:
        for number, street in self.rules.address.items():
            order = self.order(number)
            assert (order.status, order.total) == (self.rules.status(number), cents(self.rules.total(number)))
            assert self.world.ship_to[order.id].address1 == street

    def what_waits_is_the_same(self) -> None:
        names = {order.id: order.number for order in self.world.orders.values()}
        waiting = [it for it in self.world.requests.values() if it.state is RequestState.PENDING]
        cancels = {(names[it.order_id], it.line_no): it.quantity for it in waiting if it.kind is RequestKind.CANCEL}
        assert cancels == {place: line["cancel"] for place, line in self.rules.lines.items() if line["cancel"]}
        addresses = {
            (names[it.order_id], it.line_no): it.after.ship_to.address1
            for it in waiting
            if it.kind is RequestKind.ADDRESS and it.after and it.after.ship_to
        }
        assert addresses == {place: line["address"] for place, line in self.rules.lines.items() if line["address"] is not None}

    def history_is_the_same(self) -> None:
        names = {order.id: order.number for order in self.world.orders.values()}
        start, _ = self.seen
        told = [
            (str(it.event), names[it.order_id], it.line_no, it.quantity, it.status_after, it.actor, str(it.source), note(it))
            for it in self.world.history[start:]
        ]
        assert told == self.rules.history[start:]
        self.seen = (len(self.world.history), self.seen[1])

    def the_feed_is_the_same(self) -> None:
        names = {order.id: order.number for order in self.world.orders.values()}
        _, start = self.seen
        told = [
            (
                it.type,
                names[it.order_id],
                it.line_no,
                *([it.body["quantity"]] if it.type in {"PULLED", "SHIPPED", "CANCEL_ACCEPTED"} else []),
            )
            for it in self.world.feed[start:]
        ]
        assert told == self.rules.feed[start:]
        self.seen = (self.seen[0], len(self.world.feed))

    def batches_are_the_same(self) -> None:
        assert set(self.world.batches) == set(self.rules.batches)
        for number, batch in self.world.batches.items():
            assert (batch.acknowledged_at is not None) is self.rules.batches[number]["acknowledged"]

    def invoices_are_the_same(self) -> None:
        assert [number for _, number in self.world.invoices] == list(self.rules.invoices)
        for number, expected in self.rules.invoices.items():
            invoice = self.world.invoice(number)
            assert (invoice.state, invoice.posted_at is not None) == (expected["state"], expected["posted"])
            assert [line.unit_cost for line in invoice.lines] == [cents(line["cost"]) for line in expected["lines"]]


Rules.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=PHASES)
TestRules = Rules.TestCase
