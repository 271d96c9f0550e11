"""`gateway outbox hold | release | retry | cancel | redeliver`: what people do about outgoing files, looked at first.

Files are named by id, or selected; a selection is shown with its count and done only after a yes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict, replace

from gateway.cli.exits import Exit
from gateway.cli.making import deliver_now
from gateway.cli.opened import HIGHEST, DryRun, Opened, chosen, mode_of, one_of, opened, reason_of
from gateway.cli.output import Form, complain, local_row, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING
from gateway.kernel.codes import CODES
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.desk.acting import Mode
    from gateway.desk.dispatch import Act, Acted, Stopped
    from gateway.desk.outbox import ItemSearch, ItemSheet

MOST = 1000
"""So many files one command acts on; the oldest first."""
COLUMNS = {
    "id": "Outbox",
    "file": "File",
    "connector": "Connector",
    "channel": "Channel",
    "size": "Bytes",
    "before": "Was",
    "after": "Is",
    "round": "Round",
    "partner_has": "What the partner may have",
    "note": "Note",
}

Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", max=HIGHEST, help="Ids of outgoing files; or select them.")]
Connector = Annotated[str | None, typer.Option("--connector", "-c", help="Select the files for this partner.")]
Channel = Annotated[str | None, typer.Option("--channel", help="Select the files of this channel.")]
Kind = Annotated[str | None, typer.Option("--kind", help="Select by kind: batch, feed, posting or answer.")]
State = Annotated[list[str] | None, typer.Option("--state", help="Select by state, of those that allow this; may be repeated.")]
Acks = Annotated[list[str] | None, typer.Option("--ack", help="Select by acknowledgement, such as overdue; may be repeated.")]
Every = Annotated[bool, typer.Option("--all", help="Select every file that allows this.")]
Outbound = Annotated[bool, typer.Option("--all-outbound", help="Everything that goes out, to everybody, now and later.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory but with --dry-run, stands in the file's events.")]
MaybeReason = Annotated[str | None, typer.Option("--reason", help="Why; stands in the file's events.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it to the selected files without asking.")]


class Request:
    """Which files, and how."""

    def __init__(  # noqa: PLR0913 (each is an option)
        self,
        ids: list[int] | None,
        *,
        connector: str | None,
        channel: str | None,
        kind: str | None,
        states: list[str] | None,
        acks: list[str] | None = None,
        every: bool,
        yes: bool,
        dry_run: bool,
        as_json: bool,
    ) -> None:
        self.ids = sorted(set(ids or ()))
        self.words = (connector, channel, kind)
        self.states, self.acks = states, acks
        self.selects = every or any((connector, channel, kind, states, acks))
        self.yes = yes
        self.dry_run = dry_run
        self.form = Form.of(as_json)
        if bool(self.ids) == self.selects:
            raise ConfigError("name files by their ids, or select them: --connector, --channel, --kind, --state or --all (not both)")

    @property
    def mode(self) -> Mode:
        """In earnest or as a rehearsal."""
        return mode_of(self.dry_run)

    def search(self) -> ItemSearch:
        """What is selected."""
        from gateway.desk.outbox import ItemSearch
        from gateway.store.outbox import Ack, ItemKind, ItemState

        connector, channel, word = self.words
        kind = one_of(word, ItemKind, what="kind")
        states, acks = chosen(self.states, ItemState, what="state"), chosen(self.acks, Ack, what="acknowledgement")
        return ItemSearch(connector=connector, channel=channel, kind=kind, states=states, acks=acks)


def hold(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    ids: Ids = None,
    *,
    connector: Connector = None,
    channel: Channel = None,
    kind: Kind = None,
    state: State = None,
    every: Every = False,
    all_outbound: Outbound = False,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Hold files back: none of them is sent until it is released. With --all-outbound nothing goes out any more, to nobody."""
    from gateway.desk.dispatch import Act, hold_all

    if all_outbound:
        with opened(context) as here:
            _tell_all(here, hold_all(here.desk, reason=reason_of(reason, dry_run=dry_run), mode=mode_of(dry_run)), Form.of(as_json))
        return
    asked = Request(
        ids, connector=connector, channel=channel, kind=kind, states=state, every=every, yes=yes, dry_run=dry_run, as_json=as_json
    )
    _act(context, Act.HOLD, asked, reason_of(reason, dry_run=dry_run))


def release(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    ids: Ids = None,
    *,
    connector: Connector = None,
    channel: Channel = None,
    kind: Kind = None,
    every: Every = False,
    all_outbound: Outbound = False,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let held files go on: with their renaming where the upload is complete, else from the start. --all-outbound lifts that hold.

    A node that serves this workspace delivers them; when none does, this command does.
    """
    from gateway.desk.dispatch import Act, release_all

    if all_outbound:
        with opened(context) as here:
            _tell_all(here, release_all(here.desk, reason=reason_of(reason, dry_run=dry_run), mode=mode_of(dry_run)), Form.of(as_json))
        return
    asked = Request(
        ids, connector=connector, channel=channel, kind=kind, states=None, every=every, yes=yes, dry_run=dry_run, as_json=as_json
    )
    _act(context, Act.RELEASE, asked, reason_of(reason, dry_run=dry_run))


def retry(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    ids: Ids = None,
    *,
    connector: Connector = None,
    channel: Channel = None,
    kind: Kind = None,
    state: State = None,
    every: Every = False,
    reason: MaybeReason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Try files again now: those that wait for their time, are parked or in conflict. What was sent or is held stays as it is.

    A node that serves this workspace delivers them; when none does, this command does.
    """
    from gateway.desk.dispatch import Act

    asked = Request(
        ids, connector=connector, channel=channel, kind=kind, states=state, every=every, yes=yes, dry_run=dry_run, as_json=as_json
    )
    _act(context, Act.RETRY, asked, (reason or "").strip())


def cancel(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    ids: Ids = None,
    *,
    connector: Connector = None,
    channel: Channel = None,
    kind: Kind = None,
    state: State = None,
    every: Every = False,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Never send files; their numbers stay used. Not possible once an upload is complete: it may be with the partner then."""
    from gateway.desk.dispatch import Act

    asked = Request(
        ids, connector=connector, channel=channel, kind=kind, states=state, every=every, yes=yes, dry_run=dry_run, as_json=as_json
    )
    _act(context, Act.CANCEL, asked, reason_of(reason, dry_run=dry_run))


def redeliver(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    ids: Ids = None,
    *,
    connector: Connector = None,
    channel: Channel = None,
    kind: Kind = None,
    ack: Acks = None,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send files once more that were sent before: the same name, numbers and bytes, in a new round. Warns when they are acknowledged.

    A node that serves this workspace delivers them; when none does, this command does.
    """
    from gateway.desk.dispatch import Act

    asked = Request(
        ids, connector=connector, channel=channel, kind=kind, states=None, acks=ack, every=False, yes=yes, dry_run=dry_run, as_json=as_json
    )
    _act(context, Act.REDELIVER, asked, reason_of(reason, dry_run=dry_run))


def add_to(app: typer.Typer) -> None:
    """The five verbs, as commands of `gateway outbox`."""
    for command in (hold, release, retry, cancel, redeliver):
        app.command()(command)


def _act(context: typer.Context, act: Act, asked: Request, reason: str) -> None:
    from gateway.desk import dispatch, outbox
    from gateway.store.outbox import ItemState
    from gateway.store.pauses import words

    with opened(context) as here:
        store, workspace = here.gateway.store, here.gateway.workspace
        here.require_partner(*asked.words[:2])
        ids, more = (asked.ids, 0) if asked.ids else dispatch.choose(store, act, asked.search(), most=MOST)
        here.require_right(*dispatch.require(store, ids))

        def each(mode: Mode) -> list[Acted]:
            return [dispatch.do(here.desk, workspace, act, it, reason=reason, mode=mode) for it in ids]

        if not asked.dry_run and asked.selects and ids and not _agreed(act, each, asked):
            raise typer.Exit(Exit.USAGE)
        before = outbox.tries(store, ids)
        done = each(asked.mode)
        sent = [it.id for it in done if it.after is not None]
        reached = {}
        if sent and not asked.dry_run and act in dispatch.SENDING:
            deliver_now(here, sent, before=before)
            reached = {it: outbox.show_item(store, it, scope=EVERYTHING) for it in sent}
        quiet = [replace(it, why_not="") if asked.form is Form.TABLE else it for it in done]  # what stands against it is told below
        rows = [_row(it, reached.get(it.id), asked) for it in quiet]
        rows = [local_row(row, here.zone) for row in rows] if asked.form is Form.TABLE else rows
        _tell(rows, act, asked, more)
        stopped = outbox.outbound_pause(store)
        if stopped is not None and act in dispatch.SENDING:
            complain(here.retold(f"Everything that goes out is on hold: {words(stopped)}"))
    _complain_of(done)
    if any(sheet.state is not ItemState.SENT for sheet in reached.values()):
        if stopped is None:
            complain("Not everything was delivered; see why with: gateway outbox list --unfinished")
        raise typer.Exit(Exit.UNAVAILABLE)


def _agreed(act: Act, each: Callable[[Mode], list[Acted]], asked: Request) -> bool:
    """Show what is selected; at a terminal ask, in a script --yes must stand there."""
    from gateway.desk.acting import Mode

    if asked.yes:
        return True
    found = each(Mode.REHEARSAL)
    show_rows([_row(it, None, asked) for it in found], asked.form, columns={**COLUMNS, "after": "Would be"}, none="")
    if sys.stdin.isatty() and asked.form is Form.TABLE:
        return typer.confirm(f"{act.value} {_files(len(found))}?")
    complain(f"Selected: {_files(len(found))}; nothing was changed.\nTo {act.value} what is selected add --yes.")
    return False


def _row(it: Acted, reached: ItemSheet | None, asked: Request) -> dict[str, object]:
    """The file as it was told, with the state it has reached since."""
    row = {**asdict(it), "dry_run": asked.dry_run}
    del row["mode"]
    if reached is not None:
        row |= {"after": reached.state, "why": reached.why}
    if it.next_round != it.round and asked.form is Form.TABLE:
        row["round"] = f"{it.round} -> {it.next_round}"
    if asked.form is Form.TABLE:
        row["note"] = "; ".join(str(part) for part in (it.why_not, it.warning, row.get("why")) if part)
    return row


def _tell(rows: list[dict[str, object]], act: Act, asked: Request, more: int) -> None:
    columns = {**COLUMNS, "after": "Would be" if asked.dry_run else "Is"}
    show_rows(rows, asked.form, columns=columns, none=f"No file is selected that allows {act.value}.")
    if asked.dry_run and asked.form is Form.TABLE:
        say(f"{_files(len(rows))}. Nothing was changed.")
    if more:
        complain(f"{more} more are selected; run the command again for them.")


def _complain_of(done: Sequence[Acted]) -> None:
    """What was not possible, each with why; the others are done."""
    not_done = [it for it in done if it.after is None]
    for it in not_done:
        complain(f"GWY-20 outgoing file {it.id} ({it.file}): {it.why_not}")
    if not_done:
        complain(f"{CODES['GWY-20'].remedy.capitalize()}.")
        raise typer.Exit(Exit.DATA_REFUSED)


def _tell_all(here: Opened, found: Stopped, form: Form) -> None:
    if form is Form.JSON:
        row = asdict(found)
        row["dry_run"] = row.pop("mode").value == "rehearsal"
        show_json(row)
        return
    would = found.mode.value == "rehearsal" and found.changed
    waits = f"{_files(found.waiting)} wait{'s' if found.waiting == 1 else ''}."
    if found.standing:
        since = "" if found.since is None else here.local(found.since)
        told = "Nothing goes out any more" if found.changed else f"Nothing goes out since {since}, by {found.by}"
        told = "Nothing would go out any more" if would else told
        why = f": {found.reason}" if found.reason else ""
        lift = "It would be lifted" if would else "Lift it"
        say(f"{told}{why}. {waits} {lift} with: gateway outbox release --all-outbound --reason TEXT")
    else:
        again = "Everything would go out again" if would else "Everything goes out again"
        say(f"{again if found.changed else 'Nothing was on hold as a whole'}. {waits}")
    if found.mode.value == "rehearsal":
        say("Nothing was changed.")


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
