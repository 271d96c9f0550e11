"""Two ways of doing what the acceptance vectors say: by files, and by commands (`ways_web.py`: by the console, and by the API)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tests.commands import here
from tests.flow.test_changes import ask
from tests.flow.test_vendor_actions import HEADING
from tests.town import Town

STREETS = {"A-1": "9 New Road", "A-2": "10 New Road"}
"""Where an order is to go instead, by the name of the request."""


class Way(Protocol):
    """One way of doing what the vectors say; each act answers the word or the codes it was answered with."""

    def order(self, content: bytes) -> str: ...
    def request_batch(self, number: str = "") -> str: ...
    def acknowledge(self) -> str: ...
    def ship(self, line: int, quantity: int, tracking: str) -> str: ...
    def cancel(self, line: int, request: str) -> str: ...
    def address(self, request: str) -> str: ...
    def cost(self, line: int, cost: str) -> str: ...
    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str: ...
    def void(self) -> str: ...
    def reprint(self, **quantities: int) -> str: ...
    def upload(self, rows: Sequence[str]) -> list[str]: ...


def answered(answer: str) -> str:
    """The word of the first entry of an answer to the retailer, or why it was refused."""
    word, code = (answer.partition(f'{name}="')[2].partition('"')[0] for name in ("result", "code"))
    return code if word == "REJECTED" and code else word


SHIPMENTS = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"


def codes_of(town: Town, name: str) -> list[str]:
    """The codes of a result file, row by row."""
    return [line.split(",")[5] for line in town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1:]]


class ByFile:
    """Files of the retailer and of the vendor."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def order(self, content: bytes) -> str:
        return self._changed("in/oms", content)

    def request_batch(self, number: str = "") -> str:
        return self._row(f",request_batch,,,{number},,,,")

    def acknowledge(self) -> str:
        self._drop("in/redpanda/ACK_{}.csv", "vendor_code,batch_id\n257,1\n")
        return "APPLIED"

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        name = self._drop("in/redpanda/SHIP_{}.csv", f"{SHIPMENTS}AB10747,{line},{quantity},50,{tracking},2.34,1.23,2022-06-22\n")
        cells = self._town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1].split(",")
        return cells[5] if cells[5] != "0" else cells[4]

    def cancel(self, line: int, request: str) -> str:
        return self._asked("SetDSCancel", f'<cancel po_no="AB10747" po_line_no="{line}" request_id="{request}"/>')

    def address(self, request: str) -> str:
        ship_to = (
            f"<company_name>Byrd</company_name><address_line_1>{STREETS[request]}</address_line_1><city>London</city>"
            "<postal_code>SE1 1AA</postal_code><country_cd>GB</country_cd>"
        )
        entry = f'<address_change po_no="AB10747" request_id="{request}"><ship_to>{ship_to}</ship_to></address_change>'
        return self._asked("SetDSAddressChange", entry)

    def cost(self, line: int, cost: str) -> str:
        return self._asked("SetDSCostChange", f'<cost_change po_no="AB10747" po_line_no="{line}" po_unit_price="{cost}" request_id="K"/>')

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._row(f",{action},AB10747,{line},,,,{on},{reason}")

    def void(self) -> str:
        return self._row(",void,AB10747,,1,,,,")

    def reprint(self, **quantities: int) -> str:
        return self._row(*[f",reprint,AB10747,{line[1:]},1,,{quantity},," for line, quantity in quantities.items()])

    def upload(self, rows: Sequence[str]) -> list[str]:
        name = self._drop("in/redpanda/SHIP_{}.csv", SHIPMENTS + "".join(rows))
        return codes_of(self._town, name)

    def _row(self, *rows: str) -> str:
        name = self._drop("in/redpanda/actions/{}.csv", HEADING + "".join(f"{row}\n" for row in rows))
        lines = self._town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1:]
        words = {cells[5] if cells[6] == "0" else cells[6] for cells in (line.split(",") for line in lines)}
        return " ".join(sorted(words))

    def _asked(self, kind: str, entry: str) -> str:
        return self._changed("in/oms/changes", ask(kind, entry).encode())

    def _changed(self, folder: str, content: bytes) -> str:
        name = self._drop(folder + "/{}.xml", content.decode())
        answer = self._town.files("out/oms/responses")[f"{name}.resp.xml"]
        return answered(answer)

    def _drop(self, place: str, content: str) -> str:
        self._count += 1
        path = place.format(self._count)
        self._town.drop(path, content)
        self._town.once()
        return Path(path).name


class ByCommand:
    """The command line."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def order(self, content: bytes) -> str:
        self._count += 1
        path = self._town.root / f"order{self._count}.xml"
        path.write_bytes(content)
        self._do("message", "take", "oms/orders", str(path))
        answer = self._town.files("out/oms/responses")[f"{path.name}.resp.xml"]
        return answered(answer)

    def request_batch(self, number: str = "") -> str:
        return self._do("batch", "request", "257", *(("--batch", number) if number else ()))

    def acknowledge(self) -> str:
        return self._do("batch", "acknowledge", "1")

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        words = ("--carrier", "50", "--tracking", tracking, "--weight", "2.34", "--freight", "1.23", "--date", "2022-06-22")
        return self._do("order", "ship", "AB10747", "--line", f"{line}={quantity}", *words)

    def cancel(self, line: int, request: str) -> str:
        return self._do("order", "cancel", "AB10747", "--line", str(line), "--request-id", request)

    def address(self, request: str) -> str:
        words = ("--company", "Byrd", "--address1", STREETS[request], "--city", "London", "--postal-code", "SE1 1AA", "--country", "GB")
        return self._do("order", "address", "AB10747", *words)

    def cost(self, line: int, cost: str) -> str:
        return self._do("order", "cost", "AB10747", cost, "--line", str(line))

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        verb, _, what = action.partition("_")
        match verb:
            case "accept" | "decline":
                return self._do("order", verb, "AB10747", what, "--line", str(line))
            case "due":
                return self._do("order", "due-date", "AB10747", on, "--line", str(line), "--reason", reason)
            case "reason":
                return self._do("order", "note", "AB10747", reason, "--line", str(line))
            case _:
                return self._do("order", verb, "AB10747", "--line", str(line), *(("--reason", reason) if reason else ()))

    def void(self) -> str:
        return self._do("batch", "void", "1")

    def reprint(self, **quantities: int) -> str:
        lines = [word for line, quantity in quantities.items() for word in ("--line", f"AB10747:{line[1:]}={quantity}")]
        return self._do("batch", "reissue", "1", *lines)

    def upload(self, rows: Sequence[str]) -> list[str]:
        path = self._town.root / "SHIP_BY_HAND.csv"
        path.write_text(SHIPMENTS + "".join(rows))
        done = here(self._town.root, "message", "take", "redpanda/shipments", str(path))
        assert done.code == 3, done.err
        return codes_of(self._town, path.name)

    def _do(self, *words: str) -> str:
        done = here(self._town.root, *words, "--json")
        assert done.code in {0, 2, 3}, done.err
        self._town.once()
        told = done.json
        found = told.get("result") or told.get("state")
        return str(found or ("APPLIED" if done.code == 0 else told["issues"][0]["code"]))
