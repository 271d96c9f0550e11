"""A form as it was filled in: every field read at once, and what is wrong with one kept beside its name, to be told at the field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.kernel.calendar import is_possible
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.kernel.issues import Issue
    from gateway.web.visit import Visit

AMOUNT = re.compile(r"\d{1,11}(\.\d{1,4})?", re.ASCII)
OF_LINE = re.compile(r"line (\d+)", re.ASCII)
DIGITS = 9
"""Of a whole number."""


class Filled:
    """What somebody has filled in; `faults` by the name of the field, `general` belongs to none."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.faults: dict[str, str] = {}
        self.general: list[str] = []

    @property
    def is_wrong(self) -> bool:
        """Whether something is."""
        return bool(self.faults or self.general)

    def value(self, name: str, default: object = "") -> str:
        """The field as it was typed, to be shown again; before that what stands there at first."""
        return self._visit.field(name, str(default))

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._visit.field(name))

    def text(self, name: str, *, most: int = 255) -> str:
        """A line of text."""
        found = self.value(name)
        if len(found) > most:
            self.faults[name] = f"at most {most} characters"
        return found

    def whole(self, name: str) -> int | None:
        """A whole number that is not negative; None where there is none."""
        found = self.value(name)
        if not found:
            return None
        if not (found.isascii() and found.isdigit() and len(found) <= DIGITS):
            self.faults[name] = f"'{found[:20]}' is no whole number"
            return None
        return int(found)

    def amount(self, name: str) -> Decimal | None:
        """An amount that is not negative; None where there is none."""
        found = self.value(name)
        if not found:
            return None
        if not AMOUNT.fullmatch(found):
            self.faults[name] = f"'{found[:20]}' is no amount; write it like 9.98"
            return None
        return Decimal(found)

    def charge(self, name: str) -> Decimal | None:
        """An amount that must be told; 0 where there is none."""
        if not self.value(name):
            self.faults[name] = "say an amount, 0 for none"
        return self.amount(name)

    def charge_if_told(self, name: str) -> Decimal | None:
        """The same of a field that may be missing altogether; then it is None."""
        return self.charge(name) if name in self._visit.form else None

    def day(self, name: str) -> date | None:
        """A day, as browsers send it; None where there is none."""
        found = self.value(name)
        try:
            told = date.fromisoformat(found) if found else None
        except ValueError:
            told = None
        if found and (told is None or not is_possible(told)):
            self.faults[name] = f"'{found[:20]}' is no day; write YYYY-MM-DD"
            return None
        return told

    def require(self) -> None:
        """ConfigError with everything that is wrong, for a form whose faults are told above it."""
        if self.is_wrong:
            raise ConfigError(*self.general, *(f"{name.replace('_', ' ')}: {fault}" for name, fault in self.faults.items()))

    def blame(self, issues: Iterable[Issue], fields: Iterable[str]) -> None:
        """Tell each issue at its field, `field.line` or `field`, where the form has it; else above the form.

        A field that could not be read has its fault already, and what follows from that is not told again.
        """
        known, unread = set(fields), frozenset(self.faults)
        for issue in issues:
            place = OF_LINE.fullmatch(issue.where)
            names = (f"{issue.field}.{place[1] if place else issue.line}", issue.field)
            name = next((it for it in names if it in known), None)
            if name is None or (name in self.faults and name not in unread):
                self.general.append(str(issue))
            elif name not in unread:
                self.faults[name] = f"{issue.code} {issue.text}"
