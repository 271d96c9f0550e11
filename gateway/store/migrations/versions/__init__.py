"""The steps of the schema, one module each; Alembic finds them by their revision, nobody imports them."""

from __future__ import annotations

__all__ = ()
