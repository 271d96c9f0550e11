"""What the charges and the date of an invoice may be, however it comes: uploaded, made from shipments or edited (INV-04 to INV-07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.documents import Charge
from gateway.domain.reference import Organization, Vendor
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.issues import Issue

CHARGES = (("freight", "INV-04"), ("handling", "INV-05"), ("other", "INV-06"))
"""The three amounts beside the goods, with the code of each."""
_OF_KINDS: Mapping[str, str] = MappingProxyType({**dict(CHARGES), "tax": "INV-06", "discount": "INV-06"})


class Charged(Protocol):
    """An invoice, a line of one, or new values for either."""

    @property
    def freight(self) -> Decimal | None:
        """Freight charges."""

    @property
    def handling(self) -> Decimal | None:
        """Handling charges."""

    @property
    def other(self) -> Decimal | None:
        """Other charges."""


def latest_day(vendor: Vendor, organization: Organization, at: datetime) -> date:
    """The last day that an invoice of this vendor may be dated on: as far ahead as a ship date may lie."""
    return at.astimezone(ZoneInfo(organization.zone)).date() + timedelta(days=vendor.future_ship_days)


def date_issues(dated: date, latest: date) -> list[Issue]:
    """INV-07: an invoice is not dated on a day that is yet to come, nor on one of another century."""
    if is_possible(dated) and dated <= latest:
        return []
    why = f"lies ahead; {latest} is the latest possible" if is_possible(dated) else f"is not possible: {POSSIBLE}"
    return [Issue("INV-07", f"the invoice date {dated} {why}", field="date", value=str(dated))]


def charge_issues(part: Charged, where: str, charges: Iterable[Charge] = ()) -> list[Issue]:
    """INV-04 to INV-06: what is told is 0 or more; a deduction is told as an allowance, and its amount is 0 or more too."""
    told = [(name, code, getattr(part, name)) for name, code in CHARGES]
    told += [(it.kind, _OF_KINDS[it.kind], it.amount) for it in charges]
    return [
        Issue(code, f"{name} charges are {value}; 0 or more is required", where=where, field=name, value=str(value))
        for name, code, value in told
        if value is not None and value < 0
    ]
