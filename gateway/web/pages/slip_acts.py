"""What a vendor does about pack slips: print new orders or have them sent, take a slip back, print it anew (sdf 6.1, 6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

from gateway.desk import again, slips, telling
from gateway.desk.acting import Mode
from gateway.desk.again import Way
from gateway.desk.batches import show_batch
from gateway.domain import outcome
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.domain.outcome import BatchState
from gateway.domain.reference import Vendor
from gateway.domain.slip import Selection
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.acts import Act, Deed, Effect, Field, Run, declare_deeds
from gateway.web.forms import Filled
from gateway.web.routes import Routes, segment
from gateway.web.taken_back import effects_of

if TYPE_CHECKING:
    from gateway.desk.batches import BatchLineSheet
    from gateway.desk.slips import SlipSheet
    from gateway.web.visit import Visit

ROUTES = Routes()
CODE = 10
OVER = frozenset({BatchState.VOID, BatchState.CUTTING})
SELECTION = (
    Field(name="order", label="Purchase orders, parted by blanks (all new ones when empty)", most=2000),
    Field(name="item", label="Item, the retailer's number or yours", most=35),
    Field(name="brand", label="Brand", most=CODE),
    Field(name="country", label="Ships to country", most=CODE),
    Field(name="region", label="Ships to state or province", most=CODE),
    Field(name="due_by", label="Due on this day or before", kind="date"),
    Field(name="most", label="At most so many orders, the oldest first", kind="number"),
    Field(name="single_line", label="Orders", kind="select", options=(("", "all"), ("1", "of one line only"))),
)
MOST = Field(name="most", label="At most so many orders (all new ones when empty)", kind="number")


def vendor_of(visit: Visit) -> Vendor:
    """The vendor for whom somebody prints: their own, or the one that the address names."""
    code = visit.scope.vendor or listing.text(visit, "vendor", most=CODE)
    if not code:
        raise NotFound("it is not said for which vendor", remedy="Add ?vendor=CODE to the address.")
    return slips.vendor_of(visit.desk, code)


def is_on_paper(sheet: SlipSheet) -> bool:
    """Whether the batch went as paper."""
    return outcome.is_on_paper(sheet.channel)


def offered(sheet: SlipSheet, lines: Iterable[BatchLineSheet]) -> tuple[tuple[str, str], ...]:
    """The acts that are possible about the batch, while a line is on it still: path and word."""
    is_possible = sheet.state not in OVER and any(it.live for it in lines)
    return tuple((name, spec.word) for name, spec in BACK.items()) if is_possible else ()


def offered_whole(sheet: SlipSheet) -> tuple[tuple[str, str], ...]:
    """What can be done about a batch that goes as a file, never about one order of it: path and word."""
    if sheet.state in OVER or is_on_paper(sheet):
        return ()
    return tuple((name, spec.word) for name, spec in WHOLE.items() if name != "acknowledge" or sheet.state is BatchState.OPEN)


def _print(visit: Visit) -> tuple[Act, Run]:
    vendor = vendor_of(visit)
    act = Act(title="Print pack slips of new orders", verb="Print", fields=SELECTION, needs_reason=False)

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        form = Filled(visit)
        wanted = Selection(
            orders=tuple(form.text("order", most=2000).replace(",", " ").split()),
            item=form.text("item"),
            single_line=form.ticked("single_line"),
            brand=form.text("brand"),
            country=form.text("country"),
            region=form.text("region"),
            due_by=form.day("due_by"),
            most=form.whole("most"),
        )
        form.require()
        made = slips.generate(visit.desk, vendor.code, wanted, mode=mode)
        is_, number = ("would be", "the next batch") if mode is Mode.REHEARSAL else ("are", "")
        return tuple(
            Effect(
                name=number or f"batch {it.batch}",
                path="" if number else f"/slips/{it.batch}",
                told=f"{_count(it.orders, 'order')}, {_count(it.lines, 'line')}, {_count(it.quantity, 'piece')}"
                f"{f' of brand {it.brand}' if it.brand else ''} {is_} In Process",
            )
            for it in made
        ) or (Effect(name="nothing", path="", told="", why_not="nothing new waits to be printed"),)

    return act, run


def _wish(visit: Visit) -> tuple[Act, Run]:
    vendor = vendor_of(visit)
    act = Act(title="Get purchase orders", verb="Get them", fields=(MOST,), needs_reason=False)

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        form = Filled(visit)
        most = form.whole("most")
        form.require()
        told = telling.request_batch(visit.desk, vendor.code, batch=None, most=most, mode=mode)
        would = "would go out as a file" if mode is Mode.REHEARSAL else "go out as a file now"
        return tuple(
            Effect(name=it.order_number, path=f"/orders/{segment(it.order_number)}", told=f"{_count(it.lines, 'line')} {would}")
            for it in told.orders
        ) or (Effect(name="nothing", path="", told="", why_not="no new line waits to be sent"),)

    return act, run


def _again(visit: Visit) -> tuple[Act, Run]:
    sheet = _slips(visit)
    act = Act(title=f"Get batch {sheet.batch} again", verb="Get it again", needs_reason=False)

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        told = telling.request_batch(visit.desk, sheet.vendor, batch=sheet.batch, most=None, mode=mode)
        would = "would go out again" if mode is Mode.REHEARSAL else "go out again now"
        return tuple(
            Effect(name=it.order_number, path=f"/orders/{segment(it.order_number)}", told=f"{_count(it.lines, 'line')} {would}")
            for it in told.orders
        ) or (Effect(name=f"batch {sheet.batch}", path="", told="", why_not="no line of it is left"),)

    return act, run


def _acknowledge(visit: Visit) -> tuple[Act, Run]:
    sheet = _slips(visit)
    act = Act(
        title=f"Acknowledge batch {sheet.batch}",
        verb="Acknowledge",
        needs_reason=False,
        otherwise="its lines stay New Order, and the retailer is told that nobody has answered.",
    )

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        told, name = telling.acknowledge(visit.desk, sheet.batch, mode=mode), f"batch {sheet.batch}"
        lines = sum(1 for it in told.history if it.status is LineStatus.IN_PROCESS)
        if not told.history:
            wrong = "; ".join(str(it) for it in told.issues) or "it is acknowledged already"
            return (Effect(name=name, path=f"/slips/{sheet.batch}", told="", why_not=wrong),)
        return (Effect(name=name, path=f"/slips/{sheet.batch}", told=f"{_count(lines, 'line')} In Process"),)

    return act, run


def _slips(visit: Visit) -> SlipSheet:
    return slips.show_slips(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)


def _lines_of(visit: Visit, number: int, order: str) -> tuple[BatchLineSheet, ...]:
    """The lines of one order that are on the slip."""
    batch = show_batch(visit.gateway.store, number, scope=visit.scope)
    return tuple(it for it in batch.lines if it.live and it.order_number == order)


def _take_back(visit: Visit, *, anew: bool) -> tuple[Act, Run]:
    sheet = _slips(visit)
    number = sheet.batch
    order = (listing.text(visit, "order") or "").upper()
    lines = _lines_of(visit, number, order) if order and anew else ()
    if order and not _lines_of(visit, number, order):
        raise NotFound(f"order {order} is not on the slips of batch {number}", remedy=f"See what is on it: /slips/{number}")
    of = f" order {order} of" if order else ""
    act = Act(
        title=f"{'Reprint' if anew else 'Void'}{of} batch {number}",
        verb="Reprint" if anew else "Void",
        fields=tuple(
            Field(
                name=f"line.{it.line}",
                label=f"Line {it.line}: new print quantity (0 takes it off)",
                kind="number",
                least=0,
                default=str(it.quantity),
                required=True,
            )
            for it in lines
        ),
        grave=not anew,
        otherwise="" if anew else "the lines stay In Process, and requests of the retailer go on waiting for an answer",
    )
    way, orders, tools = Way.PAPER if is_on_paper(sheet) else Way.FILE, (order,) if order else (), visit.gateway.tools

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        if not anew:
            return effects_of(again.void(visit.desk, tools, number, way=way, orders=orders, reason=reason, mode=mode), room="/slips")
        form = Filled(visit)
        told = {(order, it.line): form.whole(f"line.{it.line}") for it in lines}
        form.require()
        quantities = {place: count for place, count in told.items() if count is not None}
        done = again.make_again(visit.desk, tools, number, quantities, way=way, orders=orders, reason=reason, mode=mode)
        return effects_of(done, room="/slips")

    return act, run


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


NEW = MappingProxyType(
    {"print": Deed(Authority.PACK_SLIPS, "Print new orders", _print), "get": Deed(Authority.PACK_SLIPS, "Get purchase orders", _wish)}
)
"""What is done about orders that are on no slip yet."""
BACK = MappingProxyType(
    {
        "void": Deed(Authority.PACK_SLIPS, "Void", lambda visit: _take_back(visit, anew=False)),
        "reprint": Deed(Authority.PACK_SLIPS, "Reprint", lambda visit: _take_back(visit, anew=True)),
    }
)
"""What is done about a batch."""
WHOLE = MappingProxyType(
    {
        "acknowledge": Deed(Authority.PACK_SLIPS, "Acknowledge", _acknowledge),
        "again": Deed(Authority.PACK_SLIPS, "Get again", _again),
    }
)
"""What a vendor that gets files does about a batch, where its program does not (sdf 3.1, 3.3)."""
declare_deeds(ROUTES, "/slips/acts", NEW)
declare_deeds(ROUTES, "/slips/{id}/acts", WHOLE)
declare_deeds(ROUTES, "/slips/{id}/acts", BACK)
