"""The API: what the console can do, for programs: keys, scope, cursors, ETags, idempotency, problems, and a description that is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import FormData, QueryParams
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.login import Reception
from gateway.desk.orders import OrderSheet
from gateway.desk.telling import Told, ask
from gateway.documents import ChangeRequest
from gateway.domain.access import BUILT_IN, NEEDS, OF_VENDOR_PROGRAMS, Account, Authority
from gateway.web.api import wire
from gateway.web.api.description import described, operations
from gateway.web.api.operations import Api
from gateway.web.api.orders import RetailerAsk, get_order
from gateway.web.api.wire_described import wire_paths
from gateway.web.doorman import Caller
from gateway.web.problems import Denied
from gateway.web.render import Pages
from gateway.web.visit import Visit, Works
from tests.program import Program, program
from tests.reader import desk_of
from tests.shop import Shop

ORDER = "AB10748"


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with Shop(tmp_path / "shop", database_url).after(lambda story: story.ordered().sent().shipped().billed()) as gateway:
        yield gateway


@pytest.fixture
def retailer(gateway: Gateway, client: TestClient) -> Program:
    return program(gateway, client, *BUILT_IN["retailer"].authorities)


def test_lists_go_on_behind_a_cursor(retailer: Program) -> None:
    first = retailer.get("/orders?limit=1").json()
    assert (len(first["rows"]), first["more"]) == (1, 1)
    second = retailer.get(f"/orders?limit=1&cursor={first['next']}").json()
    assert {first["rows"][0]["number"], second["rows"][0]["number"]} == {"AB10747", "AB10748"}
    assert second["next"] is None


def test_an_object_has_a_tag_that_changes_with_it(retailer: Program) -> None:
    first = retailer.get(f"/orders/{ORDER}")
    assert first.json()["number"] == ORDER
    tag = first.headers["etag"]
    assert retailer.get(f"/orders/{ORDER}", if_none_match=tag).status_code == 304
    assert retailer.post(f"/orders/{ORDER}/cost", {"line": 1, "unit_cost": "7.50"}).json()["result"] == "APPLIED"
    assert retailer.get(f"/orders/{ORDER}", if_none_match=tag).status_code == 200


def test_amounts_are_text(retailer: Program) -> None:
    assert isinstance(retailer.get(f"/orders/{ORDER}").json()["total"], str)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/orders?colour=red", "unknown word 'colour'"),
        ("/orders?statuss=Held", "did you mean 'status'?"),
        ("/orders?status=xyz", "unknown value 'xyz'; known are "),
        ("/orders?limit=0", "limit"),
        ("/orders?limit=9999", "limit"),
        ("/orders?vendor=1&vendor=2", "vendor"),
        ("/orders?cursor=no", "cursor"),
        ("/orders?entered_from=soon", "entered_from"),
    ],
)
def test_what_is_asked_wrongly_is_told_with_its_place(retailer: Program, path: str, told: str) -> None:
    answer = retailer.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert told in answer.text
    assert answer.json()["remedy"]


WRONG_BODIES: tuple[Any, ...] = (
    {"line": 1},
    {"line": "1", "unit_cost": "1"},
    {"line": 1, "unit_cost": "1", "colour": "red"},
    [],
    3,
    *({"line": 1, "unit_cost": it} for it in ("much", "NaN", "Infinity", "1E+9999999", "1E-9999999", "0.00001", 1e300, "9" * 400)),
    {"line": 10**25, "unit_cost": "1"},
    *({"line": 1, "unit_cost": "1", "reason": it} for it in ("a\x00b", "a\x1bb", "a\u202eb", "a" * 20_001)),
)


def test_a_body_that_is_not_right_changes_nothing(retailer: Program) -> None:
    before = retailer.get(f"/orders/{ORDER}").headers["etag"]
    for body in WRONG_BODIES:
        answer = retailer.post(f"/orders/{ORDER}/cost", body)
        assert answer.status_code in {400, 422}, (body, answer.text)
        assert answer.json()["remedy"], body
    assert retailer.get(f"/orders/{ORDER}").headers["etag"] == before
    assert retailer.post(f"/orders/{ORDER}/cancel", {"line": 1, "quantity": 2**63 - 1}).status_code in {200, 422}
    assert retailer.get("/orders?batch=99999999999999999999").status_code == 400


def test_an_empty_body_says_what_the_least_is(client: TestClient, retailer: Program) -> None:
    headers = {"authorization": retailer.bearer, "content-type": "application/json"}
    told = client.post(f"/api/v1/orders/{ORDER}/cost", content=b" ", headers=headers).json()
    assert told["issues"] == [{"text": "the body is empty; where nothing is to be said it is {}"}]


def test_what_is_too_large_is_a_problem_too(client: TestClient, retailer: Program) -> None:
    headers = {"authorization": retailer.bearer, "content-type": "application/json"}
    told = client.post(f"/api/v1/orders/{ORDER}/cost", content=b" " * 10_000_001, headers=headers)
    assert (told.status_code, told.headers["content-type"]) == (413, "application/problem+json")
    assert told.json()["title"] == "A request has at most 10 MB"


def test_a_rule_that_refuses_is_told_with_its_code(gateway: Gateway, client: TestClient) -> None:
    vendor = program(gateway, client, Authority.ORDERS, Authority.MAINTENANCE, vendor="257")
    answer = vendor.post("/orders/AB10747/hold", {"line": 2, "reason": "late"})
    assert answer.status_code == 422
    assert answer.json()["issues"][0]["code"] == "ACT-303"
    assert answer.json()["remedy"]
    missing = vendor.post(f"/orders/{ORDER}/hold", {})
    assert "302" in missing.text


def test_a_request_with_a_key_is_done_once(retailer: Program) -> None:
    body, key = {"line": 2, "reason": "sold out"}, "4f6c1b9e-cancel"
    first = retailer.post(f"/orders/{ORDER}/cancel", body, idempotency_key=key)
    again = retailer.post(f"/orders/{ORDER}/cancel", body, idempotency_key=key)
    assert (first.status_code, again.status_code, again.headers.get("idempotency-replayed")) == (200, 200, "true")
    assert first.json() == again.json()
    assert len(retailer.get(f"/orders/{ORDER}").json()["requests"]) == 1
    other = retailer.post(f"/orders/{ORDER}/cancel", {"line": 1}, idempotency_key=key)
    assert other.status_code == 422
    assert "belongs to another request" in other.text


def test_two_programs_of_one_name_have_answers_of_their_own(gateway: Gateway, client: TestClient, retailer: Program) -> None:
    body, key = {"line": 2}, "4f6c1b9e-cancel"
    assert retailer.post(f"/orders/{ORDER}/cancel", body, idempotency_key=key).status_code == 200
    other = program(gateway, client, Authority.ORDERS, Authority.CHANGE_ASKING)
    assert "idempotency-replayed" not in other.post(f"/orders/{ORDER}/cancel", body, idempotency_key=key).headers


def test_a_refused_request_keeps_its_key_free(retailer: Program) -> None:
    key = "0123456789"
    assert retailer.post("/orders/NOSUCH/cancel", {}, idempotency_key=key).status_code == 404
    assert retailer.post(f"/orders/{ORDER}/cancel", {"line": 1}, idempotency_key=key).status_code == 200


def test_a_rehearsal_changes_nothing(retailer: Program) -> None:
    before = retailer.get(f"/orders/{ORDER}").headers["etag"]
    told = retailer.post(f"/orders/{ORDER}/cancel", {"dry_run": True}).json()
    assert told["mode"] == "rehearsal"
    assert retailer.get(f"/orders/{ORDER}").headers["etag"] == before


def test_a_change_may_name_the_object_as_it_was_seen(retailer: Program) -> None:
    tag = retailer.get(f"/orders/{ORDER}").headers["etag"]
    cost = {"line": 1, "unit_cost": "7.50"}
    assert retailer.post(f"/orders/{ORDER}/cost", cost, if_match='"stale"').status_code == 412
    assert retailer.get(f"/orders/{ORDER}").headers["etag"] == tag
    key = "0123456789-match"
    assert retailer.post(f"/orders/{ORDER}/cost", cost, if_match=f'"other", {tag}', idempotency_key=key).status_code == 200
    again = retailer.post(f"/orders/{ORDER}/cost", {**cost, "unit_cost": "7.75"}, if_match=tag)
    assert again.status_code == 412
    assert "Get it again" in again.json()["remedy"]
    replayed = retailer.post(f"/orders/{ORDER}/cost", cost, if_match=f'"other", {tag}', idempotency_key=key)
    assert replayed.headers["idempotency-replayed"] == "true"
    assert retailer.post("/orders/NOSUCH/cost", cost, if_match=tag).status_code == 404
    assert retailer.post(f"/orders/{ORDER}/cost", {**cost, "unit_cost": "7.75"}, if_match="*").status_code == 200


def test_a_change_that_slips_in_between_is_seen_under_the_lock(gateway: Gateway, retailer: Program) -> None:
    tag, api, tried = retailer.get(f"/orders/{ORDER}").headers["etag"], Api(), []
    api.get("/orders/{number}", may=Authority.ORDERS, answer=OrderSheet)(get_order)

    @api.post("/orders/{number}/cost", may=Authority.CHANGE_ASKING, body=RetailerAsk, answer=Told)
    def cost_order(visit: Visit, said: RetailerAsk) -> Told:
        tried.append(said)
        ask(desk_of(gateway), ChangeRequest(kind="cost", order_number=ORDER, line=1, unit_cost=Decimal("9.99")))
        return ask(visit.desk, ChangeRequest(kind="cost", order_number=ORDER, line=1, unit_cost=said.unit_cost))

    works = Works(gateway, gateway.node(), reception=Reception(store=gateway.store, clock=gateway.clock), pages=Pages(), paths=frozenset())
    visit = Visit(
        works,
        account=Account(id="somebody", name="", authorities=frozenset(BUILT_IN["retailer"].authorities)),
        visitor=None,
        path={"number": ORDER},
        url="",
        query=QueryParams(),
        form=FormData(),
        headers={"if-match": tag, "content-type": "application/json"},
        body=b'{"line": 1, "unit_cost": "7.50"}',
        caller=Caller(source="127.0.0.1", is_here=True, is_secure=False, origin=""),
    )
    with pytest.raises(Denied) as found:
        next(it for it in api.routes if it.changes).handler(visit)
    assert (found.value.problem.status, len(tried)) == (412, 1)
    assert retailer.get(f"/orders/{ORDER}").json()["lines"][0]["unit_cost"] == "9.99"


@pytest.fixture
def few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_WEB__CALLS", "3")


@pytest.mark.usefixtures("few_calls")
def test_a_key_that_asks_too_fast_waits(gateway: Gateway, client: TestClient, retailer: Program) -> None:
    told = [retailer.get(path).headers for path in ("/batches", "/orders/NOSUCH", "/batches")]
    assert [it["ratelimit"].partition(";t")[0] for it in told] == ['"key";r=2', '"key";r=1', '"key";r=0']
    assert {it["ratelimit-policy"] for it in told} == {'"key";q=3;w=60'}
    refused = retailer.post(f"/orders/{ORDER}/cancel", {"line": 1})
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"].startswith('"key";r=0')
    assert program(gateway, client, Authority.ORDERS).get("/batches").status_code == 200


def test_a_vendor_reaches_what_is_its_own(gateway: Gateway, client: TestClient) -> None:
    rights = (Authority.ORDERS, Authority.MAINTENANCE, Authority.INVOICES)
    own, other = (program(gateway, client, *rights, vendor=code) for code in ("257", "310"))
    assert own.get(f"/orders/{ORDER}").status_code == 200
    assert own.get("/orders").json()["rows"]
    assert other.get("/orders").json()["rows"] == []
    foreign, missing = other.get(f"/orders/{ORDER}"), other.get("/orders/ZZ99999")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(ORDER, "X").replace(ORDER[:4], "Y") == missing.text.replace("ZZ99999", "X").replace("ZZ99", "Y")
    assert other.post(f"/orders/{ORDER}/hold", {"reason": "x"}).status_code == 404
    assert other.get("/invoices/RP-1").status_code == 404


def test_personal_data_is_hidden_from_who_may_not_see_it(gateway: Gateway, client: TestClient, retailer: Program) -> None:
    plain = program(gateway, client, Authority.ORDERS)
    told, hidden = (it.get(f"/orders/{ORDER}").json()["document"]["ship_to"] for it in (retailer, plain))
    assert told["city"] != hidden["city"]
    assert told["country"] == hidden["country"]


def test_a_key_opens_exactly_what_it_names(gateway: Gateway, client: TestClient) -> None:
    looks = [it for it in operations() if it.body is None and isinstance(it.may, Authority)]
    for authority in sorted({it.may for it in looks if isinstance(it.may, Authority)} | OF_VENDOR_PROGRAMS):
        given = {authority} | ({NEEDS[authority]} if authority in NEEDS else set())
        one = program(gateway, client, *given)
        for it in looks:
            path = it.path.removeprefix("/api/v1").replace("{number}", "NOSUCH").replace("{id}", "999999")
            expected = {200, 404} if it.may in given else {403}
            assert one.get(path).status_code in expected, (authority, it.name)


def test_without_a_key_nothing_opens(client: TestClient) -> None:
    for it in operations():
        path = it.path.replace("{number}", "A").replace("{id}", "1")
        answer = client.get(path) if it.body is None else client.post(path, json={})
        assert answer.status_code == 401, it.name
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/orders", headers={"authorization": "Bearer vgk_wrong"}).status_code == 401
    assert client.get("/api/v2/orders").headers["content-type"] == "application/problem+json"
    assert client.delete("/api/v1/orders").status_code == 405


def test_the_description_names_every_operation_and_refers_to_nothing_that_is_not_there() -> None:
    told = described()
    assert {(path, method.upper()) for path, methods in told["paths"].items() for method in methods} == {
        *((it.path, it.method) for it in operations()),
        *((it.path, it.method) for it in wire.ROUTES),
    }
    assert {
        path: methods["post"]["description"].partition("Authority: ")[2].partition(" ")[0] for path, methods in wire_paths().items()
    } == {it.path: it.may.value for it in wire.ROUTES if isinstance(it.may, Authority)}
    shipment = told["paths"]["/Locate/adws/DSShipConfirm/setDSShipConfirm"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert shipment["properties"]["lines"]["items"]["properties"]["shippedQty"]["description"] == "quantity"
    order = told["paths"]["/Locate/adws/CreateDSOrder"]["post"]["requestBody"]["content"]["application/xml"]["schema"]
    assert order["xml"] == {"name": "CreateDSOrders"}
    assert {"po_no", "ship_to"} <= set(order["properties"]["purchase_order"]["items"]["properties"])
    batch = told["paths"]["/Locate/adws/DSOrders/getDSOrders"]["post"]["responses"]["200"]["content"]
    assert {"batchId", "purchaseOrders"} <= set(batch["application/json"]["schema"]["properties"])
    assert "application/xml" in batch
    assert _headers(told, "/api/v1/orders/{number}/cost", "post") == {"Idempotency-Key", "If-Match"}
    assert _headers(told, "/api/v1/orders/{number}", "get") == {"If-None-Match"}
    assert _headers(told, "/api/v1/keys", "post") == set()  # its answer holds a secret and is kept for nobody; there is no one object yet
    assert "ETag" in told["paths"]["/api/v1/orders/{number}"]["get"]["responses"]["200"]["headers"]
    names = [methods[method]["operationId"] for methods in told["paths"].values() for method in methods]
    assert len(names) == len(set(names))
    text = json.dumps(told)
    schemas = told["components"]["schemas"]
    for reference in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in schemas


def _headers(told: dict[str, Any], path: str, method: str) -> set[str]:
    return {it["name"] for it in told["paths"][path][method]["parameters"] if it["in"] == "header"}
