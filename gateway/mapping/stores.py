"""Where a value goes: the field at hand, a part, an entry of a list, the document, or the free texts; and how to ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.mapping.fields import FieldPath, Target
from gateway.mapping.reading import DERIVED, Store
from gateway.mapping.run import Out, Run

Given = Callable[[Out, Run], Any]


def store_for(target: Target) -> Store:
    """How the value of a path is kept; False when it disagrees with what stands there."""
    path = target.path
    if path.extra:
        return _extra(path)
    name = path.names[-1]
    if target.type.derived:
        return _into(_owner(path), DERIVED + name)
    if path.entry:
        return _entry(_owner(path), name, path.entry)
    if target.type.is_list:
        return _list(_owner(path), name)
    return _agreeing(_owner(path), name) if path.from_document else _into(_owner(path), name)


def mark_for(target: Target) -> Store | None:
    """How the mark of a wrong value is left in a field of the part at hand; None where the field stands elsewhere."""
    return store_for(target) if target.path.is_plain and not target.type.derived else None


def several(stores: list[Store]) -> Store:
    """A tuple to several fields."""

    def store(out: Out, value: Any, run: Run) -> bool:
        values = value if isinstance(value, tuple) else (value,) * len(stores)
        agreed = [one(out, each, run) for one, each in zip(stores, values, strict=False) if each is not None]
        return all(agreed)

    return store


def given_for(path: FieldPath) -> Given:
    """What stands at a path so far; nothing is None."""
    if path.extra:
        return lambda out, run: ((run.out if path.from_document else out).get("extra") or {}).get(path.extra)
    owner, name, entry = _reader(path), path.names[-1], path.entry
    if entry:

        def nth(out: Out, run: Run) -> Any:
            found = (owner(out, run) or {}).get(name) or ()
            return found[entry - 1] if len(found) >= entry else None

        return nth
    return lambda out, run: _get(owner(out, run), name)


def _get(owner: Any, name: str) -> Any:
    if owner is None:
        return None
    if isinstance(owner, dict):
        found = owner.get(name)
        return found if found is not None else owner.get(DERIVED + name)
    return getattr(owner, name, None)


def _reader(path: FieldPath) -> Callable[[Out, Run], Any]:
    steps = path.names[:-1]

    def owner(out: Out, run: Run) -> Any:
        at: Any = run.out if path.from_document else out
        for step in steps:
            at = at.get(step) if isinstance(at, dict) else getattr(at, step, None)
            if not at:
                return None
        return at

    return owner


def _owner(path: FieldPath) -> Callable[[Out, Run], Out]:
    steps = path.names[:-1]

    def owner(out: Out, run: Run) -> Out:
        at = run.out if path.from_document else out
        for step in steps:
            inner = at.setdefault(step, {})
            at = inner if isinstance(inner, dict) else {}
        return at

    if not steps and not path.from_document:
        return lambda out, run: out
    return owner


def _into(owner: Callable[[Out, Run], Out], name: str) -> Store:
    def store(out: Out, value: Any, run: Run) -> bool:
        owner(out, run).setdefault(name, value)
        return True

    return store


def _agreeing(owner: Callable[[Out, Run], Out], name: str) -> Store:
    def store(out: Out, value: Any, run: Run) -> bool:
        return bool(owner(out, run).setdefault(name, value) == value)

    return store


def _list(owner: Callable[[Out, Run], Out], name: str) -> Store:
    def store(out: Out, value: Any, run: Run) -> bool:
        at = owner(out, run)
        if isinstance(value, list | tuple):
            at[name] = (*(at.get(name) or ()), *value)
        elif not value:
            at.setdefault(name, value)
        else:
            at[name] = (*(at.get(name) or ()), value)
        return True

    return store


def _entry(owner: Callable[[Out, Run], Out], name: str, number: int) -> Store:
    def store(out: Out, value: Any, run: Run) -> bool:
        at = owner(out, run)
        entries = list(at.get(name) or ())
        entries += [None] * (number - len(entries))
        if entries[number - 1] is None:
            entries[number - 1] = value
        at[name] = entries
        return True

    return store


def _extra(path: FieldPath) -> Store:
    def store(out: Out, value: Any, run: Run) -> bool:
        (run.out if path.from_document else out).setdefault("extra", {}).setdefault(path.extra, value)
        return True

    return store
