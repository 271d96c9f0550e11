"""`gateway schema`: JSON Schemas of everything people write in YAML and TOML, for editors and for review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import say
from gateway.cli.session import session_of


def schema(
    context: typer.Context,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 7 when a file is not current.")] = False,
) -> None:
    """Write the JSON Schemas of the configuration files into schemas/."""
    from gateway.desk.schemas import schema_texts

    folder = session_of(context).root / "schemas"
    texts = schema_texts()
    stale = [name for name, text in texts.items() if _read(folder / name) != text]
    if not check:
        write_schemas(folder, texts)
        say(f"{len(texts)} schemas in {folder}, {len(stale)} of them new.")
    elif stale:
        say(f"Not current: {', '.join(stale)}. Run: gateway schema")
        raise typer.Exit(Exit.DIFFERENCES)


def write_schemas(folder: Path, texts: Mapping[str, str]) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
