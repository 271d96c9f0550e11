"""Codecs of texts: lengths, letters, fill and prefix; lists, pairs and several fields in one text; names of people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gateway.mapping.unfit import Cut, Unfit

_WORD = re.compile(r"\w+")
_COMPANY = frozenset(
    _WORD.findall(
        "inc ltd llc llp gmbh ag kg co corp corporation company plc sa srl spa bv nv oy ab as aps pty limited group holding store stores "
        "shop imports exports trading industries services school university church hotel hospital bank department office"
    )
)
Names = tuple[str | None, ...]


def limited(most: int) -> Callable[[str], str]:
    """Longer is an issue."""

    def check(text: str) -> str:
        if len(text) > most:
            raise Unfit("too_long", f"is longer than {most} characters")
        return text

    return check


def cutter(most: int) -> Callable[[str], str]:
    """Longer is cut, with a warning."""

    def cut(text: str) -> str:
        if len(text) > most:
            raise Cut(text[:most].rstrip(), f"was cut to {most} characters")
        return text

    return cut


def printable_ascii(text: str) -> str:
    """Only letters, digits and marks of ASCII."""
    if not text.isascii() or not text.isprintable():
        raise Unfit("bad_character", "holds characters other than printable ASCII")
    return text


def upper(text: str) -> str:
    """In upper case."""
    return text.upper()


def lower(text: str) -> str:
    """In lower case."""
    return text.lower()


def digits(least: int, most: int) -> Callable[[str], str]:
    """So many digits and nothing else."""

    def check(text: str) -> str:
        if not text.isascii() or not text.isdigit():
            raise Unfit("bad_character", "holds something other than digits")
        if len(text) > most:
            raise Unfit("too_long", f"is longer than {most} digits")
        if len(text) < least:
            raise Unfit("too_short", f"is shorter than {least} digits")
        return text

    return check


def padded(width: int, fill: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Leading fill off; filled up to the width."""

    def read(text: str) -> str:
        return text.lstrip(fill) or fill

    def write(text: str) -> str:
        if len(text) > width:
            raise Unfit("too_long", f"is longer than {width} characters")
        return text.rjust(width, fill)

    return read, write


def prefixed(prefix: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Must begin so, taken off; put before."""

    def read(text: str) -> str:
        if not text.startswith(prefix) or len(text) == len(prefix):
            raise Unfit("bad_form", f"does not begin with {prefix}")
        return text[len(prefix) :]

    return read, lambda text: prefix + text


def listed(mark: str) -> tuple[Callable[[str], list[str]], Callable[[Sequence[str]], str]]:
    """Pieces between marks."""

    def read(text: str) -> list[str]:
        return [piece for one in text.split(mark) if (piece := one.strip())]

    def write(pieces: Sequence[str]) -> str:
        for piece in pieces:
            if mark.strip() in piece if mark.strip() else mark in piece:
                raise Unfit("bad_character", f"holds the mark '{mark}' between pieces")
        return mark.join(pieces)

    return read, write


def paired(equals: str, mark: str) -> tuple[Callable[[str], list[tuple[str, str | None]]], Callable[[Sequence[Names]], str]]:
    """`A=x | B=y`."""
    split, join = listed(mark)

    def read(text: str) -> list[tuple[str, str | None]]:
        found = []
        for piece in split(text):
            first, _, second = piece.partition(equals)
            if not first.strip():
                raise Unfit("bad_form", f"has nothing before '{equals}'")
            found.append((first.strip(), second.strip() or None))
        return found

    def write(pairs: Sequence[Names]) -> str:
        for first, *_ in pairs:
            if first and equals in first:
                raise Unfit("bad_character", f"holds the mark '{equals}' of a pair")
        return join([f"{first}{equals}{second}" if second else str(first) for first, second in pairs])

    return read, write


def joined(mark: str) -> tuple[Callable[[Names], str | None], Callable[[str], Names]]:
    """Parts to one text; splits again."""

    def read(parts: Names) -> str | None:
        return mark.join(part for part in parts if part) or None

    return read, lambda text: tuple(part.strip() or None for part in text.split(mark)) if mark else (text,)


def splitted(mark: str, count: int) -> tuple[Callable[[str], Names], Callable[[Names], str | None]]:
    """One text to several fields; joins."""

    def read(text: str) -> Names:
        pieces: list[str | None] = [piece.strip() or None for piece in text.split(mark)]
        if len(pieces) > count:
            raise Unfit("bad_form", f"has {len(pieces)} pieces, {count} are known")
        return tuple(pieces + [None] * (count - len(pieces)))

    def write(values: Names) -> str | None:
        while values and not values[-1]:
            values = values[:-1]
        if any(value and mark in value for value in values):
            raise Unfit("bad_character", f"holds the mark '{mark}' between pieces")
        return mark.join(value or "" for value in values) or None

    return read, write


def wrapped(width: int) -> tuple[Callable[[Sequence[str]], str], Callable[[str], list[str]]]:
    """Pieces of one text; cut at blanks."""

    def write(text: str) -> list[str]:
        pieces: list[str] = []
        for word in text.split():
            if len(word) > width:
                raise Unfit("too_long", f"holds a word longer than {width} characters")
            if pieces and len(pieces[-1]) + 1 + len(word) <= width:
                pieces[-1] += " " + word
            else:
                pieces.append(word)
        return pieces

    return " ".join, write


def name_first_last(text: str) -> Names:
    """Divided at the last blank."""
    first, _, last = text.rpartition(" ")
    return first.strip() or None, last


def name_last_first(text: str) -> Names:
    """Divided at the first comma."""
    last, _, first = text.partition(",")
    return first.strip() or None, last.strip() or None


def name_auto(text: str) -> Names:
    """A company where a comma, `&`, a company word or a single word says so; else first and last name."""
    if "," in text or " " not in text or "&" in text or not _COMPANY.isdisjoint(_words(text.casefold())):
        return None, None, text
    return *name_first_last(text), None


def _words(text: str) -> list[str]:
    return text.split() if text.replace(" ", "").isalnum() else _WORD.findall(text)


def write_first_last(values: Names) -> str | None:
    """The company, else `first last`."""
    company = values[2] if len(values) > 2 else None
    return company or " ".join(value for value in values[:2] if value) or None


def write_last_first(values: Names) -> str | None:
    """The company, else `last, first`."""
    company = values[2] if len(values) > 2 else None
    return company or ", ".join(value for value in (values[1], values[0]) if value) or None


FLAGS = {"Y": True, "N": False, "TRUE": True, "FALSE": False, "1": True, "0": False}


def any_flag(text: str) -> bool:
    """Y N true false 1 0."""
    found = FLAGS.get(text.upper())
    if found is None:
        raise Unfit("bad_form", "is not Y or N")
    return found


def true_false(text: str) -> bool:
    """True false 1 0."""
    found = FLAGS.get(text.upper()) if text.upper() not in {"Y", "N"} else None
    if found is None:
        raise Unfit("bad_form", "is not true or false")
    return found


def words_flag(yes: str, no: str) -> Callable[[str], bool]:
    """Just these."""

    def read(text: str) -> bool:
        if text not in {yes, no}:
            raise Unfit("bad_form", f"is not {yes} or {no}")
        return text == yes

    return read
