"""The channels of a connector: `receive:` takes files from a folder, `send:` gathers documents and puts files into one."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from gateway.config.expect import Expect
from gateway.config.names import FileName, Marker, read_file_name, read_marker
from gateway.config.patterns import FilePattern, intersects, read_pattern
from gateway.config.schedule import Timetable, read_timetable
from gateway.config.values import Count, Duration, Flag, Model, Name, Size, Whole, read_duration
from gateway.domain.origin import Via
from gateway.kernel.schedule import Every, Schedule

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
USER = re.compile(r"[a-z0-9][a-z0-9._@-]{1,49}|Admin")
SECOND = read_duration("1s")


class Take(StrEnum):
    """What becomes of a file when it is taken; only `move` keeps every promise."""

    MOVE = "move"
    KEEP = "keep"
    DELETE = "delete"


class Exists(StrEnum):
    """What happens when the name of a file we deliver is taken by other bytes."""

    REFUSE = "refuse"


class Gathering(StrEnum):
    """What a send channel collects."""

    NEW_ORDERS = "new_orders"
    CHANGES = "changes"
    REQUESTS = "requests"
    APPROVED_INVOICES = "approved_invoices"


def _folder(text: str) -> str:
    if UNPRINTABLE.search(text) or not text.strip() or len(text.encode()) > 1_024:
        raise ValueError("a folder is a printable text of at most 1,024 bytes")
    if ".." in text.split("/"):
        raise ValueError(f"'{text}': '..' is not allowed in a folder")
    if ".taken" in text.split("/"):
        raise ValueError(f"'{text}': .taken belongs to the gateway")
    return text


def _user(text: str) -> str:
    if not USER.fullmatch(text):
        raise ValueError(f"'{text}' is not a user; use 2 to 50 small letters, digits and . _ @ -")
    return text


def _one_or_many(found: Any) -> Any:
    return [found] if isinstance(found, str) else found


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("at least one is needed")
    return values


def _read(read: Any) -> PlainValidator:
    def convert(found: Any) -> Any:
        if isinstance(found, str):
            return read(found)
        if hasattr(found, "text"):
            return found
        raise ValueError("must be one text")

    return PlainValidator(convert)


_AS_TEXT = PlainSerializer(lambda value: value.text, return_type=str, when_used="json")
_TEXT = WithJsonSchema({"type": "string"})
_TEXTS = WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}})
_LIST_TOO = BeforeValidator(_one_or_many)

Folder = Annotated[str, AfterValidator(_folder)]
User = Annotated[str, AfterValidator(_user)]
Pattern = Annotated[FilePattern, _read(read_pattern), _AS_TEXT, _TEXT]
Template = Annotated[FileName, _read(read_file_name), _AS_TEXT, _TEXT]
MarkerName = Annotated[Marker, _read(read_marker), _AS_TEXT, _TEXT]
Times = Annotated[Timetable, _read(read_timetable), _AS_TEXT, _TEXT]
Patterns = Annotated[tuple[Pattern, ...], _LIST_TOO, AfterValidator(_some), _TEXTS]
Mappings = Annotated[tuple[Name, ...], _LIST_TOO, AfterValidator(_some), _TEXTS]


class Ready(Model):
    """When a file counts as complete: it rests for so long, or its marker stands there."""

    stable_for: Duration = read_duration("30s")
    """Two listings so far apart must agree on size and time."""
    marker: MarkerName | None = None
    """{file}.done or {stem}.ok: the file beside it that says it is complete."""
    empty_after: Duration | None = None
    """An empty file is taken only after so long; without it empty files wait and are shown."""


class Limits(Model):
    """What a file, and a poll, may be at most."""

    size: Size = 100_000_000
    """Of one file."""
    rows: Count = 1_000_000
    """Of one file."""
    files: Count = 10_000
    """New ones looked at in one poll, in the order of their names; the rest comes in turns with the next."""


class Answer(Model):
    """The file that tells the sender what became of theirs."""

    mapping: Name
    """The layout of the answer."""
    file: Template
    """Its name, made of {file} or {message}, {made_at:…} and {partner.x}."""
    folder: Folder
    """Where it is put."""
    refused: Template | None = None
    """The name of a second file: the rows, objects or elements that were not taken, as they came and each with what is wrong, to be mended
    and sent again. Not for interchanges, nor where counts stand around them; made of the same words."""

    @model_validator(mode="after")
    def _one_answer_each(self) -> Answer:
        for name, template in (("file", self.file), ("refused", self.refused)):
            holes = set(template.holes) if template is not None else {"file"}
            if not {"file", "message"} & holes:
                raise ValueError(f"'{name}' needs {{file}} or {{message}}; every answer would have the same name")
            if {"batch", "sequence"} & holes:
                raise ValueError(f"'{name}' of an answer knows {{file}}, {{message}}, {{made_at:…}} and {{partner.x}} only")
        return self


class Wait(Model):
    """How long a document may wait for another one that it needs; absent means that it is refused at once."""

    order: Duration | None = None
    """For the order of a shipment or invoice."""
    batch: Duration | None = None
    """For the batch of an acknowledgement."""
    shipment: Duration | None = None
    """For the shipment of an invoice."""


class Receive(Model):
    """Files that a partner leaves for us."""

    channel: Name
    """The name of the channel in tables, logs and commands."""
    folder: Folder
    """Where the partner puts the files."""
    files: Patterns
    """Patterns of * and ?; {word} keeps a part of the name for mappings (`$file.word`)."""
    mapping: Mappings
    """The layouts to try, in this order; the first that fits reads the file."""
    every: Duration = read_duration("60s")
    """How often the folder is looked at."""
    watch: Flag = False
    """Look at once when something appears; only where the transport can tell, and always besides `every`."""
    ready: Ready = Ready()
    """When a file is complete."""
    take: Take = Take.MOVE
    """What becomes of a file: `move` into .taken beside it; `keep` and `delete` promise less."""
    limits: Limits = Limits()
    """What a file may be at most."""
    answer: Answer | None = None
    """What the sender is told, and where."""
    wait: Wait = Wait()
    """How long a document may wait for another one; by default it does not."""
    expect: Expect | None = None
    """What should come, by when, and what about its numbers and volume; by default nothing is expected."""
    via: Annotated[Via, WithJsonSchema({"enum": ["message", "upload"]})] = Via.MESSAGE
    """`message` files act as a system (history source WS), `upload` files as a person at the portal (UI)."""
    in_order: Flag = False
    """Book the files one after the other in the order of their names."""
    user: User | None = None
    """Who the files act as; by default the vendor's integration user, or Admin."""
    enabled: Flag = True
    """false: leave the folder alone."""

    @model_validator(mode="after")
    def _sensible(self) -> Receive:
        if self.every < SECOND:
            raise ValueError("'every' must be at least 1s")
        if self.via is Via.SCREEN:
            raise ValueError("'via' of a channel is message or upload")
        marker = self.ready.marker
        if marker and any(intersects(marker.tokens(file.tokens), other.tokens) for file in self.files for other in self.files):
            raise ValueError(f"'files' would take the markers {marker.text} too; make the pattern narrower")
        fault = self.expect.sequence_fault([file.placeholders for file in self.files]) if self.expect else None
        if fault:
            raise ValueError(f"'expect' > 'sequence': {fault}")
        return self


class Gather(Model):
    """What a channel collects and when it makes a file of it."""

    new_orders: Flag = False
    """Orders that wait for this vendor, as a batch."""
    changes: Flag = False
    """The change feed of this system."""
    requests: Flag = False
    """What the retailer changes of this vendor's orders: requests that wait for its answer, and what changed by itself."""
    approved_invoices: Flag = False
    """Invoices to post to this system."""
    at: Times | None = None
    """Times, days and a zone: "06:00,12:00 mon-fri America/New_York"."""
    every: Duration | None = None
    """And every so often."""
    count: Count | None = None
    """Make a file as soon as so many wait."""
    now: Flag = False
    """Make a file as soon as anything waits."""
    asked: Flag = False
    """Only when the partner asks, by a file or in its place by a command; what the others say comes besides."""
    most: Count | None = None
    """The most documents in one file; for orders the vendor's own limit applies too."""

    @property
    def what(self) -> Gathering:
        """The one thing this channel collects."""
        return next(kind for kind in Gathering if getattr(self, kind.value))

    def schedules(self, *, zone: str) -> tuple[Schedule, ...]:
        """When it is due by the clock, in `zone` where the text names none; `count` and `now` come besides."""
        times = (self.at.due(zone=zone),) if self.at else ()
        return (*times, Every(self.every)) if self.every else times

    @model_validator(mode="after")
    def _one_thing_at_some_time(self) -> Gather:
        if [getattr(self, kind.value) for kind in Gathering].count(True) != 1:
            raise ValueError(f"exactly one of {', '.join(Gathering)} must be true")
        if self.at is None and self.every is None and self.count is None and not self.now and not self.asked:
            raise ValueError("nothing says when: give at, every, count, now or asked")
        if self.asked and not (self.new_orders or self.changes):
            raise ValueError("'asked' is for new_orders and changes; nobody asks for postings or requests by file")
        if self.every is not None and self.every < SECOND:
            raise ValueError("'every' must be at least 1s")
        if self.most and self.count and self.count > self.most:
            raise ValueError(f"'count' {self.count} is above 'most' {self.most}")
        return self


class Acknowledge(Model):
    """Whether the partner must acknowledge each file, and by when."""

    required: Flag = False
    """Watch for the acknowledgement of each file."""
    within: Duration = read_duration("24h")
    """Later it counts as overdue."""
    resend: Whole = 0
    """So many times a file that is overdue is sent again by itself, each time with `within` more to acknowledge it."""

    @model_validator(mode="after")
    def _sensible(self) -> Acknowledge:
        if self.resend and not self.required:
            raise ValueError("'resend' needs 'required: true': nobody watches for the acknowledgement")
        return self


class Retry(Model):
    """How long a delivery is tried before it is parked for a person."""

    budget: Duration = read_duration("72h")
    """After so long a person must look."""


class Send(Model):
    """Files that we leave for a partner."""

    channel: Name
    """The name of the channel in tables, logs and commands."""
    folder: Folder
    """Where we put the files."""
    mapping: Name
    """The layout of the files."""
    gather: Gather
    """What is collected, and when."""
    file: Template
    """The name, made of {batch:06} or {sequence:08}, {made_at:%Y…} in UTC and {partner.x}."""
    exists: Exists = Exists.REFUSE
    """When the name is taken by other bytes: never overwritten."""
    acknowledge: Acknowledge = Acknowledge()
    """Whether and when the partner must acknowledge."""
    retry: Retry = Retry()
    """How long a delivery is tried."""
    in_order: Flag = False
    """Deliver one after the other: what stands behind a file that cannot be delivered waits."""
    enabled: Flag = True
    """false: gather nothing."""

    @model_validator(mode="after")
    def _one_name_each(self) -> Send:
        holes = set(self.file.holes)
        if "file" in holes:
            raise ValueError("'{file}' in 'file' is the name of a received file; this channel answers none")
        if "batch" in holes and not self.gather.new_orders:
            raise ValueError("'{batch}' in 'file' is for channels that gather new_orders; use {sequence}")
        if "message" in holes:
            raise ValueError("'{message}' in 'file' is for answers; use {batch} or {sequence}")
        if not holes & {"batch", "sequence"}:
            raise ValueError("'file' needs {batch} or {sequence}; every file would have the same name")
        return self


class Notices(Model):
    """When e-mails are made of what there is to tell (sdf 8.4)."""

    every: Duration = read_duration("1m")
    """At most so often; what comes up between two times goes into one mail for each kind and recipient."""
    most: Count = 200
    """So many things are listed in one mail; of more their number is told."""
    retry: Retry = Retry()
    """How long a mail is tried."""

    @model_validator(mode="after")
    def _some_time(self) -> Notices:
        if self.every < SECOND:
            raise ValueError("'every' must be at least 1s")
        return self
