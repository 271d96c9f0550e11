"""Reports for people, as tables of pandas, which is imported when one is made. Not for: files for machines."""

from __future__ import annotations

from gateway.reports import aging, items, reconcile, sheets, theirs
from gateway.reports.items import by_status, item_status_frame
from gateway.reports.sheets import FORMULA, guarded, write_csv, write_xlsx

__all__ = [
    "FORMULA",
    "aging",
    "by_status",
    "guarded",
    "item_status_frame",
    "items",
    "reconcile",
    "sheets",
    "theirs",
    "write_csv",
    "write_xlsx",
]
