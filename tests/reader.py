"""Somebody who reads the console without a browser: signs in, opens pages, sends forms; in this process, on a real store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape

import httpx2 as httpx
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.acting import Desk
from gateway.desk.passwords import hashed
from gateway.domain.access import Staff
from gateway.domain.authority import VendorAuthority, VendorUser
from gateway.domain.origin import Origin, Via
from gateway.store import Tx, logins, staff, vendor_users
from gateway.web.application import application

PASSWORD = "four quiet rivers meet here"
ADDRESS = "http://127.0.0.1:8420"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
HERE = ("127.0.0.1", 50_000)


@cache
def kept() -> str:
    """What is kept of the password; drawn once, for it costs its time."""
    return hashed(PASSWORD)


class Reader:
    """One browser."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page, as it is answered."""
        found = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}, follow_redirects=False)
        self._note(found)
        return found

    def post(self, path: str, fields: Mapping[str, str] | None = None, *, token: str | None = None, **headers: str) -> httpx.Response:
        """A form, with the token of the session unless another is given."""
        told = {"token": self.token if token is None else token, **(fields or {})}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        found = self.client.post(path, data=told, headers=named, follow_redirects=False)
        self._note(found)
        return found

    def hand_in(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> httpx.Response:
        """A form with a file."""
        self.get(path)
        found = self.client.post(path, data={"token": self.token, **fields}, files={"file": (name, content)}, follow_redirects=False)
        self._note(found)
        return found

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Go in by the front door."""
        answer = self.post("/login", {"name": name, "password": password})
        if answer.status_code == 303:
            found = self.get("/settings")
            if found.status_code == 303:  # the second factor is still to come
                self.get(found.headers["location"])
        return answer

    def _note(self, found: httpx.Response) -> None:
        shown = TOKEN.search(found.text)
        if shown:
            self.token = shown[1]


@contextmanager
def console(gateway: Gateway, *, client: tuple[str, int] = HERE, address: str = ADDRESS) -> Iterator[Reader]:
    """A browser that looks at this gateway."""
    with TestClient(application(gateway, gateway.node()), base_url=address, client=client) as inside:
        yield Reader(inside)


def desk_of(gateway: Gateway, user: str = "test") -> Desk:
    """Somebody at work without a browser."""
    return Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user=user)


def effects_of(text: str) -> str:
    """What stands in the list of effects of a panel, without its marks."""
    found = re.search(r'<ul class="effects".*?</ul>', text, re.DOTALL)
    assert found is not None, text
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[0])).split())


def add_people(gateway: Gateway) -> None:
    """Somebody of each built-in role, and users of two vendors; none needs a second factor."""

    def work(tx: Tx) -> None:
        now = gateway.clock.now()
        for role in ("retailer", "operator", "configurator", "user_admin", "privacy", "auditor"):
            staff.add(tx, Staff(id=f"{role}.one", name=f"{role} one", roles=(role,)), at=now)
            logins.put(tx, f"{role}.one", password=kept(), password_at=now, demo=True)
        for vendor in ("257", "310"):
            user = VendorUser(id=f"vendor.{vendor}", vendor=vendor, name=f"Vendor {vendor}", authorities=tuple(VendorAuthority))
            vendor_users.add(tx, user, origin=Origin(user="test", via=Via.SCREEN), reason="", at=now)
            logins.put(tx, user.id, password=kept(), password_at=now, demo=True)

    gateway.store.attempt(work)
