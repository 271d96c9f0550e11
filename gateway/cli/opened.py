"""What commands that look into the store share: the workspace opened, the person who acts, times as this business reads them."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from msgspec import Struct
from msgspec.structs import asdict

from gateway.cli.output import Form, complain, local_row, say, show_rows
from gateway.cli.session import session_of
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.errors import ConfigError
from gateway.kernel.instants import as_read, retold
from gateway.kernel.yaml_text import unknown

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.desk.acting import Desk, Mode
    from gateway.desk.office import Office
    from gateway.desk.outbox import EventSheet
    from gateway.desk.pages import Page

NOBODY = "operator"
AMOUNT = re.compile(r"-?\d+(\.\d{1,4})?")
EVENTS = {"at": "Date and time", "event": "Event", "actor": "By", "detail": "Detail"}
HIGHEST = 2**63 - 1
"""No row of a database has a higher number."""
LARGEST = 2**31 - 1
"""No line, quantity or count of ours is larger."""
E = TypeVar("E", bound=StrEnum)

Limit = Annotated[int, typer.Option("--limit", "-n", help="Show at most so many.", min=1, max=100_000)]
Before = Annotated[
    int | None, typer.Option("--before", metavar="ID", max=HIGHEST, help="Go on behind this id: the last one of the page before.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen; nothing is changed.")]


def day(name: str, meaning: str) -> Any:
    """An option that takes a day, such as 2026-11-21."""
    return typer.Option(name, metavar="YYYY-MM-DD", parser=_possible_day, help=meaning)


def read_day(text: str) -> datetime:
    """A day as it is written at the command line; ValueError says what is wrong with it."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise ValueError(f"'{text}' is no day; write it like 2026-11-21") from None


def _possible_day(text: str) -> datetime:
    found = read_day(text)
    if not is_possible(found):
        raise ValueError(f"{found.date()} is not possible: {POSSIBLE}")
    return found


def as_day(at: datetime | None) -> date | None:
    """The day of a day option."""
    return at.date() if at else None


class Opened:
    """An open workspace and the person at work in it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.zone = ZoneInfo(gateway.workspace.reference.organization.zone)

    @property
    def desk(self) -> Desk:
        """The desk of whoever called the command."""
        from gateway.desk.acting import Desk

        gateway = self.gateway
        return Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user=user_name())

    @property
    def office(self) -> Office:
        """Whoever called the command, as one who acts on people and their data."""
        from gateway.desk.office import Office

        return Office(store=self.gateway.store, clock=self.gateway.clock, actor=user_name())

    def local(self, at: datetime) -> str:
        """An instant as people of this business read it, with its zone named."""
        return as_read(at, self.zone)

    def retold(self, text: str) -> str:
        """A sentence of ours with its instants as people of this business read them."""
        return retold(text, self.zone)

    def require_partner(self, connector: str | None, channel: str | None = None) -> None:
        """ConfigError for a connector or channel that is not declared and has no file in the store: a slip is no empty list."""
        from gateway.store.queries import was_ever_used

        declared = {name: {it.channel for it in one.channels} for name, one in self.gateway.workspace.connectors.items()}
        with self.gateway.store.reading() as connection:
            if connector and connector not in declared and not was_ever_used(connection, connector):
                self.gateway.workspace.connector(connector)
            channels = declared.get(connector, set()) if connector else {name for names in declared.values() for name in names}
            if channel and channel not in channels and not (connector and was_ever_used(connection, connector, channel)):
                raise ConfigError(unknown(channel, channels, what="channel"))

    def require_right(self, *connectors: str) -> None:
        """ConfigError with what is wrong where one of these is left out: the command is about it."""
        for name in connectors:
            if name in self.gateway.workspace.absent:
                self.gateway.workspace.connector(name)

    def nothing(self, told: str, vendor: str | None) -> str:
        """What is said of an empty list; a vendor that there is not explains it."""
        from gateway.desk.master import every_vendor

        if vendor is None or vendor in every_vendor(self.gateway.master.references, self.gateway.store).vendors:
            return told
        return f"{told} There is no vendor {vendor}; see which there are: gateway vendor list"

    def start_of(self, at: datetime | None) -> datetime | None:
        """The instant at which a day begins here."""
        return at.replace(tzinfo=self.zone) if at else None

    def rows(self, found: Iterator[Struct] | tuple[Any, ...], form: Form) -> list[dict[str, object]]:
        """Structs as rows of a list; people get local times, programs UTC."""
        return [self.row(it, form) for it in found]

    def row(self, found: Struct, form: Form) -> dict[str, object]:
        """One of them."""
        values: dict[str, object] = asdict(found)
        return values if form is Form.JSON else local_row(values, self.zone)

    def show_page(self, page: Page[Any], form: Form, *, columns: Mapping[str, str], none: str) -> None:
        """A list, and how many more there are."""
        show_rows(self.rows(page.rows, form), form, columns=columns, none=none)
        self.tell_more(page, form)

    def tell_more(self, page: Page[Any], form: Form) -> None:
        """How many more there are behind a page, where programs do not stumble over it."""
        if page.more:
            many = f"More than {page.more}" if page.is_more_than else f"{page.more}"
            told = f"{many} more; see them with --limit, or behind the last one with --before."
            say(told) if form is Form.TABLE else complain(told)

    def show_events(self, found: tuple[EventSheet, ...]) -> None:
        """What happened, for people."""
        if found:
            say("")
            say("Events")
            rows = [{**self.row(it, Form.TABLE), "detail": self.retold(_brief(it.detail))} for it in found]
            show_rows(rows, Form.TABLE, columns=EVENTS, none="")

    def show_part(self, title: str, found: tuple[Any, ...], *, columns: Mapping[str, str]) -> None:
        """A part of a sheet for people: a title and a table; nothing when it is empty."""
        if found:
            say("")
            say(title)
            show_rows(self.rows(found, Form.TABLE), Form.TABLE, columns=columns, none="")


@contextmanager
def opened(context: typer.Context) -> Iterator[Opened]:
    """Open the store of the workspace for a command that needs no partner; a connector that is wrong is told of and left out."""
    from gateway.app import open_gateway

    with open_gateway(session_of(context).legible) as gateway:
        yield Opened(gateway)


@contextmanager
def at_work(context: typer.Context) -> Iterator[Opened]:
    """The same for a command whose work may need any partner: ConfigError when any connector is wrong."""
    from gateway.app import open_gateway

    with open_gateway(session_of(context).workspace) as gateway:
        yield Opened(gateway)


def _brief(detail: Any) -> str:
    """The detail of an event in a line: an issue as its sentence, other values by name; what was before is shown elsewhere."""
    match detail:
        case {"code": str(code), "text": str(text)}:
            return f"{code} {text}"
        case {"trace": str(trace)}:
            return trace.strip().rpartition("\n")[2]
        case dict():
            return ", ".join(f"{name} {_brief(value)}" for name, value in detail.items() if name != "was")
        case list():
            return "; ".join(_brief(one) for one in detail)
        case None:
            return ""
        case _:
            return str(detail)


def user_name() -> str:
    """Who acts: the login name; it stands in every history."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return NOBODY


def chosen(words: list[str] | None, enum: type[E], *, what: str) -> tuple[E, ...]:
    """The members that these words name, in whatever case; all when none is named."""
    if not words:
        return tuple(enum)
    known = {member.value.lower(): member for member in enum}
    for word in words:
        if word.lower() not in known:
            raise ConfigError(unknown(word, [member.value for member in enum], what=what))
    return tuple(known[word.lower()] for word in words)


def one_of(word: str | None, enum: type[E], *, what: str) -> E | None:
    """The member that a word names, in whatever case; None when there is no word."""
    return chosen([word], enum, what=what)[0] if word else None


def mode_of(dry_run: bool) -> Mode:  # noqa: FBT001 (the option --dry-run as typer gives it)
    """In earnest, or as a rehearsal."""
    from gateway.desk.acting import Mode

    return Mode.REHEARSAL if dry_run else Mode.EARNEST


def amount_of(text: str, what: str, *, like: str, digits: int) -> Decimal:
    """An amount as people write it: at most so many digits before the point and four behind it."""
    if not AMOUNT.fullmatch(text) or len(text.lstrip("-").partition(".")[0]) > digits:
        raise ConfigError(f"{what}: '{text}' is no amount; write it like {like}")
    return Decimal(text)


def reason_of(text: str | None, *, dry_run: bool = False) -> str:
    """The reason of an act, which must say something; a rehearsal needs none."""
    if not dry_run and (text is None or not text.strip()):
        raise ConfigError("a reason is needed: say why with --reason TEXT; it stands in the history")
    return (text or "").strip()


def needed_reason(text: str | None, *, dry_run: bool) -> str:
    """The reason of an act that is refused without one; a rehearsal without one says what would happen with one."""
    return reason_of(text, dry_run=dry_run) or "?"
