"""Two ways of doing what the vectors of invoices say: by files, and by commands (`bills_web.py`: by the console, and by the API)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.cli.exits import Exit
from tests.commands import here
from tests.flow.test_vendor_actions import HEADING
from tests.town import Town

SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date,invoice_number\n"
Detail = tuple[int, str]
"""An order line, billed whole, and the unit cost that is asked for it; an empty one is none."""
QUANTITIES = {1: 3, 2: 1}


class Partner(Protocol):
    """One way of doing what the vectors say. Each act answers whether it was taken."""

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool: ...
    def save(self, line: int, number: str) -> bool: ...
    def mend(self, *details: Detail) -> bool: ...
    def reject(self, reason: str) -> bool: ...
    def delete(self, number: str = "RP-1") -> bool: ...
    def post(self) -> None: ...
    def repost(self, reason: str) -> None: ...


class ByFile:
    """Files of the vendor and of the retailer; approved invoices go out by themselves."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        return self._upload([(number, freight, details)])[number] in {"CREATED", "APPLIED"}

    def save(self, line: int, number: str) -> bool:
        rows = f"{SHIPPED}AB10747,{line},{QUANTITIES[line]},50,T-{number},2.34,1.23,2022-06-22,{number}\n"
        return ",APPLIED," in self._hand_in("SHIP", rows)

    def mend(self, *details: Detail) -> bool:
        return self.bill(*details)

    def reject(self, reason: str) -> bool:
        return self._act("in/oms/judgements", f",reject_invoice,,,,RP-1,,,{reason}")

    def delete(self, number: str = "RP-1") -> bool:
        return self._act("in/redpanda/actions", f",delete_invoice,,,,{number},,,")

    def post(self) -> None:
        self._town.once()

    def repost(self, reason: str) -> None:
        self._town.command("invoice", "repost", "RP-1", "--reason", reason)  # an administrator's act: no file asks for it

    def hand_in(self, name: str, rows: str) -> None:
        """A file of invoices."""
        self._town.drop(f"in/redpanda/{name}", rows)
        self._town.once()

    def _upload(self, bills: Iterable[tuple[str, str, Iterable[Detail]]]) -> dict[str, str]:
        return results(self._hand_in("INV", rows_of(*bills)))

    def _hand_in(self, kind: str, rows: str) -> str:
        self._count += 1
        name = f"{kind}_{self._count}.csv"
        self.hand_in(name, rows)
        return self._town.files("out/redpanda/results")[f"{name}.result.csv"]

    def _act(self, folder: str, row: str) -> bool:
        self._count += 1
        self._town.drop(f"{folder}/{self._count}.csv", f"{HEADING}{row}\n")
        self._town.once()
        where = "out/oms/responses" if "oms" in folder else "out/redpanda/results"
        return "APPLIED" in self._town.files(where)[f"{self._count}.csv.result.csv"]


class ByCommand:
    """The command line, over shipments that came without a number."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        shipments = self._shipments(line for line, _ in details)
        costs = [word for place, (_, cost) in enumerate(details, 1) for word in ("--line", f"{place}.unit_cost={cost}")]
        return self._do("create", number, *self._terms(freight), *shipments, *costs, "--submit")

    def save(self, line: int, number: str) -> bool:
        return self._do("create", number, *self._terms("0"), *self._shipments([line]))

    def mend(self, *details: Detail) -> bool:
        costs = [word for place, (_, cost) in enumerate(details, 1) for word in ("--line", f"{place}.unit_cost={cost}")]
        return self._do("edit", "RP-1", *costs) and self._do("submit", "RP-1")

    def reject(self, reason: str) -> bool:
        return self._do("reject", "RP-1", "--reason", reason)

    def delete(self, number: str = "RP-1") -> bool:
        return self._do("delete", number)

    def post(self) -> None:
        assert self._do("post")

    def repost(self, reason: str) -> None:
        assert self._do("repost", "RP-1", "--reason", reason)

    def _terms(self, freight: str) -> tuple[str, ...]:
        return ("--vendor", "257", "--date", "2022-06-22", "--freight", freight)

    def _shipments(self, lines: Iterable[int]) -> list[str]:
        rows = self._town.command("invoice", "uninvoiced", "--json").json
        ids = {row["order_line"]: row["id"] for row in rows}
        return [word for line in lines for word in ("--shipment", str(ids[line]))]

    def _do(self, *words: str) -> bool:
        done = here(self._town.root, "invoice", *words)
        assert done.code in {Exit.FINE, Exit.DATA_REFUSED, Exit.USAGE}, done.err
        return done.code == Exit.FINE


def rows_of(*bills: tuple[str, str, Iterable[Detail]]) -> str:
    """The file of these invoices: number, freight and details of each."""
    rows = ""
    for number, freight, details in bills:
        rows += f"HEADER,257,{number},DR,2022-06-22,,{freight},0,0,,0,0,0\n"
        rows += "".join(f"DETAIL,AB10747,{line},{QUANTITIES[line]},{cost},0,0,0,\n" for line, cost in details)
    return rows


def results(text: str) -> dict[str, str]:
    """What became of each invoice of a result file."""
    return {cells[1]: cells[2] for cells in (line.split(",") for line in text.splitlines()[1:])}
