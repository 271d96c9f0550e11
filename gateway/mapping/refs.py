"""Values a mapping writes itself: constants, `$partner.x`, `$file.x`, `$message.x`, `$batch.x`, `$doc.field`, `$n`, `$record`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from gateway.mapping.chain import canonical
from gateway.mapping.fields import FieldKind, FieldType, PartType, PathError, parse_field, resolve
from gateway.mapping.run import WRONG, Run
from gateway.mapping.unfit import Unfit

Give = Callable[[Run], Any]
SOURCES = ("partner", "file", "message", "batch", "doc", "n", "record")
MESSAGE = ("received_at",)
BATCH = ("number", "made_at", "replaces")


class Ref(Struct, frozen=True):
    """A value and when it is known: `late` ones look at the document itself."""

    give: Give
    late: bool = False
    partner: str = ""
    constant: Any = None


class RefError(ValueError):
    """A value that cannot be; the text names the remedy."""


def ref(text: str, type_: FieldType, document: PartType) -> Ref:
    """The value for a field: a text of the mapping in the field's own form, or a `$name`."""
    if not text.startswith("$"):
        try:
            value = canonical(type_)(text)
        except Unfit as unfit:
            raise RefError(f"'{text}' {unfit.text}, so it cannot be a value of {type_.name}") from unfit
        return Ref(lambda run: value, constant=value)
    source, _, name = text[1:].partition(".")
    if source not in SOURCES:
        raise RefError(
            f"'{text}' is not known; values are $partner.x, $file.x, $message.received_at, $batch.number, $doc.field, $n, $record"
        )
    if source in {"n", "record"}:
        return Ref(_counted(source, type_))
    if not name:
        raise RefError(f"'{text}' lacks a name behind the point")
    if source == "doc":
        return _of_document(name, type_, document)
    if source == "message" and name not in MESSAGE:
        raise RefError(f"'{text}' is not known; $message has {', '.join(MESSAGE)}")
    if source == "batch" and name not in BATCH:
        raise RefError(f"'{text}' is not known; $batch has {', '.join(BATCH)}")
    return Ref(_outer(source, name, type_), partner=name if source == "partner" else "")


def raw_ref(text: str, document: PartType) -> Ref:
    """The value as it stands: for constants that have codecs of their own, and for conditions."""
    if not text.startswith("$"):
        return Ref(lambda run: text, constant=text)
    source, _, name = text[1:].partition(".")
    if source in {"n", "record"}:
        return Ref((lambda run: run.n) if source == "n" else (lambda run: run.record))
    if source == "doc":
        try:
            target = resolve(parse_field(name), document, document)
        except PathError as error:
            raise RefError(str(error)) from error
        return Ref(lambda run: _lookup(run.out, target.path.names), late=True)
    if source in {"partner", "file"}:
        return Ref(lambda run: getattr(run.values, source).get(name), partner=name if source == "partner" else "")
    if (source == "message" and name in MESSAGE) or (source == "batch" and name in BATCH):
        return Ref(lambda run: getattr(run.values, source).get(name))
    raise RefError(f"'{text}' is not known; values are $partner.x, $file.x, $message.received_at, $batch.number, $doc.field, $n, $record")


def _counted(source: str, type_: FieldType) -> Give:
    if type_.kind not in {FieldKind.INT, FieldKind.TEXT}:
        raise RefError(f"${source} is a whole number, {type_.name} holds a {type_.kind.value}")
    if type_.kind is FieldKind.TEXT:
        return (lambda run: str(run.n)) if source == "n" else (lambda run: str(run.record))
    return (lambda run: run.n) if source == "n" else (lambda run: run.record)


def _of_document(name: str, type_: FieldType, document: PartType) -> Ref:
    try:
        target = resolve(parse_field(name), document, document)
    except PathError as error:
        raise RefError(f"$doc.{name}: {error}") from error
    if target.type.is_list or target.type.kind is not type_.kind:
        raise RefError(f"$doc.{name} holds {target.type.kind.value}, {type_.name} holds {type_.kind.value}")
    return Ref(lambda run: _lookup(run.out, target.path.names), late=True)


def _outer(source: str, name: str, type_: FieldType) -> Give:
    convert = canonical(type_)

    def give(run: Run) -> Any:
        value = getattr(run.values, source).get(name)
        return convert(value) if isinstance(value, str) else fitted(value, type_)

    return give


def fitted(value: Any, type_: FieldType) -> Any:
    """A typed value of the surroundings in the form of a field."""
    match value, type_.kind:
        case None, _:
            return None
        case datetime(), FieldKind.DATE:
            return value.date()
        case datetime() | date(), FieldKind.TEXT:
            return value.isoformat()
        case datetime(), FieldKind.DATETIME:
            return value.replace(tzinfo=None)
        case int() | Decimal(), FieldKind.TEXT:
            return str(value)
        case _:
            return value


def _lookup(out: Any, names: tuple[str, ...]) -> Any:
    """A value of the document so far: dictionaries while reading, Structs when written."""
    for name in names:
        if out is None or out is WRONG:
            return None
        out = out.get(name) if isinstance(out, dict) else getattr(out, name, None)
    return None if out is WRONG else out
