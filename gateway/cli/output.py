"""What commands print: tables for people, JSON for programs, progress only where somebody looks.

Amounts are text and instants ISO in UTC in JSON. What partners wrote is never interpreted: no markup, no control characters.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import BinaryIO

import msgspec

from gateway.kernel.instants import as_read, retold
from gateway.kernel.issues import Issue

Row = Mapping[str, object]
WIDE = 1_000
SENTENCES = frozenset({"detail", "note", "outcome", "why", "words"})
"""The columns that hold our sentences; a name or a value of a partner stays what it is."""


class Form(Enum):
    """Whom the output is for."""

    TABLE = "table"
    JSON = "json"

    @classmethod
    def of(cls, as_json: bool) -> Form:  # noqa: FBT001 (the option --json as typer gives it)
        """The form that the option --json asks for."""
        return cls.JSON if as_json else cls.TABLE


def show_rows(rows: Sequence[Row], form: Form, *, columns: Mapping[str, str], none: str) -> None:
    """A list. `columns` gives a heading to each key a person sees; JSON has all keys. `none` is said when it is empty."""
    if form is Form.JSON:
        show_json(list(rows))
    elif not rows:
        say(none)
    else:
        _print_table(rows, columns)


def show_record(record: Row, form: Form, *, labels: Mapping[str, str]) -> None:
    """One thing: a label and a value a line, or a JSON object."""
    if form is Form.JSON:
        show_json(dict(record))
        return
    width = max(map(len, labels.values()), default=0)
    for key, label in labels.items():
        say(f"{label:<{width}}  {cell(record.get(key))}")


def local_row(values: Row, zone: tzinfo) -> dict[str, object]:
    """A row as people of a zone read it: instants, and those that its sentences name."""
    return {key: _local(key, value, zone) for key, value in values.items()}


def show_json(value: object) -> None:
    """Indented JSON in plain characters of UTF-8."""
    encoded = msgspec.json.encode(value, enc_hook=_of_our_own)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def show_json_items(items: Iterable[object]) -> None:
    """A JSON array written item by item, for what is too long to hold."""
    before = "[\n"
    for item in items:
        encoded = msgspec.json.encode(item, enc_hook=_of_our_own)
        sys.stdout.write(before + msgspec.json.format(encoded, indent=2).decode())
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")


def show_refusal(text: str, code: int, issues: Sequence[Issue]) -> None:
    """Why a command did nothing, for programs: what the error output says, the exit code, and each issue by its parts."""
    show_json({"error": text, "code": int(code), "issues": list(issues)})


def say(text: str) -> None:
    """A line for a person."""
    sys.stdout.write(printable(text) + "\n")


def tell(text: str) -> None:
    """A line of something that goes on, shown at once whoever reads along."""
    say(text)
    sys.stdout.flush()


def copy_out(body: BinaryIO) -> None:
    """Bytes as they are, and nothing else."""
    shutil.copyfileobj(body, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def complain(text: str) -> None:
    """A line on the error output."""
    sys.stderr.write("\n".join(printable(line) for line in text.splitlines()) + "\n")


def cell(value: object) -> str:
    """A value as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case timedelta():
            return _length(value)
        case Enum():
            return str(value.value)
        case list() | tuple():
            return ", ".join(cell(item) for item in value)
        case bytes():
            return printable(value.decode("utf-8", "replace"))
        case _:
            return printable(str(value))


def printable(text: str) -> str:
    r"""The text with every control character made visible, so that no file of a partner can steer a terminal.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def flat(document: object) -> dict[str, object]:
    """Every value of a document by the path that mappings and their tests use: `lines#1.quantity`. What is absent stays away."""
    return dict(_leaves("", msgspec.to_builtins(document)))


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on the error output while the block runs; gives the call that advances it. Silent where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=total)
        yield lambda steps: bars.advance(task, steps)


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for word, inner in value.items():
                yield from _leaves(f"{path}.{word}" if path else word, inner)
        case list() | tuple():
            for number, inner in enumerate(value, start=1):
                yield from _leaves(f"{path}#{number}", inner)
        case None | "":
            return
        case _:
            yield path, value


def _print_table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for key, heading in columns.items():
        is_number = all(_is_number(row.get(key)) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(key))) for key in columns))
    console.print(table)


def _local(key: str, value: object, zone: tzinfo) -> object:
    match value:
        case datetime():
            return as_read(value, zone)
        case str() if key in SENTENCES:
            return retold(value, zone)
        case _:
            return value


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool))


def _length(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _of_our_own(value: object) -> object:
    match value:
        case PurePath():
            return value.as_posix()
        case Mapping():
            return dict(value)
        case _:
            raise NotImplementedError(f"{type(value).__name__} is not printed as JSON")
