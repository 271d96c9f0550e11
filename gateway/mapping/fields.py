"""What the fields of documents can hold, read once from the Structs of `gateway.documents`; and paths to them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from gateway.documents import DOCUMENTS, Code, Exact, Text
from gateway.kernel.yaml_text import unknown

EXTRA_TEXT = 255

# Order of the business, not of a layout: where a mandatory field may be told somewhere else (mapping-language.md 5).
STANDS_IN: Mapping[tuple[str, str], str] = MappingProxyType({("Order", "ship_to"): "sold_to"})
FROM_HEADER: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType({("Order", "OrderLine"): ("carrier", "due_on")})
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": ("number",),
        "order_request": ("vendor",),
        "batch_acknowledgement": ("batch",),
        "order_answer": ("order_number",),
        "shipment": ("order_number",),
        "invoice": ("number",),
        "change": ("order_number",),
        "changes_request": ("after",),
        "change_answer": ("order_number",),
        "line_update": ("order_number",),
        "vendor_action": ("order_number",),
        "status_change": ("sequence",),
        "vendor": ("code",),
        "inventory": ("reference",),
        "result": ("file",),
    }
)


class FieldKind(Enum):
    """The types of mapping-language.md 5."""

    TEXT = "text"
    INT = "whole number"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "date and time"
    FLAG = "flag"
    CODE = "code"
    PART = "part"


class FieldType(Struct, frozen=True):
    """What one field holds; a list holds many of it."""

    name: str
    kind: FieldKind
    is_list: bool = False
    required: bool = False
    derived: bool = False
    most: int = 0
    upper: bool = False
    ascii: bool = False
    digits: int = 0
    places: int = 0
    words: tuple[str, ...] = ()
    part: type[Struct] | None = None

    @property
    def entry(self) -> FieldType:
        """The type of one entry of a list."""
        return msgspec.structs.replace(self, is_list=False)


class PartType(Struct, frozen=True):
    """A document or a part of one."""

    name: str
    cls: type[Struct]
    fields: Mapping[str, FieldType]
    required: tuple[str, ...]

    @property
    def has_extra(self) -> bool:
        """Whether partners may keep free texts here."""
        return "extra" in self.cls.__struct_fields__


class FieldPath(Struct, frozen=True):
    """A path as mappings write it: `ship_to.city`, `tracking#2`, `/currency`, `extra.any_name`."""

    text: str
    names: tuple[str, ...]
    from_document: bool = False
    entry: int = 0
    extra: str = ""

    @property
    def is_plain(self) -> bool:
        """One name of the part at hand."""
        return len(self.names) == 1 and not self.from_document and not self.entry and not self.extra


class Target(Struct, frozen=True):
    """A resolved path: the type at its end and the parts on the way."""

    path: FieldPath
    type: FieldType
    owner: PartType


class PathError(ValueError):
    """A path that leads nowhere; the text names the nearest that does."""


def document_type(kind: str) -> PartType:
    """The type of a kind of document."""
    return part_type(DOCUMENTS[kind])


@cache
def part_type(cls: type[Struct]) -> PartType:
    """The fields of a Struct."""
    hints = get_type_hints(cls, include_extras=True)
    given = {field.name: field for field in msgspec.structs.fields(cls)}
    fields = {name: _field_type(name, hints[name], required=given[name].required) for name in given if name != "extra"}
    derived = getattr(cls, "derived", {})
    for name, exact in derived.items():
        fields[name] = FieldType(name, FieldKind.DECIMAL, derived=True, digits=exact.digits, places=exact.places)
    return PartType(cls.__name__, cls, MappingProxyType(fields), tuple(name for name, field in fields.items() if field.required))


def parse_field(text: str) -> FieldPath:
    """The path of a text; PathError when it is malformed."""
    from_document = text.startswith("/")
    body = text.removeprefix("/")
    if body.startswith("extra."):
        name = body.removeprefix("extra.")
        if not name or len(name) > 60:
            raise PathError(f"'{text}' needs a name of 1 to 60 characters after 'extra.'")
        return FieldPath(text, (), from_document, 0, name)
    body, mark, number = body.partition("#")
    if mark and (not number.isascii() or not number.isdigit() or int(number) < 1):
        raise PathError(f"'{text}' needs a number from 1 after '#'")
    names = tuple(body.split("."))
    if not all(names):
        raise PathError(f"'{text}' is not a path of field names")
    return FieldPath(text, names, from_document, int(number) if mark else 0)


def resolve(path: FieldPath, here: PartType, document: PartType) -> Target:
    """What stands at the end of a path."""
    owner = document if path.from_document else here
    if path.extra:
        if not owner.has_extra:
            raise PathError(f"'{path.text}': {_readable(owner)} has no extra texts")
        return Target(path, FieldType(path.text, FieldKind.TEXT, most=EXTRA_TEXT), owner)
    for name in path.names[:-1]:
        field = _field(owner, name, path)
        if field.part is None or field.is_list:
            raise PathError(f"'{path.text}': {name} has no parts of its own" + ("; use each" if field.is_list and field.part else ""))
        owner = part_type(field.part)
    found = _field(owner, path.names[-1], path)
    if path.entry:
        if not found.is_list:
            raise PathError(f"'{path.text}': {found.name} is not a list")
        found = found.entry
    return Target(path, found, owner)


def _field(owner: PartType, name: str, path: FieldPath) -> FieldType:
    found = owner.fields.get(name)
    if found is None:
        raise PathError(f"'{path.text}': {unknown(name, owner.fields, what=f'field of {_readable(owner)}')}")
    return found


def _readable(owner: PartType) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in owner.name).strip()


def _field_type(name: str, hint: Any, *, required: bool) -> FieldType:
    base, metadata = _unwrapped(hint)
    if get_origin(base) is tuple:
        inner = _field_type(name, get_args(base)[0], required=required)
        return msgspec.structs.replace(inner, is_list=True)
    if isinstance(base, type) and issubclass(base, Struct):
        return FieldType(name, FieldKind.PART, required=required, part=base)
    for one in metadata:
        match one:
            case Text():
                return FieldType(name, FieldKind.TEXT, required=required, most=one.most, upper=one.upper, ascii=one.ascii)
            case Exact():
                return FieldType(name, FieldKind.DECIMAL, required=required, digits=one.digits, places=one.places)
            case Code():
                return FieldType(name, FieldKind.CODE, required=required, words=one.words)
            case _:
                continue
    return FieldType(name, _KINDS[base], required=required)


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without `| None` and without its metadata."""
    metadata: tuple[Any, ...] = ()
    while True:
        if get_origin(hint) is Annotated:
            metadata += hint.__metadata__
            hint = hint.__origin__
        elif get_origin(hint) in {Union, types.UnionType}:
            hint = next(one for one in get_args(hint) if one is not type(None))
        else:
            return hint, metadata


_KINDS: Mapping[Any, FieldKind] = MappingProxyType(
    {
        int: FieldKind.INT,
        Decimal: FieldKind.DECIMAL,
        date: FieldKind.DATE,
        datetime: FieldKind.DATETIME,
        bool: FieldKind.FLAG,
        str: FieldKind.TEXT,
    }
)
