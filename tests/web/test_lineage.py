"""The chain from the file that came to the acknowledgement of what went out: the same from every part of it, within the scope."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from gateway.desk.lineage import show_lineage
from gateway.desk.orders import search_orders
from gateway.domain.access import EVERYTHING
from gateway.store.queries import OrderSearch
from gateway.store.queries.lineage import Part
from tests.reader import add_people, console
from tests.town import Town

STEPS = re.compile(r'<li class="(\w*)"( aria-current="step")?>\s*<(?:a href="([^"]*)"|span)>([^<]*)</(?:a|span)>\s*<small>([^<]*)</small>')


def steps_of(text: str) -> list[tuple[str, str, str, bool]]:
    """Word, what is told, where it leads, whether it is here."""
    nav = text.partition('<nav class="chain"')[2].partition("</nav>")[0]
    return [(word, unescape(told), path, bool(here)) for _, here, path, word, told in STEPS.findall(nav)]


def test_every_part_of_the_chain_shows_it(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        order = search_orders(gateway.store, OrderSearch(), scope=EVERYTHING).rows[0].number
        item = show_lineage(gateway.store, Part.BATCH, "1", scope=EVERYTHING).items[0].id
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            of_batch = steps_of(reader.get("/batches/1").text)
            assert [(word, told) for word, told, _, _ in of_batch] == [
                ("File", "1 booked"),
                ("Documents", "1 booked"),
                ("Order lines", "2 New Order"),
                ("Batch", "1 open"),
                ("Outgoing file", "1 sent"),
                ("Acknowledgement", "1 due"),
            ]
            assert [path for _, _, path, _ in of_batch] == [
                "/messages/1",
                "/lineage/batch/1#files",
                f"/orders/{order}?tab=detail",
                "",
                f"/outbox/{item}",
                "/lineage/batch/1#items",
            ]
            for path, here in ((f"/outbox/{item}", "Outgoing file"), (f"/orders/{order}", "Order lines"), ("/messages/1", "File")):
                text = reader.get(path).text
                assert [word for word, _, _, is_here in steps_of(text) if is_here] == [here], text
            page = reader.get(f"/lineage/order/{order}").text
            assert all(f'href="{path}"' in page for path in ("/messages/1", f"/orders/{order}", "/batches/1", f"/outbox/{item}"))
            answer = next(it for it in show_lineage(gateway.store, Part.MESSAGE, "1", scope=EVERYTHING).items if it.kind == "answer")
            assert steps_of(reader.get(f"/outbox/{answer.id}").text)[0][:2] == ("File", "1 booked")
            for path in ("/lineage/order/NOSUCH", "/lineage/batch/99", "/lineage/item/x", "/lineage/house/1"):
                assert reader.get(path).status_code == 404, path
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            told = steps_of(reader.get("/batches/1").text)
            assert told[0] == ("File", "none yet", "", False)
            assert 'href="/messages/1"' not in reader.get("/lineage/batch/1").text
            assert reader.get("/lineage/message/1").status_code == 404
        with console(gateway) as reader:
            reader.sign_in("vendor.310")
            for path in ("/lineage/batch/1", f"/lineage/order/{order}", f"/lineage/item/{item}"):
                assert reader.get(path).status_code == 404, path
