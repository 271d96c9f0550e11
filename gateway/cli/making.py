"""Have files made now: by the node that serves this workspace, or here when none does; then say what was made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import typer

from gateway.cli.exits import Exit
from gateway.cli.opened import Opened
from gateway.cli.output import Form, complain, progress, show_json, show_rows
from gateway.kernel.errors import AlreadyRunning, TryLater

if TYPE_CHECKING:
    from gateway.desk.making import Made, Reached
    from gateway.outgoing import Job
    from gateway.runtime import Engine

COLUMNS = {
    "id": "Outbox",
    "channel": "Channel",
    "kind": "Kind",
    "file": "File",
    "state": "State",
    "ack": "Acknowledgement",
    "sent_at": "Sent",
}
PATIENCE = 60.0
"""So many seconds a serving node has to do what we asked for."""
LOOK = 0.2


def make_now(here: Opened, jobs: Sequence[Job], form: Form, *, none: str) -> None:
    """Ask for the files of these channels, have them made and delivered, show them."""
    from gateway.desk.making import reached

    before = {job.name: reached(here.gateway.store, job) for job in jobs}
    for job in jobs:
        here.gateway.gatherer.open_now(job)
    with _engaged(here) as engine:
        while engine is not None and engine.make() + engine.deliver():
            pass
    made = [_outcome(here, job, before[job.name]) for job in jobs]
    if form is Form.JSON:
        show_json(made)
    else:
        items = tuple(it for found in made for it in found.items)
        show_rows(here.rows(items, form), form, columns=COLUMNS, none=none)
    failed = [found for found in made if found.slot is not None and found.slot.issue is not None]
    for found in failed:
        if found.slot is not None:
            complain(f"{found.channel}: {found.slot.issue}")
    if failed:
        complain("Mend what is named above and ask again; the others have gone.")
        raise typer.Exit(Exit.DATA_REFUSED)


def deliver_now(here: Opened) -> None:
    """Deliver what is due, unless somebody serves this workspace: then it is theirs."""
    with _engaged(here) as engine:
        while engine is not None and engine.deliver():
            pass


def book_now(here: Opened) -> None:
    """Book what is due, answer and deliver the answers, unless somebody serves this workspace."""
    with _engaged(here) as engine:
        while engine is not None and engine.book() + engine.redo() + engine.answer() + engine.deliver():
            pass


@contextmanager
def _engaged(here: Opened) -> Iterator[Engine | None]:
    """An engine of our own, or None where another process serves this workspace."""
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(here.gateway.node().engaged())
        except AlreadyRunning:
            engine = None
        yield engine


def _outcome(here: Opened, job: Job, before: Reached) -> Made:
    """Wait until the channel's slot has ended."""
    from gateway.desk.making import made_since

    patience = time.monotonic() + PATIENCE
    with progress(f"Waiting for {job.name}"):
        while True:
            found = made_since(here.gateway.store, job, before)
            if found.is_finished:
                return found
            if time.monotonic() > patience:
                raise TryLater(f"{job.name} is asked for, but the serving node has not come to it; see later: gateway outbox list")
            time.sleep(LOOK)
