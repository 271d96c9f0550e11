"""What schemathesis makes of the description of the API: whatever it sends is answered as described, and nothing is a defect.

In this process, with few examples for each operation, the same ones every time; `SCHEMATHESIS_EXAMPLES` asks for more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from starlette.testclient import TestClient

from gateway.app import open_gateway
from gateway.config import Workspace
from gateway.desk.keys import make_key
from gateway.desk.office import Office
from gateway.domain.access import NOT_FOR_PROGRAMS, Authority
from gateway.web.api.description import described
from gateway.web.application import application
from tests.reader import ADDRESS, HERE
from tests.shop import Shop, open_story

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
API = schemathesis.openapi.from_dict(described())
WIRE = "^/Locate/"
"""Messages of partners: their bodies are what layouts read, and have a test of their own."""
OPERATIONS = [it.ok() for it in API.exclude(path_regex=WIRE).get_all_operations()]
"""Cases of our own parametrizing: those that the plugin of schemathesis makes have all the same name, of which several workers run one."""


class Caller:
    """A program that may do everything that a program can."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {secret}"}

    def send(self, case: Case) -> None:
        case.headers.pop("If-Match", None)  # no made-up ETag is that of an object: no change would be tried; it has tests of its own
        told = case.as_transport_kwargs(base_url=ADDRESS, headers=self._headers)
        kwargs = {name: value for name, value in told.items() if name in {"method", "url", "headers", "params", "json", "data"} and value}
        if isinstance(kwargs.get("data"), bytes | str):
            kwargs["content"] = kwargs.pop("data")
        case.validate_response(self._client.request(**kwargs), checks=CHECKS)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder: Path = tmp_path_factory.mktemp("described")
    with pytest.MonkeyPatch.context() as patch:
        shop = Shop(folder / "shop", f"sqlite:///{folder / 'described.db'}")
        with open_story(shop.url) as story:
            story.ordered().sent().shipped().billed()
        for name, value in {**shop.environment, "GATEWAY_WEB__CALLS": "1000000"}.items():
            patch.setenv(name, value)
        with (
            open_gateway(Workspace.load(shop.root)) as gateway,
            TestClient(application(gateway, gateway.node()), base_url=ADDRESS, client=HERE) as client,
        ):
            office = Office(store=gateway.store, clock=gateway.clock, actor="test")
            for spare in ("one", "two", "three"):
                make_key(office, spare, [Authority.ORDERS])  # requests with small numbers revoke these, and not our own
            made = make_key(office, "schemathesis", set(Authority) - NOT_FOR_PROGRAMS)
            yield Caller(client, made.secret)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[it.label for it in OPERATIONS])
def test_every_operation_answers_as_it_is_described(caller: Caller, operation: APIOperation[Any, Any, Any]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Case) -> None:
        caller.send(case)

    asked()
