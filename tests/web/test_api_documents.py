"""Paper for warehouses, by programs: which documents there are, having them made, and their bytes."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from tests.program import program
from tests.shop import Shop


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    """Two orders of vendor 257 went to it as batch 1; nothing is printed."""
    with Shop(tmp_path / "shop", database_url).after(lambda story: story.ordered().sent()) as gateway:
        yield gateway


def test_documents_are_made_found_and_fetched(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert panda.get("/slips").json() == {"rows": [], "next": None, "more": 0}
    assert [it["number"] for it in panda.get("/batches?number=1").json()["rows"]] == [1]
    assert panda.get("/batches?number=2").json()["rows"] == []

    tag = panda.get("/batches/1").headers["etag"]
    assert panda.post("/batches/1/documents", {}, if_match='"stale"').status_code == 412
    assert panda.post("/batches/1/void", {"dry_run": True}, if_match='"stale"').status_code == 412
    assert panda.post("/batches/1/void", {"dry_run": True}, if_match=tag).status_code == 200

    asked = panda.post("/batches/1/documents", {}, if_match=tag, idempotency_key="0123456789-paper").json()
    assert {it["state"] for it in asked["documents"]} == {"waiting"}
    early = panda.get(f"/batches/1/documents/{asked['documents'][0]['id']}")
    assert (early.status_code, "POST /api/v1/batches/1/documents" in early.json()["remedy"]) == (409, True)
    gateway.node().once()

    ready = panda.get("/slips?state=ready&batch=1").json()["rows"]
    assert {it["id"] for it in ready} == {it["id"] for it in panda.get("/batches/1/slips").json()["documents"]}
    for it in ready:
        got = panda.get(f"/batches/1/documents/{it['id']}").json()
        content = b64decode(got["content"])
        assert (got["name"], got["size"], got["sha256"]) == (it["file"], len(content), sha256(content).hexdigest())
        assert content.startswith(b"%PDF") is it["file"].endswith(".pdf")
        plain = client.get(f"/slips/1/documents/{it['id']}", headers={"authorization": panda.bearer})
        assert plain.content == content


def test_documents_are_listed_page_by_page(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    panda.post("/batches/1/documents", {})
    first = panda.get("/slips?limit=1").json()
    second = panda.get(f"/slips?limit=1&cursor={first['next']}").json()
    assert (first["more"], second["more"], second["next"]) == (1, 0, None)
    assert first["rows"][0]["id"] > second["rows"][0]["id"]
    assert len(panda.get("/slips?state=ready&state=waiting").json()["rows"]) == 2
    assert panda.get("/slips?batch=2").json()["rows"] == []
    for wrong in ("state=nonsense", "cursor=x", "batch=one", "kind=csv"):
        assert panda.get(f"/slips?{wrong}").status_code == 400, wrong


def test_paper_of_another_vendor_is_not_there(gateway: Gateway, client: TestClient) -> None:
    retailer = program(gateway, client, Authority.ORDERS, Authority.PACK_SLIPS)
    (document, *_) = retailer.post("/batches/1/documents", {}).json()["documents"]
    assert len(retailer.get("/slips?vendor=257").json()["rows"]) == 2
    assert retailer.get("/slips?vendor=310").json()["rows"] == []
    other = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    assert [other.get(f"/slips{asked}").json()["rows"] for asked in ("", "?vendor=257", "?batch=1")] == [[], [], []]
    assert other.get(f"/batches/1/documents/{document['id']}").status_code == 404
    assert other.post("/batches/1/documents", {}).status_code == 404
    for missing in ("/batches/1/documents/999", "/batches/1/documents/x", "/batches/9/documents/1"):
        assert retailer.get(missing).status_code == 404, missing
    assert program(gateway, client, Authority.ORDERS, vendor="257").get("/slips").status_code == 403


def test_a_document_whose_bytes_are_lost_is_told_and_made_again(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    panda.post("/batches/1/documents", {})
    gateway.node().once()
    (document, *_) = panda.get("/slips").json()["rows"]
    gateway.archive.path(document["archive_key"]).unlink()
    lost = panda.get(f"/batches/1/documents/{document['id']}")
    assert (lost.status_code, "cannot be read" in lost.json()["title"]) == (404, True)
    made = {it["id"]: it["state"] for it in panda.post("/batches/1/documents", {}).json()["documents"]}
    assert made[document["id"]] == "waiting"
