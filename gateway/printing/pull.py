"""The pull sheet: what to take from the shelves for a whole batch, items summed, with the orders that each piece is for."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gateway.documents import Order, OrderLine
from gateway.printing.content import Content, Printed
from gateway.printing.letters import BOLD
from gateway.printing.paper import Pen, Run

FOOT = 46.0
_TICK, _ITEM, _TEXT, _ORDERS, _QUANTITY = 4.0, 26.0, 136.0, 312.0, 3.0


class Pull(Struct, frozen=True):
    """One product: how many pieces, and for which orders."""

    item: str
    vendor_item: str
    description: str
    pieces: int
    orders: tuple[str, ...]


def pulls(orders: Iterable[Order]) -> list[Pull]:
    """The products of these orders, by item; each order with its pieces and the location that wants it."""
    found: dict[tuple[str, str], list[tuple[Order, OrderLine]]] = {}
    for order in orders:
        for line in order.lines:
            found.setdefault((line.item, line.vendor_item or ""), []).append((order, line))
    return [
        Pull(
            item=item,
            vendor_item=vendor_item,
            description=next((line.description or line.vendor_description or "" for _, line in uses), ""),
            pieces=sum(_pieces(line) for _, line in uses),
            orders=tuple(f"{_pieces(line)} for {order.number}, location {order.location}" for order, line in uses),
        )
        for (item, vendor_item), uses in sorted(found.items())
    ]


def pull_sheet(content: Content, paper: str) -> Printed:
    """The sheet, written twice: the first time only counts its pages."""
    pages = _written(content, paper, total=0).page
    pen = _written(content, paper, total=pages)
    return pen.printed()


def _written(content: Content, paper: str, *, total: int) -> Pen:
    pen = Pen(paper, title=f"Pull sheet {content.title}", graphical=content.is_graphical, fonts=content.fonts)
    found = pulls(content.orders)
    _turn(pen, content, total, pieces=sum(it.pieces for it in found))
    for it in found:
        _pull(pen, content, it, total)
    return pen


def _turn(pen: Pen, content: Content, total: int, *, pieces: int = 0) -> None:
    pen.begin()
    pen.write(Run(content.title, 18, BOLD), pen.left, pen.y - 18)
    pen.bar_code(str(content.batch), pen.right, pen.y - 26)
    pen.write(Run(f"Pull sheet, vendor {content.vendor.code} {content.vendor.name}".rstrip(), 9), pen.left, pen.y - 34)
    if pieces:
        told = f"{len(content.orders)} order{'' if len(content.orders) == 1 else 's'}, {pieces} piece{'' if pieces == 1 else 's'}"
        pen.write(Run(told, 9, BOLD), pen.left, pen.y - 48)
    at = content.formats.moment(content.made_at)
    pen.write(Run(f"Batch {content.batch}, printed {at}, page {pen.page}" + (f" of {total}" if total else ""), 8), pen.left, FOOT - 14)
    pen.y -= 58
    pen.shade(pen.y - 15, 15)
    for text, x in (("Item", _ITEM), ("Description", _TEXT), ("Orders", _ORDERS)):
        pen.write(Run(text, 8, BOLD), pen.left + x, pen.y - 11)
    pen.write_right(Run("Pieces", 8, BOLD), pen.right - _QUANTITY, pen.y - 11)
    pen.y -= 17


def _pull(pen: Pen, content: Content, it: Pull, total: int) -> None:
    """One product; its orders go on over the page where there are many."""
    item = [Run(it.item, 9, BOLD)] + ([Run(f"Vendor item {it.vendor_item}", 7.5, grey=True)] if it.vendor_item else [])
    items = pen.wrapped(item, _TEXT - _ITEM - 8)
    texts = pen.wrapped([Run(it.description)], _ORDERS - _TEXT - 8)
    uses = pen.wrapped([Run(use, 8) for use in it.orders], pen.right - pen.left - _ORDERS - 40)
    if pen.y - max(_height(items), _height(texts), min(_height(uses), 60.0)) - 6 < FOOT:
        _turn(pen, content, total)
    top = pen.y
    pen.frame(pen.left + _TICK, top - 13, 10, 10)
    pen.write_right(Run(str(it.pieces), 12, BOLD), pen.right - _QUANTITY, top - 12.5)
    below = min(pen.column(items, pen.left + _ITEM, top, _TEXT), pen.column(texts, pen.left + _TEXT, top, _ORDERS))
    pen.y = top
    for run in uses:
        if pen.y - run.size * 1.3 < FOOT:
            _turn(pen, content, total)
            below = pen.y
        pen.y -= run.size * 1.3
        pen.write(run, pen.left + _ORDERS, pen.y)
    pen.y = min(below, pen.y) - 6
    pen.rule(pen.y + 1)


def _pieces(line: OrderLine) -> int:
    return line.to_ship if line.to_ship is not None else line.quantity


def _height(runs: Iterable[Run]) -> float:
    return sum(run.size * 1.3 for run in runs)
