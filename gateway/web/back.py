"""Where a person came from: the page that an act is left to, when nothing is to be done after all."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.web.visit import Visit

BACK = "back"
"""The field of a form that keeps it while the act is looked at."""
LONGEST = 2_000
_PART = re.compile(r"{\w+}")
_OURS = re.compile(r"/(?![/\\])[\x21-\x7e]*")
_ACTS = "/acts/"


def back_from(visit: Visit, *, otherwise: str = "") -> str:
    """The page from which the act was opened; where that is not known `otherwise`, or the nearest page above the act in the address."""
    return _kept(visit) or _referred(visit) or otherwise or next(_above(visit), "/")


def _kept(visit: Visit) -> str:
    """What the form says; nobody is led to another site by it."""
    told = visit.form.get(BACK)
    return told if isinstance(told, str) and len(told) <= LONGEST and _OURS.fullmatch(told) else ""


def _referred(visit: Visit) -> str:
    """The page of ours that the browser says it comes from; not an act itself."""
    told = urlsplit(visit.headers.get("referer", "")[:LONGEST])
    path = f"{told.path}?{told.query}" if told.query else told.path
    is_ours = f"{told.scheme}://{told.netloc}".lower() == visit.caller.origin and _OURS.fullmatch(path) is not None
    is_act = _ACTS in told.path or told.path == visit.url.partition("?")[0]
    return path if is_ours and not is_act and _is_page(visit, told.path) else ""


def _above(visit: Visit) -> Iterator[str]:
    """The pages above the act: that of the one thing it is about, that of all of them."""
    head, found, _ = visit.url.partition("?")[0].rpartition(_ACTS)
    path = head if found else visit.url.partition("?")[0].rpartition("/")[0]
    ids = visit.query.getlist("id")
    candidates = [f"{path}/{ids[0]}"] if found and len(ids) == 1 and ids[0].isascii() and ids[0].isdigit() else []
    while path:
        candidates.append(path)
        path = path.rpartition("/")[0]
    return (it for it in candidates if _is_page(visit, it))


def _is_page(visit: Visit, path: str) -> bool:
    return _pages(visit.works.paths).fullmatch(path) is not None


@cache
def _pages(paths: frozenset[str]) -> re.Pattern[str]:
    """What the address of a page looks like."""
    return re.compile("|".join("[^/]+".join(map(re.escape, _PART.split(it))) for it in sorted(paths) if not it.startswith("/api/")))
