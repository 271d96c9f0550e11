"""The workspace that comes with the product, copied by `gateway init`: in the wheel, or the checkout itself."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from gateway.config.settings import FILE
from gateway.kernel.errors import ConfigError

PARTS = ("gateway.toml", "organization.yaml", "connectors", "mappings", "samples")
PACKAGE = Path(__file__).resolve().parent.parent


def shipped_workspace() -> Path:
    """Where the shipped workspace lies."""
    for folder in (PACKAGE / "_workspace", PACKAGE.parent):
        if (folder / FILE).is_file():
            return folder
    raise ConfigError("the shipped workspace is missing; install the gateway again")


def copy_workspace(target: Path) -> None:
    """Make a new workspace; a folder that holds one already, or a part of one, is left alone."""
    taken = [part for part in PARTS if (target / part).exists()]
    if taken:
        raise ConfigError(f"{target} already holds {', '.join(taken)}; nothing was written. Name another folder")
    source = shipped_workspace()
    make_folder(target)
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part)
        elif (source / part).exists():
            shutil.copy(source / part, target / part)
    for path in sorted((target / "connectors").glob("*.yaml")):
        path.write_text(_at_rest(path.read_text(encoding="utf-8")), encoding="utf-8")


def make_folder(folder: Path) -> None:
    """Make a folder and those around it; a place where that cannot be done is told to whoever named it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made ({error.strerror}); name another folder") from error


def _at_rest(text: str) -> str:
    """A connector of a simulated partner, switched off: a new workspace talks to nobody it does not know."""
    return re.sub(r"(?m)^enabled: true$", "enabled: false", text) if re.search(r"(?m)^simulated: true$", text) else text
