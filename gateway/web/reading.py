"""How somebody reads: instants in the own zone, days in the own order, amounts and counts with the own marks.

The full instant always stands behind the short one, so that two people in two zones can speak of the same moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from markupsafe import Markup
from msgspec import Struct

from gateway.domain.history import SYMBOLS, NoteStyle
from gateway.kernel.money import ZERO, cents, shortest
from gateway.store.logins import Taste

DAYS = MappingProxyType({"iso": "%Y-%m-%d", "american": "%m/%d/%Y", "european": "%d.%m.%Y"})
NUMBERS = MappingProxyType({"english": (",", "."), "continental": (".", ","), "swiss": ("\u2019", "."), "french": ("\u202f", ",")})
"""Marks between thousands, and before the fraction."""
NOTHING = "\u2013"
SPANS = ((timedelta(days=2), "d"), (timedelta(hours=2), "h"), (timedelta(minutes=2), "min"))
UNITS = MappingProxyType({"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)})


class Reading(Struct, frozen=True, kw_only=True):
    """The way one person reads, as of one moment."""

    zone: ZoneInfo
    now: datetime
    day_form: str
    thousands: str
    point: str
    theme: str

    @property
    def notes(self) -> NoteStyle:
        """How dates and amounts stand in notes of the history."""
        return NoteStyle(day=self.day_form, point=self.point)

    @property
    def today(self) -> date:
        """The day it is where they are."""
        return self.now.astimezone(self.zone).date()

    def when(self, at: datetime | None) -> Markup | str:
        """An instant: the time of today, the day and time of another day; the full instant on hover."""
        if at is None:
            return NOTHING
        here = at.astimezone(self.zone)
        short = f"{here:%H:%M} today" if here.date() == self.today else f"{self.day(here.date())} {here:%H:%M}"
        full = f"{here:%Y-%m-%d %H:%M:%S %Z}"
        exact = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, full, short)

    def seconds(self, length: float | None) -> str:
        """A length of time that is told in seconds."""
        return NOTHING if length is None else self.span(timedelta(seconds=length))

    def exactly(self, at: datetime | None) -> str:
        """An instant to the second, with the zone named."""
        return NOTHING if at is None else f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"

    def day(self, on: date | None) -> str:
        """A day without zone."""
        return NOTHING if on is None else f"{on:{self.day_form}}"

    def age(self, since: datetime | None) -> str:
        """How long ago, in the largest unit of which there are two."""
        return NOTHING if since is None else self.span(self.now - since)

    def span(self, length: timedelta) -> str:
        """A length of time, in the largest unit of which there are two."""
        for least, unit in SPANS:
            if length >= least:
                return f"{length // UNITS[unit]} {unit}"
        return f"{max(0, round(length.total_seconds()))} s"

    def count(self, number: int | None) -> str:
        """A number of things."""
        return NOTHING if number is None else f"{number:,}".replace(",", self.thousands)

    def amount(self, amount: Decimal | None, currency: str = "") -> str:
        """An amount with two places, more where it has them; with the symbol of its currency."""
        return NOTHING if amount is None else self._signed(shortest(amount), currency)

    def money(self, amount: Decimal | None, currency: str = "") -> str:
        """An amount rounded to two places."""
        return NOTHING if amount is None else self._signed(cents(amount), currency)

    def discount(self, percent: Decimal | None, amount: Decimal | None, currency: str) -> str:
        """A discount in both forms, zeros where there is none (sdf 9.2)."""
        return f"{self.money(percent or ZERO)}% / {self.money(amount or ZERO, currency)}"

    @property
    def nothing(self) -> str:
        """What stands where nothing is told."""
        return NOTHING

    def size(self, count: int) -> str:
        """A number of bytes."""
        for unit, bytes_ in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
            if count >= bytes_:
                return f"{count / bytes_:.1f} {unit}".replace(".", self.point)
        return f"{count} B"

    def _signed(self, amount: Decimal, currency: str) -> str:
        whole, _, fraction = f"{abs(amount):,f}".partition(".")
        text = whole.replace(",", self.thousands) + (self.point + fraction if fraction else "")
        symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
        return f"{'-' if amount < 0 else ''}{symbol}{text}"


def reading_of(taste: Taste | None, *, zone: str, now: datetime) -> Reading:
    """How this person reads; what they have not chosen is as the organization has it."""
    it = taste or Taste()
    thousands, point = NUMBERS.get(it.numbers, NUMBERS["english"])
    return Reading(
        zone=ZoneInfo(it.zone or zone), now=now, day_form=DAYS.get(it.dates, DAYS["iso"]), thousands=thousands, point=point, theme=it.theme
    )
