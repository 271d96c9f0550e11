"""`gateway schema`: JSON Schemas of everything people write in YAML and TOML, for editors and for review."""

from __future__ import annotations

import json
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
    folder = session_of(context).root / "schemas"
    texts = schema_texts()
    stale = [name for name, text in texts.items() if _read(folder / name) != text]
    if not check:
        write_schemas(folder, texts)
        say(f"{len(texts)} schemas in {folder}, {len(stale)} of them new.")
    elif stale:
        say(f"Not current: {', '.join(stale)}. Run: gateway schema")
        raise typer.Exit(Exit.DIFFERENCES)


def schema_texts() -> Mapping[str, str]:
    """File name to text."""
    from gateway.config.schemas import configuration_schemas
    from gateway.formats.edi.guide_schema import guide_schema
    from gateway.mapping.schema import mapping_schema

    schemas = {**configuration_schemas(), "guide": guide_schema(), "mapping": mapping_schema()}
    return {f"{name}.json": json.dumps(found, indent=2, ensure_ascii=False) + "\n" for name, found in sorted(schemas.items())}


def write_schemas(folder: Path, texts: Mapping[str, str]) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
