"""The limited child process that reads suspected files: `python -m gateway.intake.inmate ROOT MEMORY`.

It takes a task a line and answers lines: `r` ready, `m` the mapping, `d` a document, `v` the verdict (see `cell.py`).
It dies with its parent, opens no network, starts no program, and has no right to the database.
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec.structs import astuple

from gateway.archive import Archive, BlobLost
from gateway.config import Workspace
from gateway.intake.cell import Ask, Finding, Outcome, Task
from gateway.intake.choosing import Parked, RefusedWhole
from gateway.intake.reading import Reader
from gateway.kernel.errors import ConfigError, Refused, TryLater
from gateway.kernel.typed import decode
from gateway.mapping import Library, Reading

MOST_FILES = 64
"""Open at one time."""
_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.", "ctypes.dlopen")


def main(root: Path, memory: int) -> None:
    """Serve until the parent closes the pipe."""
    _confine(memory)
    workspace = Workspace.read_again(root)
    library = Library(workspace.paths.mappings, weight_unit=workspace.reference.organization.weight_unit)
    inmate = Inmate(workspace, library, sys.stdout.buffer)
    sys.stdout.buffer.write(b"r\n")
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        task = decode(line, Task)
        _allow(task.seconds)
        inmate.do(task)


class Inmate:
    """Reads one file after the other and tells the parent."""

    def __init__(self, workspace: Workspace, library: Library, out: IO[bytes]) -> None:
        self._workspace = workspace
        self._reader = Reader(workspace, library, Archive(workspace.paths.archive))
        self._out = out

    def do(self, task: Task) -> None:
        """One file, whatever it raises."""
        try:
            finding = self._found(task)
        except MemoryError:
            finding = Finding(Outcome.EXHAUSTED)
        except BlobLost as error:
            finding = Finding(Outcome.LOST, reason=str(error))
        except Refused as error:
            finding = Finding(Outcome.FAILED, issues=error.issues, reason=f"{type(error).__name__}: {error}")
        except TryLater as error:
            finding = Finding(Outcome.LATER, reason=str(error))
        except OSError as error:
            finding = Finding(Outcome.LATER, reason=f"{type(error).__name__}: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001 - whatever reading a file may raise concerns that file alone
            finding = Finding(Outcome.FAILED, reason=f"{type(error).__name__}: {error}")
        self._say(b"v", finding)
        self._out.flush()

    def _found(self, task: Task) -> Finding:
        message = task.message
        try:
            connector = self._workspace.connector(message.connector)
            channel = connector.receiving(message.channel)
        except ConfigError as error:  # somebody is writing in its file: the node that asks knows it as it was
            raise TryLater(str(error)) from error
        if task.ask is Ask.DOCUMENTS:
            self._tell(message.mapping or "", self._reader.documents(message, connector, channel))
            return Finding(Outcome.LEGIBLE, message.mapping or "")
        match self._reader.examine(message, connector, channel, self._workspace.reference):
            case Parked(issues=issues):
                return Finding(Outcome.PARKED, issues=issues)
            case RefusedWhole(mapping=mapping, issues=issues):
                return Finding(Outcome.REFUSED, mapping.name, issues)
            case legible:
                self._tell(legible.mapping.name, legible.readings())
                return Finding(Outcome.LEGIBLE, legible.mapping.name)

    def _tell(self, mapping: str, readings: Iterable[Reading]) -> None:
        self._say(b"m", mapping)
        for reading in readings:
            self._say(b"d", astuple(reading))

    def _say(self, tag: bytes, what: Any) -> None:
        self._out.write(tag + msgspec.json.encode(what) + b"\n")


def _allow(seconds: int) -> None:
    """So much more processor time; beyond it the system ends us (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, resource.RLIM_INFINITY))


def _confine(memory: int) -> None:
    """Limits of the system first, then the interpreter's own refusal to reach outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.unshare(_CLONE_NEWNET)  # a network of our own with nothing in it, where we have the right
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:  # noqa: ARG001 - the interpreter's signature
    if event.startswith(_FORBIDDEN):
        raise RuntimeError(f"the reader of suspected files may not do this: {event}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
