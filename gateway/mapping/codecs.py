"""The codecs a mapping may name in `as:`; each decodes and encodes.

More come from entry points (`gateway.codecs`), never from a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache, partial
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from gateway.kernel.yaml_text import unknown
from gateway.mapping import dates, numbers, texts


class Flow(Enum):
    """What passes between codecs."""

    TEXT = "a text"
    LIST = "a list of texts"
    PAIRS = "pairs of texts"
    SEVERAL = "several texts"
    INT = "a whole number"
    DECIMAL = "a number"
    DATE = "a date"
    TIME = "a time"
    DATETIME = "a date and time"
    FLAG = "a flag"


class Codec(Struct, frozen=True):
    """Both directions of one conversion.

    `parts`: how many parts of an address it takes (0: one text; -1: any number from two; -2: one or two).
    `results`: how many fields it fills. `occurrences`: takes every occurrence of the address at once.
    `absent`: the value when nothing is found. `places`: a plain decimal with at most so many places.
    `outer`: about the partner's text alone, so it is applied there wherever it is named. `lossy`: not exactly reversible.
    """

    name: str
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]
    takes: Flow = Flow.TEXT
    gives: Flow = Flow.TEXT
    parts: int = 0
    results: int = 1
    occurrences: bool = False
    absent: Any = None
    places: int = -1
    outer: bool = False
    lossy: bool = False


class CodecError(ValueError):
    """A codec that cannot be; the text names the remedy."""


class Context(Struct, frozen=True):
    """What codecs know of the rule around them: the number of fields, and the unit in which the house weighs."""

    fields: int = 1
    weight_unit: str = "LB"


Maker = Callable[[str, Context], Codec]
_CALL = re.compile(r"\s*([a-z_]+)")
_ARGUMENT = re.compile(r"""'([^']*)'|"([^"]*)"|(\S+)""")
_RANGE = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")


def codecs_of(text: str, context: Context) -> tuple[Codec, ...]:
    """The codecs of an `as:`; CodecError names the nearest valid word."""
    found: list[Codec] = []
    at = 0
    while at < len(text.rstrip()):
        call = _CALL.match(text, at)
        if call is None:
            raise CodecError(f"'{text[at:].strip()}' is not a codec; a codec is a name, perhaps with (parameters)")
        name, at = call[1], call.end()
        argument, at = _argument(text, at)
        maker = known().get(name)
        if maker is None:
            raise CodecError(unknown(name, known(), what="codec"))
        found.append(maker(argument, context))
    if not found:
        raise CodecError("no codec is named")
    return (
        (*(codec for codec in found if codec.outer), *(codec for codec in found if not codec.outer)) if _misplaced(found) else tuple(found)
    )


@cache
def known() -> Mapping[str, Maker]:
    """All codecs by name."""
    foreign = {
        point.name: partial(_foreign, point.name, point.load) for point in entry_points(group="gateway.codecs") if point.name not in _MAKERS
    }
    return MappingProxyType({**_MAKERS, **foreign})


def _misplaced(found: Sequence[Codec]) -> bool:
    """Whether a codec of the partner's text stands behind one that no longer gives a single text."""
    return any(codec.outer and any(before.gives is not Flow.TEXT for before in found[:number]) for number, codec in enumerate(found))


def _argument(text: str, at: int) -> tuple[str, int]:
    """What stands in brackets behind a name; quotes keep brackets in them."""
    if at >= len(text) or text[at] != "(":
        return "", at
    quote = ""
    for end in range(at + 1, len(text)):
        letter = text[end]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == ")":
            return text[at + 1 : end], end + 1
    raise CodecError(f"'{text[at:]}' lacks its closing bracket")


def _words(argument: str) -> list[str]:
    """The parameters: words, or quoted texts."""
    return ["".join(found.groups(default="")) for found in _ARGUMENT.finditer(argument)]


def _none(name: str, argument: str) -> None:
    if argument.strip():
        raise CodecError(f"{name} takes no parameters")


def _one(name: str, argument: str) -> str:
    words = _words(argument)
    if len(words) != 1 or not words[0]:
        raise CodecError(f"{name} takes one parameter; quote it when it holds blanks")
    return words[0]


def _number(name: str, text: str, *, most: int = 99_999) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
        raise CodecError(f"{name} takes a number from 1 to {most}, found '{text}'")
    return int(text)


def _range(name: str, text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None or int(found[1]) > int(found[2] or found[1]):
        raise CodecError(f"{name} takes a number or a range like 2-4, found '{text}'")
    return int(found[1]), int(found[2] or found[1])


def _text(argument: str, _context: Context) -> Codec:
    if not argument.strip():
        return Codec("text", _same, _same)
    check = texts.limited(_number("text", _one("text", argument)))
    return Codec("text", check, check, outer=True)


def _cut(argument: str, _context: Context) -> Codec:
    return Codec("cut", _same, texts.cutter(_number("cut", _one("cut", argument))), outer=True, lossy=True)


def _letters(name: str, convert: Callable[[str], str]) -> Maker:
    def make(argument: str, _context: Context) -> Codec:
        _none(name, argument)
        return Codec(name, convert, convert)

    return make


def _digits(argument: str, _context: Context) -> Codec:
    check = texts.digits(*_range("digits", _one("digits", argument)))
    return Codec("digits", check, check)


def _pad(argument: str, _context: Context) -> Codec:
    words = _words(argument)
    if not 1 <= len(words) <= 2 or (len(words) == 2 and len(words[1]) != 1):
        raise CodecError("pad takes a width and one character, as in pad(9 0)")
    return Codec("pad", *texts.padded(_number("pad", words[0], most=255), words[1] if len(words) == 2 else "0"))


def _prefix(argument: str, _context: Context) -> Codec:
    return Codec("prefix", *texts.prefixed(_one("prefix", argument)))


def _int(argument: str, _context: Context) -> Codec:
    _none("int", argument)
    return Codec("int", numbers.whole_digits, str, gives=Flow.INT)


def _whole(argument: str, _context: Context) -> Codec:
    if argument.strip():
        places = _number("whole", _one("whole", argument), most=9)
        return Codec("whole", numbers.whole_implied_reader(places), lambda number: str(number) + "0" * places, gives=Flow.INT)
    return Codec("whole", numbers.whole, str, gives=Flow.INT)


def _decimal(argument: str, _context: Context) -> Codec:
    words = _words(argument)
    if not words:
        raise CodecError("decimal takes the number of places, as in decimal(2) or decimal(2-4 comma)")
    least, most = _range("decimal", words[0])
    for word in words[1:]:
        if word not in numbers.OPTIONS:
            raise CodecError(unknown(word, numbers.OPTIONS, what="option of decimal"))
    options = tuple(words[1:])
    read, write = numbers.decimal_reader(most, options), numbers.decimal_writer(least, most, options)
    return Codec("decimal", read, write, gives=Flow.DECIMAL, places=-1 if options else most, lossy="round" in options)


def _implied(argument: str, _context: Context) -> Codec:
    places = _number("implied", _one("implied", argument), most=9)
    return Codec("implied", numbers.implied_reader(places), numbers.implied_writer(places), gives=Flow.DECIMAL)


def _per(argument: str, _context: Context) -> Codec:
    write = numbers.decimal_writer(2, 4, ())
    if argument.strip() == "amount":
        return Codec("per", _billed, lambda number: (write(number), None, None, None), gives=Flow.DECIMAL, parts=-1, lossy=True)
    if argument.strip():
        raise CodecError("per takes nothing, or amount: then price, basis, quantity and amount of the line are its parts")
    return Codec(
        "per", lambda parts: numbers.divided(*parts), lambda number: (write(number), None), gives=Flow.DECIMAL, parts=2, lossy=True
    )


def _billed(parts: tuple[str | None, ...]) -> Any:
    return numbers.billed(*(*parts, None, None)[:4])


def _weight(argument: str, context: Context) -> Codec:
    unit = numbers.UNITS.get(_one("weight", argument).upper())
    if unit is None:
        raise CodecError("weight takes LB, KG, OZ or G")
    read, write = numbers.weight_reader(unit, context.weight_unit), numbers.weight_writer(unit, context.weight_unit)
    return Codec("weight", read, write, gives=Flow.DECIMAL, parts=-2, lossy=True)


def _date(argument: str, _context: Context) -> Codec:
    found = _pictures("date", argument, ("year", "month", "day"))
    read = dates.moment_reader(found, "date")
    return Codec("date", lambda text: read(text).date(), found[0].write, gives=Flow.DATE)


def _time(argument: str, _context: Context) -> Codec:
    found = _pictures("time", argument, ("hour", "minute"))
    read = dates.moment_reader(found, "time")
    return Codec("time", lambda text: read(text).time(), found[0].write, gives=Flow.TIME)


def _datetime(argument: str, _context: Context) -> Codec:
    first, plus, second = argument.partition(" + ")
    if not plus:
        found = _pictures("datetime", argument, ("year", "month", "day", "hour"))
        return Codec("datetime", dates.moment_reader(found, "date and time"), found[0].write, gives=Flow.DATETIME)
    days = _pictures("datetime", first, ("year", "month", "day"))
    times = _pictures("datetime", second, ("hour",))
    read_day, read_time = dates.moment_reader(days, "date"), dates.moment_reader(times, "time")

    def read(parts: tuple[str | None, ...]) -> Any:
        if parts[0] is None:
            return None
        day = read_day(parts[0])
        return day if parts[1] is None else day.combine(day.date(), read_time(parts[1]).time())

    return Codec("datetime", read, lambda moment: (days[0].write(moment), times[0].write(moment)), gives=Flow.DATETIME, parts=2)


def _instant(argument: str, _context: Context) -> Codec:
    if argument.strip() != "iso":
        raise CodecError("instant takes iso and nothing else, as in instant(iso)")
    return Codec("instant", dates.read_instant, dates.write_instant, gives=Flow.DATETIME)


def _pictures(name: str, argument: str, need: Sequence[str]) -> tuple[dates.Picture, ...]:
    if not argument.strip():
        raise CodecError(f"{name} takes a picture, as in {name}(YYYYMMDD) or {name}(iso)")
    try:
        return dates.pictures(argument, need=need)
    except dates.PictureError as error:
        raise CodecError(str(error)) from error


def _dtm(argument: str, _context: Context) -> Codec:
    form = _one("dtm", argument)
    try:
        write = dates.write_form(form)
    except dates.PictureError as error:
        raise CodecError(str(error)) from error
    return Codec("dtm", lambda parts: dates.read_form(parts, form), write, gives=Flow.DATETIME, parts=-2)


def _flag(argument: str, _context: Context) -> Codec:
    words = _words(argument)
    match words:
        case []:
            return Codec("flag", texts.any_flag, lambda flag: "Y" if flag else "N", gives=Flow.FLAG)
        case [present]:
            read = texts.words_flag(present, present)
            return Codec("flag", read, lambda flag: present if flag else None, gives=Flow.FLAG, absent=False)
        case [yes, no] if yes != no:
            return Codec("flag", texts.words_flag(yes, no), lambda flag: yes if flag else no, gives=Flow.FLAG)
        case _:
            raise CodecError("flag takes nothing, one word, or two different words")


def _bool(argument: str, _context: Context) -> Codec:
    _none("bool", argument)
    return Codec("bool", texts.true_false, lambda flag: "true" if flag else "false", gives=Flow.FLAG)


def _list(argument: str, _context: Context) -> Codec:
    return Codec("list", *texts.listed(_one("list", argument)), gives=Flow.LIST)


def _pairs(argument: str, _context: Context) -> Codec:
    words = _words(argument)
    if len(words) != 2 or not all(words):
        raise CodecError("pairs takes two marks, as in pairs(= ' | ')")
    return Codec("pairs", *texts.paired(words[0], words[1]), gives=Flow.PAIRS)


def _join(argument: str, _context: Context) -> Codec:
    return Codec("join", *texts.joined(_one("join", argument)), parts=-1)


def _split(argument: str, context: Context) -> Codec:
    return Codec("split", *texts.splitted(_one("split", argument), context.fields), gives=Flow.SEVERAL, results=-1)


def _wrap(argument: str, _context: Context) -> Codec:
    return Codec("wrap", *texts.wrapped(_number("wrap", _one("wrap", argument))), occurrences=True)


def _name(argument: str, _context: Context) -> Codec:
    match " ".join(argument.split()):
        case "first last":
            return Codec("name", texts.name_first_last, texts.write_first_last, gives=Flow.SEVERAL, results=2, lossy=True)
        case "last, first":
            return Codec("name", texts.name_last_first, texts.write_last_first, gives=Flow.SEVERAL, results=2, lossy=True)
        case "auto":
            return Codec("name", texts.name_auto, texts.write_first_last, gives=Flow.SEVERAL, results=3, lossy=True)
        case other:
            raise CodecError(f"name takes 'first last', 'last, first' or 'auto', found '{other}'")


def _foreign(name: str, load: Callable[[], Any], argument: str, context: Context) -> Codec:
    """A codec of another package: its entry point is a function (argument, context) to Codec."""
    made = load()(argument, context)
    if not isinstance(made, Codec):
        raise CodecError(f"the package that brings '{name}' does not give a codec")
    return made


def _same(value: Any) -> Any:
    return value


_MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "ascii": _letters("ascii", texts.printable_ascii),
        "bool": _bool,
        "cut": _cut,
        "date": _date,
        "datetime": _datetime,
        "decimal": _decimal,
        "digits": _digits,
        "dtm": _dtm,
        "flag": _flag,
        "implied": _implied,
        "instant": _instant,
        "int": _int,
        "join": _join,
        "list": _list,
        "lower": _letters("lower", texts.lower),
        "name": _name,
        "pad": _pad,
        "pairs": _pairs,
        "per": _per,
        "prefix": _prefix,
        "split": _split,
        "text": _text,
        "time": _time,
        "upper": _letters("upper", texts.upper),
        "weight": _weight,
        "whole": _whole,
        "wrap": _wrap,
    }
)
