"""Where what was found is to be seen: its page, which has the address of its list and its number, and the same in the API."""

from __future__ import annotations

from urllib.parse import quote

from gateway.desk.finding import Hit
from gateway.web.routes import segment


def path_of(hit: Hit) -> str:
    """The page of a hit; behind `/api/v1` the same for programs."""
    path = f"/{hit.kind.value}/{segment(hit.id)}"
    return f"{path}?vendor={quote(hit.of)}" if hit.of else path
