"""A life under strace, which kills it or fails a call at the nth call of a kind. Where strace is missing, so is this."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tests.chaos.life import Fate, Life, begin
from tests.chaos.robot import wait_for
from tests.chaos.world import World
from tests.programs import find_program

PROGRAM = "strace"
ATTACHED_WITHIN = 30.0


class Tampering(Struct, frozen=True):
    """What happens at the nth call: `signal=KILL` or `error=…`. `last` is the last call that it happens at, None for all others, too."""

    call: str
    nth: int
    what: str
    last: int | None

    @property
    def is_deadly(self) -> bool:
        """Whether the process ends by it."""
        return self.what.startswith("signal")

    @property
    def kind(self) -> str:
        """As the figures count it."""
        return f"call: {self.what.partition('=')[2]}"

    def __str__(self) -> str:
        when = f"{self.nth}+" if self.last is None else f"{self.nth}..{self.last}" if self.last > self.nth else f"{self.nth}"
        return f"inject={self.call}:{self.what}:when={when}"


class Ended(Struct, frozen=True):
    """How a traced life ended, and how often it was tampered with."""

    code: int
    strikes: int


def missing() -> str | None:
    """The program that is needed and not there."""
    return None if find_program(PROGRAM) else PROGRAM


def traced(world: World, fate: Fate, tampering: Tampering, *, within: float = 60) -> Ended:
    """A life to its end, tampered with."""
    log = world.root / "var" / "calls"
    log.unlink(missing_ok=True)
    with begin(world, replace(fate, waits=True)) as life:
        _wait_until(lambda: status(life, "State").startswith("T"), "the process did not stop")
        command = [str(find_program(PROGRAM)), "-f", "-qq", "-o", str(log), "-p", str(life.pid), "-e", f"trace={tampering.call}"]
        with subprocess.Popen([*command, "-e", str(tampering)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as tracer:
            try:
                _wait_until(lambda: status(life, "TracerPid") not in {"0", ""} or tracer.poll() is not None, "strace did not attach")
                if tracer.poll() is not None:
                    raise RuntimeError(f"strace: {tracer.stderr.read().decode() if tracer.stderr else ''}")
                life.signal(signal.SIGCONT)
                code = life.end(within=within)
            finally:
                tracer.terminate()
    return Ended(code, 1 if code == -signal.SIGKILL and tampering.is_deadly else _injected(log))


def _injected(log: Path) -> int:
    return log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0


def _wait_until(condition: object, told: str) -> None:
    if not wait_for(condition, seconds=ATTACHED_WITHIN, glance=0.005):  # type: ignore[arg-type]
        raise RuntimeError(told)


def status(life: Life, field: str) -> str:
    """A line of what the system says about a process; nothing when it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{life.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return value.strip()
    return ""
