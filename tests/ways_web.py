"""Two further ways of doing what the acceptance vectors say: by the forms of the console, and by the API; both in this process.

Nothing is borrowed from the command line. An order comes to the console as the file that a retailer has, handed in by who keeps files
moving, and to the API as the message of sdf 2.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from http import HTTPStatus

import httpx2 as httpx
from starlette.testclient import TestClient

from gateway.domain.access import BUILT_IN, OF_VENDOR_PROGRAMS
from tests.program import Program, client_of, program
from tests.reader import Reader, add_people, effects_of
from tests.town import Town
from tests.ways import SHIPMENTS, STREETS, Way, answered, codes_of

CODE = re.compile(r"\b(?:[A-Z]{3}-\d+|3\d{3})\b")
ORDER = "/orders/AB10747"
RETAILER, VENDOR, OPERATOR = "retailer.one", "vendor.257", "operator.one"
PLACE = {"company": "Byrd", "city": "London", "postal_code": "SE1 1AA", "country": "GB"}
BY_HAND = "SHIP_BY_HAND.csv"
OF_RETAILER = frozenset({"cancel", "cost", "address"})


class ByScreen(Way):
    """The forms of the console: somebody of the retailer and a user of the vendor, each looks at a preview and then does it."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0
        with town.gateway() as gateway:
            add_people(gateway)
            client = client_of(gateway)
        self._people = {name: seated(client, name) for name in (RETAILER, VENDOR, OPERATOR)}

    def request_batch(self, number: str = "") -> str:
        return self._form(f"/slips/{number}/acts/again" if number else "/slips/acts/get", VENDOR)

    def order(self, content: bytes) -> str:
        self._count += 1
        name = f"order{self._count}.xml"
        self._handed_in(OPERATOR, "/take", "oms/orders", name, content)
        return answered(self._town.files("out/oms/responses")[f"{name}.resp.xml"])

    def acknowledge(self) -> str:
        return self._form("/slips/1/acts/acknowledge", VENDOR)

    def address(self, request: str) -> str:
        return self._form(f"{ORDER}/acts/address", RETAILER, **PLACE, address1=STREETS[request])

    def upload(self, rows: Sequence[str]) -> list[str]:
        self._handed_in(VENDOR, "/uploads", "redpanda/shipments", BY_HAND, (SHIPMENTS + "".join(rows)).encode())
        return codes_of(self._town, BY_HAND)

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        told = {f"quantity.{line}": str(quantity), f"tracking.{line}": tracking, "carrier": "50", "weight": "2.34", "freight": "1.23"}
        return self._sent(VENDOR, "/shipments/AB10747", {**told, "shipped_on": "2022-06-22"})

    def cancel(self, line: int, request: str) -> str:
        return self._form(f"{ORDER}/acts/cancel", RETAILER, line=str(line))

    def cost(self, line: int, cost: str) -> str:
        return self._form(f"{ORDER}/acts/cost", RETAILER, line=str(line), unit_cost=cost)

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._form(f"{ORDER}/acts/{action}", VENDOR, line=str(line), why=reason, on=on)

    def void(self) -> str:
        return self._form("/slips/1/acts/void", VENDOR, reason="the vector says so")

    def reprint(self, **quantities: int) -> str:
        told = {"line.1": "3", "line.2": "1", **{f"line.{line[1:]}": str(quantity) for line, quantity in quantities.items()}}
        return self._form("/slips/1/acts/reprint?order=AB10747", VENDOR, **told, reason="the vector says so")

    def _handed_in(self, name: str, path: str, channel: str, file: str, content: bytes) -> None:
        done = self._people[name].hand_in(path, {"channel": channel, "reason": "the vector says so"}, file, content)
        assert done.status_code == HTTPStatus.SEE_OTHER, done.text
        self._town.once()

    def _form(self, path: str, name: str, **fields: str) -> str:
        """Open a form, look at what would change, and do it: about an order the same is told then."""
        person, told = self._people[name], {field: value for field, value in fields.items() if value}
        shown = person.get(path)
        assert shown.status_code == 200, shown.text
        preview = person.post(path, {**told, "step": "preview"}) if 'value="preview"' in shown.text else shown
        done = person.post(path, {**told, "step": "do"})
        if path.startswith(ORDER):
            assert effects_of(done.text) == effects_of(preview.text).replace("not possible:", "was not done:")
        self._town.once()
        return word_of(done)

    def _sent(self, name: str, path: str, fields: dict[str, str]) -> str:
        done = self._people[name].post(path, {**fields, "step": "do"})
        self._town.once()
        return word_of(done)


class ByApi(Way):
    """The API: a program of the retailer and one of the vendor."""

    def __init__(self, town: Town) -> None:
        self._town = town
        with town.gateway() as gateway:
            client = client_of(gateway)
            self._retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
            self._vendor = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")

    def order(self, content: bytes) -> str:
        done = self._retailer.send("/Locate/adws/CreateDSOrder", content)
        self._town.once()
        return answered(done.text)

    def request_batch(self, number: str = "") -> str:
        return self._posted("/batches", **({"batch": int(number)} if number else {}))

    def acknowledge(self) -> str:
        return self._posted("/batches/1/acknowledge")

    def upload(self, rows: Sequence[str]) -> list[str]:
        content = base64.b64encode((SHIPMENTS + "".join(rows)).encode()).decode()
        done = self._vendor.post("/uploads", {"channel": "redpanda/shipments", "name": BY_HAND, "content": content})
        assert done.status_code == HTTPStatus.OK, done.text
        self._town.once()
        return codes_of(self._town, BY_HAND)

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        parcel = {"number": line, "quantity": quantity, "tracking": [tracking], "weight": "2.34", "freight": "1.23"}
        return self._posted(f"{ORDER}/ship", lines=[parcel], carrier="50", shipped_on="2022-06-22")

    def address(self, request: str) -> str:
        return self._asked("address", ship_to={**PLACE, "address1": STREETS[request]}, request_id=request)

    def void(self) -> str:
        return self._posted("/batches/1/void", reason="the vector says so")

    def reprint(self, **quantities: int) -> str:
        told = [{"order": "AB10747", "line": int(line[1:]), "quantity": quantity} for line, quantity in quantities.items()]
        return self._posted("/batches/1/reprint", quantities=told, reason="the vector says so")

    def cancel(self, line: int, request: str) -> str:
        return self._asked("cancel", line=line, request_id=request)

    def cost(self, line: int, cost: str) -> str:
        return self._asked("cost", line=line, unit_cost=cost)

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._asked(action, line=line, reason=reason or None, on=on or None)

    def _asked(self, act: str, **body: object) -> str:
        asker = self._retailer if act in OF_RETAILER else self._vendor
        return self._told(asker, f"{ORDER}/{act}", {name: value for name, value in body.items() if value is not None})

    def _posted(self, path: str, **body: object) -> str:
        return self._told(self._vendor, path, body)

    def _told(self, asker: Program, path: str, body: dict[str, object]) -> str:
        done = asker.post(path, body)
        self._town.once()
        answer = done.json()
        return str(answer["issues"][0]["code"] if done.status_code != HTTPStatus.OK else answer.get("result") or "APPLIED")


def seated(client: TestClient, name: str) -> Reader:
    """Somebody who has signed in, at a browser of their own."""
    reader = Reader(TestClient(client.app, base_url=str(client.base_url), client=("127.0.0.1", 50_000)))
    reader.sign_in(name)
    return reader


def word_of(answer: httpx.Response) -> str:
    """The word that a file would be answered with, or the code, from the page that tells what came of it."""
    told = answer.text.partition('id="main"')[2].partition("<dialog")[0]
    refused = CODE.search(told) if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY else None
    if refused is not None:
        return refused[0]
    assert answer.status_code == HTTPStatus.OK, told
    return "PENDING" if " Requested" in told else "APPLIED"
