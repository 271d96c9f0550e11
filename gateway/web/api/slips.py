"""Pack slips and batches as vendors handle them: print new orders, acknowledge, take back, print anew (sdf 6.1, 6.4).

The printed documents themselves are `documents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import again, slips, telling
from gateway.desk.again import TakenBack, Way
from gateway.desk.slips import Generated, SlipSheet
from gateway.desk.telling import Requested, Told
from gateway.domain.access import Authority
from gateway.domain.outcome import is_on_paper
from gateway.domain.slip import Selection
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.api import batches
from gateway.web.api.batches import Count, Meant
from gateway.web.api.operations import Api, mode_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api(beside=batches.API)


class Chosen(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new orders that are printed; what is left away does not matter. A key without vendor names one."""

    vendor: str | None = None
    dry_run: bool = False


class Off(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole batch, or these of its orders."""

    orders: tuple[str, ...] = ()
    reason: str = ""
    dry_run: bool = False


class Anew(Off, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is printed anew, with other quantities where some are told."""

    quantities: tuple[Count, ...] = ()


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New orders, at most so many; or a batch once more, as it is now. A key without vendor names one."""

    vendor: str | None = None
    batch: int | None = None
    most: Annotated[int, Meta(ge=1)] | None = None
    dry_run: bool = False


@API.post("/slips", may=Authority.PACK_SLIPS, body=Chosen, answer=tuple[Generated, ...])
def print_slips(visit: Visit, said: Chosen) -> tuple[Generated, ...]:
    """Print new orders of a vendor: one batch a brand."""
    return slips.generate(visit.desk, vendor_named(visit, said.vendor), said, mode=mode_of(said))


@API.post("/batches", may=Authority.PACK_SLIPS, body=Wish, answer=Requested)
def request_batch(visit: Visit, said: Wish) -> Requested:
    """Have new orders of a vendor sent as a file, or a batch of its again."""
    return telling.request_batch(visit.desk, vendor_named(visit, said.vendor), batch=said.batch, most=said.most, mode=mode_of(said))


@API.post("/batches/{id}/acknowledge", may=Authority.PACK_SLIPS, body=Meant, answer=Told)
def acknowledge_batch(visit: Visit, said: Meant) -> Told:
    """The vendor has the batch: its lines go In Process."""
    return telling.acknowledge(visit.desk, _known(visit).batch, mode=mode_of(said))


@API.post("/batches/{id}/void", may=Authority.PACK_SLIPS, body=Off, answer=TakenBack)
def void_batch(visit: Visit, said: Off) -> TakenBack:
    """Take a batch back: its lines are New Order again."""
    sheet = _known(visit)
    return again.void(
        visit.desk, visit.gateway.tools, sheet.batch, way=_way(sheet), orders=said.orders, reason=said.reason, mode=mode_of(said)
    )


@API.post("/batches/{id}/reprint", may=Authority.PACK_SLIPS, body=Anew, answer=TakenBack)
def reprint_batch(visit: Visit, said: Anew) -> TakenBack:
    """Print a batch, or send it, under a new number."""
    sheet, quantities = _known(visit), {(it.order, it.line): it.quantity for it in said.quantities}
    return again.make_again(
        visit.desk,
        visit.gateway.tools,
        sheet.batch,
        quantities,
        way=_way(sheet),
        orders=said.orders,
        reason=said.reason,
        mode=mode_of(said),
    )


def vendor_named(visit: Visit, named: str | None) -> str:
    """The vendor for whom somebody asks: their own, or the one that is named."""
    vendor = visit.scope.vendor or named
    if vendor is None or (visit.scope.vendor is not None and named not in {None, visit.scope.vendor}):
        raise NotFound(f"there is no vendor {named}" if named else "it is not said for which vendor", remedy="Say vendor.")
    return vendor


def _known(visit: Visit) -> SlipSheet:
    """A batch that who asks may see."""
    return slips.show_slips(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)


def _way(sheet: SlipSheet) -> Way:
    return Way.PAPER if is_on_paper(sheet.channel) else Way.FILE
