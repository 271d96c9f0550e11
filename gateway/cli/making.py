"""Have files made now: by the node that serves this workspace, or here when none does; then say what was made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    made = have_made(here, jobs)
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


def have_made(here: Opened, jobs: Sequence[Job]) -> list[Made]:
    """Ask for the files of these channels, have them made and delivered; answers what came of it."""
    from gateway.desk.making import reached

    before = {job.name: reached(here.gateway.store, job) for job in jobs}
    for job in jobs:
        here.gateway.gatherer.open_now(job)
    with engaged(here) as engine:
        while engine is not None and engine.make() + engine.deliver():
            pass
    return [_outcome(here, job, before[job.name]) for job in jobs]


def deliver_now(here: Opened, items: Sequence[int], *, before: Mapping[int, int]) -> None:
    """Have files tried that are due, by whoever serves this workspace or by ourselves; `before` says how often they were tried."""
    from gateway.desk.outbox import were_tried

    with engaged(here) as engine:
        while engine is not None and engine.deliver():
            pass
    wait_for(
        lambda: were_tried(here.gateway.store, items, before=before, clock=here.gateway.clock),
        f"outgoing file{_s(items)} {', '.join(map(str, items))}",
    )


def book_now(here: Opened, message: int) -> None:
    """Have a file booked and answered that is to be read again, by whoever serves this workspace or by ourselves."""
    from gateway.desk.messages import is_at_rest

    with engaged(here) as engine:
        while engine is not None and engine.book() + engine.redo() + engine.answer() + engine.deliver():
            pass
    wait_for(lambda: is_at_rest(here.gateway.store, message), f"message {message}")


def print_now(here: Opened, numbers: Sequence[int]) -> None:
    """Have the documents of batches made that wait, by whoever serves this workspace or by ourselves."""
    from gateway.desk.slips import is_printed

    with engaged(here) as engine:
        while engine is not None and engine.print():
            pass
    store = here.gateway.store
    wait_for(lambda: all(is_printed(store, number) for number in numbers), f"the documents of batch {', '.join(map(str, numbers))}")


def _s(items: Sequence[int]) -> str:
    return "" if len(items) == 1 else "s"


@contextmanager
def engaged(here: Opened) -> Iterator[Engine | None]:
    """An engine of our own, or None where another process serves this workspace."""
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(here.gateway.node().engaged())
        except AlreadyRunning:
            engine = None
        yield engine


def _outcome(here: Opened, job: Job, before: Reached) -> Made:
    """What came of the channel's slot, once it has ended and its files were tried."""
    from gateway.desk.making import made_since
    from gateway.desk.outbox import were_tried

    store = here.gateway.store
    wait_for(lambda: made_since(store, job, before).is_finished, job.name)
    ids = [it.id for it in made_since(store, job, before).items]
    wait_for(lambda: were_tried(store, ids, before={}, clock=here.gateway.clock), f"what {job.name} has made")
    return made_since(store, job, before)


def wait_for(done: Callable[[], bool], what: str) -> None:
    """Look until the serving node has done what was asked for; it goes on when our patience is spent."""
    patience = time.monotonic() + PATIENCE
    with progress(f"Waiting for {what}"):
        while not done():
            if time.monotonic() > patience:
                raise TryLater(f"{what}: asked for, but the serving node has not come to it in {PATIENCE:.0f} seconds; look again later")
            time.sleep(LOOK)
