"""What is written in a hurry: pandas.read_xml with to_sql, and ElementTree with the ORM and a commit an order."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Date, Engine, ForeignKey, String, UniqueConstraint, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

HEADER = (
    *("vendor_name", "vendor_email", "vendor_currency_cd", "buyer_cd", "buyer_name", "gift", "ship_complete"),
    *("shipping_instructions", "discount_percentage", "discount_amount", "tender_description", "tender_amount"),
    *("freight_amount", "order_additional_freight_charges", "freight_tax"),
)
ADDRESS = (
    *("prefix", "first_name", "last_name", "company_name", "address_line_1", "apartment", "address_line_2", "city"),
    *("state_province", "postal_code", "country_cd", "day_phone", "evening_phone", "email"),
)
LINE = (
    *("retailer_item_description", "vendor_item_id", "vendor_item_description", "tax", "carrier_cd"),
    *("po_line_due_date", "order_line_gift_wrap"),
)


class Base(DeclarativeBase):
    """The script's own tables."""


class Line(Base):
    """One line of an order."""

    __tablename__ = "naive_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("naive_order.id"), index=True)
    number: Mapped[int]
    item: Mapped[str] = mapped_column(String(35))
    quantity: Mapped[int]
    unit_cost: Mapped[str] = mapped_column(String(20))
    retailer_item_description: Mapped[str | None]
    vendor_item_id: Mapped[str | None]
    vendor_item_description: Mapped[str | None]
    tax: Mapped[str | None]
    carrier_cd: Mapped[str | None]
    po_line_due_date: Mapped[str | None]
    order_line_gift_wrap: Mapped[str | None]


class Address(Base):
    """Who buys or receives."""

    __tablename__ = "naive_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("naive_order.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    prefix: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    company_name: Mapped[str | None]
    address_line_1: Mapped[str | None]
    apartment: Mapped[str | None]
    address_line_2: Mapped[str | None]
    city: Mapped[str | None]
    state_province: Mapped[str | None]
    postal_code: Mapped[str | None]
    country_cd: Mapped[str | None]
    day_phone: Mapped[str | None]
    evening_phone: Mapped[str | None]
    email: Mapped[str | None]


class Note(Base):
    """A message of an order."""

    __tablename__ = "naive_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("naive_order.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[str | None]


class PurchaseOrder(Base):
    """One order."""

    __tablename__ = "naive_order"
    __table_args__ = (UniqueConstraint("system", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30))
    system: Mapped[str] = mapped_column(String(10))
    vendor: Mapped[str] = mapped_column(String(10))
    entered_on: Mapped[date] = mapped_column(Date)
    vendor_name: Mapped[str | None]
    vendor_email: Mapped[str | None]
    vendor_currency_cd: Mapped[str | None]
    buyer_cd: Mapped[str | None]
    buyer_name: Mapped[str | None]
    gift: Mapped[str | None]
    ship_complete: Mapped[str | None]
    shipping_instructions: Mapped[str | None]
    discount_percentage: Mapped[str | None]
    discount_amount: Mapped[str | None]
    tender_description: Mapped[str | None]
    tender_amount: Mapped[str | None]
    freight_amount: Mapped[str | None]
    order_additional_freight_charges: Mapped[str | None]
    freight_tax: Mapped[str | None]
    lines: Mapped[list[Line]] = relationship()
    addresses: Mapped[list[Address]] = relationship()
    notes: Mapped[list[Note]] = relationship()


def durable_engine(path: Path) -> Engine:
    """The script's database, with the same promise about a power cut as the gateway's."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def durable(connection, _):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - SQLAlchemy's own form
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")

    return engine


def with_orm(path: Path, engine: Engine) -> int:
    """ElementTree, a look whether the order is there, objects, a commit an order."""
    Base.metadata.create_all(engine)
    stored = 0
    with Session(engine) as session:
        for element in ET.parse(path).getroot().iter("purchase_order"):  # noqa: S314 - the hurried script trusts its partner
            number, system = element.findtext("po_no", "").upper(), element.findtext("requesting_system_cd", "")
            known = select(PurchaseOrder.id).where(PurchaseOrder.number == number, PurchaseOrder.system == system)
            if session.execute(known).first() is not None:
                continue
            order = PurchaseOrder(
                number=number,
                system=system,
                vendor=element.findtext("vendor_cd", ""),
                entered_on=date.fromisoformat(element.findtext("po_entered_date", "")),
                **{name: element.findtext(name) for name in HEADER},
            )
            for role in ("sold_to", "ship_to"):
                order.addresses.append(Address(role=role, **{name: element.findtext(f"{role}/{name}") for name in ADDRESS}))
            for kind in ("order_message", "gift_message"):
                order.notes += [Note(kind=kind, value=note.text) for note in element.findall(kind)]
            for line in element.findall("po_lines/po_line"):
                order.lines.append(
                    Line(
                        number=int(line.findtext("po_line_no", "0")),
                        item=line.findtext("retailer_item_id", ""),
                        quantity=int(line.findtext("po_qty_ordered", "0")),
                        unit_cost=str(Decimal(line.findtext("po_unit_price", "0"))),
                        **{name: line.findtext(name) for name in LINE},
                    )
                )
            session.add(order)
            session.commit()
            stored += 1
    return stored


def with_pandas(path: Path, engine: Engine) -> int:
    """A data frame a section, straight into tables; loses which line belongs to which order, all messages but one, and exact amounts."""
    import pandas as pd

    orders = pd.read_xml(path, xpath="//purchase_order")
    sections = {"naive_sold_to": "//sold_to", "naive_ship_to": "//ship_to", "naive_line": "//po_line", "naive_custom": "//customization"}
    orders.to_sql("naive_order", engine, if_exists="append", index=False)
    for table, xpath in sections.items():
        pd.read_xml(path, xpath=xpath).to_sql(table, engine, if_exists="append", index=False)
    return len(orders)
