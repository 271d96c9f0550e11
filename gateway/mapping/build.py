"""A document from a tree of texts: for tests in mapping files, which say a document as YAML."""

from __future__ import annotations

from typing import Any

from gateway.kernel.yaml_text import Node, Scalar, Series, Table, unknown
from gateway.mapping.chain import canonical
from gateway.mapping.fields import FieldKind, FieldType, PartType, part_type
from gateway.mapping.unfit import Unfit


def built(node: Node, part: PartType) -> tuple[Any, list[str]]:
    """The document and what is wrong with its description."""
    problems: list[str] = []
    made = _part(node, part, "", problems)
    return made, problems


def _part(node: Node, part: PartType, path: str, problems: list[str]) -> Any:
    if not isinstance(node, Table):
        problems.append(f"{path or 'document'} must be a table")
        return None
    values: dict[str, Any] = {}
    for entry in node:
        name = f"{path}.{entry.key}" if path else entry.key
        if entry.key == "extra" and part.has_extra and isinstance(entry.value, Table):
            values["extra"] = {one.key: one.value.value for one in entry.value if isinstance(one.value, Scalar)}
            continue
        field = part.fields.get(entry.key)
        if field is None or field.derived:
            problems.append(f"{name}: {unknown(entry.key, [one for one, type_ in part.fields.items() if not type_.derived], what='field')}")
            continue
        value = _list(entry.value, field, name, problems) if field.is_list else _value(entry.value, field, name, problems)
        if value is not None:
            values[entry.key] = value
    lacking = [name for name in part.required if name not in values]
    problems += [f"{path + '.' if path else ''}{name} is mandatory" for name in lacking]
    return part.cls(**values) if not lacking else None


def _list(node: Node, field: FieldType, path: str, problems: list[str]) -> tuple[Any, ...]:
    items = node.items if isinstance(node, Series) else (node,)
    made = (_value(item, field, f"{path}#{number}", problems) for number, item in enumerate(items, 1))
    return tuple(value for value in made if value is not None)


def _value(node: Node, field: FieldType, path: str, problems: list[str]) -> Any:
    if field.kind is FieldKind.PART and field.part is not None:
        return _part(node, part_type(field.part), path, problems)
    if not isinstance(node, Scalar):
        problems.append(f"{path} must be one text")
        return None
    try:
        return canonical(field)(node.value) if node.value else None
    except Unfit as unfit:
        problems.append(f"{path}: '{node.value}' {unfit.text}")
        return None
