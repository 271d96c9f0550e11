"""Values of simple elements: numbers, dates and times as X12 and EDIFACT write them; what is wrong with one is told by its kind."""

from __future__ import annotations

import re
from calendar import monthrange

from gateway.formats.edi.guide import Element, Kind

X12_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
WHOLE = re.compile(r"-?[0-9]+")
EDIFACT_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]*)?-?")
BARE_DECIMAL = re.compile(r"-?[.,][0-9]+")
LETTERS = re.compile(r"[^0-9]*")
DATE_LENGTHS = frozenset({6, 8})
FORMATS: dict[str, str] = {
    "2": "DMy",
    "101": "yMD",
    "102": "YMD",
    "201": "yMDT",
    "203": "YMDT",
    "204": "YMDTS",
    "401": "T",
    "602": "Y",
    "610": "YM",
    "718": "YMDYMD",
    "719": "YMDTYMDT",
}
"""Formats of dates in EDIFACT that we look into: year, month, day, hour and minute, second."""
PIECES = {"Y": 4, "y": 2, "M": 2, "D": 2, "T": 4, "S": 2}


def fault_of(element: Element, value: str) -> str:
    """What is wrong with the form of a value that is not empty, in the words of findings; empty when nothing is."""
    match element.kind:
        case Kind.NUMBER:
            return "" if X12_NUMBER.fullmatch(value) else "not_number"
        case Kind.WHOLE:
            return "" if WHOLE.fullmatch(value) else "not_number"
        case Kind.DIGITS:
            if EDIFACT_NUMBER.fullmatch(value):
                return ""
            return "no_digit" if BARE_DECIMAL.fullmatch(value) else "not_number"
        case Kind.DATE:
            return "" if is_date(value) else "not_date"
        case Kind.TIME:
            return "" if is_time(value) else "not_time"
        case Kind.LETTERS:
            return "" if LETTERS.fullmatch(value) else "wrong_characters"
        case _:
            return ""


def length_of(element: Element, value: str) -> int:
    """The length that counts: without sign and decimal mark in numbers."""
    if element.kind.is_number:
        return len(value) - value.count("-") - value.count(".") - value.count(",")
    return len(value)


def is_date(value: str) -> bool:
    """Whether a text is a day: YYMMDD or CCYYMMDD. The years 80 to 99 are of the last century."""
    if len(value) not in DATE_LENGTHS or not (value.isascii() and value.isdigit()):
        return False
    if len(value) == 6:
        value = ("19" if value >= "80" else "20") + value
    return _is_day(int(value[:4]), int(value[4:6]), int(value[6:]))


def is_time(value: str) -> bool:
    """Whether a text is a time: HHMM, HHMMSS, with one or two digits of a second behind it."""
    if not (value.isascii() and value.isdigit() and len(value) in {4, 6, 7, 8}):
        return False
    return value[:2] < "24" and value[2:4] < "60" and (len(value) == 4 or value[4:6] < "60")


def is_of_format(value: str, code: str) -> bool:
    """Whether a date of EDIFACT has the format it names; formats that we do not look into always fit."""
    pattern = FORMATS.get(code)
    if pattern is None:
        return True
    value = value.replace("-", "") if code in {"718", "719"} else value
    if len(value) != sum(PIECES[letter] for letter in pattern) or not (value.isascii() and value.isdigit()):
        return False
    year, month, day = 2000, 1, 1
    for letter in pattern:
        piece, value = int(value[: PIECES[letter]]), value[PIECES[letter] :]
        match letter:
            case "Y":
                year = piece
            case "y":
                year = 2000 + piece
            case "M":
                month = piece
            case "D":
                day = piece
            case "T" if piece // 100 > 24 or piece % 100 > 59:
                return False
            case _:
                continue
    return _is_day(year, month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
