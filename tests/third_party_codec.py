"""What another package would bring: a codec that does to its process what a broken library does, when a value asks for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from gateway.mapping.codecs import Codec, Context

ENTRY = "[gateway.codecs]\ndeadly = tests.third_party_codec:deadly\n"


def installed(folder: Path) -> Path:
    """A folder that makes this module an installed package once it stands in PYTHONPATH."""
    about = folder / "deadly-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY)
    return folder


def deadly(argument: str, context: Context) -> Codec:
    """Texts pass, but for those that say how to die."""
    return Codec("deadly", _decode, str)


def _decode(text: str) -> str:
    match text:
        case "SEGFAULT":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        case "HOARD":
            _hoard()
        case "SPIN":
            while True:
                pass
        case "EXIT":
            os._exit(3)
        case "CALL":
            os.system("true")
        case _:
            pass
    return text


def _hoard() -> None:
    """Memory until there is no more; where nothing limits it, as the system's killer of hoarders does."""
    hoard = [bytearray(1_000_000) for _ in range(700)]
    assert hoard
    os.kill(os.getpid(), signal.SIGKILL)
