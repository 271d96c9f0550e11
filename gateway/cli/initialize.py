"""`gateway init DIR`: a new workspace with the shipped layouts, samples and partners that are switched off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import say


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the workspace is made.")]) -> None:
    """Make a new workspace."""
    from gateway.cli.schema import write_schemas
    from gateway.config import Workspace
    from gateway.config.shipped import copy_workspace
    from gateway.desk.schemas import schema_texts

    copy_workspace(folder)
    write_schemas(folder / "schemas", schema_texts())
    workspace = Workspace.load(folder)
    workspace.make_folders(*workspace.connectors.values())
    say(f"A workspace is in {workspace.paths.root}: {len(workspace.connectors)} connectors, all switched off.")
    say(f"Next: gateway --workspace {folder} connector list")
