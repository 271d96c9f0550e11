"""The pages of the reference about the mapping language, read from its registries; every example is worked out by the codecs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from gateway.formats import formats
from gateway.mapping.codecs import Context, codecs_of, known
from gateway.mapping.words import CHOICES, ISSUE, RULE, SPLIT, TEST, TOP


class Told(Struct, frozen=True):
    """What a codec does in words, and uses of it: `as:` with what stands in a file (a text, several parts, several occurrences)."""

    reading: str
    writing: str
    uses: tuple[tuple[str, Any], ...]
    fields: int = 1


CODECS: Mapping[str, Told] = {
    "ascii": Told("refuses anything but printable ASCII", "the same", (("ascii", "Dock 7"),)),
    "bool": Told("`true`, `false`, `1`, `0`", "`true` or `false`; in JSON without quotes", (("bool", "true"), ("bool", "0"))),
    "cut": Told("as it stands", "cut to the length, with a warning; never for numbers, ids and amounts", (("cut(4)", "Tote"),)),
    "date": Told(
        "by a picture of `YYYY YY MM DD M D`, or `iso` (a time behind it is passed over); `P1 | P2` is any of them. "
        "The years 2000 to 2099 are possible, wherever a date is read; `YY` from 80 is 19xx",
        "by the first picture",
        (("date(MM/DD/YYYY)", "06/22/2022"), ("date(iso | YYYYMMDD)", "20220622"), ("date(D.M.YY)", "2.6.22")),
    ),
    "datetime": Told(
        "by a picture that also has `HH mm SS fff`, or `iso` (fraction allowed, an offset passed over, see `instant`); "
        "`P + Q` takes two parts, the second may be absent",
        "by the first picture",
        (("datetime(iso)", "2022-06-22T14:15:00"), ("datetime(YYYYMMDD + HHmm)", ("20220622", "1415"))),
    ),
    "decimal": Told(
        "an optional minus, digits, one point; at most so many places, noughts behind them aside. Options: `comma` (decimal comma), "
        "`grouped` (thousands marks), `symbol` (a currency sign), `signafter` (`12-`), `round` (half-up instead of an issue)",
        "at least and at most so many places",
        (("decimal(2)", "8.98"), ("decimal(2-4)", "8.9812"), ("decimal(2 comma grouped)", "1.234,50"), ("decimal(2 signafter)", "12.50-")),
    ),
    "digits": Told("so many digits and nothing else, kept as text", "the same", (("digits(8-14)", "04012345000094"),)),
    "dtm": Told(
        "value and form, as EDIFACT writes dates: forms 101, 102, 201, 203, 204, and 718, whose first date counts; "
        "without a form: this one",
        "in this form, with the form",
        (("dtm(102)", ("20220622", "102")), ("dtm(102)", ("202206221415", "203"))),
    ),
    "flag": Told(
        "`Y`, `N`, `true`, `false`, `1`, `0`; with two words just these; with one word: it stands there or not",
        "`Y` or `N`; the words; the word or nothing",
        (("flag", "true"), ("flag(GIFT PLAIN)", "GIFT"), ("flag(SC)", "SC")),
    ),
    "implied": Told("digits with so many places behind an imagined point", "the same; more places are an issue", (("implied(2)", "1795"),)),
    "instant": Told(
        "`iso` as `datetime(iso)` reads it, but an offset counts; a time without one is of the organization's zone",
        "`iso`, with the offset",
        (("instant(iso)", "2022-06-22T14:15:00-04:00"), ("instant(iso)", "2022-06-22T14:15:00Z"), ("instant(iso)", "2022-06-22T14:15:00")),
    ),
    "int": Told("digits only", "shortest form", (("int", "007"),)),
    "join": Told("several parts to one text", "divides it again", (("join(-)", ("PO", "4711")),)),
    "list": Told(
        "pieces between marks to a list; codecs behind it work on each piece",
        "joins; a piece that holds the mark is an issue",
        (("list(;)", "1Z1;1Z2"),),
    ),
    "lower": Told("to small letters", "the same", (("lower", "ABC"),)),
    "name": Told(
        "one text to first and last name, divided at the last blank (`first last`) or at the comma (`last, first`); `auto` also fills "
        "a third field, the company, where a comma, an `&`, a company word or a single word says so",
        "the company, else the name",
        (("name(first last)", "Ariel M. Byrd"), ("name(last, first)", "Byrd, Ariel"), ("name(auto)", "Byrd Imports Ltd")),
        fields=3,
    ),
    "pad": Told("takes leading fill off", "fills up to the width", (("pad(9 0)", "000004711"),)),
    "pairs": Told("`A=x | B=y` to a list of parts with two texts", "joins", (("pairs(= ' | ')", "MONO=ARB | WRAP=red"),)),
    "per": Told(
        "two parts, a price and for how many pieces: the price of one, four places half-up. `per(amount)` takes quantity and amount of "
        "the line too: a basis that contradicts the amount is passed over",
        "the price alone",
        (("per", ("89.80", "10")), ("per(amount)", ("89.80", "10", "20", "179.60")), ("per(amount)", ("85.00", "2", "2", "170.00"))),
    ),
    "prefix": Told("must begin so; taken off", "put before", (("prefix(PO-)", "PO-4711"),)),
    "split": Told("one text to several fields", "joins", (("split(/)", "50/UPS"),), fields=2),
    "text": Told("longer is an issue", "longer is an issue", (("text(22)", "AB10747"),)),
    "time": Told("by a picture of `HH mm SS`", "by the picture", (("time(HH:mm)", "14:15"),)),
    "upper": Told("to capital letters", "the same", (("upper", "ab10747"),)),
    "weight": Told(
        "a number, and a unit as second part: LB, KG, OZ, G and their trade codes; without a unit this one. The value is in the "
        "organization's unit, four places half-up",
        "in this unit, with it",
        (("weight(KG)", ("1.5", "KG")), ("weight(LB)", ("16", "OZ"))),
    ),
    "whole": Told(
        "digits, also with `.00` behind them; with a number: digits with so many implied places, which must be noughts",
        "shortest form; with the noughts",
        (("whole", "12.00"), ("whole(3)", "12000")),
    ),
    "wrap": Told(
        "all occurrences to one text, joined by blanks",
        "cut at blanks to pieces of at most so many characters",
        (("wrap(12)", ("Call before", "you come.")),),
    ),
}


def codecs() -> Iterator[str]:
    """Every codec with what it does and examples."""
    yield "# Codecs"
    yield (
        "What may stand behind `as:`. Parameters stand in brackets, divided by blanks; one that holds a blank is quoted. *Gives* is what "
        "the gateway makes of the text, *writes* what it makes of that value again. All are exactly reversible but those marked *lossy*."
    )
    for name in sorted(known()):
        told = CODECS.get(name)
        if told is None:
            continue
        lossy = any(codec.lossy for as_, _ in told.uses for codec in codecs_of(as_, Context(told.fields)))
        yield f"## {name}"
        yield f"Reading: {told.reading}. Writing: {told.writing}." + (" *Lossy.*" if lossy else "")
        rows = [example(as_, found, told.fields) for as_, found in told.uses]
        yield "\n".join(["| `as:` | stands there | gives | writes |", "|---|---|---|---|", *rows])


def example(as_: str, found: Any, fields: int) -> str:
    """One row, worked out."""
    (codec,) = codecs_of(as_, Context(fields))
    value = codec.decode(list(found) if codec.occurrences else found)
    return f"| {cell(as_)} | {cell(found)} | {cell(value)} | {cell(codec.encode(value))} |"


def cell(value: Any) -> str:
    """A value in a table."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(cell(one) or "nothing" for one in value)
        case _:
            return f"`{str(value).replace('|', chr(92) + '|')}`"


def file_formats() -> Iterator[str]:
    """Every format with its options."""
    yield "# Formats"
    yield "What stands under `options:` of a mapping. How each format is addressed: [](mapping-language.md)."
    for one in formats():
        yield f"## {one.name}"
        rows = [f"| `{word}` | {meaning} |" for word, meaning in one.options.items()]
        yield "\n".join(["| option | meaning |", "|---|---|", *rows])


def mapping_words() -> Iterator[str]:
    """Every word of a mapping file."""
    yield "# Words of a mapping"
    yield "The complete lists; how they work together, with examples: [](mapping-language.md)."
    for title, words in (
        ("At the top", TOP),
        ("In a rule", RULE),
        ("In split", SPLIT),
        ("In a test", TEST),
        ("In an issue that a test expects", ISSUE),
    ):
        yield f"## {title}"
        rows = [f"| `{word}` | {meaning}{choices(word)} |" for word, meaning in words.items()]
        yield "\n".join(["| word | meaning |", "|---|---|", *rows])


def choices(word: str) -> str:
    """The only values a word may have, where the meaning does not name them."""
    return f"; one of {', '.join(f'`{one}`' for one in CHOICES[word])}" if word in {"apart", "unread"} else ""
