"""Writes the pages of the reference that are made from the code: `python docs/generate.py`, or `--check` to only compare.

Each page is a function in PAGES; what it says is read from the code itself, so that it cannot drift.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import access
import configuration
import language
import running
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from gateway.documents import DOCUMENTS, Code, Exact, Text
from gateway.documents.form import OrderForm
from gateway.kernel.codes import CODES

REFERENCE = Path(__file__).parent / "reference"
PLAIN: Mapping[Any, str] = {str: "text", int: "int", bool: "flag", date: "date", datetime: "datetime", Decimal: "dec"}


def documents() -> Iterator[str]:
    """Every document and part with its fields, as mappings name them."""
    yield "# Documents and their fields"
    yield "What a mapping fills and writes. A field with `!` must be there; a derived one is computed, and compared where a file states it."
    parts: dict[str, type[Struct]] = {}
    for name, document in DOCUMENTS.items():
        yield from record(name, document)
        parts |= {part.__name__: part for part in parts_of(document)}
    for name in sorted(parts):
        yield from record(name, parts[name])


def order_form() -> Iterator[str]:
    """The form of an order made by hand, field by field."""
    yield "# The order form"
    yield (
        "What `gateway order draft new` and `save` read from a YAML or JSON file, or with `--set FIELD=VALUE` (`ship_to.city`, "
        "`lines.1.quantity`, `references.container`). Nothing must be there before approval; an empty value clears a field, and "
        "`remove: true` takes a line out. A CSV file has a row a line: the fields of a line as columns, with `line` for its number, "
        "and those of the header in any row; `carrier` is that of the line. What is wrong: [codes](codes.md)."
    )
    yield from record("order form", OrderForm)
    parts = {part.__name__: part for part in parts_of(OrderForm)}
    for name in sorted(parts):
        yield from record(name, parts[name])


def record(name: str, struct: type[Struct]) -> Iterator[str]:
    """One section: what it is, and a table of its fields."""
    yield f"## {name}"
    yield (struct.__doc__ or "").strip()
    hints = get_type_hints(struct, include_extras=True)
    rows = [f"| `{field.name}`{'!' if is_mandatory(field) else ''} | {kind(hints[field.name])} |" for field in fields(struct)]
    derived: Mapping[str, Exact] = getattr(struct, "derived", {})
    rows += [f"| `{field}` | dec {exact.digits}.{exact.places}, derived |" for field, exact in derived.items()]
    yield "\n".join(["| field | type |", "|---|---|", *rows])


def is_mandatory(field: FieldInfo) -> bool:
    """Whether a document without this field is refused."""
    return field.default is NODEFAULT and field.default_factory is NODEFAULT


def kind(hint: Any) -> str:
    """The type of a field in the words of the mapping language."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return limited(arguments[1])
    if origin is tuple:
        return f"list of {kind(arguments[0])}"
    if origin is dict:
        return "free names, text 255"
    if arguments:
        return kind(next(argument for argument in arguments if argument is not NoneType))
    return PLAIN.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"


def limited(limit: Text | Exact | Code) -> str:
    """The type of a field that has a limit."""
    match limit:
        case Text(most=most, upper=upper, ascii=only_ascii):
            return f"text {most}{' upper' if upper else ''}{' ascii' if only_ascii else ''}"
        case Exact(digits=digits, places=places):
            return f"dec {digits}.{places}"
        case Code(words=words):
            return "one of " + ", ".join(f"`{word}`" for word in words)


def codes() -> Iterator[str]:
    """Every code an answer or a screen may name, with its meaning and remedy."""
    yield "# Codes"
    yield (
        "What an answer file, the command line or a screen may say about a document. `DSO`: orders; four digits: vendors' messages and "
        "shipments; `SHP`: shipments told twice; `INV`: invoices; `DSC`: changes; `MAN`: orders made by hand; "
        "`MAP`: found by a layout where the business has no code "
        "of its own, with the kind of the finding in parentheses."
    )
    rows = [f"| {code} | {it.meaning} | {it.remedy} |" for code, it in CODES.items()]
    yield "\n".join(["| code | meaning | what to do |", "|---|---|---|", *rows])


def parts_of(struct: type[Struct]) -> Iterator[type[Struct]]:
    """The structs within a struct, however deep."""
    for hint in get_type_hints(struct).values():
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and issubclass(inner, Struct):
                yield inner
                yield from parts_of(inner)


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "access.md": access.rights,
    "codecs.md": language.codecs,
    "codes.md": codes,
    "commands.md": configuration.commands,
    "connectors.md": configuration.connectors,
    "documents.md": documents,
    "formats.md": language.file_formats,
    "limits.md": running.limits,
    "log-events.md": running.log_events,
    "mapping-words.md": language.mapping_words,
    "metrics.md": running.metrics,
    "order-form.md": order_form,
    "organization.md": configuration.organization,
    "settings.md": configuration.settings,
    "states.md": running.states,
}


def main(*, arguments: list[str]) -> int:
    """Write the pages, or say which are out of date; answers the exit code."""
    pages = {REFERENCE / name: "\n\n".join(page()) + "\n" for name, page in PAGES.items()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        print(*(f"{path.name} is out of date: make docs" for path in stale), sep="\n")
        return 7 if stale else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(arguments=sys.argv[1:]))
