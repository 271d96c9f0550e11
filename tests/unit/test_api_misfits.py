"""What does not fit an operation of the API says where, what could stand there, and where to read on."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

import msgspec
import pytest
from msgspec import Struct

from gateway.web.api.misfits import REMEDY, misfit_of


class Colour(StrEnum):
    RED = "red"
    GREEN = "dark green"


class Part(Struct, forbid_unknown_fields=True):
    size: int
    colour: Colour | None = None


class Asked(Struct, forbid_unknown_fields=True):
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = {}
    colours: tuple[Colour, ...] = ()
    by: Literal["day", "week"] = "day"
    on: dt.date | None = None
    at: dt.datetime | None = None


@pytest.mark.parametrize(
    ("told", "where", "text"),
    [
        ({"party": []}, "party", "unknown word 'party'; did you mean 'parts'?"),
        ({"zzz": 1}, "zzz", "unknown word 'zzz'; known are at, by, by_name, colours, on, parts"),
        ({"parts": [{"size": 1, "sise": 2}]}, "parts[0].sise", "unknown word 'sise'; did you mean 'size'?"),
        ({"parts": [{}]}, "parts[0].size", "'size' is missing"),
        ({"parts": [{"size": 1, "colour": "blue"}]}, "parts[0].colour", "unknown value 'blue'; known are dark green, red"),
        ({"by_name": {"x": {"size": 1, "colour": "rd"}}}, "by_name[...].colour", "unknown value 'rd'; did you mean 'red'?"),
        ({"colours": ["blue"]}, "colours[0]", "unknown value 'blue'; known are dark green, red"),
        ({"by": "month"}, "by", "unknown value 'month'; known are day, week"),
        ({"on": "soon"}, "on", "this is no day; write it as 2022-06-28"),
        ({"at": "soon"}, "at", "this is no instant; write it as 2022-06-28T14:03:00Z"),
        ({"parts": 3}, "parts", "Expected `array`, got `int`"),
        ([], "", "Expected `object`, got `array`"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_could_be_there(told: object, where: str, text: str) -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.convert(told, Asked)
    problem = misfit_of(found.value, Asked).problem
    assert [(it.where, it.text) for it in problem.faults] == [(where, text)]
    assert (problem.status, problem.remedy) == (400, REMEDY)
