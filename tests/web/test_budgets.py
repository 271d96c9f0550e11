"""What a browser has to fetch stays small (console 6): the styles, our own script, and the pages."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.store.queries import batch_view
from gateway.web.pages.slips import ORDERS
from tests.flow.test_corrected_rows import orders
from tests.reader import add_people, console
from tests.town import Town

STATIC = Path(__file__).parents[2] / "gateway/web/static"
STYLES, SCRIPT, PAGE = 20_000, 5_000, 60_000
"""Bytes."""
ORDER = re.compile(r'href="/orders/([^"?]+)\?tab=detail"')
NEXT = re.compile(r'href="([^"]+)">The next ones<')


def test_styles_and_script_are_small_and_nothing_else_is_fetched() -> None:
    assert (STATIC / "console.css").stat().st_size < STYLES
    assert (STATIC / "console.js").stat().st_size < SCRIPT
    assert sorted(path.name for path in STATIC.rglob("*.js")) == ["console.js", "htmx.min.js"]
    assert [path.name for path in STATIC.rglob("*.css")] == ["console.css"]


def test_a_full_page_of_a_list_and_a_large_batch_are_small(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/orders.xml", orders(town.sample("createdsorder.xml").decode()))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            for path in ("/", "/orders", "/batches/1", "/messages/1", "/outbox"):
                page = reader.get(path)
                assert (page.status_code, len(page.content) < PAGE) == (200, True), (path, len(page.content))
            broken = orders(town.sample("createdsorder.xml").decode()).replace("<po_qty_ordered>", "<po_qty_ordered>much ")
            tried = reader.hand_in("/preview", {"mapping": "createdsorder"}, "orders.xml", broken.encode())
            assert (tried.status_code, len(tried.content) < PAGE) == (200, True), len(tried.content)
            assert all(word in tried.text for word in ("more documents", "much ", "What is wrong"))
        with console(gateway) as vendor:
            vendor.sign_in("vendor.257")
            asked, shown = "/slips/1", []
            while asked:
                page = vendor.get(asked)
                assert (page.status_code, len(page.content) < PAGE) == (200, True), (asked, len(page.content))
                shown += ORDER.findall(page.text)
                following = NEXT.search(page.text)
                asked = following[1] if following else ""
            with gateway.store.reading() as connection:
                assert shown == sorted({line.order_number for line in batch_view(connection, 1).lines})  # type: ignore[union-attr]
            assert len(shown) > 2 * ORDERS
