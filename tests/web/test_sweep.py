"""Every door with every kind of visitor, from the table of routes: what is another's is answered word for word like what is not there.

One world for all of it: a vendor's order, batch, invoice and files, and another vendor who asks for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.desk.keys import make_key
from gateway.desk.office import Office
from gateway.domain.access import NEEDS, NOT_FOR_PROGRAMS, OF_VENDOR_PROGRAMS, Authority
from gateway.store.tables import message
from gateway.web.api.description import operations
from gateway.web.api.operations import Operation
from gateway.web.application import declared
from gateway.web.doorman import HEADERS
from gateway.web.routes import Declared, Door, Face
from tests.reader import Reader, add_people, console
from tests.shop import Shop, open_story

PARAMETER = re.compile(r"{\w+(?::\w+)?}")
OWN: Mapping[str, tuple[str, str]] = {
    "orders": ("AB10747", "ZZ10747"),
    "invoices": ("RP-1", "ZZ-1"),
    "batches": ("1", "999991"),
    "messages": ("1", "999991"),
    "outbox": ("1", "999991"),
}
"""Of each kind of object one of vendor 257, and one that is not there."""
LEAST: tuple[Any, ...] = ("x", 1, True, "2022-06-22", [], {}, [1], [{"quantity": 1}], "eHg=", "order")
"""Values of which one is right for every field that must be there."""
NOBODYS = ("no-such-thing", "no-such-thing")
NAMED = re.compile(r"RP-1|(?:AB|ZZ)10747|ZZ-1|AB10\b|ZZ10\b|AB107\b|ZZ107\b|999991|(?<=[ />])1(?=[ ./<?\"]|$)")
MOVES = re.compile(r"<time.*?</time>|\d\d:\d\d:\d\d")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch:
        shop = Shop(folder / "shop", f"sqlite:///{folder / 'sweep.db'}")
        with open_story(shop.url) as story:
            story.ordered().sent().shipped().billed()
        for name, value in {**shop.environment, "GATEWAY_WEB__CALLS": "100000"}.items():
            patch.setenv(name, value)
        with open_gateway(Workspace.load(shop.root)) as gateway:
            add_people(gateway)
            key = gateway.archive.put(BytesIO(b"nothing that anybody reads")).key
            gateway.store.attempt(lambda tx: tx.connection.execute(update(message).values(archive_key=key)))
            yield gateway


def test_what_is_anothers_is_answered_like_what_is_not_there(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("vendor.310")
        for route in _of_objects(Face.PAGE):
            own, missing = (_asked(reader, route, _path(route.path, which)) for which in (0, 1))
            assert (own.status_code, _words(own)) == (missing.status_code, _words(missing)), route.path
            assert own.status_code in {403, 404}, (route.path, own.status_code)


def test_the_api_keeps_anothers_objects_as_well(gateway: Gateway, client: TestClient) -> None:
    secret = _key(gateway, *OF_VENDOR_PROGRAMS, vendor="310")
    for it in operations():
        if "{" in it.path:
            own, missing = (_called(client, it, _path(it.path, which), secret) for which in (0, 1))
            assert (own.status_code, _words(own)) == (missing.status_code, _words(missing)), it.name
            assert own.status_code in {403, 404}, (it.name, own.text)


def test_without_its_authority_no_operation_of_the_api_does_anything(gateway: Gateway, client: TestClient) -> None:
    keys: dict[Authority, str] = {}
    for it in operations():
        if not isinstance(it.may, Authority):
            continue
        if it.may not in keys:
            others = {one for one in Authority if one != it.may and one not in NOT_FOR_PROGRAMS and not _leans_on(one, it.may)}
            keys[it.may] = _key(gateway, *others)
        assert _called(client, it, _path(it.path, 0), keys[it.may]).status_code == 403, it.name


def test_every_answer_of_every_door_says_what_a_browser_may_do_with_it(gateway: Gateway) -> None:
    for user in ("", "operator.one", "vendor.257"):
        with console(gateway) as reader:
            if user:
                reader.sign_in(user)
            for route in declared():
                if route.path == "/logout":
                    continue
                answer = _asked(reader, route, _path(route.path, 0))
                kept = {"Cache-Control"} if answer.headers["cache-control"].startswith("public") else set()
                expected = {name: value for name, value in HEADERS if name not in kept}
                assert {name: answer.headers[name] for name in expected} == expected, route.path
                assert answer.status_code != 500, (route.path, answer.text)
                assert not kept or route.may is Door.OPEN, route.path


def _of_objects(face: Face) -> list[Declared]:
    """The routes to one object; those whose door is open are entered with a token of their own."""
    return [it for it in declared() if it.face is face and "{" in it.path and isinstance(it.may, Authority)]


def _path(path: str, which: int) -> str:
    kind = path.removeprefix("/api/v1").strip("/").partition("/")[0]
    return PARAMETER.sub(OWN.get(kind, NOBODYS)[which], path, count=1)


def _asked(reader: Reader, route: Declared, path: str) -> httpx.Response:
    path = PARAMETER.sub("1", path)
    return reader.post(path, {"reason": "sweep", "step": "do"}) if route.changes else reader.get(path)


def _called(client: TestClient, it: Operation, path: str, secret: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"}
    path = PARAMETER.sub("1", path)
    if it.body is None:
        return client.get(path, headers=headers)
    body = json.dumps(_least(it.body))
    return client.post(path, content=body, headers={**headers, "content-type": "application/json"})


def _least(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The smallest body that can be read."""
    told: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.required:
            told[field.encode_name] = next(it for it in LEAST if _reads(it, field.type))
    return told


def _reads(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _leans_on(authority: Authority, needed: Authority) -> bool:
    """Whether nobody can have it without the other."""
    found = NEEDS.get(authority)
    return found is not None and (found == needed or _leans_on(found, needed))


def _words(answer: httpx.Response) -> str:
    """What was answered, without the name that was asked for."""
    return MOVES.sub("", NAMED.sub("#", answer.text))


def _key(gateway: Gateway, *authorities: Authority, vendor: str | None = None) -> str:
    office = Office(store=gateway.store, clock=gateway.clock, actor="test")
    return make_key(office, "sweep", authorities, vendor=vendor, vendors=("257", "310")).secret
