"""Order forms as people bring them: a YAML, JSON or CSV file, and single fields by path; plain values for the rules, nothing checked yet.

A CSV file has a row a line. Its columns are the fields of a line (`line` is its number), those of the header, which may stand in
any row, and `ship_to.city` or `references.container` for what has parts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from gateway.documents.form import FormLine, OrderForm
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import load_yaml_text, nearest, to_plain

LIMIT = 4_000_000
LINES = "lines"
PARTED = frozenset({"ship_to", "sold_to", "references"})
_LINE = {"line": "number", "remove": "remove", **{name: name for name in FormLine.__struct_fields__ if name != "number"}}
_HEADER = frozenset(OrderForm.__struct_fields__) - {LINES, "messages"} - PARTED - _LINE.keys()

Told = dict[str, Any]


def told_by(file: Path | None, settings: Iterable[str] = ()) -> Told:
    """What a file and single settings (`field=value`) tell together; a setting counts more."""
    told = {} if file is None else read_file(file)
    for setting in settings:
        path, mark, value = setting.partition("=")
        if not mark or not path.strip():
            raise ConfigError(
                f"'{setting}' is no setting: write FIELD=VALUE, such as vendor=257, ship_to.city=London or lines.1.quantity=3"
            )
        _put(told, path.strip(), value.strip())
    return told


def read_file(file: Path) -> Told:
    """The plain values of a form file, by the ending of its name."""
    match file.suffix.lower():
        case ".yaml" | ".yml":
            found: object = to_plain(load_yaml_text(file))
        case ".json":
            found = _json(file)
        case ".csv":
            found = _csv(file)
        case _:
            raise ConfigError(f"{file}: an order form is a .yaml, .json or .csv file")
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: an order form begins with fields by name: vendor, warehouse, lines ...")
    return found


def _json(file: Path) -> object:
    try:
        return msgspec.json.Decoder(float_hook=Decimal).decode(_content(file))
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError) as error:
        raise ConfigError(f"{file}: not JSON: {error}") from error


def _csv(file: Path) -> Told:
    try:
        text = _content(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8; save the file in that encoding") from error
    rows = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    told: Told = {}
    try:
        names = [name.strip() for name in rows.fieldnames or ()]
        _require_columns(file, names)
        rows.fieldnames = names
        for number, row in enumerate(rows, start=2):
            _add_row(told, row, f"{file}:{number}")
    except csv.Error as error:
        raise ConfigError(f"{file}:{rows.line_num}: not CSV: {error}") from error
    return told


def _require_columns(file: Path, names: list[str]) -> None:
    known = {*_LINE, *_HEADER, *(f"{part}." for part in PARTED)}
    for name in names:
        if name not in known and not any(name.startswith(f"{part}.") for part in PARTED):
            close = nearest(name, known)
            raise ConfigError(f"{file}:1: unknown column '{name}'" + (f"; did you mean '{close}'?" if close else ""))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise ConfigError(f"{file}:1: column {', '.join(twice)} stands twice" if twice else f"{file}: the file is empty")


def _add_row(told: Told, row: Mapping[str, Any], place: str) -> None:
    """One line; what the header says must be the same in every row that says it."""
    if "" in row:
        raise ConfigError(f"{place}: more values than columns; quote a value that holds a comma")
    line = {_LINE[name]: value.strip() for name, value in row.items() if name in _LINE and value and value.strip()}
    if line:
        told.setdefault(LINES, []).append(line)
    for name, value in row.items():
        if name in _LINE or not value or not value.strip():
            continue
        part, _, word = name.partition(".")
        into = told.setdefault(part, {}) if word else told
        if into.setdefault(word or part, value.strip()) != value.strip():
            raise ConfigError(f"{place}: {name} is '{value.strip()}', and '{into[word or part]}' in a row before; one order a file")


def _put(told: Told, path: str, value: str) -> None:
    part, _, word = path.partition(".")
    if part == LINES:
        number, _, field = word.partition(".")
        if not field or not number.isdecimal():
            raise ConfigError(f"'{path}' is no field of a line: write lines.NUMBER.FIELD, such as lines.1.quantity")
        lines = told.setdefault(LINES, [])
        line = next((it for it in lines if isinstance(it, dict) and str(it.get("number")) == number), None)
        if line is None:
            line = {"number": number}
            lines.append(line)
        line[field] = value
    elif word:
        inside = told.setdefault(part, {})
        if not isinstance(inside, dict):
            raise ConfigError(f"'{path}': {part} has no parts in the file")
        inside[word] = value
    else:
        told[part] = [value] if part == "messages" else value


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise ConfigError(f"{file}: larger than {LIMIT // 1_000_000} MB")
    return content
