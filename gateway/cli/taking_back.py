"""What `slip void | reprint` and `batch void | reissue` share: how lines are named, and what is said afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.output import Form, complain, say, show_json
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.desk.again import TakenBack

Orders = Annotated[list[str] | None, typer.Option("--order", metavar="PO", help="Only this order of the batch; may be repeated.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the history of the orders.")]
_LINE = re.compile(r"(?P<order>[^:=]+):(?P<line>[0-9]{1,9})=(?P<quantity>[0-9]{1,9})")


def quantities_of(texts: list[str] | None) -> dict[tuple[str, int], int]:
    """New quantities by order and line; ConfigError for what is not written like that, or said twice."""
    found: dict[tuple[str, int], int] = {}
    for text in texts or ():
        match = _LINE.fullmatch(text)
        if match is None:
            raise ConfigError(f"--line {text}: write the order, a colon, the line, = and the new quantity, such as AB10747:1=2")
        place = (match["order"].upper(), int(match["line"]))
        if place in found:
            raise ConfigError(f"--line {text}: line {place[1]} of order {place[0]} is named twice")
        found[place] = int(match["quantity"])
    return found


def tell_taken_back(done: TakenBack, form: Form) -> None:
    """What became of the batch."""
    from gateway.desk.acting import Mode

    if form is Form.JSON:
        show_json(done)
        return
    is_ = "would be" if done.mode is Mode.REHEARSAL else "is"
    lines = f"{done.lines_removed} line{'' if done.lines_removed == 1 else 's'} off it"
    if done.replaced_by is None:
        say(f"Batch {done.batch} of vendor {done.vendor} {is_} {done.after}: {lines}.")
    else:
        kept = f"{done.lines_kept} line{'' if done.lines_kept == 1 else 's'}"
        say(f"Batch {done.replaced_by} {is_} in place of batch {done.batch} of vendor {done.vendor}: {kept} on it, {lines}.")
    if done.recalled is not None:
        say(f"Outgoing file {done.recalled} of batch {done.batch} {is_} cancelled; it had not left.")
    if done.note:
        complain(f"Mind: {done.note}.")
    for issue in done.warnings:
        complain(str(issue))
