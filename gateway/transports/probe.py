"""The connector test: reach, log in, list, write, rename, read back, remove; each with its result, nothing left behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.kernel.errors import EndpointDown, GatewayError
from gateway.transports.base import CannotRename, Probe, Stat
from gateway.transports.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from gateway.transports.base import Fact, RemotePath, Transport

CONTENT = b"Written by the connector test of the gateway; safe to delete.\n"


class Result(StrEnum):
    """How a step ended."""

    FINE = "ok"
    FAILED = "failed"
    SKIPPED = "not tried"


class Step(Struct, frozen=True):
    """One line of the connector test."""

    name: str
    result: Result
    text: str
    folder: str = ""
    error: GatewayError | None = None
    """What was raised, for the exit code; its text is `text`."""


def _nothing(_: Transport) -> Iterable[Step]:
    return ()


def probe(
    name: str,
    options: Struct,
    folders: Sequence[RemotePath],
    *,
    token: str,
    read_only: frozenset[RemotePath] = frozenset(),
    learn: Callable[[Transport], Iterable[Step]] = _nothing,
) -> Iterator[Step]:
    """Try everything the gateway will do in these folders; `token` makes the names of the test files our own.

    `read_only` folders are only listed. `learn` finds out more about the server, before the folders are tried.
    """
    kind = kind_of(name)
    transport = yield from _opened(kind.opening(options), kind.steps)
    if transport is None:
        for folder in folders:
            yield from _skipped([step for step, _ in TRIALS], str(folder))
        return
    try:
        if isinstance(transport, Probe):
            for fact in transport.abilities():
                yield Step(fact.step, Result.FINE, fact.text)
        yield from learn(transport)
        for folder in folders:
            yield from _tried(transport, folder, token, TRIALS[:1] if folder in read_only else TRIALS)
    finally:
        transport.close()


def _opened(opening: Generator[Fact, None, Transport], steps: Sequence[str]) -> Generator[Step, None, Transport | None]:
    told = 0
    while True:
        try:
            fact = next(opening)
        except StopIteration as end:
            transport: Transport = end.value
            return transport
        except GatewayError as error:
            yield Step((*steps, "start")[told], Result.FAILED, str(error), error=error)
            yield from _skipped(steps[told + 1 :], "")
            return None
        yield Step(fact.step, Result.FINE, fact.text)
        told += 1


def _tried(transport: Transport, folder: RemotePath, token: str, trials: Trials) -> Iterator[Step]:
    trial = Trial(transport, folder, token)
    try:
        for at, (name, attempt) in enumerate(trials):
            try:
                text = attempt(trial)
            except GatewayError as error:
                yield Step(name, Result.FAILED, str(error), folder=str(folder), error=error)
                yield from _skipped([other for other, _ in trials[at + 1 :]], str(folder))
                return
            yield Step(name, Result.FINE, text, folder=str(folder))
    finally:
        if len(trials) > 1:
            trial.clean()


def _skipped(names: Sequence[str], folder: str) -> Iterator[Step]:
    for name in names:
        yield Step(name, Result.SKIPPED, "", folder=folder)


class Trial:
    """The test file in one folder, from its first name to its removal."""

    def __init__(self, transport: Transport, folder: RemotePath, token: str) -> None:
        self._transport = transport
        self._folder = folder
        # a leading dot and .part: what senders and receivers leave alone
        self._part = folder.join(f".gateway-test-{token}.part".encode())
        self._final = folder.join(f".gateway-test-{token}".encode())

    def list(self) -> str:
        """Read the whole folder once."""
        files, others = 0, 0
        for entry in self._transport.listing(self._folder):
            files, others = (files + 1, others) if entry.is_file else (files, others + 1)
        return f"{files} files, {others} folders and others"

    def write(self) -> str:
        """Put the test file under its temporary name."""
        self._transport.put(self._part, io.BytesIO(CONTENT))
        return f"{len(CONTENT)} bytes as {self._part.name.decode()}"

    def rename(self) -> str:
        """Give it its final name."""
        self._transport.rename(self._part, self._final)
        if isinstance(self._transport, Stat) and self._transport.stat(self._part) is not None:
            raise CannotRename("after the rename the old name is still there: the server copies instead of renaming")
        return f"to {self._final.name.decode()}"

    def read(self) -> str:
        """Read it back and compare."""
        with self._transport.open(self._final) as body:
            found = body.read()
        if found != CONTENT:
            raise EndpointDown(f"read back {len(found)} bytes that are not the {len(CONTENT)} written")
        return "the same bytes"

    def remove(self) -> str:
        """Take it away."""
        self._transport.remove(self._final)
        return "nothing left behind"

    def clean(self) -> None:
        """Whatever a failed step has left."""
        for path in (self._part, self._final):
            with suppress(GatewayError):
                self._transport.remove(path)


Trials = tuple[tuple[str, Callable[["Trial"], str]], ...]

TRIALS: Trials = (
    ("list", Trial.list),
    ("write", Trial.write),
    ("rename", Trial.rename),
    ("read back", Trial.read),
    ("remove", Trial.remove),
)
