"""The words of configuration as types: durations, sizes, flags, names, whole numbers, secrets by reference.

Every scalar of a YAML file arrives as text; these types turn it into values and tell in one sentence what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

UNITS: Mapping[str, timedelta] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
SIZES: Mapping[str, int] = {"B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
FLAGS: Mapping[str, bool] = {"true": True, "false": False, "yes": True, "no": False, "y": True, "n": False}
LONGEST = timedelta(days=36_500)
YEAR = 365

DURATION = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd])")
SIZE = re.compile(r"(?P<number>[0-9]{1,12}) ?(?P<unit>B|KB|MB|GB)", re.IGNORECASE)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
CODE = re.compile(r"[^\s\x00-\x1f\x7f]{1,20}")
SECRET = re.compile(r"secret:[a-z0-9][a-z0-9-]{0,63}")


class Model(BaseModel):
    """One table of a configuration file: only known words, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def read_duration(text: str) -> timedelta:
    """A length of time as people write it.

    >>> read_duration("90m")
    datetime.timedelta(seconds=5400)
    """
    found = DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is not a duration; write a whole number and s, m, h or d: 30s, 5m, 72h, 7d")
    units, unit = int(found["number"]), UNITS[found["unit"]]
    if units > LONGEST // unit:
        raise ValueError(f"'{text}' is longer than 100 years")
    return units * unit


def write_duration(length: timedelta) -> str:
    """The shortest text that `read_duration` makes this length of.

    >>> write_duration(timedelta(minutes=90))
    '90m'
    """
    seconds = int(length.total_seconds())
    for unit in ("d", "h", "m"):
        size = int(UNITS[unit].total_seconds())
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def read_size(text: str) -> int:
    """A number of bytes as people write it; KB is 1,000 bytes.

    >>> read_size("20MB")
    20000000
    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is not a size; write a whole number and B, KB, MB or GB: 500KB, 20MB")
    return int(found["number"]) * SIZES[found["unit"].upper()]


def write_size(count: int) -> str:
    """The shortest text that `read_size` makes this number of.

    >>> write_size(20_000_000)
    '20MB'
    """
    for unit in ("GB", "MB", "KB"):
        if count and count % SIZES[unit] == 0:
            return f"{count // SIZES[unit]}{unit}"
    return f"{count}B"


def read_flag(text: str) -> bool:
    """True or false."""
    try:
        return FLAGS[text.strip().lower()]
    except KeyError:
        raise ValueError(f"'{text}' is neither true nor false") from None


def read_whole(text: str) -> int:
    """A whole number, zero or more."""
    if re.fullmatch(r"-[0-9]{1,15}", text.strip()):
        raise ValueError(f"'{text}' is less than 0")
    if not re.fullmatch(r"[0-9]{1,15}", text.strip()):
        raise ValueError(f"'{text}' is not a whole number")
    return int(text)


def read_count(text: str) -> int:
    """A whole number of at least 1."""
    if re.fullmatch(r"-[0-9]{1,15}", text.strip()) or read_whole(text) < 1:
        raise ValueError("must be at least 1")
    return read_whole(text)


def read_days(text: str) -> int:
    """So many days, a year at most: what lies further away is a slip, and no calendar holds all of it."""
    found = read_whole(text)
    if found > YEAR:
        raise ValueError(f"'{text}' is more than {YEAR} days")
    return found


def read_age(text: str) -> int:
    """So many days that lie behind us, at least one."""
    found = read_count(text)
    if found > LONGEST.days:
        raise ValueError(f"'{text}' is more than {LONGEST.days} days, a hundred years")
    return found


def read_day(text: str) -> date:
    """A calendar day as 2026-11-21."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        raise ValueError(f"'{text}' is not a day; write it as 2026-11-21")
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{text}' is not a day of the calendar") from None


def read_name(text: str) -> str:
    """A name of ours: what stands in addresses, tables and file names."""
    if not NAME.fullmatch(text):
        raise ValueError(f"'{text}' is not a name; use up to 40 small letters, digits and hyphens")
    return text


def read_code(text: str) -> str:
    """A code of the business: vendor, system, location, carrier."""
    if not CODE.fullmatch(text):
        raise ValueError(f"'{text}' is not a code; use 1 to 20 characters without blanks")
    return text


def read_secret(text: str) -> str:
    """The reference to a secret, never the secret itself."""
    if not SECRET.fullmatch(text):
        raise ValueError("not a reference; write secret:NAME (small letters, digits, hyphens) and keep the secret itself out of this file")
    return text


def from_text(read: Callable[[str], object]) -> Callable[[Any], Any]:
    """Read texts; values that are of the right type already (a default, a setting of TOML) pass as their text or as they are."""

    def convert(found: Any) -> Any:  # pydantic hands over whatever stood there
        match found:
            case bool():
                return read("true" if found else "false")
            case int():
                return read(str(found))
            case str():
                return read(found)
            case list() | dict() | tuple():
                raise ValueError("must be one value, not a list or a table")
            case _:
                return found

    return convert


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"} | ({"examples": list(examples)} if examples else {}))


Duration = Annotated[
    timedelta,
    BeforeValidator(from_text(read_duration)),
    PlainSerializer(write_duration, return_type=str, when_used="json"),
    _text("[0-9]{1,9}[smhd]", "30s", "5m", "72h"),
]
Size = Annotated[
    int,
    BeforeValidator(from_text(read_size)),
    PlainSerializer(write_size, return_type=str, when_used="json"),
    _text("[0-9]{1,12} ?(B|KB|MB|GB)", "500KB", "20MB"),
]
Flag = Annotated[bool, BeforeValidator(from_text(read_flag)), WithJsonSchema({"enum": [True, False]})]
Whole = Annotated[int, BeforeValidator(from_text(read_whole)), WithJsonSchema({"type": "integer", "minimum": 0})]
Count = Annotated[int, BeforeValidator(from_text(read_count)), WithJsonSchema({"type": "integer", "minimum": 1})]
Age = Annotated[int, BeforeValidator(from_text(read_age)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LONGEST.days})]
Days = Annotated[int, BeforeValidator(from_text(read_days)), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": YEAR})]
Day = Annotated[
    date,
    BeforeValidator(from_text(read_day)),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    _text("[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-11-21"),
]
Name = Annotated[str, BeforeValidator(from_text(read_name)), _text("[a-z0-9][a-z0-9-]{0,39}")]
Code = Annotated[
    str,
    BeforeValidator(from_text(read_code)),
    WithJsonSchema({"type": ["string", "integer"], "maxLength": 20}),
]
SecretRef = Annotated[str, BeforeValidator(from_text(read_secret)), _text("secret:[a-z0-9][a-z0-9-]{0,63}", "secret:redpanda-ssh-key")]
