"""What a person fills into an order form: plain values read field by field, and put into the form in parts (sdf 10.7).

A field that is told replaces the old value, an empty one clears it, one that is not told stays. Lines are told apart by number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Party
from gateway.documents.form import FormLine, FormReference, OrderForm
from gateway.documents.kinds import Exact, Text
from gateway.domain.complete import MOST
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.issues import Issue
from gateway.kernel.yaml_text import unknown

REMOVE = "remove"
"""The word that takes a line out of the form."""
SHOWN = 80
MOST_LINES = 10_000
_WHOLE = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,6})?")
_PLACE = re.compile(r"[1-9][0-9]{0,2}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES = frozenset({"true", "yes"})


class LinePart(Struct, frozen=True, gc=False):
    """What is told of one line; without a number it is a new one."""

    number: int | None
    told: Mapping[str, Any]
    is_removed: bool = False


class Part(Struct, frozen=True, gc=False):
    """What is told of a form, read and checked field by field: only what stands in `told` changes."""

    told: Mapping[str, Any] = MappingProxyType({})
    ship_to: Mapping[str, Any] | None = None
    sold_to: Mapping[str, Any] | None = None
    lines: tuple[LinePart, ...] = ()
    messages: Mapping[int, str] = MappingProxyType({})
    """Single messages by their place; an empty one takes the message out."""

    @property
    def number(self) -> str | None:
        """The order number, when it is told."""
        found: str | None = self.told.get("number")
        return found

    @property
    def words(self) -> frozenset[str]:
        """The fields that this part tells."""
        groups = {
            "ship_to": self.ship_to is not None,
            "sold_to": self.sold_to is not None,
            "lines": bool(self.lines),
            "messages": bool(self.messages),
        }
        return frozenset({*self.told, *(name for name, is_told in groups.items() if is_told)})


def read_part(told: object) -> tuple[Part, tuple[Issue, ...]]:
    """The part that plain values tell (as they stand in YAML, JSON, a CSV row or a screen's form), and everything wrong with them."""
    if not isinstance(told, Mapping):
        return Part(), (Issue("MAN-02", "fields by name are needed: number, vendor, lines ..."),)
    issues: list[Issue] = []
    plain = {name: value for name, value in told.items() if name not in _GROUPS}
    messages = told.get("messages")
    single = isinstance(messages, Mapping)
    part = Part(
        told={
            **_fields(OrderForm, plain, "", issues),
            **({"messages": _messages(messages, issues)} if "messages" in told and not single else {}),
            **({"references": _references(told["references"], issues)} if "references" in told else {}),
        },
        ship_to=_party("ship_to", told, issues),
        sold_to=_party("sold_to", told, issues),
        lines=_lines(told.get("lines"), issues),
        messages=_single_messages(messages, issues) if isinstance(messages, Mapping) else {},
    )
    return part, tuple(issues)


def with_part(form: OrderForm, part: Part) -> OrderForm:
    """The form with what the part tells."""
    parties = {
        name: _merged(getattr(form, name), getattr(part, name)) for name in ("ship_to", "sold_to") if getattr(part, name) is not None
    }
    values = {name: value for name, value in part.told.items() if name != "number"}
    if part.messages:
        values["messages"] = _with_messages(form.messages, part.messages)
    return replace(form, **values, **parties, lines=_with_lines(form.lines, part.lines))


def strange_lines(form: OrderForm, part: Part) -> Iterator[Issue]:
    """Lines that are to be taken out of the form, and are not on it."""
    known = {line.number for line in form.lines}
    for it in part.lines:
        if it.is_removed and it.number not in known:
            text = f"there is no line {it.number} to take out" if it.number else "a line that is taken out is named by its number"
            yield at_line(it.number, Issue("MAN-03", text, field=REMOVE))


def changed_words(before: OrderForm, after: OrderForm) -> tuple[str, ...]:
    """The fields that differ, for the history: names only, never values of a person."""
    found = [name for name in OrderForm.__struct_fields__ if name != "lines" and getattr(before, name) != getattr(after, name)]
    old, new = ({line.number: line for line in form.lines} for form in (before, after))
    numbers = sorted(number or 0 for number in {*old, *new} if old.get(number) != new.get(number))
    return (*found, *(f"line {number}" for number in numbers))


def lot_faults(lines: Iterable[FormLine]) -> Iterator[Issue]:
    """One serial number is one piece: quantity one, and not twice for the same item."""
    seen: dict[tuple[str | None, str], int | None] = {}
    for line in lines:
        if not line.serial:
            continue
        if line.quantity is not None and line.quantity != 1:
            text = f"a line with a serial number has a quantity of 1, found {line.quantity}; add a line for each piece"
            yield at_line(line.number, Issue("MAN-06", text, field="quantity", value=str(line.quantity)))
        first = seen.setdefault((line.item, line.serial), line.number)
        if first != line.number:
            text = f"serial number {line.serial} of item {line.item} stands in line {first} already"
            yield at_line(line.number, Issue("MAN-07", text, field="serial", value=line.serial))


def at_line(number: int | None, issue: Issue) -> Issue:
    """The issue with its place."""
    return replace(issue, where=f"line {number}" if number is not None else "a new line", line=number)


def _merged(party: Party | None, told: Mapping[str, Any] | None) -> Party | None:
    merged = replace(party or Party(), **told) if told else None
    return None if merged == Party() else merged


def _with_lines(lines: Iterable[FormLine], told: Iterable[LinePart]) -> tuple[FormLine, ...]:
    """In the order of their numbers; a new line without one comes after the highest."""
    found = {line.number: line for line in lines}
    for it in told:
        number = it.number if it.number is not None else max((key or 0 for key in found), default=0) + 1
        if it.is_removed:
            found.pop(number, None)
        else:
            found[number] = replace(found.get(number, FormLine(number=number)), **{**it.told, "number": number})
    return tuple(found[number] for number in sorted(found, key=lambda key: key or 0))


def _lines(told: object, issues: list[Issue]) -> tuple[LinePart, ...]:
    if told is None:
        return ()
    if not isinstance(told, list | tuple) or len(told) > MOST_LINES:
        issues.append(Issue("MAN-03", f"lines is a list of at most {MOST_LINES} lines", field="lines"))
        return ()
    found = [_line(it, place, issues) for place, it in enumerate(told, start=1)]
    numbers = [it.number for it in found if it.number is not None]
    twice = sorted({number for number in numbers if numbers.count(number) > 1}) if len(set(numbers)) < len(numbers) else []
    issues += [
        Issue("DSO-120", f"line number {number} stands twice", where=f"line {number}", field="number", line=number) for number in twice
    ]
    return tuple(found)


def _line(told: object, place: int, issues: list[Issue]) -> LinePart:
    if not isinstance(told, Mapping):
        issues.append(
            Issue("MAN-03", "a line is fields by name: number, item, quantity ...", where=f"entry {place} of lines", field="lines")
        )
        return LinePart(None, {})
    where = f"line {told['number']}" if told.get("number") else getattr(told, "place", f"entry {place} of lines")
    values = _fields(FormLine, {name: value for name, value in told.items() if name != REMOVE}, where, issues)
    if values.get("quantity") == 0:
        text = "quantity must be a whole number of at least 1"
        issues.append(Issue("DSO-121", text, where=where, field="quantity", value="0"))
    number = values.get("number")
    if number is not None and not 1 <= number <= MOST:
        issues.append(Issue("DSO-120", f"{number} is no line number", where=where, field="number", value=str(number)))
    return LinePart(number, values, str(told.get(REMOVE, "")).lower() in _YES)


def _party(name: str, told: Mapping[str, Any], issues: list[Issue]) -> Mapping[str, Any] | None:
    if name not in told:
        return None
    values = told[name] or {}
    if not isinstance(values, Mapping):
        issues.append(Issue("MAN-03", f"{name} is fields by name: last_name, address1, city ...", field=name))
        return None
    return _fields(Party, values, name, issues)


def _messages(told: object, issues: list[Issue]) -> tuple[str, ...]:
    """All messages: a text, or a list of texts."""
    listed = told if isinstance(told, list | tuple) else [told]
    return tuple(text for place, it in enumerate(listed, start=1) if (text := _message(it, place, issues)))


def _single_messages(told: Mapping[Any, Any], issues: list[Issue]) -> Mapping[int, str]:
    """Some messages by their place."""
    found = {}
    for place, it in told.items():
        if _PLACE.fullmatch(str(place)):
            found[int(place)] = _message(it, int(place), issues)
        else:
            issues.append(Issue("MAN-03", f"messages are told apart by number: 1, 2 ..., not '{str(place)[:SHOWN]}'", field="messages"))
    return found


def _message(told: object, place: int, issues: list[Issue]) -> str:
    """One message; empty when there is none, or when it is no text."""
    where = f"entry {place} of messages"
    if told is None or (isinstance(told, str | int | Decimal) and not isinstance(told, bool)):
        return _read(Text(255), "" if told is None else str(told).strip(), where, "messages", issues) or ""
    issues.append(Issue("MAN-03", "a message is a text", where=where, field="messages"))
    return ""


def _with_messages(messages: tuple[str, ...], told: Mapping[int, str]) -> tuple[str, ...]:
    """The Nth takes the place of the Nth there is; one behind the last is added, an empty one taken out."""
    found = dict(enumerate(messages, start=1)) | dict(told)
    return tuple(found[place] for place in sorted(found) if found[place])


def _references(told: object, issues: list[Issue]) -> tuple[FormReference, ...]:
    """A table of names and values, where an empty value takes the name out, or a list of entries with `name` and `value`."""
    if isinstance(told, Mapping):
        told = [{"name": name, "value": value} for name, value in told.items() if value not in _EMPTY]
    if not isinstance(told, list | tuple):
        issues += [Issue("MAN-03", "references is a table: what it is, and its number", field="references")] if told else []
        return ()
    found = []
    for place, it in enumerate(told, start=1):
        where = f"entry {place} of references"
        before = len(issues)
        values = _fields(FormReference, it, where, issues) if isinstance(it, Mapping) else {}
        if values.get("name") and values.get("value"):
            found.append(FormReference(**values))
        elif len(issues) == before:
            issues.append(Issue("MAN-03", "a reference is a name and a value", where=where, field="references"))
    return tuple(found)


def _fields(kind: type[Struct], told: Mapping[Any, Any], where: str, issues: list[Issue]) -> dict[str, Any]:
    """The values of the fields that are told; an empty one is None."""
    limits, found = _limits(kind), dict[str, Any]()
    known = {*limits, *(_GROUPS if kind is OrderForm else ())}
    for name, value in told.items():
        if name not in limits:
            issues.append(Issue("MAN-02", unknown(str(name), known, what="field"), where=where, field=str(name)[:SHOWN]))
        elif value is None or value == "":
            found[name] = None
        elif isinstance(value, Mapping | list | tuple):
            issues.append(Issue("MAN-03", f"{name} is one value", where=where, field=name))
        else:
            found[name] = _read(limits[name], str(value).strip(), where, name, issues)
    return found


def _read(limit: object, text: str, where: str, field: str, issues: list[Issue]) -> Any:
    """The value that a text tells; None, and an issue, when it does not fit the field."""
    try:
        return _READERS[type(limit) if isinstance(limit, Text | Exact) else limit](text, limit)
    except ValueError as error:
        issues.append(Issue("MAN-03", f"{field} {error}", where=where, field=field, value=text[:SHOWN]))
        return None


def _text(text: str, limit: Any) -> str:
    if len(text) > limit.most:
        raise ValueError(f"has at most {limit.most} characters, found {len(text)}")
    if not text.isprintable() or (limit.ascii and not text.isascii()):
        raise ValueError("holds a character that is not allowed")
    return text.upper() if limit.upper else text


def _exact(text: str, limit: Any) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is an amount such as 8.98")
    value = Decimal(text)
    if value.quantize(Decimal(1).scaleb(-limit.places)) != value or value.adjusted() >= limit.digits - limit.places:
        raise ValueError(f"has at most {limit.digits - limit.places} digits before and {limit.places} after the point")
    return value


def _whole(text: str, _: Any) -> int:
    if not _WHOLE.fullmatch(text) or int(text) > MOST:
        raise ValueError(f"is a whole number up to {MOST}")
    return int(text)


def _day(text: str, _: Any) -> date:
    if not _ISO.fullmatch(text):
        raise ValueError("is a day such as 2026-11-30")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no day of the calendar") from error
    if not is_possible(day):
        raise ValueError(f"is no possible day: {POSSIBLE}")
    return day


@lru_cache(maxsize=8)
def _limits(kind: type[Struct]) -> Mapping[str, object]:
    """What each single-valued field may hold."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: _limit(hint) for name, hint in hints.items() if name not in _GROUPS}


def _limit(hint: Any) -> object:
    if get_origin(hint) is Annotated:
        return get_args(hint)[1]
    inner = [one for one in get_args(hint) if one is not type(None)]
    return _limit(inner[0]) if inner else hint


_EMPTY = (None, "")
_GROUPS = frozenset({"lines", "references", "messages", "ship_to", "sold_to"})
_READERS: Mapping[object, Callable[[str, Any], Any]] = MappingProxyType({Text: _text, Exact: _exact, int: _whole, date: _day})
