"""One file a step, in order; a step that has been released is never edited."""

from __future__ import annotations

__all__ = []
