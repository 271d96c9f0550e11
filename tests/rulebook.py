"""The rules of a purchase order once more, in plain numbers and words, written from the specification and not from the program.

It imports nothing of the gateway. `tests/unit/test_rules_machine.py` holds the program against it, step by step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEW, PROCESS, HELD, SHIPPED, CANCELLED = "New Order", "In Process", "Held", "Shipped", "Cancelled"
OPEN = (NEW, PROCESS, HELD)
DONE, AGAIN = "booked", "duplicate"
VENDOR, RETAILER = ("redpanda", "UI"), ("Admin", "WS")
MESSAGE, UPLOAD, SCREEN = ("redpanda", "WS"), ("redpanda", "UI"), ("lee", "UI")
"""Who stands in the history, and as what."""

Line = dict[str, Any]
Place = tuple[str, int]


@dataclass
class Rulebook:
    """Orders of lines, batches and invoices; every act returns the word or the codes of its answer."""

    acknowledged_first: bool
    bills_parts: bool
    lines: dict[Place, Line] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    batches: dict[int, dict[str, Any]] = field(default_factory=dict)
    shipments: list[dict[str, Any]] = field(default_factory=list)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[tuple[Any, ...]] = field(default_factory=list)
    feed: list[tuple[Any, ...]] = field(default_factory=list)

    # what is asked of it

    def status(self, order: str) -> str:
        """The header, by the table of 5.2."""
        found = {line["status"] for (number, _), line in self.lines.items() if number == order}
        if len(found) == 1:
            return str(next(iter(found)))
        return "Open" if found & set(OPEN) else "Complete"

    def total(self, order: str) -> int:
        """In cents."""
        return sum(line["ordered"] * line["cost"] for (number, _), line in self.lines.items() if number == order)

    def open(self, place: Place) -> int:
        line = self.lines[place]
        return int(line["ordered"] - line["shipped"] - line["cancelled"])

    # 5.3: E1 to E4

    def create(self, order: str, lines: Mapping[int, tuple[int, int]]) -> str:
        self.address[order] = "Quay"
        for number, (ordered, cost) in lines.items():
            self.lines[order, number] = {
                "ordered": ordered, "shipped": 0, "printed": 0, "cancelled": 0, "invoiced": 0, "cost": cost, "status": NEW, "before": None,
                "batch": None, "cancel": 0, "parts": [], "address": None, "due": 0, "hold": "", "reason": "", "last": {},
            }  # fmt: skip
            self._tell("H1", (order, number), ordered, RETAILER)
        return DONE

    def send(self, number: int, who: tuple[str, str], *, on_paper: bool = False) -> str:
        """E3 by message, E2 on paper: paper needs no acknowledgement."""
        fresh = [place for place, line in self.lines.items() if line["status"] == NEW and line["batch"] is None]
        if not fresh:
            return "3009"
        self.batches[number] = {"acknowledged": False, "void": False, "paper": on_paper}
        for place in fresh:
            line = self.lines[place]
            line["batch"] = number
            if on_paper or not self.acknowledged_first:
                line.update(status=PROCESS, printed=self.open(place))
                self._feed("PULLED", place, self.open(place))
            self._tell("H2" if on_paper else "H3", place, self.open(place), who, f"Batch ID ({number})")
        return DONE

    def acknowledge(self, number: int) -> str:
        batch = self.batches.get(number)
        if batch is None:
            return "3020"
        waiting = [place for place in self.lines if self._waits(place, number)]
        if batch["acknowledged"] or batch["void"] or not (self.acknowledged_first or waiting):
            return AGAIN
        batch["acknowledged"] = True
        for place in waiting:
            self._acknowledge(place)
        return DONE

    def accept_line(self, place: Place) -> str:
        line = self.lines[place]
        number = line["batch"]
        if line["status"] in {PROCESS, SHIPPED}:
            return AGAIN
        if number is None or not self._waits(place, number):
            return "ACT-303"
        self._acknowledge(place)
        if not any(self._waits(other, number) for other in self.lines):
            self.batches[number]["acknowledged"] = True
        return DONE

    def _waits(self, place: Place, number: int) -> bool:
        line = self.lines[place]
        return line["batch"] == number and not line["printed"] and line["status"] in {NEW, HELD}

    def _acknowledge(self, place: Place) -> None:
        """Held lines stay Held, and remember In Process (3.3)."""
        line = self.lines[place]
        line["printed"] = self.open(place)
        if line["status"] == HELD:
            line["before"] = PROCESS
        else:
            line["status"] = PROCESS
            self._feed("PULLED", place, line["printed"])
        self._tell("H4", place, line["printed"], MESSAGE, f"Batch ID ({line['batch']})")

    # E5 to E7

    def ship(self, order: str, quantities: Mapping[int, int], who: tuple[str, str], notes: Sequence[str]) -> str:
        codes = []
        for number, quantity in sorted(quantities.items()):
            line = self.lines.get((order, number))
            if line is None:
                codes.append("3042")
                codes += ["3043"] * (quantity < 1)
                continue
            if (line["status"] == HELD and who != UPLOAD) or (line["status"] == NEW and who == SCREEN):
                codes.append("3050")
            codes += ["3043"] * (quantity < 1)
            codes += ["3044"] * (quantity > self.open((order, number)))
        if codes:
            return " ".join(sorted(codes))
        is_told = False
        for (number, quantity), note in zip(sorted(quantities.items()), notes, strict=False):
            is_told |= self._ship((order, number), quantity, who, note, is_told=is_told)
        return DONE

    def _ship(self, place: Place, quantity: int, who: tuple[str, str], note: str, *, is_told: bool) -> bool:
        line = self.lines[place]
        if was_held := line["status"] == HELD:
            line.update(status=line["before"], before=None, hold="")
            self._tell("H20", place, self.open(place), who, "Released")
            self._feed("RELEASED", place)
        printed, was = line["printed"], line["status"]
        line["shipped"] += quantity
        line["printed"] = max(printed - quantity, 0)
        self.shipments.append({"place": place, "quantity": quantity, "invoice": None})
        if not self.open(place):
            line.update(status=SHIPPED, printed=0)
        self._tell("H5" if who[1] == "UI" else "H6", place, quantity, who, note)
        self._feed("SHIPPED", place, quantity)
        if line["status"] == SHIPPED:
            return self._left(place, who, is_told=is_told)
        if printed and not line["printed"]:
            line.update(status=NEW, batch=None)
            self._tell("H26", place, self.open(place), who)
            self._resume(place, who)
        elif was_held and was == NEW:
            self._resume(place, who)
        return False

    def _left(self, place: Place, who: tuple[str, str], *, is_told: bool) -> bool:
        """What waited is rejected; the address is told once a shipment (4.1)."""
        line = self.lines[place]
        if line["cancel"]:
            self._end_cancel(place, "rejected", "H11", RETAILER, "Cancel Request Auto Rejected")
        if line["address"] is None:
            return False
        line["address"] = None
        line["last"]["address"] = "rejected"
        self._feed("ADDRESS_REJECTED", place)
        if not is_told:
            self._tell("H16", place, self.open(place), who, "Address Change Auto Rejected")
        return not is_told

    def _resume(self, place: Place, who: tuple[str, str]) -> None:
        """New Order again: the cancel applies first, then the address of what is left (4.1); as if the vendor's user had said yes."""
        line, by = self.lines[place], (who[0], "UI")
        if line["cancel"]:
            self._end_cancel(place, "applied", "H9", by, "Cancellation Approved", self._cancel(place, line["cancel"]))
        if line["address"] is not None:
            self._take_address(place, "applied", by)

    # E8 to E17

    def ask_cancel(self, place: Place, quantity: int) -> str:
        line = self.lines[place]
        if line["status"] not in OPEN or quantity > self.open(place) - line["cancel"]:
            self._tell("H11", place, quantity, RETAILER, "Cancel Request Auto Rejected")
            self._feed("CANCEL_REJECTED", place)
            line["last"]["cancel"] = "rejected"
            return "REJECTED"
        if line["status"] == NEW:
            self._cancel(place, quantity)
            self._tell("H7", place, quantity, RETAILER, "Automatically Cancelled")
            self._feed("CANCEL_ACCEPTED", place, quantity)
            line["last"]["cancel"] = "applied"
            return DONE
        line["cancel"] += quantity
        line["parts"].append(quantity)
        line["last"]["cancel"] = "pending"
        self._tell("H8", place, quantity, RETAILER, "Cancel Requested")
        return "PENDING"

    def answer_cancel(self, place: Place, *, accepted: bool) -> str:
        line = self.lines[place]
        if not line["cancel"]:
            return self._said_before(place, "cancel", accepted=accepted)
        if accepted:
            self._end_cancel(place, "accepted", "H9", VENDOR, "Cancellation Approved", self._cancel(place, line["cancel"]))
            if line["status"] not in OPEN and line["address"] is not None:
                self._take_address(place, "")
        else:
            self._end_cancel(place, "declined", "H10", VENDOR, "Cancellation Rejected")
        return DONE

    def _cancel(self, place: Place, asked: int) -> int:
        """As much of it as is left."""
        line = self.lines[place]
        quantity = min(asked, self.open(place))
        line["cancelled"] += quantity
        line["printed"] = min(line["printed"], self.open(place))
        if not self.open(place):
            line.update(status=SHIPPED if line["shipped"] else CANCELLED, before=None, hold="", printed=0)
        return quantity

    def _end_cancel(self, place: Place, word: str, event: str, who: tuple[str, str], note: str, gone: int = 0) -> None:
        line = self.lines[place]
        quantity, line["cancel"] = line["cancel"], 0
        parts, line["parts"] = line["parts"], []
        line["last"]["cancel"] = word
        self._tell(event, place, quantity, who, note)
        for part in parts:  # each of those that were added up is answered by itself; what has left meanwhile is missing at the end
            mine = min(part, gone)
            gone -= mine
            is_no = word in {"rejected", "declined"} or not mine
            self._feed(*(("CANCEL_REJECTED", place) if is_no else ("CANCEL_ACCEPTED", place, mine)))

    def ask_address(self, order: str, street: str) -> str:
        words = set()
        for place in [place for place in self.lines if place[0] == order]:
            line = self.lines[place]
            if line["status"] not in OPEN:
                words.add("REJECTED")
                line["last"]["address"] = "rejected"
                self._feed("ADDRESS_REJECTED", place)
            elif line["status"] == NEW:
                words.add(DONE)
                line["last"]["address"] = "applied"
                self.address[order] = street
                self._tell("H12", place, self.open(place), RETAILER, "Address Change Automatically Applied")
                self._feed("ADDRESS_ACCEPTED", place)
            else:
                words.add("PENDING")
                if line["address"] is not None:
                    self._feed("ADDRESS_REJECTED", place)
                line["address"] = street
                line["last"]["address"] = "pending"
                self._tell("H13", place, self.open(place), RETAILER, "Address Change Requested")
        return next(word for word in ("PENDING", DONE, "REJECTED") if word in words)

    def answer_address(self, place: Place, *, accepted: bool) -> str:
        line = self.lines[place]
        if line["address"] is None:
            return self._said_before(place, "address", accepted=accepted)
        if accepted:
            self._take_address(place, "accepted")
            return DONE
        line["address"] = None
        line["last"]["address"] = "declined"
        self._tell("H14", place, self.open(place), VENDOR, "Address Change Rejected")
        self._feed("ADDRESS_REJECTED", place)
        return DONE

    def _take_address(self, place: Place, word: str, who: tuple[str, str] = VENDOR) -> None:
        """Of a line that was cancelled at the same moment nothing is written (E15)."""
        line = self.lines[place]
        street, line["address"] = line["address"], None
        if line["status"] not in OPEN:
            line["last"]["address"] = "rejected"
            self._feed("ADDRESS_REJECTED", place)
            return
        line["last"]["address"] = word
        self.address[place[0]] = street
        self._tell("H15", place, self.open(place), who, "Address Change Approved")
        self._feed("ADDRESS_ACCEPTED", place)

    def _said_before(self, place: Place, kind: str, *, accepted: bool) -> str:
        return AGAIN if self.lines[place]["last"].get(kind) == ("accepted" if accepted else "declined") else "ACT-305"

    def ask_cost(self, place: Place, cost: int) -> str:
        line = self.lines[place]
        if line["status"] == CANCELLED or (line["status"] == SHIPPED and line["invoiced"] >= line["shipped"]):
            return "REJECTED"
        if line["cost"] == cost:
            return "APPLIED"
        before, line["cost"] = line["cost"], cost
        self._tell("H17", place, self.open(place), RETAILER, f"Before $ {before / 100:.2f} - After $ {cost / 100:.2f}")
        return DONE

    # E18 to E21

    def hold(self, place: Place, reason: str) -> str:
        line = self.lines[place]
        if line["status"] == HELD and line["hold"] == reason:
            return AGAIN
        codes = ["ACT-302"] * (not reason) + ["ACT-303"] * (line["status"] not in {NEW, PROCESS})
        if codes:
            return " ".join(codes)
        line.update(before=line["status"], status=HELD, hold=reason)
        self._tell("H19", place, self.open(place), VENDOR, f"Held: {reason}")
        self._feed("HELD", place)
        return DONE

    def release(self, place: Place) -> str:
        line = self.lines[place]
        if line["status"] != HELD:
            return "ACT-303"
        line.update(status=line["before"], before=None, hold="")
        self._tell("H20", place, self.open(place), VENDOR, "Released")
        self._feed("RELEASED", place)
        if line["status"] == NEW:
            self._resume(place, VENDOR)
        return DONE

    def redate(self, place: Place, day: int, reason: str) -> str:
        """Of June 2022."""
        line = self.lines[place]
        codes = ["ACT-302"] * (not reason) + ["ACT-303"] * (line["status"] not in OPEN)
        if codes:
            return " ".join(codes)
        if (line["due"], line["reason"]) == (day, reason):
            return AGAIN
        line.update(due=day, reason=reason)
        self._tell("H21", place, self.open(place), VENDOR, f"Maintenance {reason} Revised Due Date: 06/{day:02}/2022")
        self._feed("DUE_DATE", place)
        return DONE

    def explain(self, place: Place, reason: str) -> str:
        line = self.lines[place]
        if line["status"] not in OPEN:
            return "ACT-303"
        if line["reason"] == reason:
            return AGAIN
        line["reason"] = reason
        self._tell("H22" if reason else "H23", place, self.open(place), VENDOR, f"Maintenance {reason}".rstrip())
        self._feed("NOTE", place)
        return DONE

    # E22 to E24

    def reprint(self, number: int, quantities: Mapping[Place, int], new: int, who: tuple[str, str]) -> str:
        """Quantities that are 0 leave the slip; with all of them it is a void. Held lines are always left out (6.4)."""
        batch = self.batches.get(number)
        found = [place for place, line in self.lines.items() if line["batch"] == number and line["status"] in OPEN]
        if batch is None or batch["void"] or not found:
            return "ACT-303"
        wanted = {place: 0 if self.lines[place]["status"] == HELD else quantities.get(place, self._on_slip(place)) for place in found}
        batch["void"] = True
        if any(wanted.values()):
            self.batches[new] = {"acknowledged": False, "void": False, "paper": batch["paper"]}
        for place in sorted(found):
            line, before = self.lines[place], self._on_slip(place)
            if wanted[place]:
                line.update(batch=new, printed=wanted[place] if line["printed"] else 0)
                self._tell("H24", place, before, who, f"Batch ID ({new})")
                continue
            if line["printed"]:
                self._feed("VOIDED", place)
            line.update(batch=None, printed=0)
            line.update({"before": NEW} if line["status"] == HELD else {"status": NEW})
            self._tell("H25", place, before, who, f"Batch ID ({number})")
            if line["status"] == NEW:
                self._resume(place, who)
        return DONE

    def _on_slip(self, place: Place) -> int:
        return int(self.lines[place]["printed"] or self.open(place))

    def anonymize(self, orders: Sequence[str]) -> str:
        """All purchase orders of the sales order together, and only when every one is closed."""
        if any(self.status(order) not in {SHIPPED, CANCELLED, "Complete"} for order in orders):
            return "OPEN_ORDERS"
        for place in sorted(self.lines):
            self._tell("H27", place, self.open(place), ("SYSTEM", "WS"), "Private Data Anonymized")
        return DONE

    # 4.4 and 4.5

    def bill(self, number: str, shipments: Sequence[int], costs: Sequence[int], *, save: bool) -> str:
        if number in self.invoices:
            return "refused"
        for index in shipments:
            it = self.shipments[index]
            if it["invoice"] is not None or (not self.bills_parts and self.lines[it["place"]]["status"] != SHIPPED):
                return "refused"
        lines = [{"shipment": index, "cost": cost, "po": 0} for index, cost in zip(shipments, costs, strict=True)]
        self.invoices[number] = {"state": "New", "lines": lines, "posted": False}
        for index in shipments:
            self.shipments[index]["invoice"] = number
            self.lines[self.shipments[index]["place"]]["invoiced"] += self.shipments[index]["quantity"]
        if not save:
            self._judge(self.invoices[number])
        return DONE

    def _judge(self, invoice: dict[str, Any]) -> None:
        """More than ten percent off in one line holds the whole invoice."""
        for line in invoice["lines"]:
            line["po"] = self.lines[self.shipments[line["shipment"]]["place"]]["cost"]
        invoice["state"] = "Held" if any(abs(it["cost"] - it["po"]) * 10 > it["po"] for it in invoice["lines"]) else "Approved"

    def move(self, number: str, step: str, cost: int = 0, reason: str = "") -> str:
        """One step of the table of 4.5."""
        invoice = self.invoices[number]
        state = invoice["state"]
        match step:
            case "submit" if state in {"New", "Rejected"}:
                self._judge(invoice)
            case "edit" if state in {"New", "Rejected"}:
                if all(line["cost"] == cost for line in invoice["lines"]):
                    return AGAIN
                for line in invoice["lines"]:
                    line["cost"] = cost
            case "delete" if state in {"New", "Rejected"}:
                for line in invoice["lines"]:
                    shipment = self.shipments[line["shipment"]]
                    shipment["invoice"] = None
                    self.lines[shipment["place"]]["invoiced"] -= shipment["quantity"]
                del self.invoices[number]
            case "approve" | "reject" if state == "Held" and reason:
                invoice["state"] = "Approved" if step == "approve" else "Rejected"
            case "post" if state in {"Approved", "Posted"} and not invoice["posted"]:
                invoice.update(state="Posted", posted=True)
            case "repost" if state == "Posted" and invoice["posted"]:
                invoice["posted"] = False
            case _:
                return "refused"
        return DONE

    # what is written

    def _tell(self, event: str, place: Place, quantity: int, who: tuple[str, str], note: str = "") -> None:
        self.history.append((event, *place, quantity, self.lines[place]["status"], *who, note))

    def _feed(self, kind: str, place: Place, *quantity: int) -> None:
        self.feed.append((kind, *place, *quantity))
