"""The business: pure rules, values in and values out. No I/O, no clock."""

from __future__ import annotations
