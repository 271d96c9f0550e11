"""`gateway inspect FILE`: what a file is, its documents and issues; nothing is stored. Works outside a workspace too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import Form, progress, say, show_json, show_rows
from gateway.cli.session import AsJson, Session, session_of
from gateway.kernel.errors import ConfigError
from gateway.kernel.issues import Issue

if TYPE_CHECKING:
    from gateway.desk.inspection import Inspection
    from gateway.mapping import Library, Values

DOCUMENTS = {"place": "#", "kind": "Kind", "key": "Key", "lines": "Lines", "issues": "Issues"}
ISSUES = {"document": "Document", "severity": "Severity", "code": "Code", "where": "Where", "text": "What is wrong", "remedy": "What to do"}
MOST = 50


def inspect(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to look at.", exists=True, dir_okay=False, readable=True)],
    *,
    mapping: Annotated[str | None, typer.Option("--mapping", "-m", help="Read it by this mapping; else by the one that fits.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what FILE is, which documents it holds, and what is wrong with them. Exits with 3 when something would be refused."""
    from gateway.desk.inspection import inspect as look

    library, values = _around(session_of(context))
    with progress(f"Reading {file.name}") as advance:
        found = look(file, library, values, mapping=mapping, advance=advance)
    if Form.of(as_json) is Form.JSON:
        show_json(_as_json(found))
    else:
        _tell(file, found)
    if found.is_refused:
        raise typer.Exit(Exit.DATA_REFUSED)


def _around(session: Session) -> tuple[Library, Values]:
    """The mappings of the workspace around us, else those that come with the product."""
    from gateway.config.shipped import shipped_workspace
    from gateway.mapping import Library, Values

    try:
        root = session.root
    except ConfigError:
        if session.folder is not None:
            raise
        return Library(shipped_workspace() / "mappings"), Values()
    workspace = session.workspace
    organization = workspace.reference.organization
    system = workspace.reference.vendor_system
    partner = {"account": organization.account, "vendor_system": system.code if system else ""}
    return Library(root / "mappings", weight_unit=organization.weight_unit), Values(partner=partner)


def _tell(file: Path, found: Inspection) -> None:
    form = found.format or "unknown format"
    say(f"{file.name}: {form}, " + (f"mapping {found.mapping}, {len(found.documents)} document(s)" if found.mapping else "no mapping fits"))
    if found.fitting:
        say(f"It also fits {', '.join(found.fitting)}; name one with --mapping.")
    rows = [
        {"place": place, "kind": it.kind, "key": it.key, "lines": it.lines, "issues": len(it.issues)}
        for place, it in enumerate(found.documents, 1)
    ]
    if rows:
        show_rows(rows[:MOST], Form.TABLE, columns=DOCUMENTS, none="")
        if len(rows) > MOST:
            say(f"... and {len(rows) - MOST} more; --json shows all.")
    issues = [*[("", issue) for issue in found.issues], *[(it.key, issue) for it in found.documents for issue in it.issues]]
    if issues:
        show_rows([_row(key, issue) for key, issue in issues[:MOST]], Form.TABLE, columns=ISSUES, none="")
        if len(issues) > MOST:
            say(f"... and {len(issues) - MOST} more; --json shows all.")


def _row(key: str, issue: Issue) -> dict[str, object]:
    from gateway.kernel.codes import CODES

    remedy = CODES[issue.code].remedy if issue.code in CODES else ""
    return {"document": key, "severity": issue.severity, "code": issue.code, "where": issue.where, "text": issue.text, "remedy": remedy}


def _as_json(found: Inspection) -> dict[str, object]:
    """The form of every inspection, whatever the file is; empty where it does not apply."""
    return {
        "format": found.format,
        "mapping": found.mapping,
        "documents": [
            {"kind": it.kind, "key": it.key, "lines": it.lines, "issues": [_issue(issue) for issue in it.issues]} for it in found.documents
        ],
        "interchanges": [],
        "issues": [_issue(issue) for issue in found.issues],
    }


def _issue(issue: Issue) -> dict[str, str]:
    return {"code": issue.code, "where": issue.where, "text": issue.text}
