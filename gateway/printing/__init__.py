"""Paper for warehouses: pack slips, pull sheets and the CSV extract of a batch, made in the background and kept for a while."""

from __future__ import annotations

from gateway.printing.expiry import Expired, expire, forget, over
from gateway.printing.press import Press

__all__ = ["Expired", "Press", "expire", "forget", "over"]
