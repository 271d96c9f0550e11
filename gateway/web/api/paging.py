"""How many rows of a list a program may ask for at once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Limit = Annotated[int, Meta(ge=1, le=500)]
