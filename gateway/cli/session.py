"""What all commands of one call share: where the workspace is, and whether tracebacks are shown."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from gateway.config import Workspace


class Session:
    """Made by the door, filled by the global options, read by the commands as `context.obj`."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.debug = False

    @property
    def root(self) -> Path:
        """The root of the workspace, unread; ConfigError when there is none."""
        from gateway.config import Workspace

        return Workspace.find(self.folder or Path.cwd())

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, read and checked; its log settings count from now on."""
        from gateway.config import Workspace
        from gateway.config.logs import configure_logs

        workspace = Workspace.load(self.root)
        configure_logs(workspace.settings.log, partners=workspace.partner_names)
        return workspace

    @property
    def zone(self) -> ZoneInfo:
        """In which people of this business read times."""
        return ZoneInfo(self.workspace.reference.organization.zone)


def session_of(context: typer.Context) -> Session:
    """The session of a running command."""
    found = context.obj
    if not isinstance(found, Session):
        raise TypeError("commands are started by gateway.cli.main")
    return found


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
