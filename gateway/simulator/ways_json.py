"""How a simulated vendor writes and reads its files as JSON, with the plain json module; its invoices are CSV like everybody's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from gateway.simulator.mail import Letter
from gateway.simulator.vendor import Answer, Asked, AskedLine, Bill, Parcel, Task
from gateway.simulator.ways_csv import invoice_rows, read_results

TOO_MANY = 90


class JsonWays:
    """A file an order: shipped and billed one by one."""

    one_order_each = True

    def __init__(self, vendor: str, *, prefix: str, account: str, system: str, name: str) -> None:
        self.prefix = prefix
        self._vendor = vendor
        self._account = account
        self._system = system
        self._name = name

    def read_orders(self, body: bytes) -> Asked:
        """A batch as getDSOrders answers it."""
        told = json.loads(body, parse_float=Decimal)
        lines = tuple(
            AskedLine(
                order=order["poNo"],
                line=int(line["poLineNo"]),
                quantity=int(line["qty"]),
                unit_cost=Decimal(line["unitCost"]),
                carrier=line["carrierCd"],
            )
            for order in told["purchaseOrders"]
            for line in order["lines"]
        )
        if told["poCount"] != len({line.order for line in lines}) or told["lineCount"] != len(lines):
            raise ValueError("the counts do not fit what is in the file")
        return Asked(str(told["batchId"]), told["vendorCd"], lines)

    def acknowledgement(self, asked: Asked, number: str, *, on: date) -> Letter:
        """As setDSAcknowledge takes it."""
        return self._letter("acknowledgements", f"ack_{number}.json", {"batchId": int(asked.batch)}, at=f"{on}T09:00:00")

    def shipment(self, parcels: Sequence[Parcel], number: str, *, batch: str, mistaken: bool) -> Letter:
        """As setDSShipConfirm takes it; a mistaken file ships more than was ordered."""
        first = parcels[0]
        lines = [{"poLineNo": parcel.line.line, "shippedQty": parcel.quantity + (TOO_MANY if mistaken else 0)} for parcel in parcels]
        words = {
            "poNo": first.line.order,
            "carrierCd": first.line.carrier,
            "trackingNumber": first.tracking,
            "weight": float(sum(parcel.weight for parcel in parcels)),
            "rate": float(sum(parcel.freight for parcel in parcels)),
            "shipDate": first.on.isoformat(),
            "lines": lines,
        }
        return self._letter("shipments", f"ship_{number}.json", words, at=f"{first.on}T15:00:00")

    def invoice(self, bill: Bill, number: str) -> Letter:
        """An upload like everybody's."""
        return Letter("invoices", f"inv_{number}.csv", invoice_rows(self._vendor, bill))

    def read_answer(self, task: Task, body: bytes) -> Answer:
        """A code for the whole message; invoices are answered by rows."""
        if task is Task.INVOICE:
            return read_results(body)
        told = json.loads(body)
        return Answer(0 if told["responseCd"] == "0" else 1, told["responseCd"])

    def _letter(self, box: str, name: str, words: dict[str, object], *, at: str) -> Letter:
        header = {"datetime": at, "version": "5.0", "source": self._name, "destination": self._account}
        told = {"messageHeader": header, "vendorCd": self._vendor, "vendorSystemCd": self._system, **words}
        return Letter(box, name, json.dumps(told, indent=2).encode() + b"\n")
