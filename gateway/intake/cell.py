"""A limited child process that reads files which may kill whoever reads them (decision 0020).

The parent's side: starts the child, hands it one file after the other, and tells what came of each: documents, a verdict, or its death.
The child has its own memory and processor time, opens no network and starts nothing. Not for: files nobody suspects.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from enum import StrEnum
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Self

import msgspec
from msgspec import Struct

from gateway.config import Workspace
from gateway.intake.kept import Spooled
from gateway.kernel import Issue
from gateway.kernel.errors import TryLater
from gateway.kernel.typed import decode
from gateway.mapping import Library
from gateway.store.messages import Message

PIECE = 250_000
"""So many bytes of a file earn it another second."""
SLACK = 4
"""On a busy machine the clock may run so many times longer than the processor works for us."""
START = 60.0
"""Seconds until a child that says nothing is given up."""
TAIL = 1000
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


class Ask(StrEnum):
    """What is wanted of a file: the judgement on it with its documents, or the documents alone."""

    EXAMINE = "examine"
    DOCUMENTS = "documents"


class Task(Struct, frozen=True):
    """One file for the child, and the seconds of processor time it may take."""

    ask: Ask
    message: Message
    seconds: int


class Outcome(StrEnum):
    """What the child found: documents, or why there are none."""

    LEGIBLE = "legible"
    REFUSED = "refused"
    PARKED = "parked"
    FAILED = "failed"
    LATER = "later"
    LOST = "lost"
    EXHAUSTED = "exhausted"


class Finding(Struct, frozen=True):
    """The child's last word about a file."""

    outcome: Outcome
    mapping: str = ""
    issues: tuple[Issue, ...] = ()
    reason: str = ""


class Read(Struct, frozen=True):
    """A finding, with the documents where there are any."""

    finding: Finding
    kept: Spooled | None


class Died(Struct, frozen=True):
    """The file killed its reader; `how` is one sentence for people."""

    how: str


class Cell:
    """A child for the files of one group, in one thread: started with the first of them, again after each death, ended by `close`."""

    def __init__(self, workspace: Workspace, library: Library) -> None:
        self._workspace = workspace
        self._library = library
        self._child: subprocess.Popen[bytes] | None = None
        self._last_words: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read(self, message: Message, ask: Ask) -> Read | Died:
        """What the child finds in this file. TryLater where no child can be had, or no room for what it says."""
        seconds = int(self._workspace.settings.reader.time.total_seconds()) + message.size // PIECE
        child = self._child or self._started()
        timer = threading.Timer(seconds * SLACK + START, child.kill)
        timer.start()
        try:
            return self._asked(child, Task(ask, message, seconds))
        except BaseException:
            child.kill()  # it is in the middle of something
            self.close()
            raise
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let the child go; the next file gets a new one."""
        if self._child is not None:
            self._end(self._child)

    def _asked(self, child: subprocess.Popen[bytes], task: Task) -> Read | Died:
        given, said = _pipes(child)
        kept: Spooled | None = None
        with suppress(BrokenPipeError):
            given.write(msgspec.json.encode(task) + b"\n")
            given.flush()
        for line in said:
            match line[:1]:
                case b"d" if kept is not None:
                    _keep(kept, line[1:])
                case b"m":
                    kept = Spooled(self._library.of(decode(line[1:], str)).document, self._workspace.paths.archive)
                case b"v":
                    finding = decode(line[1:], Finding)
                    if finding.outcome is Outcome.EXHAUSTED:
                        self._end(child)
                        return Died(f"it needs more than {self._workspace.settings.reader.memory:,} bytes of memory (reader.memory)")
                    return Read(finding, kept)
        return Died(self._cause(child, task.seconds))

    def _started(self) -> subprocess.Popen[bytes]:
        """A new child that has said it is ready."""
        settings = self._workspace.settings.reader
        program = [sys.executable, "-P", "-X", "faulthandler", "-m", "gateway.intake.inmate"]
        words = [str(self._workspace.paths.root), str(settings.memory)]
        self._last_words = TemporaryFile()  # noqa: SIM115 - closed with the child
        try:
            child = subprocess.Popen(  # noqa: S603 - our own program
                [*program, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._last_words,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise TryLater(f"the process that reads suspected files cannot be started: {error.strerror}") from error
        timer = threading.Timer(START, child.kill)
        timer.start()
        ready = _pipes(child)[1].readline()
        timer.cancel()
        if ready != b"r\n":
            child.kill()
            raise TryLater(f"the process that reads suspected files does not start: {self._cause(child, int(START))}")
        self._child = child
        return child

    def _cause(self, child: subprocess.Popen[bytes], seconds: int) -> str:
        """Why the child is gone, as one sentence."""
        self._end(child)
        code = child.returncode
        if code < 0:
            name = signal.Signals(-code).name
            told = {
                "SIGXCPU": f"it took more than {seconds} s of processor time (reader.time)",
                "SIGKILL": "its reader was killed (SIGKILL): it took too long, or the machine ran out of memory",
            }
            return told.get(name, f"its reader crashed with {name}{self._heard}")
        return f"its reader ended with code {code}{self._heard}"

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Close the pipes, wait, and note its last words."""
        self._child = None
        for pipe in _pipes(child):
            with suppress(BrokenPipeError):
                pipe.close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self._heard = _tail(self._last_words)

    _heard = ""


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise TryLater("the process that reads suspected files has no pipes")
    return child.stdin, child.stdout


def _keep(kept: Spooled, line: bytes) -> None:
    try:
        kept.add_line(line)
    except OSError as error:
        raise TryLater(f"no room to keep what was read: {error.strerror}") from error


def _tail(words: IO[bytes] | None) -> str:
    """The end of what it wrote to its error output, in brackets; the stream is closed."""
    if words is None or words.closed:
        return ""
    with words:
        words.seek(0)
        text = words.read()[-TAIL:].decode("utf-8", "replace").strip()
    return f" ({' / '.join(line.strip() for line in text.splitlines() if line.strip())})" if text else ""


def _environment() -> dict[str, str]:
    """What the child may know: where programs lie and the settings of the workspace, but no secret and no database."""
    return {name: value for name, value in os.environ.items() if name in _PASSED or _is_harmless(name)}


def _is_harmless(name: str) -> bool:
    return name.startswith("GATEWAY_") and "__" in name and not name.startswith("GATEWAY_DATABASE__")
