"""Whether what a page shows has changed: it asks now and then by itself, and offers to show it anew. Nothing is refreshed unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse

from gateway.desk.marks import mark_of

if TYPE_CHECKING:
    from gateway.web.routes import May, Routes
    from gateway.web.visit import Visit

MARKS = "/marks"


def declare_watch(routes: Routes, path: str, *, may: May, shown: Callable[[Visit], object]) -> None:
    """Under /marks the page of this path once more: only a word that is another one when what it shows is."""
    routes.watch(f"{MARKS}{path}", may=may)(lambda visit: PlainTextResponse(mark_of(shown(visit))))


def watched(visit: Visit, shown: object) -> dict[str, Any]:
    """What the page says of its mark: of exactly what it shows."""
    return {"mark": mark_of(shown), "mark_at": f"{MARKS}{visit.url}"}
