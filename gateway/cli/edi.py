"""`gateway edi guide | format`: a guide as a page for a partner, and X12 or EDIFACT files in words. Nothing is stored; works anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from gateway.cli.exits import Exit
from gateway.cli.output import Form, say, show_json, show_json_items, show_rows
from gateway.cli.session import AsJson, Session, session_of
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.formats.edi import Event, Finding, Group, Interchange, Set
    from gateway.formats.edi.explain import Line
    from gateway.formats.edi.guide import Guide
    from gateway.formats.edi.guide_shelf import Shelf

app = typer.Typer(help="Guides of X12 and EDIFACT, and files of theirs in words.", no_args_is_help=True)

GUIDES = {"guide": "Guide", "set": "Set", "name": "Name", "extends": "Extends", "releases": "Releases"}
STEP = "  "
GuideName = Annotated[
    str | None, typer.Option("--guide", "-g", metavar="GUIDE", help="A partner's guide: its name in the folder guides/, or a YAML file.")
]


@app.command("guide")
def show_guide(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="A kind of set (850, ORDERS) or the name of a guide; all guides when none is named."),
    ] = None,
    *,
    version: Annotated[str, typer.Option("--version", help="The release, as 005010; the first we have when none is named.")] = "",
    guide: GuideName = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the page to this file.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a guide as a page for a partner (Markdown): order of segments, loops, elements, codes. Without KIND: list the guides."""
    from gateway.formats.edi.guide_page import described, page

    shelf = _shelf(session_of(context))
    if kind is None and guide is None:
        show_rows(_listed(shelf), Form.of(as_json), columns=GUIDES, none="")
        return
    found = _guide(shelf, guide or kind or "", version)
    if as_json and output is None:
        show_json(described(found))
        return
    if output is None:
        for line in page(found):
            say(line)
        return
    text = "\n".join(page(found)) + "\n"
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from error
    say(f"Guide {found.name} written to {output}.")


@app.command("format")
def format_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of X12 or EDIFACT.", exists=True, dir_okay=False, readable=True)],
    *,
    guide: GuideName = None,
    short: Annotated[bool, typer.Option("--short", help="Segments alone, without their elements.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show FILE by loops, each segment and element in words, with what is wrong, nothing masked. Ends with 3 when something is refused."""
    from gateway.formats.edi.reading import read

    shelf = _shelf(session_of(context))
    own = _guide(shelf, guide, "") if guide else None
    reader = _Reader(shelf, own, guide or "")
    with file.open("rb") as source:
        events = read(source)
        if as_json:
            show_json_items(reader.values(events))
        else:
            for line in reader.lines(events, short=short):
                say(line)
    if reader.is_refused:
        raise typer.Exit(Exit.DATA_REFUSED)


def _shelf(session: Session) -> Shelf:
    """The guides of the workspace around us, else those that come with the product."""
    from gateway.formats.edi.guide_shelf import Shelf

    try:
        return Shelf(session.root / "guides")
    except ConfigError:
        if session.folder is not None:
            raise
        return Shelf()


def _guide(shelf: Shelf, name: str, version: str) -> Guide:
    """A guide by its file, its name or its kind of set."""
    from gateway.formats.edi.guide_shelf import Shelf
    from gateway.formats.edi.segments import Standard

    path = Path(name)
    if path.suffix == ".yaml":
        if not path.is_file():
            raise ConfigError(f"{name}: there is no such file; name a guide of the folder guides/ or a YAML file")
        return Shelf(path.parent).named(path.stem, version)
    for standard in Standard:
        found = shelf.find(standard, name, version)
        if found is not None:
            return found
    return shelf.named(name, version)


def _listed(shelf: Shelf) -> list[dict[str, object]]:
    from gateway.formats.edi.guide_shelf import RELEASES

    rows: list[dict[str, object]] = []
    for name in shelf.names():
        try:
            it = shelf.named(name)
        except ConfigError:
            rows.append({"guide": name, "name": f"wrong, see: gateway edi guide {name}"})
            continue
        releases = list(RELEASES[it.standard])
        rows.append({"guide": name, "set": it.set, "name": it.title, "extends": it.extends, "releases": releases})
    return rows


class _Reader:
    """A file on its way to a person or a program; remembers whether anything is refused."""

    def __init__(self, shelf: Shelf, own: Guide | None, name: str) -> None:
        self.is_refused = False
        self._shelf = shelf
        self._own = own
        self._name = name

    def lines(self, events: Iterator[Event], *, short: bool) -> Iterator[str]:
        """What a person reads."""
        from gateway.formats.edi import Closed, GroupClosed, GroupOpened, Opened, Set, Stray

        for event in events:
            match event:
                case Opened(interchange=interchange):
                    yield _interchange_line(interchange)
                case GroupOpened(group=group) if not group.is_implied:
                    yield STEP + _group_line(group)
                case Set():
                    yield from self._set_lines(event, short=short)
                case GroupClosed(group=group):
                    yield from self._wrong(group.findings, 2)
                case Closed(interchange=interchange):
                    yield from self._wrong(interchange.findings, 1)
                case Stray(finding=finding):
                    yield from self._wrong([finding], 0)
                case _:
                    continue

    def values(self, events: Iterator[Event]) -> Iterator[dict[str, object]]:
        """What a program reads: an object for each interchange, group and set, and for the end of the first two with their issues."""
        from gateway.formats.edi import Closed, GroupClosed, GroupOpened, Opened, Set, Stray

        for event in events:
            match event:
                case Opened(interchange=it):
                    ids = {"control": it.control, "sender": it.sender, "receiver": it.receiver, "version": it.version}
                    yield {"kind": "interchange", "standard": it.standard.value, **ids}
                case GroupOpened(group=it):
                    yield {"kind": "group", "control": it.control, "functional_id": it.kind, "version": it.version}
                case Set():
                    yield self._set_value(event)
                case GroupClosed(group=it):
                    yield {"kind": "group_end", "control": it.control, "sets": it.counted, "issues": self._issues(it.findings)}
                case Closed(interchange=it):
                    yield {"kind": "interchange_end", "control": it.control, "issues": self._issues(it.findings)}
                case Stray(finding=finding):
                    yield {"kind": "stray", "issues": self._issues([finding])}

    def _explained(self, set_: Set) -> tuple[Guide, Iterator[Line]]:
        from gateway.formats.edi.explain import explained
        from gateway.formats.edi.tree import tree

        guide = self._shelf.find(set_.standard, set_.type, set_.version) or self._shelf.loose(set_.standard, set_.version)
        if self._own is not None and (self._own.standard, self._own.set) == (set_.standard, set_.type):
            guide = _guide(self._shelf, self._name, set_.version)
        root = tree(set_, guide)
        return guide, explained(set_, root, guide)

    def _set_lines(self, set_: Set, *, short: bool) -> Iterator[str]:
        guide, segments = self._explained(set_)
        title = "a kind that we have no guide for" if guide.is_loose else guide.title
        yield f"{STEP * 2}{set_.type} {set_.control}, {title}, {len(set_.segments)} segments"
        for segment in segments:
            indent = STEP * (segment.depth + 3)
            yield f"{indent}{segment.text}" + (f"   {segment.name}" if segment.name else "")
            for told in () if short else segment.elements:
                meaning = f" = {told.meaning}" if told.meaning else ""
                yield f"{indent}{STEP}{told.place} {told.name}: {told.value}{meaning}"
            yield from self._wrong(segment.findings, segment.depth + 4)
        yield from self._wrong([it for it in set_.findings if not it.spot.position], 3)

    def _set_value(self, set_: Set) -> dict[str, object]:
        guide, segments = self._explained(set_)
        told = [{**to_builtins(one), "findings": None, "issues": self._issues(one.findings)} for one in segments]
        for one in told:
            del one["findings"]
        issues = self._issues([it for it in set_.findings if not it.spot.position])
        return {"kind": "set", "type": set_.type, "control": set_.control, "guide": guide.name, "segments": told, "issues": issues}

    def _wrong(self, findings: list[Finding] | tuple[Finding, ...], depth: int) -> Iterator[str]:
        for finding in findings:
            self.is_refused |= finding.is_error
            code = f" (code {finding.code})" if finding.code else ""
            yield f"{STEP * depth}! {finding.severity.value}: {finding.text}{code}"

    def _issues(self, findings: list[Finding] | tuple[Finding, ...]) -> list[dict[str, str]]:
        self.is_refused |= any(it.is_error for it in findings)
        return [
            {"severity": it.severity.value, "code": it.code, "kind": it.kind, "where": str(it.spot), "text": it.text} for it in findings
        ]


def _interchange_line(it: Interchange) -> str:
    sender, receiver = _party(it.sender_qualifier, it.sender), _party(it.receiver_qualifier, it.receiver)
    number = it.control or "without a number"
    return f"{it.standard.value} interchange {number} from {sender} to {receiver}, {it.made_at}{', test' if it.is_test else ''}"


def _party(qualifier: str, name: str) -> str:
    return f"{qualifier}:{name}" if qualifier else name or "nobody"


def _group_line(it: Group) -> str:
    return f"group {it.kind} {it.control} from {it.sender} to {it.receiver}, {it.version}"
