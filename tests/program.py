"""A program with a key that asks the API; in this process, on a real store."""

from __future__ import annotations

import json

import httpx2 as httpx
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.keys import make_key
from gateway.desk.office import Office
from gateway.domain.access import Authority
from gateway.web.application import application
from tests.reader import ADDRESS, HERE


class Program:
    """A program with a key."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self._client = client
        self._secret = secret

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self._client.post(
            f"/api/v1{path}", content=json.dumps(body), headers={"content-type": "application/json"} | self._headers(headers)
        )

    def send(self, path: str, content: bytes) -> httpx.Response:
        """A message of a partner, to its documented address."""
        return self._client.post(path, content=content, headers=self._headers({}))

    @property
    def bearer(self) -> str:
        """What it sends as `Authorization`."""
        return f"Bearer {self._secret}"

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"authorization": self.bearer, **named}


def client_of(gateway: Gateway) -> TestClient:
    """What asks the listener of this gateway."""
    return TestClient(application(gateway, gateway.node()), base_url=ADDRESS, client=HERE)


def program(gateway: Gateway, client: TestClient, *authorities: Authority, vendor: str | None = None) -> Program:
    """A program with these authorities, of one vendor or of the retailer."""
    office = Office(store=gateway.store, clock=gateway.clock, actor="test")
    made = make_key(office, f"probe {vendor or ''}".strip(), authorities, vendor=vendor, vendors=("257", "310"))
    return Program(client, made.secret)
