"""Dates and times by pictures (`MM/DD/YYYY`) or `iso`; never guessed, never shifted, and of the years that are possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone

from msgspec import Struct

from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.mapping.unfit import Unfit

Moment = date | datetime | time
_TOKENS = re.compile(r"YYYY|YY|MM|DD|HH|mm|SS|fff|M|D")
_WIDTHS = {
    "YYYY": "{4}",
    "YY": "{2}",
    "MM": "{2}",
    "DD": "{2}",
    "M": "{1,2}",
    "D": "{1,2}",
    "HH": "{2}",
    "mm": "{2}",
    "SS": "{2}",
    "fff": "{1,9}",
}
_GROUP = {
    "YYYY": "year",
    "YY": "short",
    "MM": "month",
    "M": "month",
    "DD": "day",
    "D": "day",
    "HH": "hour",
    "mm": "minute",
    "SS": "second",
    "fff": "part",
}
_ISO = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"\s*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"[0-9:.,]\s*(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>[0-9]{2})(?::?(?P<minutes>[0-9]{2}))?)\Z", re.ASCII)
_FARTHEST = 14 * 60
"""Minutes from UTC that a clock of this world may be off."""
_FORMS = {"101": "YYMMDD", "102": "YYYYMMDD", "201": "YYMMDDHHmm", "203": "YYYYMMDDHHmm", "204": "YYYYMMDDHHmmSS"}
_SAMPLES = (datetime(2001, 2, 3, 4, 5, 6), datetime(2011, 12, 10, 9, 8, 7), datetime(1999, 11, 12, 1, 2, 3))  # noqa: DTZ001 -- pictures know no zone


class PictureError(ValueError):
    """A picture that cannot be."""


class Picture(Struct, frozen=True):
    """One way to write a moment; `read` gives None when the text is not of this form, or is of it and there is no such moment."""

    text: str
    fields: frozenset[str]
    pattern: re.Pattern[str]
    read: Callable[[str], datetime | None]
    write: Callable[[Moment], str]


def picture(text: str) -> Picture:
    """The compiled picture."""
    if text == "iso":
        return Picture(text, frozenset({"year", "month", "day", "hour"}), _ISO, _reader(_ISO), _write_iso)
    pattern, fields, last, at = "", [], None, 0
    for token in _TOKENS.finditer(text):
        literal = text[at : token.start()]
        if any(letter.isalpha() and letter != "T" for letter in literal):
            raise PictureError(f"'{text}' holds '{literal}'; pictures are made of YYYY YY MM DD M D HH mm SS fff")
        if not literal and (last in {"M", "D"} or (token[0] in {"M", "D"} and last is not None)):
            raise PictureError(f"'{text}' could be read two ways: {last or token[0]} and {token[0]} stand without a mark between them")
        name = _GROUP[token[0]]
        if name in fields:
            raise PictureError(f"'{text}' says the {name} twice")
        pattern += re.escape(literal) + f"(?P<{name}>[0-9]{_WIDTHS[token[0]]})"
        fields.append(name)
        last, at = token[0], token.end()
    if not fields:
        raise PictureError(f"'{text}' is not a picture of a date or time; it is made of YYYY YY MM DD M D HH mm SS fff")
    rest = text[at:]
    if any(letter.isalpha() for letter in rest):
        raise PictureError(f"'{text}' ends in '{rest}'; pictures are made of YYYY YY MM DD M D HH mm SS fff")
    known = frozenset("year" if name == "short" else name for name in fields)
    compiled = re.compile(pattern + re.escape(rest), re.ASCII)
    return Picture(text, known, compiled, _reader(compiled), _writer(text))


def pictures(text: str, *, need: Sequence[str]) -> tuple[Picture, ...]:
    """The pictures of `P1 | P2`, each with what is needed, and none that reads another one's text differently."""
    found = tuple(picture(one.strip()) for one in text.split(" | "))
    for one in found:
        if lacking := [name for name in need if name not in one.fields]:
            raise PictureError(f"'{one.text}' lacks the {' and '.join(lacking)}")
    for first in found:
        for second in found:
            if first is not second and _clash(first, second):
                raise PictureError(f"a date could be read two ways: '{first.text}' and '{second.text}'")
    return found


def moment_reader(found: Sequence[Picture], what: str) -> Callable[[str], datetime]:
    """A text to the moment, by the first picture that fits; with a year, only one that is possible."""
    if len(found) == 1:
        only = found[0].read
        has_year = "year" in found[0].fields

        def read_one(text: str) -> datetime:
            moment = only(text)
            if moment is None:
                raise _misfit(text, found, what)
            return _possible(moment) if has_year else moment

        return read_one

    def read(text: str) -> datetime:
        for one in found:
            moment = one.read(text)
            if moment is not None:
                return _possible(moment) if "year" in one.fields else moment
        raise _misfit(text, found, what)

    return read


def _misfit(text: str, found: Sequence[Picture], what: str) -> Unfit:
    """What is wrong with a text that no picture reads: another form, or a day or hour that there is not."""
    if form := next((_shown(one, what) for one in found if one.pattern.fullmatch(text)), ""):
        return Unfit("not_date", f"has the form {form}, but there is no such {what}")
    return Unfit("not_date", f"is not a {what} of the form {' or '.join(_shown(one, what) for one in found)}")


def _shown(one: Picture, what: str) -> str:
    """The form as people write it down."""
    if one.text != "iso":
        return one.text
    return "YYYY-MM-DD" if what == "date" else "YYYY-MM-DDTHH:mm:SS"


def read_instant(text: str) -> datetime:
    """An `iso` date and time with the offset it tells; without one it has none."""
    moment = _read_instant_form(text)
    told = _OFFSET.search(text, 10)
    if told is None:
        return moment
    minutes = 0 if told["utc"] else int(told["hours"]) * 60 + int(told["minutes"] or 0)
    if minutes > _FARTHEST or int(told["minutes"] or 0) > 59:
        raise Unfit("not_date", "has an offset that no clock has; at most 14 hours are possible")
    return moment.replace(tzinfo=timezone(timedelta(minutes=-minutes if told["sign"] == "-" else minutes)))


def write_instant(moment: Moment) -> str:
    """`iso`, with the offset of the moment if it has one."""
    text = _write_iso(moment)
    offset = moment.utcoffset() if isinstance(moment, datetime) else None
    if offset is None:
        return text
    minutes = int(offset.total_seconds()) // 60
    return f"{text}Z" if not minutes else f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def read_form(parts: tuple[str | None, ...], form: str) -> datetime | None:
    """An EDIFACT date: (value, form); 718 is a range, its first date counts."""
    value = parts[0]
    if value is None:
        return None
    told = (parts[1] if len(parts) > 1 else None) or form
    if told == "718":
        value, told = value[:8], "102"
    if told not in _FORMS:
        raise Unfit("not_date", f"has the unknown date form {told}")
    moment = picture(_FORMS[told]).read(value)
    if moment is None:
        raise Unfit("not_date", f"is not a date of form {told}")
    return _possible(moment)


def write_form(form: str) -> Callable[[Moment], tuple[str, str]]:
    """A moment to (value, form)."""
    if form not in _FORMS:
        raise PictureError(f"unknown date form '{form}'; known are {', '.join(_FORMS)}")
    write = picture(_FORMS[form]).write
    return lambda moment: (write(moment), form)


def _possible(moment: datetime) -> datetime:
    if not is_possible(moment):
        raise Unfit("not_date", f"is not possible: {POSSIBLE}")
    return moment


def _clash(first: Picture, second: Picture) -> bool:
    for sample in _SAMPLES:
        text = first.write(sample)
        read = second.read(text)
        if read is not None and read != first.read(text):
            return True
    return False


def _reader(pattern: re.Pattern[str]) -> Callable[[str], datetime | None]:
    def read(text: str) -> datetime | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        told = found.groupdict()
        year = told.get("year")
        if year is None and (short := told.get("short")) is not None:
            year = ("19" if short >= "80" else "20") + short
        part = (told.get("part") or "0").ljust(6, "0")[:6]
        try:
            return datetime(  # noqa: DTZ001 -- a partner's date has no zone and gets none
                int(year or 1900),
                int(told.get("month") or 1),
                int(told.get("day") or 1),
                int(told.get("hour") or 0),
                int(told.get("minute") or 0),
                int(told.get("second") or 0),
                int(part),
            )
        except ValueError:
            return None

    return read


def _writer(text: str) -> Callable[[Moment], str]:
    def write(moment: Moment) -> str:
        return _TOKENS.sub(lambda token: _part(token[0], moment), text)

    return write


def _part(token: str, moment: Moment) -> str:
    day = moment if isinstance(moment, date) else date(1900, 1, 1)
    clock = moment if isinstance(moment, datetime | time) else time()
    match token:
        case "YYYY":
            return f"{day.year:04d}"
        case "YY":
            if not 1980 <= day.year <= 2079:
                raise Unfit("not_date", "cannot be written with two digits for the year")
            return f"{day.year % 100:02d}"
        case "MM":
            return f"{day.month:02d}"
        case "M":
            return str(day.month)
        case "DD":
            return f"{day.day:02d}"
        case "D":
            return str(day.day)
        case "HH":
            return f"{clock.hour:02d}"
        case "mm":
            return f"{clock.minute:02d}"
        case "SS":
            return f"{clock.second:02d}"
        case _:
            return f"{clock.microsecond // 1000:03d}"


def _write_iso(moment: Moment) -> str:
    match moment:
        case datetime():
            text = f"{moment:%H:%M:%S}" + (f".{moment.microsecond:06d}" if moment.microsecond else "")
            return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T{text}"
        case date():
            return moment.isoformat()
        case _:
            return moment.isoformat()


_read_instant_form = moment_reader((picture("iso"),), "date and time")
