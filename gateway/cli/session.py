"""What all commands of one call share: where the workspace is, and whether tracebacks are shown."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.cli.output import complain
from gateway.kernel.instants import retold

if TYPE_CHECKING:
    from gateway.config import Workspace


LEFT_OUT = "Going on without {}; no node starts while it is like that. Mend it, then look with: gateway connector check"


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
        """The workspace, read and checked, for commands that have partners' files taken, made or sent: refused when anything is wrong."""
        from gateway.config import Workspace

        return self._in_force(Workspace.load(self.root))

    @cached_property
    def legible(self) -> Workspace:
        """The workspace for all other commands: connectors that are wrong are told of on the error output and left out."""
        from gateway.config import Workspace

        if "workspace" in self.__dict__:  # read already, and right
            return self.workspace
        workspace = self._in_force(Workspace.read(self.root))
        if workspace.left_out:
            complain("\n".join(dict.fromkeys(map(str, workspace.left_out))))
            complain(LEFT_OUT.format(", ".join(dict.fromkeys(it.file for it in workspace.left_out))))
        return workspace

    @property
    def zone(self) -> ZoneInfo:
        """In which people of this business read times."""
        return ZoneInfo(self.legible.reference.organization.zone)

    def retold(self, text: str) -> str:
        """A sentence with its instants as people of this business read them; as it is where the workspace has not been read."""
        return retold(text, self.zone) if {"workspace", "legible"} & self.__dict__.keys() else text

    def _in_force(self, workspace: Workspace) -> Workspace:
        """Its log settings count from now on."""
        from gateway.config.logs import configure_logs

        configure_logs(workspace.settings.log, partners=workspace.partner_names)
        return workspace


def session_of(context: typer.Context) -> Session:
    """The session of a running command."""
    found = context.obj
    if not isinstance(found, Session):
        raise TypeError("commands are started by gateway.cli.main")
    return found


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
