"""Writes out a stencil as the source text of one function, as a program for this one layout would be written by hand, and compiles it.

Texts of layouts and documents stand in it as literals only, never as code. Whoever wants to read one prints `Script.source`, and a
traceback shows its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from keyword import iskeyword
from operator import itemgetter
from typing import Any

from gateway.mapping.looks import Look
from gateway.mapping.sight import GIVEN, NUMBER, Way
from gateway.mapping.sources import function
from gateway.mapping.stains import Unlike

TAKEN = ("it", "at", "around", "lists", "given", "texts", "said", "clean", "one", "all", "len", "sum", "type")
"""Names that values may not have."""
LITERAL = (str, int)


class Script:
    """One function in the making: its lines, and the objects that they name."""

    def __init__(self, name: str, look: Look, *, plain: frozenset[Way], given: Mapping[str, Any]) -> None:
        self._name, self._plain, self._given = name, plain, given
        self._values = {asked.way: asked.value for asked in look.asked}
        self._objects: dict[str, Any] = {"all": all, "len": len, "sum": sum, "type": type}
        self._names: dict[Way, str] = {NUMBER: "at"}
        self._kinds: dict[type, str] = {}
        self._used = set(TAKEN)
        self._lines = [f"def printed(it, at, around, lists):  # {name}"]
        self._limits: list[str] = []
        self._looked(look)

    @property
    def source(self) -> str:
        """The text so far."""
        return "\n".join(self._lines) + "\n"

    def value(self, way: Way) -> str:
        """The name of a value."""
        if way not in self._names and way[0] == GIVEN:
            self._give(way)
        if way not in self._names:
            raise Unlike("a value that is not at the end of its way")
        return self._names[way]

    def holds(self, there: Sequence[bool]) -> None:
        """These lists have groups, the others have none."""
        for at, has_any in enumerate(there):
            self._refuse(f"not lists[{at}]" if has_any else f"lists[{at}]")

    def kind(self, way: Way) -> type:
        """What kind of value that is."""
        return type(self._values[way])

    def text(self, make: Callable[[Any], Any], given: str) -> str:
        """The name of what is made of a value."""
        return self._put("text", f"{self._object('write', make)}({given})")

    def remembered(self, memory: Mapping[Any, str], given: str) -> str:
        """The same, looked up."""
        return self._put("text", f"{self._object('known', memory)}[{given}]")

    def several(self, make: Callable[[Any], Sequence[str]], given: str, count: int) -> Sequence[str]:
        """The names of so many texts that are made of a value."""
        names = [self._free("text") for _ in range(count)]
        self._lines.append(f"    {', '.join(names)}, = {self._object('write', make)}({given})")
        return names

    def limit(self, mosts: Iterable[tuple[str, int]]) -> None:
        """Texts may only be so long; one that goes through several holes, as long as the shortest place."""
        self._limits += [f"len({name}) > {most}" for name, most in dict(sorted(mosts, key=itemgetter(1), reverse=True)).items()]

    def firm(self, names: Sequence[str]) -> None:
        """Texts may not begin with a blank."""
        self._limits += [f"{name}[0] == ' '" for name in names]

    def check(self, names: Sequence[str], letters: bytes, clean: Callable[[Sequence[str]], Sequence[str]]) -> None:
        """None is empty or too long, and all are written with letters that stand as they are, or are cleaned."""
        if names:
            self._lines.append(f"    texts = ({', '.join(names)},)")
        if conditions := [*(["not all(texts)"] if names else []), *self._limits]:
            self._refuse(" or ".join(conditions))
        if not names:
            return
        self._objects["clean"] = clean
        self._lines += [
            "    said = ''.join(texts)",
            f"    if not said.isascii() or said.encode().translate(None, {self._object('letters', letters)}):",
            f"        {', '.join(names)}, = clean(texts)",
        ]

    def print(self, pieces: Sequence[str | tuple[str]], end: str) -> None:
        """Names, and texts that stand as they are (in tuples); a line for each segment."""
        text = "".join(["{" + one + "}" if isinstance(one, str) else _literal(one[0], end) for one in pieces])
        lines = "\n".join([f'        f"{line}"' for line in text.removesuffix(_CUT).split(_CUT)])
        self._lines.append(f"    return (\n{lines}\n    )")

    def compiled(self) -> Callable[[Any, int, tuple[Any, ...], Sequence[str]], str | None]:
        """The function."""
        return function(self.source, "printed", f"stencil of {self._name}", self._objects)

    def _looked(self, look: Look) -> None:
        """The values, and what else would be another look."""
        if look.around:
            self._refuse(f"around != {self._object('around', look.around)}")
        for asked in look.asked:
            way, value = asked.way, asked.value
            if way == NUMBER:
                continue
            found = self._found(way)
            if value is None:
                self._refuse(f"{found} is not None")
                continue
            name = self._names[way] = self._free("_".join(map(str, way)))
            self._lines.append(f"    {name} = {found}")
            if isinstance(value, bool) and asked.is_word:
                self._refuse(f"{name} is not {value}")
            elif asked.is_word:
                self._refuse(f"type({name}) is not {self._type(value)} or {name} != {self._constant(value)}")
            elif way not in self._plain:
                self._refuse(f"type({name}) is not {self._type(value)}")
            if asked.is_list:
                self._refuse(f"len({name}) != {len(value)}")

    def _give(self, way: Way) -> None:
        """A value of the file; in another one it may be missing, or of another kind."""
        name = str(way[1])
        self._objects["given"] = self._given
        self._values[way] = self._given[name]
        self._names[way] = self._put(name, f"given.get({name!r})")
        self._refuse(f"type({self._names[way]}) is not {self._type(self._values[way])}")

    def _found(self, way: Way) -> str:
        """How to get to a value."""
        first, *inner = way
        if not inner:
            return f"it.{first}"
        found = self._names[first,]
        by_key = isinstance(self._values[first,], dict)
        for step in inner:
            found += f"[{step}]" if isinstance(step, int) else f".get({step!r})" if by_key else f".{step}"
        return found

    def _refuse(self, truth: str) -> None:
        self._lines.append(f"    if {truth}: return None")

    def _type(self, value: Any) -> str:
        kind = type(value)
        if kind not in self._kinds:
            self._kinds[kind] = self._object(kind.__name__, kind)
        return self._kinds[kind]

    def _constant(self, value: Any) -> str:
        return repr(value) if type(value) in LITERAL else self._object("word", value)

    def _object(self, wish: str, thing: Any) -> str:
        name = self._free(wish)
        self._objects[name] = thing
        return name

    def _put(self, wish: str, made: str) -> str:
        name = self._free(wish)
        self._lines.append(f"    {name} = {made}")
        return name

    def _free(self, wish: str) -> str:
        """A name that nothing has."""
        wish = re.sub(r"[^A-Za-z0-9_]", "_", wish)
        number, name = 0, wish
        while name in self._used or iskeyword(name) or not name.isidentifier():
            number += 1
            name = f"{wish}_{number}" if wish.isidentifier() else f"_{wish}_{number}"
        self._used.add(name)
        return name


_CUT = "\x00"
"""Where a line of source text ends; what is printed has no such letter, for it stands there escaped."""


def _literal(text: str, end: str) -> str:
    """A text as it stands between quotation marks, with a mark behind each segment."""
    lines = [one.encode("unicode_escape").decode().replace('"', '\\"').replace("{", "{{").replace("}", "}}") for one in text.split(end)]
    behind = end.encode("unicode_escape").decode().replace('"', '\\"').replace("{", "{{").replace("}", "}}")
    return f"{behind}{_CUT}".join(lines)
