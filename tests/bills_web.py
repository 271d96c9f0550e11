"""Two further ways of doing what the vectors of invoices say: by the forms of the console, and by the API; both in this process."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from http import HTTPStatus

from gateway.domain.access import BUILT_IN, OF_VENDOR_PROGRAMS, Authority
from tests.bills_ways import Detail
from tests.program import Program, client_of, program
from tests.reader import Reader, add_people
from tests.town import Town
from tests.ways_web import OPERATOR, RETAILER, VENDOR, seated

SHIPMENT = re.compile(r'name="shipment" value="(\d+)".*?shipment of \S+ line (\d+)<')
FIELD = re.compile(r'<input name="([\w.]+)"[^>]* value="([^"]*)"')


class ByScreen:
    """A user of the vendor, somebody of the retailer, and who keeps the jobs running, at the console."""

    def __init__(self, town: Town) -> None:
        self._town = town
        with town.gateway() as gateway:
            add_people(gateway)
            client = client_of(gateway)
        self._retailer, self._vendor, self._operator = (seated(client, name) for name in (RETAILER, VENDOR, OPERATOR))

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        return self._make(number, "submit", [line for line, _ in details], {it: cost for it, (_, cost) in enumerate(details)}, freight)

    def save(self, line: int, number: str) -> bool:
        return self._make(number, "save", [line], {}, "0")

    def mend(self, *details: Detail) -> bool:
        path = "/invoices/RP-1/edit?vendor=257"
        told = dict(FIELD.findall(self._vendor.get(path).text))
        costs = {f"unit_cost.{place}": cost for place, (_, cost) in enumerate(details, 1)}
        return self._vendor.post(path, {**told, **costs, "step": "submit"}).status_code == HTTPStatus.SEE_OTHER

    def reject(self, reason: str) -> bool:
        return self._done(self._retailer, "/invoices/RP-1/acts/reject?vendor=257", reason)

    def delete(self, number: str = "RP-1") -> bool:
        return self._done(self._vendor, f"/invoices/{number}/acts/delete?vendor=257", "")

    def post(self) -> None:
        assert self._done(self._operator, "/administration/jobs/oms~2Finvoices/acts/run", "")
        self._town.once()

    def repost(self, reason: str) -> None:
        assert self._done(self._retailer, "/invoices/RP-1/acts/repost?vendor=257", reason)

    def hand_in(self, name: str, rows: str) -> None:
        """A file of invoices."""
        done = self._vendor.hand_in("/uploads", {"channel": "redpanda/invoices"}, name, rows.encode())
        assert done.status_code == HTTPStatus.SEE_OTHER, done.text
        self._town.once()

    def _make(self, number: str, step: str, lines: Iterable[int], costs: dict[int, str], freight: str) -> bool:
        ids = {int(line): shipment for shipment, line in SHIPMENT.findall(self._vendor.get("/uninvoiced").text)}
        chosen = [ids[line] for line in lines]
        asked = {f"unit_cost.{chosen[place]}": cost for place, cost in costs.items()}
        told = {"number": number, "date": "2022-06-22", "freight": freight, **asked, "step": step}
        return self._vendor.post("/uninvoiced", {**told, "shipment": chosen[0]}).status_code == HTTPStatus.SEE_OTHER

    @staticmethod
    def _done(person: Reader, path: str, reason: str) -> bool:
        person.get(path)
        return person.post(path, {"reason": reason, "step": "do"}).status_code == HTTPStatus.OK


class ByApi:
    """A program of the vendor, one of the retailer, and one that keeps the jobs running."""

    def __init__(self, town: Town) -> None:
        self._town = town
        with town.gateway() as gateway:
            client = client_of(gateway)
            self._retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
            self._vendor = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
            self._operator = program(gateway, client, Authority.FILES, Authority.OPERATIONS)

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        return self._make(number, [line for line, _ in details], submit=True, freight=freight, lines=_costs(details))

    def save(self, line: int, number: str) -> bool:
        return self._make(number, [line], submit=False, freight="0", lines=[])

    def mend(self, *details: Detail) -> bool:
        done = self._did(self._vendor, "/invoices/RP-1/edit", changes={"lines": _costs(details)})
        return done and self._did(self._vendor, "/invoices/RP-1/submit")

    def reject(self, reason: str) -> bool:
        return self._did(self._retailer, "/invoices/RP-1/reject", reason=reason)

    def delete(self, number: str = "RP-1") -> bool:
        return self._did(self._vendor, f"/invoices/{number}/delete")

    def post(self) -> None:
        assert self._did(self._operator, "/jobs/oms:invoices/run")
        self._town.once()

    def repost(self, reason: str) -> None:
        assert self._did(self._retailer, "/invoices/RP-1/repost", reason=reason)

    def hand_in(self, name: str, rows: str) -> None:
        """A file of invoices."""
        content = base64.b64encode(rows.encode()).decode()
        assert self._did(self._vendor, "/uploads", channel="redpanda/invoices", name=name, content=content)
        self._town.once()

    def _make(self, number: str, chosen: Iterable[int], *, submit: bool, freight: str, lines: list[dict[str, object]]) -> bool:
        ids = {row["order_line"]: row["id"] for row in self._vendor.get("/uninvoiced").json()["rows"]}
        body = {"number": number, "date": "2022-06-22", "shipments": [ids[line] for line in chosen], "submit": submit}
        return self._did(self._vendor, "/invoices", **body, changes={"freight": freight, "lines": lines})

    @staticmethod
    def _did(asker: Program, path: str, **body: object) -> bool:
        return asker.post(path, body).status_code == HTTPStatus.OK


def _costs(details: Iterable[Detail]) -> list[dict[str, object]]:
    """The unit costs that are asked for, by the lines of the invoice."""
    return [{"line_no": place, "unit_cost": cost} for place, (_, cost) in enumerate(details, 1)]
