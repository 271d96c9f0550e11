"""`gateway mapping list | check | test | preview | moulds | stencils`: the layouts of this workspace, and what they make of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from gateway.cli.exits import Exit
from gateway.cli.output import Form, complain, flat, progress, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson, session_of
from gateway.kernel.errors import ConfigError
from gateway.kernel.issues import Issue
from gateway.kernel.yaml_text import unknown

if TYPE_CHECKING:
    from gateway.desk.preview import Preview
    from gateway.mapping import Library, TrialResult
    from gateway.mapping.coverage import Coverage

app = typer.Typer(help="The layouts of this workspace.", no_args_is_help=True)

COLUMNS = {"mapping": "Mapping", "version": "Version", "document": "Document", "format": "Format", "directions": "Directions"}
TRIALS = {"mapping": "Mapping", "test": "Test", "title": "Title", "ok": "Fine", "differences": "Differences"}
ISSUES = {"severity": "Severity", "code": "Code", "where": "Where", "field": "Field", "text": "What is wrong", "rule": "Rule"}
TRACE = {"field": "Field", "value": "Value", "place": "Place", "rule": "Rule"}

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Mappings; all when none is named.")]


@app.command("list")
def list_mappings(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the layouts, one mapping a line."""
    library = _library(context)
    rows: list[dict[str, object]] = []
    for name in library.names():
        try:
            mapping = library.get(name)
        except ConfigError:
            rows.append({"mapping": name, "directions": "wrong, see: gateway mapping check"})
            continue
        directions = [word for word, can in (("read", mapping.reads), ("write", mapping.writes)) if can]
        about = {"mapping": name, "version": mapping.version, "document": mapping.document, "format": mapping.format}
        rows.append({**about, "directions": directions})
    show_rows(rows, Form.of(as_json), columns=COLUMNS, none="There are no mappings. Write one: mappings/NAME.yaml")


@app.command()
def check(context: typer.Context, names: Names = None, *, as_json: AsJson = False) -> None:
    """Check mapping files: words, addresses, fields, codecs, lookups. For named ones also say what they leave out."""
    from gateway.desk.partners import inner_problems
    from gateway.mapping.coverage import coverage

    library = _library(context)
    wanted = _wanted(library, names)
    problems = list(dict.fromkeys(problem for name in wanted for problem in inner_problems(library, name)))
    left_out = {name: coverage(library, name) for name in names or ()}
    if as_json:
        show_json({"checked": wanted, "problems": to_builtins(problems), "left_out": to_builtins(left_out)})
    else:
        for problem in problems:
            complain(str(problem))
        for name, found in left_out.items():
            _print_coverage(name, found)
        say(f"{len(wanted)} mappings checked, {len(problems)} problems.")
    if problems:
        raise typer.Exit(Exit.USAGE)


@app.command("test")
def try_mappings(context: typer.Context, names: Names = None, *, as_json: AsJson = False) -> None:
    """Run the tests that stand in the mapping files; exit with 7 when one differs."""
    from gateway.mapping import run_tests

    library = _library(context)
    wanted = _wanted(library, names)
    results: list[tuple[str, TrialResult]] = []
    with progress("Testing mappings", len(wanted)) as advance:
        for name in wanted:
            results += [(name, result) for result in run_tests(library, name)]
            advance(1)
    _show_results(results, Form.of(as_json))
    if not all(result.ok for _, result in results):
        raise typer.Exit(Exit.DIFFERENCES)


@app.command("preview")
def show_preview(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file of a partner; nothing of it is stored.", exists=True, dir_okay=False)
    ],
    *,
    mapping: Annotated[str | None, typer.Option("--mapping", "-m", help="Read it with this mapping.")] = None,
    connector: Annotated[str | None, typer.Option("--connector", "-c", help="Read it as a file of this partner.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="The receive channel of that partner.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Name for each value its place in the file and its rule.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the gateway would read from a file: documents, issues, and with --trace where each value comes from."""
    from gateway.desk.preview import Wanted, preview_as

    workspace = session_of(context).legible
    with progress(f"Reading {file.name}"):
        found = preview_as(workspace, file, Wanted(mapping=mapping, connector=connector, channel=channel))
    if as_json:
        show_json(_as_json(found, with_trace=trace))
    else:
        _print_preview(found, with_trace=trace)
    if found.is_refused:
        raise typer.Exit(Exit.DATA_REFUSED)


@app.command("stencils")
def show_stencils(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="A mapping.")], *, as_json: AsJson = False
) -> None:
    """Print the functions that write files of many X12 or EDIFACT documents, made from the documents of the mapping's own tests."""
    from gateway.mapping import stencils

    library = _library(context)
    found = [stencil for one in _wanted(library, [name]) for stencil in stencils(library, one)]
    if as_json:
        show_json({"mapping": name, "stencils": found})
    else:
        _print_functions(found, f"The rules of {name} write every document.")


@app.command("moulds")
def show_moulds(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="A mapping.")], *, as_json: AsJson = False
) -> None:
    """Print the functions that read X12 or EDIFACT sets which come often, made from the files of the mapping's own tests."""
    from gateway.mapping import moulds_of

    library = _library(context)
    found = [mould for one in _wanted(library, [name]) for mould in moulds_of(library, one)]
    if as_json:
        show_json({"mapping": name, "moulds": found})
    else:
        _print_functions(found, f"The rules of {name} read every document.")


def _print_functions(sources: Sequence[str], none: str) -> None:
    for line in "\n".join(sources).splitlines() or [none]:
        say(line)


def _library(context: typer.Context) -> Library:
    """The mappings of the workspace, whatever may be wrong with its connectors."""
    from gateway.config.workspace import examine
    from gateway.desk.partners import library_of

    return library_of(examine(session_of(context).root)[0])


def _wanted(library: Library, names: list[str] | None) -> list[str]:
    wrong = [unknown(name, library.names(), what="mapping") for name in names or () if name not in library.names()]
    if wrong:
        raise ConfigError(*wrong)
    return names or list(library.names())


def _print_coverage(name: str, found: Coverage) -> None:
    for words, paths in (
        ("reading gives no", found.unread),
        ("writing loses", found.unwritten),
        ("no test touches", found.untested),
    ):
        if paths:
            say(f"{name}: {words} {', '.join(paths)}")


def _show_results(results: list[tuple[str, TrialResult]], form: Form) -> None:
    rows: list[dict[str, object]] = [
        {"mapping": name, "test": result.number, "title": result.title, "ok": result.ok, "differences": list(result.differences)}
        for name, result in results
    ]
    if form is Form.JSON:
        show_json(rows)
        return
    failed = [row for row in rows if not row["ok"]]
    if failed:
        show_rows(failed, form, columns=TRIALS, none="")
    say(f"{len(rows)} tests, {len(failed)} with differences.")


def _as_json(found: Preview, *, with_trace: bool) -> dict[str, object]:
    documents = [
        {
            "place": one.reading.place,
            "kind": one.reading.kind or found.kind,
            "where": one.reading.where,
            "key": one.reading.key,
            "document": None if one.reading.document is None else flat(one.reading.document),
            "issues": [to_builtins(issue) for issue in one.reading.issues],
            **({"trace": [to_builtins(step) for step in one.trace]} if with_trace else {}),
        }
        for one in found.readings
    ]
    issues = [to_builtins(issue) for issue in found.issues]
    return {"mapping": found.mapping, "version": found.version, "kind": found.kind, "documents": documents, "issues": issues}


def _print_preview(found: Preview, *, with_trace: bool) -> None:
    kinds = ", ".join(dict.fromkeys(one.reading.kind or found.kind for one in found.readings)) or found.kind
    say(f"Read as {kinds} with mapping {found.mapping}, version {found.version}: {len(found.readings)} documents.")
    _print_issues(found.issues)
    for one in found.readings:
        say("")
        say(f"{one.reading.place}. {one.reading.key or 'without a key'} ({one.reading.where})")
        if one.reading.document is not None and not with_trace:
            values = flat(one.reading.document)
            show_record(values, Form.TABLE, labels={path: f"  {path}" for path in values})
        if with_trace:
            rows = [to_builtins(step) for step in one.trace]
            show_rows(rows, Form.TABLE, columns=TRACE, none="  nothing was read")
        _print_issues(one.reading.issues)


def _print_issues(issues: Sequence[Issue]) -> None:
    if issues:
        show_rows([to_builtins(issue) for issue in issues], Form.TABLE, columns=ISSUES, none="")
