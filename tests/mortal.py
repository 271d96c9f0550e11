"""A node that books in a process of its own and is killed at one of its commits: just before the database has it, or just after."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, event

from gateway.documents import Document, ShipmentLine
from gateway.kernel import Issue
from gateway.store import Store
from tests.business import MESSAGE, RETAILER, a_shipment
from tests.office import Content, File, Office, orders
from tests.storehouse import opened

CHUNK = 6
BAD = Issue("DSO-102", "quantity is not a whole number", where="record 2")


def files() -> list[File]:
    """A file of many chunks, one with a bad and a repeated document, one of shipments that come before some of their orders."""
    mixed: list[Content] = [BAD, *orders(2, first=20), *orders(1)]
    shipments: list[Document] = [a_shipment(ShipmentLine(number=1, quantity=1), number=f"PO{number}") for number in (20, 3, 14, 1)]
    return [
        File(tuple(shipments), MESSAGE, {"order": timedelta(days=1)}),
        File(tuple(orders(15)), RETAILER, {}),
        File(tuple(mixed), RETAILER, {}),
    ]


def node(store: Store, run: str, minutes: int) -> Office:
    """A node that finds the files where they lie, some time after they came."""

    office = Office(store, run=run)
    office.files = dict(enumerate(files(), 1))
    office.clock.advance(timedelta(minutes=minutes))
    return office


def work_off(office: Office) -> None:
    """Book what there is, and look again at what was early."""
    office.book(most=CHUNK)
    office.redo()


def live_and_die(url: str, commit: int, moment: str) -> None:
    """Work until the commit of that number, and be killed there."""
    with opened(url) as store:
        seen = 0

        def die(connection: Connection) -> None:
            nonlocal seen
            seen += 1
            if seen == commit:
                if moment == "after":
                    driver: Any = connection.connection.driver_connection
                    driver.commit()
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(store.engine, "commit", die)
        work_off(node(store, "mortal", 0))


def die_at(url: str, commit: int, moment: str) -> int:
    """Run a node to its death in a process of its own; answers how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.mortal"])
    process = context.Process(target=live_and_die, args=(url, commit, moment))
    process.start()
    process.join()
    return process.exitcode or 0
