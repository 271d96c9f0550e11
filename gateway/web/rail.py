"""The rail on the left: the words that lead somewhere, as far as who asks may go there: one for the house, one for vendors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.domain.access import Authority

if TYPE_CHECKING:
    from gateway.web.visit import Visit


class Stop(Struct, frozen=True):
    """One word of the rail; `key` goes there behind the letter g."""

    word: str
    path: str
    may: Authority
    key: str
    others: tuple[Authority, ...] = ()
    """Who may do one of these goes there too."""
    also: tuple[str, ...] = ()
    """Pages elsewhere that belong to it."""


HOUSE = (
    Stop("Today", "/", Authority.FILES, "t"),
    Stop("Messages", "/messages", Authority.FILES, "m", also=("/take",)),
    Stop("Orders", "/orders", Authority.ORDERS, "o", also=("/draft", "/drafts", "/lines")),
    Stop("Outbox", "/outbox", Authority.FILES, "x"),
    Stop("Batches", "/batches", Authority.ORDERS, "b"),
    Stop("Invoices", "/invoices", Authority.INVOICES, "i"),
    Stop("Calendar", "/calendar", Authority.FILES, "c"),
    Stop("Partners", "/partners", Authority.PARTNERS, "p"),
    Stop("Mappings", "/mappings", Authority.PARTNERS, "a"),
    Stop("Reports", "/reports", Authority.REPORTS, "r"),
    Stop(
        "Administration",
        "/administration",
        Authority.USERS,
        "s",
        (Authority.AUDIT, Authority.PARTNERS, Authority.OPERATIONS, Authority.ERASING),
    ),
)
VENDORS = (
    Stop("Home", "/", Authority.ORDERS, "h"),
    Stop("Orders", "/orders", Authority.ORDERS, "o"),
    Stop("Pack slips", "/slips", Authority.PACK_SLIPS, "p"),
    Stop("Shipments", "/shipments", Authority.SHIPPING, "s"),
    Stop("Requests", "/requests", Authority.CHANGE_REQUESTS, "r"),
    Stop("Invoices", "/invoices", Authority.INVOICES, "i"),
    Stop("Uploads", "/uploads", Authority.SHIPPING_UPLOAD, "u"),
)


class Shown(Struct, frozen=True):
    """A word as it stands on this page."""

    stop: Stop
    here: bool


def rail_of(visit: Visit) -> tuple[Shown, ...]:
    """The words for who asks; none before the login."""
    if not visit.is_signed_in:
        return ()
    stops = HOUSE if visit.account.vendor is None else VENDORS
    path = visit.url.partition("?")[0]
    return tuple(Shown(stop, _is_here(path, stop)) for stop in stops if stop.path in visit.works.paths and _is_open(visit, stop))


def _is_open(visit: Visit, stop: Stop) -> bool:
    return any(visit.may(it) for it in (stop.may, *stop.others))


def _is_here(path: str, stop: Stop) -> bool:
    return any(_is_within(path, it) for it in (stop.path, *stop.also))


def _is_within(path: str, stop: str) -> bool:
    return path == stop or (stop != "/" and path.startswith(stop + "/"))
