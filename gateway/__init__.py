"""vendor-gateway: files between a retailer and its drop-ship vendors, and the truth about every purchase order."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
