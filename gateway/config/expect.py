"""`expect:` of a receive channel: what should come, by when, on which days, and what about its numbers and its volume."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from gateway.config.schedule import read_days, read_time, read_zone
from gateway.config.values import Count, Model, Name, Whole
from gateway.domain.expected import Calendar, Range
from gateway.kernel.yaml_text import unknown

BUSINESS = "business"
MIDNIGHT = time(0)
ENOUGH = 5
"""So many earlier days there must be before a median says anything."""


def _days(text: str) -> str:
    if text != BUSINESS:
        try:
            read_days(text)
        except ValueError as error:
            raise ValueError(f"{error}; or {BUSINESS}: Monday to Friday without the days of 'holidays'") from error
    return text


def _read_time(found: Any) -> time:
    if isinstance(found, time):
        return found
    if not isinstance(found, str):
        raise ValueError("must be one text")  # noqa: TRY004 (what pydantic tells people)
    return read_time(found)


TimeOfDay = Annotated[
    time,
    PlainValidator(_read_time),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["14:00"]}),
]
DaysOfWeek = Annotated[str, AfterValidator(_days), WithJsonSchema({"type": "string", "examples": ["business", "mon-fri"]})]
Zone = Annotated[str, AfterValidator(read_zone)]


class Volume(Model):
    """How many documents the files of one day may hold together, judged at `by`."""

    min: Whole | None = None
    """At least so many."""
    max: Whole | None = None
    """At most so many."""
    days: Count | None = None
    """Compare with the median of so many earlier days that count; it says something from the fifth on."""
    least: Count | None = None
    """At least so many percent of that median."""
    most: Count | None = None
    """At most so many percent of that median."""

    @model_validator(mode="after")
    def _sensible(self) -> Volume:
        if all(getattr(self, word) is None for word in ("min", "max", "least", "most")):
            raise ValueError("nothing says how much: give min, max, or days with least or most")
        if (self.days is None) != (self.least is None and self.most is None):
            raise ValueError("'days' says which median, 'least' and 'most' how far from it: give 'days' and one of them")
        if self.days is not None and self.days < ENOUGH:
            raise ValueError(f"'days' must be at least {ENOUGH}: the median of fewer days says nothing")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' {self.min} is above 'max' {self.max}")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"'least' {self.least} is above 'most' {self.most}")
        return self

    @property
    def range(self) -> Range:
        """The same in the words of the rules."""
        return Range(minimum=self.min, maximum=self.max, least=self.least, most=self.most)


class Expect(Model):
    """What should come through a channel; what does not is told once, and listed until it is mended."""

    by: TimeOfDay | None = None
    """The time of day by which the files of that day must be here."""
    days: DaysOfWeek = "daily"
    """`business` (Monday to Friday without holidays), or days: mon-fri, mon,thu, daily."""
    zone: Zone | None = None
    """The zone of the times; by default that of the organization."""
    since: TimeOfDay = MIDNIGHT
    """From when on a file counts for the day; a time behind `by` is one of the evening before."""
    holidays: Name | None = None
    """Days on which nothing is expected: NAME of calendars/NAME.txt, one day a line."""
    at_least: Count = 1
    """So many files a day."""
    sequence: str | None = None
    """The {word} of `files` that is a running number; a number left out is told."""
    volume: Volume | None = None
    """How many documents a day may bring."""

    @model_validator(mode="after")
    def _sensible(self) -> Expect:
        if self.by is None and self.sequence is None:
            raise ValueError("nothing is expected: give by, sequence or both")
        if self.by is None:
            timed = [word for word in ("days", "zone", "since", "holidays", "at_least", "volume") if word in self.model_fields_set]
            if timed:
                raise ValueError(f"'{timed[0]}' needs 'by': the time of day at which it is judged")
        if self.by is not None and self.by == self.since:
            raise ValueError("'since' and 'by' are the same time: nothing could come between them")
        if self.days == BUSINESS and self.holidays is None:
            raise ValueError("business days need 'holidays', the file of days that are none; without holidays write mon-fri")
        return self

    def calendar(self, *, zone: str, calendars: Mapping[str, frozenset[date]]) -> Calendar | None:
        """The same in the words of the rules; None where nothing is expected by a time of day."""
        if self.by is None:
            return None
        holidays = calendars.get(self.holidays, frozenset()) if self.holidays else frozenset()
        return Calendar(
            by=self.by,
            since=self.since,
            weekdays=read_days("mon-fri" if self.days == BUSINESS else self.days),
            zone=self.zone or zone,
            holidays=holidays,
        )

    def sequence_fault(self, placeholders: list[tuple[str, ...]]) -> str | None:
        """What is wrong with the running number, given the words of each pattern of the channel."""
        if self.sequence is None or all(self.sequence in words for words in placeholders):
            return None
        known = sorted({word for words in placeholders for word in words})
        if self.sequence in known:
            return f"'{{{self.sequence}}}' must stand in every pattern of 'files'"
        if not known:
            return f"'files' keeps no part of the name; write {{{self.sequence}}} where the number stands"
        return unknown(self.sequence, known, what="word of 'files'")
