"""How a partner reads dates, times and amounts (data formats, sdf 8.1); the American forms unless its preferences say otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.domain.history import SYMBOLS, NoteStyle
from gateway.domain.reference import Organization, Vendor
from gateway.kernel.money import cents


class DateFormat(StrEnum):
    """The order of day, month and year."""

    MONTH_FIRST = "MM/DD/YYYY"
    DAY_FIRST = "DD/MM/YYYY"
    DOTTED = "DD.MM.YYYY"
    ISO = "YYYY-MM-DD"


class TimeFormat(StrEnum):
    """Hours to twelve or to twenty-four."""

    TWELVE = "12h"
    TWENTY_FOUR = "24h"


class NumberFormat(StrEnum):
    """What parts thousands, and what parts the decimals."""

    POINT = "1,234.56"
    COMMA = "1.234,56"
    BLANK = "1 234,56"


_DAY: Mapping[str, str] = MappingProxyType(
    {
        DateFormat.MONTH_FIRST: "%m/%d/%Y",
        DateFormat.DAY_FIRST: "%d/%m/%Y",
        DateFormat.DOTTED: "%d.%m.%Y",
        DateFormat.ISO: "%Y-%m-%d",
    }
)
_HOURS: Mapping[str, str] = MappingProxyType({TimeFormat.TWELVE: "%I:%M %p", TimeFormat.TWENTY_FOUR: "%H:%M"})
_MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {NumberFormat.POINT: (",", "."), NumberFormat.COMMA: (".", ","), NumberFormat.BLANK: ("\u00a0", ",")}
)


class Formats(Struct, frozen=True, kw_only=True):
    """The data formats of one reader."""

    language: str = "en"
    date: str = DateFormat.MONTH_FIRST
    time: str = TimeFormat.TWENTY_FOUR
    number: str = NumberFormat.POINT
    zone: str = "UTC"

    @property
    def note_style(self) -> NoteStyle:
        """How the notes of the history look to this reader."""
        return NoteStyle(day=_DAY[self.date], point=_MARKS[self.number][1])

    def day(self, on: dt.date) -> str:
        """A day.

        >>> Formats(date="DD.MM.YYYY").day(dt.date(2022, 6, 28))
        '28.06.2022'
        """
        return on.strftime(_DAY[self.date])

    def moment(self, at: dt.datetime) -> str:
        """A point in time in the reader's zone, which is named.

        >>> Formats(zone="America/New_York", time="12h").moment(dt.datetime(2022, 6, 22, 18, 5, tzinfo=dt.UTC))
        '06/22/2022 02:05 PM EDT'
        """
        local = at.astimezone(ZoneInfo(self.zone))
        return f"{self.day(local.date())} {local.strftime(_HOURS[self.time])} {local:%Z}"

    def amount(self, amount: Decimal, currency: str = "") -> str:
        """An amount with two places, its currency before it.

        >>> Formats(number="1.234,56").amount(Decimal("12345.6"), "EUR")
        '€ 12.345,60'
        """
        thousands, point = _MARKS[self.number]
        figures = f"{cents(amount):,f}".translate({ord(","): thousands, ord("."): point})
        symbol = SYMBOLS.get(currency, currency)
        return f"{symbol} {figures}" if symbol else figures


def of_organization(organization: Organization) -> Formats:
    """What the retailer's people read."""
    return Formats(
        language=organization.language,
        date=organization.date_format,
        time=organization.time_format,
        number=organization.number_format,
        zone=organization.zone,
    )


def of_vendor(vendor: Vendor, organization: Organization) -> Formats:
    """What a vendor's people read: what their preferences leave out is the organization's."""
    return Formats(
        language=vendor.language or organization.language,
        date=vendor.date_format or organization.date_format,
        time=vendor.time_format or organization.time_format,
        number=vendor.number_format or organization.number_format,
        zone=organization.zone,
    )
