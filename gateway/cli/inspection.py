"""`gateway inspect FILE`: what a file is, its documents and issues; nothing is stored. Works outside a workspace too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    from gateway.desk.interchanges import InterchangeFound
    from gateway.mapping import Library, Values

DOCUMENTS = {"place": "#", "kind": "Kind", "key": "Key", "lines": "Lines", "issues": "Issues"}
ISSUES = {"document": "Document", "severity": "Severity", "code": "Code", "where": "Where", "text": "What is wrong", "remedy": "What to do"}
INTERCHANGES = {
    "interchange": "Interchange",
    "way": "From and to",
    "group": "Group",
    "set": "Set",
    "type": "Type",
    "document": "Document",
    "lines": "Lines",
    "segments": "Segments",
    "issues": "Issues",
}
MOST = 50


def inspect(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to look at.", exists=True, dir_okay=False, readable=True)],
    *,
    mapping: Annotated[str | None, typer.Option("--mapping", "-m", help="Read it by this mapping; else by the one that fits.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what FILE is, which documents it holds, and what is wrong with them. Exits with 3 when something would be refused.

    Interchanges of X12 and EDIFACT are told with their groups and sets, and held against our guides, even where no mapping fits.
    """
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
    workspace = session.legible
    organization = workspace.reference.organization
    system = workspace.reference.vendor_system
    partner = {"account": organization.account, "vendor_system": system.code if system else ""}
    return Library(root / "mappings", weight_unit=organization.weight_unit), Values(partner=partner)


def _tell(file: Path, found: Inspection) -> None:
    form = found.format or "unknown format"
    say(f"{file.name}: {form}, " + (f"mapping {found.mapping}, {len(found.documents)} document(s)" if found.mapping else "no mapping fits"))
    if found.fitting:
        say(f"It also fits {', '.join(found.fitting)}; name one with --mapping.")
    if found.interchanges:
        _tell_interchanges(found.interchanges)
    rows = [
        {"place": place, "kind": it.kind, "key": it.key, "lines": it.lines, "issues": len(it.issues)}
        for place, it in enumerate(found.documents, 1)
    ]
    if rows:
        show_rows(rows[:MOST], Form.TABLE, columns=DOCUMENTS, none="")
        if len(rows) > MOST:
            say(f"... and {len(rows) - MOST} more; --json shows all.")
    issues = [*[("", issue) for issue in found.issues], *_inside(found.interchanges)]
    told = {(issue.where, issue.text) for _, issue in issues}  # what is wrong with a set is wrong with its document too
    issues += [(it.key, issue) for it in found.documents for issue in it.issues if (issue.where, issue.text) not in told]
    if issues:
        show_rows([_row(key, issue) for key, issue in issues[:MOST]], Form.TABLE, columns=ISSUES, none="")
        if len(issues) > MOST:
            say(f"... and {len(issues) - MOST} more; --json shows all.")


def _tell_interchanges(interchanges: Sequence[InterchangeFound]) -> None:
    groups = [group for it in interchanges for group in it.groups]
    sets = [one for group in groups for one in group.sets]
    say(f"{len(interchanges)} interchange(s), {len(groups)} group(s), {len(sets)} set(s)")
    for it in interchanges:
        if it.is_test:
            say(f"Interchange {it.control} is a test.")
    rows = [
        {
            "interchange": it.control,
            "way": f"{it.sender} to {it.receiver}",
            "group": f"{group.kind} {group.control}".strip(),
            "set": one.control if one else "",
            "type": one.type if one else "",
            "document": one.document if one else "",
            "lines": one.lines if one else None,
            "segments": one.segments if one else None,
            "issues": len(one.issues) if one else len(group.issues),
        }
        for it in interchanges
        for group in it.groups
        for one in group.sets or (None,)
    ]
    show_rows(rows[:MOST], Form.TABLE, columns=INTERCHANGES, none="The interchanges hold nothing.")
    if len(rows) > MOST:
        say(f"... and {len(rows) - MOST} more; --json shows all.")


def _inside(interchanges: Sequence[InterchangeFound]) -> Iterator[tuple[str, Issue]]:
    """The issues of interchanges, their groups and sets, each with what it belongs to."""
    for it in interchanges:
        yield from ((it.control, issue) for issue in it.issues)
        for group in it.groups:
            yield from ((f"{group.kind} {group.control}".strip(), issue) for issue in group.issues)
            yield from ((one.document or one.control, issue) for one in group.sets for issue in one.issues)


def _row(key: str, issue: Issue) -> dict[str, object]:
    from gateway.kernel.codes import CODES
    from gateway.kernel.remedies import remedy_of
    from gateway.mapping.codes import set_code

    code = issue.code if issue.code in CODES else set_code(issue.kind)  # the standards' codes say nothing about what to do
    remedy = remedy_of(code, issue.kind)
    return {"document": key, "severity": issue.severity, "code": issue.code, "where": issue.where, "text": issue.text, "remedy": remedy}


def _as_json(found: Inspection) -> dict[str, object]:
    """The form of every inspection, whatever the file is; empty where it does not apply."""
    return {
        "format": found.format,
        "mapping": found.mapping,
        "documents": [
            {"kind": it.kind, "key": it.key, "lines": it.lines, "issues": [_issue(issue) for issue in it.issues]} for it in found.documents
        ],
        "interchanges": [_interchange(it) for it in found.interchanges],
        "issues": [_issue(issue) for issue in found.issues],
    }


def _interchange(it: InterchangeFound) -> dict[str, object]:
    groups = [
        {
            "control": group.control,
            "kind": group.kind,
            "sets": [
                {
                    "type": one.type,
                    "control": one.control,
                    "segments": one.segments,
                    "document": one.document,
                    "lines": one.lines,
                    "issues": [_issue(issue) for issue in one.issues],
                }
                for one in group.sets
            ],
            "issues": [_issue(issue) for issue in group.issues],
        }
        for group in it.groups
    ]
    issues = [_issue(issue) for issue in it.issues]
    return {"control": it.control, "sender": it.sender, "receiver": it.receiver, "groups": groups, "issues": issues}


def _issue(issue: Issue) -> dict[str, str]:
    return {"code": issue.code, "where": issue.where, "text": issue.text}
