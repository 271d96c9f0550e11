"""What of a raw file is hidden from who may not see personal data: everything that no layout has read as something else.

What is not understood is hidden too, so that a name does not show because its file is broken. Short codes, amounts and days show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from gateway.desk.syntax import Look, Part
from gateway.documents import DOCUMENTS, Party

HIDDEN = "\u2022\u2022\u2022\u2022\u2022"
KEPT = frozenset({"id", "country", "region"})
PERSONAL = frozenset(set(Party.__struct_fields__) - KEPT) | {"messages", "gift_messages", "shipping_instructions", "contact"}
"""Fields that tell of a person, wherever they stand in a document."""
ENVELOPES = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1", "UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "BEG", "BGM", "HL"})
WORDS = frozenset({"true", "false"})
ABOUT_PERSONS = re.compile(r"name|address|street|city|town|post|zip|phone|mail|contact|message|note|person|recipient", re.IGNORECASE)
"""Names of elements behind which nothing shows that is not known."""
SHORT = 3
TELLING = 7
"""So many figures in a row may be a telephone number, where they are not known as something else."""
LEAST = 3


class Known(Struct, frozen=True):
    """What the documents of a file tell: of persons, and otherwise; in small letters. `is_open`: nothing of the file is about persons."""

    personal: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    is_open: bool = False


OPEN = Known(is_open=True)


@cache
def tells_of_persons(kind: str) -> bool:
    """Whether documents of this kind have a place for a person."""
    return any(name in PERSONAL for name in _names(DOCUMENTS[kind], set()))


def known_of(documents: Iterable[Struct]) -> Known:
    """What these documents tell."""
    personal, plain = set[str](), set[str]()
    for document in documents:
        for path, value in leaves(document):
            words = personal if is_personal(path) else plain
            words.update(_forms(value))
    return Known(frozenset(it for it in personal if it), frozenset(plain - personal))


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value of a document with the names that lead to it."""
    match value:
        case Struct():
            for name in value.__struct_fields__:
                yield from leaves(getattr(value, name), (*path, name))
        case tuple() | list():
            for one in value:
                yield from leaves(one, path)
        case Mapping():
            for name, one in value.items():
                yield from leaves(one, (*path, str(name)))
        case None:
            return
        case _:
            yield path, value


def is_hidden(part: Part, known: Known, *, segment: str = "", name: str = "") -> bool:
    """Whether this part of a row is hidden; it stands in this segment, behind this name."""
    text = part.text.strip().strip('"').lower()
    if known.is_open or part.look is Look.MARK or not text or segment in ENVELOPES:
        return False
    if text in known.personal or any(len(it) >= LEAST and it in text for it in known.personal):
        return part.look is Look.VALUE or text in known.personal
    if part.look is Look.NAME or text in known.plain or text in WORDS:
        return False
    if len(text) <= SHORT and not ABOUT_PERSONS.search(name) and _is_code(part.text.strip().strip('"')):
        return False
    figures = re.sub(r"\D", "", text)
    if not any(it.isalpha() for it in text) or _is_instant(text):
        return len(figures) >= TELLING and figures not in known.plain and not _is_day(figures) and not _is_instant(text)
    return True


def _is_code(text: str) -> bool:
    """Whether a short word is more likely a code than a name: with a figure, in capitals, or of two letters."""
    return len(text) < SHORT or text.isupper() or not text.isalpha()


def is_personal(path: tuple[str, ...]) -> bool:
    """Whether the names that lead to a value say that it is of a person."""
    return not PERSONAL.isdisjoint(path) or "extra" in path


def _forms(value: object) -> Iterator[str]:
    """A value as it may stand in a file."""
    match value:
        case bool():
            return
        case datetime() | date():
            yield value.isoformat().lower()
            yield re.sub(r"\D", "", value.isoformat())
        case _:
            text = str(value).lower().strip()
            yield text
            yield from (line.strip() for line in text.splitlines())
            if text.replace(".", "", 1).isdigit():
                yield text.replace(".", "")


def _is_instant(text: str) -> bool:
    return re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}(t[0-9:.]+(z|[+-][0-9:]+)?)?", text) is not None


def _is_day(figures: str) -> bool:
    """Whether figures are a day, or a day with a time: 20260622, 202606221530."""
    if len(figures) not in {8, 12, 14}:
        return False
    try:
        found = date(int(figures[:4]), int(figures[4:6]), int(figures[6:8]))
    except ValueError:
        return False
    return 1990 <= found.year <= 2100


def _names(kind: Any, seen: set[Any]) -> Iterator[str]:
    """The names of all fields of a kind of document, those of its parts too."""
    if kind in seen:
        return
    seen.add(kind)
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in msgspec.structs.fields(kind):
            yield field.name
        for name, inner in get_type_hints(kind).items():
            if name in kind.__struct_fields__:
                yield from _names(inner, seen)
        return
    for inner in getattr(kind, "__args__", ()):
        yield from _names(inner, seen)
