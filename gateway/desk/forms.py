"""Order forms as people bring them: a YAML, JSON or CSV file, and single fields by path; plain values for the rules, nothing checked yet.

A CSV file has a row a line. Its columns are the fields of a line (`line` is its number), those of the header, which may stand in
any row, and `ship_to.city` or `references.container` for what has parts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from gateway.documents.form import FormLine, OrderForm
from gateway.domain.form import read_part
from gateway.kernel.errors import ConfigError, InvalidDocument
from gateway.kernel.issues import Issue
from gateway.kernel.typed import decoder
from gateway.kernel.yaml_text import load_yaml_text, nearest, to_plain

LIMIT = 4_000_000
LINES, MESSAGES = "lines", "messages"
PARTED = frozenset({"ship_to", "sold_to", "references"})
_LINE = {"line": "number", "remove": "remove", **{name: name for name in FormLine.__struct_fields__ if name != "number"}}
_HEADER = frozenset(OrderForm.__struct_fields__) - {LINES, MESSAGES} - PARTED - _LINE.keys()
_PLACE = re.compile(r"[1-9][0-9]{0,2}")

Told = dict[str, Any]


class Misfilled(InvalidDocument):
    """What was told has slips of writing; `told` is the rest of it, for what else is wrong with that."""

    def __init__(self, told: Told, slips: Sequence[Issue]) -> None:
        super().__init__((*slips, *read_part(told)[1]))
        self.told = told
        self.slips = tuple(slips)


class Row(dict[str, str]):
    """What a row of a file tells of a line, with its place for a line that tells no number."""

    def __init__(self, told: Mapping[str, str], place: str) -> None:
        super().__init__(told)
        self.place = place


def told_by(file: Path | None, settings: Iterable[str] = ()) -> Told:
    """What a file and single settings (`field=value`) tell together; a setting counts more."""
    told, problems = _read(file) if file is not None else ({}, [])
    for setting in settings:
        path, mark, value = setting.partition("=")
        if not mark or not path.strip():
            words = f"'{setting}' is no setting: write FIELD=VALUE, such as vendor=257, ship_to.city=London or lines.1.quantity=3"
        else:
            words = _put(told, path.strip(), value.strip())
        problems += [Issue("MAN-03", words)] if words else []
    return _whole(told, problems)


def read_file(file: Path) -> Told:
    """The plain values of a form file, by the ending of its name."""
    return _whole(*_read(file))


def _whole(told: Told, problems: Sequence[Issue]) -> Told:
    """What was told; Misfilled with everything that is wrong, also with the values beside it."""
    if problems:
        raise Misfilled(told, problems)
    return told


def _read(file: Path) -> tuple[Told, list[Issue]]:
    """What a file tells, and what is wrong with single rows of it."""
    problems: list[Issue] = []
    match file.suffix.lower():
        case ".yaml" | ".yml":
            found: object = _yaml(file)
        case ".json":
            found = _json(file)
        case ".csv":
            found, problems = _csv(file)
        case _:
            raise ConfigError(f"{file}: an order form is a .yaml, .json or .csv file")
    if not isinstance(found, dict):
        raise Misfilled({}, [Issue("MAN-02", "an order form begins with fields by name: vendor, warehouse, lines ...", str(file))])
    return found, problems


def _yaml(file: Path) -> object:
    _content(file)  # one that cannot be opened is another matter
    try:
        return to_plain(load_yaml_text(file))
    except ConfigError as error:
        raise Misfilled({}, [Issue("MAN-03", problem) for problem in error.problems]) from error


def _json(file: Path) -> object:
    try:
        return decoder(number=Decimal)(_content(file))
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError) as error:
        raise Misfilled({}, [Issue("MAN-03", f"not JSON: {error}", str(file))]) from error


def _csv(file: Path) -> tuple[Told, list[Issue]]:
    try:
        text = _content(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Misfilled({}, [Issue("MAN-03", "not UTF-8; save the file in that encoding", str(file))]) from error
    rows = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    told: Told = {}
    problems: list[Issue] = []
    try:
        names = [name.strip() for name in rows.fieldnames or ()]
        strange = _strange_columns(file, names)
        problems += strange.values()
        rows.fieldnames = names
        for number, row in enumerate(rows, start=2):
            known = {name: value for name, value in row.items() if name not in strange}
            problems += _add_row(told, known, f"{file}:{number}")
    except csv.Error as error:
        problems.append(Issue("MAN-03", f"not CSV: {error}", f"{file}:{rows.line_num}"))
    return told, problems


def _strange_columns(file: Path, names: list[str]) -> dict[str, Issue]:
    """What is wrong with the columns, by their names."""
    known = {*_LINE, *_HEADER, *(f"{part}." for part in PARTED)}
    found = {} if names else {"": Issue("MAN-02", "the file is empty", str(file))}
    for name in names:
        if name not in known and not any(name.startswith(f"{part}.") for part in PARTED):
            close = nearest(name, known)
            text = f"unknown column '{name}'" + (f"; did you mean '{close}'?" if close else "")
            found[name] = Issue("MAN-02", text, f"{file}:1", value=name)
        elif names.count(name) > 1:
            found[name] = Issue("MAN-02", f"column {name} stands twice", f"{file}:1", value=name)
    return found


def _add_row(told: Told, row: Mapping[str, Any], place: str) -> list[Issue]:
    """One line; what the header says must be the same in every row that says it. Gives what is wrong with the row."""
    if "" in row:
        return [Issue("MAN-03", "more values than columns; quote a value that holds a comma", place)]
    problems: list[Issue] = []
    line = {_LINE[name]: value.strip() for name, value in row.items() if name in _LINE and value and value.strip()}
    if line:
        told.setdefault(LINES, []).append(Row(line, place))
    for name, value in row.items():
        if name in _LINE or not value or not value.strip():
            continue
        part, _, word = name.partition(".")
        into = told.setdefault(part, {}) if word else told
        if into.setdefault(word or part, value.strip()) != value.strip():
            text = f"{name} is '{value.strip()}', and '{into[word or part]}' in a row before; one order a file"
            problems.append(Issue("MAN-03", text, place, name, value.strip()))
    return problems


def _put(told: Told, path: str, value: str) -> str:
    """Add one setting; gives what is wrong with it."""
    part, _, word = path.partition(".")
    if part == LINES:
        return _put_line(told, path, word, value)
    if part == MESSAGES and word:
        return _put_message(told, path, word, value)
    if word:
        inside = told.setdefault(part, {})
        if not isinstance(inside, dict):
            return f"'{path}': {part} has no parts beside '{inside}'"
        inside[word] = value
        return ""
    told[part] = [value] if part == MESSAGES else value
    return ""


def _put_line(told: Told, path: str, word: str, value: str) -> str:
    number, _, field = word.partition(".")
    if not field or not number.isdecimal():
        return f"'{path}' is no field of a line: write lines.NUMBER.FIELD, such as lines.1.quantity"
    lines = told.setdefault(LINES, [])
    if not isinstance(lines, list):
        return f"'{path}': lines has no parts beside '{lines}'"
    line = next((it for it in lines if isinstance(it, dict) and str(it.get("number")) == number), None)
    if line is None:
        line = {"number": number}
        lines.append(line)
    line[field] = value
    return ""


def _put_message(told: Told, path: str, number: str, value: str) -> str:
    """The Nth message: of the list in the file, or of those that the form has."""
    if not _PLACE.fullmatch(number):
        return f"'{path}' is no message: write messages.NUMBER, such as messages.1"
    found = told.setdefault(MESSAGES, {})
    if isinstance(found, dict):
        found[number] = value
    elif isinstance(found, list):
        found[int(number) - 1 : int(number)] = [value]
    else:
        told[MESSAGES] = [found]
        return _put_message(told, path, number, value)
    return ""


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise ConfigError(f"{file}: larger than {LIMIT // 1_000_000} MB")
    return content
