"""Two further ways of doing what the acceptance vectors say: by the forms of the console, and by the API; both in this process.

What has no form or operation yet is done by command, and stands in `BORROWED`.
"""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from gateway.domain.access import BUILT_IN, OF_VENDOR_USERS, WITH_ORDERS
from tests.program import client_of, program
from tests.reader import Reader, add_people, effects_of
from tests.town import Town
from tests.ways import ByCommand

CODE = re.compile(r"\b([A-Z]{2,4}-\d+|\d{4}) ")
ORDER = "/orders/AB10747"
RETAILER, VENDOR = "retailer.one", "vendor.257"
OF_RETAILER = frozenset({"cancel", "cost", "address"})


class ByScreen(ByCommand):
    """The forms of the console: somebody of the retailer and a user of the vendor, each looks at a preview and then does it."""

    BORROWED = frozenset({"order", "request_batch", "acknowledge", "ship", "address", "void", "reprint", "upload"})

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        with town.gateway() as gateway:
            add_people(gateway)
            client = client_of(gateway)
        self._people = {name: seated(client, name) for name in (RETAILER, VENDOR)}

    def cancel(self, line: int, request: str) -> str:
        return self._form("cancel", line=str(line))

    def cost(self, line: int, cost: str) -> str:
        return self._form("cost", line=str(line), unit_cost=cost)

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._form(action, line=str(line), why=reason, on=on)

    def _form(self, act: str, **fields: str) -> str:
        person = self._people[RETAILER if act in OF_RETAILER else VENDOR]
        path = f"{ORDER}/acts/{act}"
        assert person.get(path).status_code == 200
        told = {name: value for name, value in fields.items() if value}
        expected = effects_of(person.post(path, {**told, "step": "preview"}).text)
        done = person.post(path, {**told, "step": "do"})
        assert done.status_code == 200, done.text
        assert effects_of(done.text) == expected.replace("not possible:", "was not done:")
        self._town.once()
        return word_of(expected)


class ByApi(ByCommand):
    """The API: a program of the retailer and one of the vendor."""

    BORROWED = frozenset({"order", "request_batch", "acknowledge", "ship", "address", "void", "reprint", "upload"})

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        with town.gateway() as gateway:
            client = client_of(gateway)
            self._retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
            self._vendor = program(gateway, client, *(OF_VENDOR_USERS | WITH_ORDERS), vendor="257")

    def cancel(self, line: int, request: str) -> str:
        return self._asked("cancel", line=line, request_id=request)

    def cost(self, line: int, cost: str) -> str:
        return self._asked("cost", line=line, unit_cost=cost)

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._asked(action, line=line, reason=reason or None, on=on or None)

    def _asked(self, act: str, **body: object) -> str:
        asker = self._retailer if act in OF_RETAILER else self._vendor
        answer = asker.post(f"{ORDER}/{act}", {name: value for name, value in body.items() if value is not None}).json()
        self._town.once()
        return str(answer.get("result") or answer["issues"][0]["code"])


def seated(client: TestClient, name: str) -> Reader:
    """Somebody who has signed in, at a browser of their own."""
    reader = Reader(TestClient(client.app, base_url=str(client.base_url), client=("127.0.0.1", 50_000)))
    reader.sign_in(name)
    return reader


def word_of(effects: str) -> str:
    """The word that a file would be answered with, from what a panel tells."""
    refused = CODE.search(effects.partition("not possible: ")[2])
    if refused is not None:
        return refused[1]
    return "PENDING" if " Requested" in effects else "APPLIED"
