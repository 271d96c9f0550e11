"""JSON addresses, compiled: one walk over the keys of an object fills the slots of its group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

from gateway.formats.addresses import AddressError, Condition, Path, Step, checked, parse_path
from gateway.formats.base import Collect, Kind, Oddity, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.in_rows import with_rows

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})


class Knows(Protocol):
    """Somebody who reads keys of an object."""

    def knows(self, key: str) -> bool:
        """Whether it reads this key."""
        ...


class JsonPlan:
    """All addresses of one group in JSON."""

    def __init__(self, wants: Sequence[Want], unread: Unread, *, known: Sequence[Knows] = ()) -> None:
        self._wants = tuple(wants)
        self._unread = unread
        self._paths = [checked(want.address, _path) for want in wants]
        self._kin: list[Knows] = [*known]
        self._inner: dict[str, list[JsonPlan]] = {}

    @property
    def searches(self) -> Mapping[int, Search]:
        """Keys need no walk of their own."""
        return _NO_SEARCHES

    def knows(self, key: str) -> bool:
        """Whether a rule of this group reads a key."""
        return any(path.steps and path.steps[0].name == key for path in self._paths)

    def besides(self, key: str) -> JsonPlan:
        """The same, which passes this key over."""
        self._kin.append(Known(parse_path(key).steps))
        return self

    def bind(self, scan: Scan) -> Collect:
        """The walk of this file."""
        odd = scan.odd
        gets = [
            _from_top(path, want.shape, scan) if path.from_top else partial(_wanted, path, want.shape, odd, index)
            for index, (want, path) in enumerate(zip(self._wants, self._paths, strict=True))
        ]
        picks = [(index, partial(_first_text, path)) for index, path in enumerate(self._paths) if path.in_rows]
        quiet = self._unread is Unread.IGNORE

        def collect(node: Any) -> Sequence[Raw]:
            if not quiet and isinstance(node, dict):
                for key, value in node.items():
                    if value is not None and not self.knows(key) and not any(one.knows(key) for one in self._kin):
                        odd.extend(_unread(key, value))
            return [get(node) for get in gets]

        return with_rows(collect, picks, scan)

    def inside(self, index: int, wants: Sequence[Want]) -> JsonPlan:
        """The plan of a group below; groups on one object know what the others read."""
        path = self._paths[index]
        if not path.steps:
            plan = JsonPlan(wants, self._unread, known=[self, *self._kin])
            self._kin.append(plan)
            return plan
        name = self._wants[index].address
        siblings = self._inner.setdefault(name, [])
        through = [step for one in self._paths if _begins(one, path) for step in [one]]
        plan = JsonPlan(wants, self._unread, known=[*siblings, *(Known(one.steps[len(path.steps) :]) for one in through)])
        for sibling in siblings:
            sibling._kin.append(plan)  # noqa: SLF001 -- the same class
        siblings.append(plan)
        return plan

    def where(self, node: Any, index: int | None, scan: Scan) -> str:
        """`lines[2]/quantity, document 3, line 14`."""
        document = getattr(scan, "document", None)
        above = way_to(document, node) or ""
        address = self._wants[index].address if index is not None and self._paths[index].steps else ""
        path = "/".join(step for step in (above, address) if step)
        return f"{path}, {scan.place_of_document()}" if path else scan.place_of_document()  # type: ignore[attr-defined]  # only JSON scans come here

    def place(self, values: Sequence[Raw]) -> Any:
        """An object, or one value for '.'; constants only beside something else."""
        made: dict[str, Any] = {}
        stands = False
        constants: list[tuple[Path, Any]] = []
        order = [path.steps[0].name for path in self._paths if path.steps]
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None or path.from_top or path.in_rows:
                continue
            shown = [_shown(one, want.kind) for one in value] if want.shape in {Shape.VALUES, Shape.GROUPS} else _shown(value, want.kind)
            if not path.steps:
                return shown
            if want.constant and not want.alone:
                constants.append((path, shown))
                continue
            stands = True
            _put(made, path, shown, append=want.shape is Shape.GROUPS)
        for path, shown in constants:
            if stands and (len(path.steps) == 1 or path.steps[0].name in made):
                _put(made, path, shown, append=False)
        if not stands:
            return None
        return {key: made[key] for key in dict.fromkeys(order) if key in made}

    def empty(self) -> dict[str, Any]:
        """An object without keys."""
        return {}

    def record(self, node: Any) -> int:
        """Objects are not counted."""
        return 0


class Known:
    """What other rules read of the same object."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._name = steps[0].name if steps else ""

    def knows(self, key: str) -> bool:
        """Whether it is this key."""
        return key == self._name


def way_to(node: Any, wanted: Any) -> str | None:
    """The path from a document to one of its objects; asked only when something is wrong with it."""
    if node is wanted:
        return ""
    if isinstance(node, dict):
        for key, value in node.items():
            entries = value if isinstance(value, list) else [value]
            for number, one in enumerate(entries, 1):
                if isinstance(one, dict | list) and (below := way_to(one, wanted)) is not None:
                    name = f"{key}[{number}]" if isinstance(value, list) else key
                    return f"{name}/{below}" if below else name
    return None


def find(node: Any, steps: Sequence[Step]) -> Iterator[Any]:
    """Everything a path leads to; lists on the way are entered."""
    if not steps:
        if isinstance(node, list):
            yield from node
        elif node is not None:
            yield node
        return
    step = steps[0]
    if isinstance(node, list):
        for one in node:
            yield from find(one, steps)
        return
    if not isinstance(node, dict) or step.name not in node:
        return
    below = node[step.name]
    entries = below if isinstance(below, list) else [below]
    fitting = [one for one in entries if one is not None and _matches(one, step.tests)]
    if step.nth:
        fitting = fitting[step.nth - 1 : step.nth]
    for one in fitting:
        yield from find(one, steps[1:])


def _first_text(path: Path, row: Any) -> str | None:
    return text_of(next(find(row, path.steps), None))


def _path(address: str) -> Path:
    path = parse_path(address)
    for step in path.steps:
        if step.name == "**":
            raise AddressError("'**' is for XML; name the keys on the way")
        if step.name.startswith("@"):
            raise AddressError(f"JSON has no attributes; '{step.name[1:]}' is a key")
    return path


def _matches(node: Any, tests: Sequence[Condition]) -> bool:
    for test in tests:
        found = [text_of(one) for one in find(node, test.path.steps)] if test.path else []
        if not test.values and not any(one is not None for one in found):
            return False
        if test.values and not any(one in test.values for one in found):
            return False
    return True


def text_of(value: Any) -> str | None:
    """A single value as text."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return None


def _wanted(path: Path, shape: Shape, odd: list[Oddity], index: int, node: Any) -> Raw:
    found = list(find(node, path.steps)) if path.steps else [node]
    return _shaped(found, shape, odd, index)


def _from_top(path: Path, shape: Shape, scan: Any) -> Callable[[Any], Raw]:
    return lambda node: _shaped(list(find(scan.head(), path.steps)), shape, scan.odd, -1)


def _shaped(found: list[Any], shape: Shape, odd: list[Oddity], index: int) -> Raw:
    if shape is Shape.GROUPS:
        return found or None
    if shape is Shape.VALUES:
        return [text_of(one) for one in found] or None
    if not found:
        return None
    if len(found) > 1:
        odd.append(Oddity("repeated", index, value=str(text_of(found[1]) or "")[:80]))
    if shape is Shape.GROUP:
        return found[0]
    if isinstance(found[0], dict | list):
        odd.append(Oddity("mixed", index))
        return None
    return text_of(found[0])


def _unread(key: str, value: Any) -> Iterator[Oddity]:
    match value:
        case dict():
            for inner, below in value.items():
                yield from _unread(f"{key}/{inner}", below)
        case list():
            for below in value:
                yield from _unread(key, below)
        case None:
            return
        case _:
            yield Oddity("unread", name=key, value=text_of(value) or "")


def _begins(longer: Path, path: Path) -> bool:
    return len(longer.steps) > len(path.steps) and [step.name for step in longer.steps[: len(path.steps)]] == [
        step.name for step in path.steps
    ]


def _shown(value: Any, kind: Kind) -> Any:
    """A value in its kind; digits are written as they are."""
    if isinstance(value, str) and kind is Kind.NUMBER:
        return Decimal(value)
    if isinstance(value, str) and kind is Kind.FLAG:
        return value == "true"
    return value


def _put(made: dict[str, Any], path: Path, value: Any, *, append: bool) -> None:
    at = made
    for step in path.steps[:-1]:
        if step.tests or step.nth:
            entries = at.setdefault(step.name, [])
            wanted = _entry(step)
            found = next((one for one in entries if all(one.get(key) == text for key, text in wanted.items())), None) if wanted else None
            if found is None:
                found = dict(wanted)
                entries.append(found)
            at = found
        else:
            at = at.setdefault(step.name, {})
    last = path.steps[-1]
    if last.tests:
        shown = _entry(last)
        entries = value if isinstance(value, list) else [value]
        at.setdefault(last.name, []).extend({**shown, **one} if isinstance(one, dict) else one for one in entries)
    elif append and isinstance(at.get(last.name), list):
        at[last.name] += value
    elif isinstance(value, dict) and isinstance(at.get(last.name), dict):
        at[last.name] = {**at[last.name], **value}
    else:
        at[last.name] = value


def _entry(step: Step) -> dict[str, str]:
    return {test.path.steps[0].name: test.values[0] for test in step.tests if test.path and test.values and len(test.path.steps) == 1}


Get = Callable[[Any], Raw]
