"""Acts on rows of a list, ticked ones or those that a filter finds: previewed and done as an act on one thing is (`acts`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from gateway.kernel.errors import ConfigError, NotFound, Refused
from gateway.web import listing
from gateway.web.acts import Act, Allowed, Effect, Run, carry_out, faults, propose

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.web.routes import Routes
    from gateway.web.visit import Visit


class Found(Struct, frozen=True):
    """What a filter finds for an act: the numbers that are acted on now, and how many more there are."""

    ids: tuple[int, ...]
    more: int = 0


class Several(Struct, frozen=True, kw_only=True):
    """How the rows of one list are acted on."""

    one: str
    """The word for one of them, such as `message`."""
    many: str
    """The word for several."""
    which: str
    """Which of many go first: `the oldest`."""
    find: Callable[[Visit, str], Found]
    """What the filter in the address finds for the act of that name."""
    about: Callable[[Visit, str, tuple[int, ...], str], tuple[Act, Run]]
    """The act of that name on these numbers, which are told in words."""


def declare_several(routes: Routes, path: str, acts: Mapping[str, Allowed], several: Several) -> None:
    """Under this path two routes for each act: what it would do to the rows of the address, or to what its filter finds, and do it."""
    for name, it in acts.items():
        routes.get(f"{path}/{name}", may=it.may)(partial(_ask, several, f"{path}/{name}", name))
        routes.post(f"{path}/{name}", may=it.may)(partial(_do, several, name))


def tried(name: str, path: str, work: Callable[[], tuple[Effect, ...]]) -> tuple[Effect, ...]:
    """What the act does to one of several, or why it cannot: then the others are done nevertheless."""
    try:
        return work()
    except (Refused, ConfigError) as error:
        return (Effect(name=name, path=path, told="", why_not="; ".join(faults(error))),)


def _ask(several: Several, path: str, name: str, visit: Visit) -> Response:
    if visit.query.get("found") == "1":
        return _found(several, path, name, visit)
    return propose(visit, *_about(several, name, visit))


def _do(several: Several, name: str, visit: Visit) -> Response:
    return carry_out(visit, *_about(several, name, visit))


def _found(several: Several, path: str, name: str, visit: Visit) -> Response:
    """What was found is named in the address, so that the same are done that were shown."""
    found = several.find(visit, name)
    if visit.doubts:  # it would be done with more than was meant
        raise ConfigError(*visit.doubts)
    if not found.ids:
        raise NotFound(f"this cannot be done with any {several.one} that was found", remedy="Choose others in the list.")
    more = [("more", found.more)] if found.more else []
    return visit.go(f"{path}?{urlencode([*(('id', it) for it in found.ids), *more])}")


def _about(several: Several, name: str, visit: Visit) -> tuple[Act, Run]:
    ids = listing.numbers(visit, "id")
    if not ids:
        raise NotFound(f"no {several.one} was chosen", remedy="Choose some in the list first.")
    return several.about(visit, name, ids, _told(several, ids, listing.number(visit, "more") or 0))


def _told(several: Several, ids: tuple[int, ...], more: int) -> str:
    if len(ids) == 1:
        return f"{several.one} {ids[0]}"
    return f"{len(ids)} {several.many}{f', {several.which}; {more} more afterwards' if more else ''}"
