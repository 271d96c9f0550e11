"""The workspace of a demo: a copy of the shipped one with its partners switched on, and what was asked for, written down in it.

It stands complete under its name or not at all, whenever somebody pulls the plug.
"""

from __future__ import annotations

import errno
import re
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.config import Workspace
from gateway.config.settings import FILE
from gateway.config.shipped import copy_workspace, make_folder
from gateway.kernel.errors import ConfigError
from gateway.kernel.typed import decode

SCRIPT = Path("var/sim/script.json")
QUICK = ((r"stable_for: \d+s", "stable_for: 1s"), (r"every: \d+s", "every: 1s"), (r"enabled: false", "enabled: true"))


class Script(Struct, frozen=True, kw_only=True):
    """What a play is about: its seed, and how many orders it has (None: it does not end)."""

    seed: int
    orders: int | None


class Taken(ConfigError):
    """Something else is there."""


def stage(folder: Path, script: Script) -> None:
    """Make the workspace of a demo; ConfigError where it cannot stand."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Taken(f"{folder} holds something else already; name another folder")
    try:
        make_folder(folder.parent)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as making:
            site = Path(making) / "site"
            copy_workspace(site)
            for path in (site / "connectors").glob("*.yaml"):
                _rewrite(path, *QUICK)
            workspace = Workspace.load(site)
            workspace.make_folders(*workspace.connectors.values())
            write_script(site, script)
            site.rename(folder)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            raise Taken(f"{folder} was made by somebody else meanwhile; name another folder") from error
        raise ConfigError(f"{folder} cannot be made: {error.strerror}; name another folder") from error


def next_stage(below: Path, script: Script) -> Path:
    """Make a workspace under the first free number."""
    for number in count(1):
        folder = below / str(number)
        with suppress(Taken):
            stage(folder, script)
            return folder
    raise AssertionError


def is_stage(folder: Path) -> bool:
    """Whether a demo was begun there."""
    return (folder / FILE).is_file() and (folder / SCRIPT).is_file()


def read_script(root: Path) -> Script | None:
    """The script of a workspace, if one was written."""
    path = root / SCRIPT
    return decode(path.read_bytes(), Script) if path.is_file() else None


def write_script(root: Path, script: Script) -> None:
    """Write the script down, all of it or nothing."""
    path = root / SCRIPT
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(script) + b"\n")
    unfinished.rename(path)


def move_to_port(root: Path, connector: str, port: int) -> None:
    """Let the connector of a demo call its partner where it listens today."""
    _rewrite(root / "connectors" / f"{connector}.yaml", (r"(?m)^  port: \d+$", f"  port: {port}"))


def _rewrite(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        text = re.sub(old, new, text)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(path)
