"""Purchase orders: the key row that is identity and lock, header, lines, parties, texts, shipments, history, requests."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    cast,
    text,
)

from gateway.documents import Party
from gateway.domain.order import LineStatus, Stage
from gateway.domain.request import RequestKind, RequestState
from gateway.store.tables.metadata import by_beginning, check, metadata, one_of, ref, row_id, words
from gateway.store.types import Amount, Day, Id, Json, UtcDateTime

UNTOLD = "for_vendor is not null and item_id is null and state in ('pending', 'applied')"
KEY_STATES = ("expected", "live", "closed", "erased")


def count(name: str) -> Column[int]:
    """A number that starts at nought."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


# Identity, lock, duplicate check, waiting room and tombstone of an order in one narrow row.
order_key = Table(
    "order_key",
    metadata,
    row_id(),
    Column("org", Text, nullable=False),
    Column("po_no", Text, nullable=False),
    Column("state", String, nullable=False, server_default=text("'expected'")),
    Column("digest", Text),
    count("version"),
    count("history_seq"),
    count("waiting"),
    UniqueConstraint("org", "po_no"),
    one_of("state", KEY_STATES),
    check("waiting", "waiting >= 0"),
    check("digest", "(state = 'expected') = (digest is null)"),
    sqlite_autoincrement=True,
    postgresql_with={"fillfactor": 70},
)
by_beginning("order_key_begins", order_key.c.po_no)

purchase_order = Table(
    "purchase_order",
    metadata,
    Column("id", Id, ForeignKey("order_key.id"), primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("sales_order", Text, nullable=False),
    Column("entered_on", Day, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stage", String, nullable=False),
    Column("changed_since_sent", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("buyer", Text),
    Column("buyer_name", Text),
    Column("vendor_name", Text),
    Column("vendor_email", Text),
    Column("shipping_instructions", Text),
    Column("tender", Text),
    Column("gift", Boolean),
    Column("ship_complete", Boolean),
    Column("discount_percent", Amount),
    Column("discount", Amount),
    Column("paid", Amount),
    Column("freight", Amount),
    Column("additional_freight", Amount),
    Column("freight_tax", Amount),
    Column("carrier", Text),
    Column("due_on", Day),
    Column("warehouse", Text),
    Column("reference", Text),
    Column("source", Text),
    Column("cancel_after", Day),
    Column("requested_ship_on", Day),
    Column("extra", Json),
    Column("message_id", Id),
    Column("place", Integer),
    one_of("stage", words(Stage)),
    Index("purchase_order_sales", "sales_order"),
    Index("purchase_order_vendor", "vendor", "id"),
    Index("purchase_order_entered", "entered_on"),
    # Orders whose day may pass.
    Index(
        "purchase_order_cancel_after",
        "cancel_after",
        sqlite_where=text("cancel_after is not null"),
        postgresql_where=text("cancel_after is not null"),
    ),
)
by_beginning("purchase_order_sales_begins", purchase_order.c.sales_order)

OPEN_LINE = "status in ('New Order', 'In Process', 'Held')"
"""In these very words a query must say it, or the databases do not see that `order_line_due` and `order_line_open` serve it."""
CANCELLED_LINE = "status = 'Cancelled'"
"""The same for `order_line_cancelled`."""
UNBILLED_LINE = "invoiced < shipped"
"""The same for `order_line_unbilled`."""

order_line = Table(
    "order_line",
    metadata,
    ref("order_id", "purchase_order.id"),
    Column("line_no", Integer, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("status", String),
    Column("pre_hold", String),
    Column("ordered", Integer, nullable=False),
    count("printed"),
    count("shipped"),
    count("cancelled"),
    count("invoiced"),
    Column("unit_cost", Amount, nullable=False),
    Column("due_on", Day),
    Column("first_due_on", Day),
    Column("serial", Text),
    ref("batch_number", "batch.number", null=True),
    Column("item", Text, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("vendor_item", Text),
    Column("variant", Text),
    Column("gtin", Text),
    Column("description", Text),
    Column("vendor_description", Text),
    Column("unit", Text),
    Column("retail_price", Amount),
    Column("tax", Amount),
    Column("gift_wrap", Boolean),
    Column("lot", Text),
    Column("hold_reason", Text),
    Column("reason", Text),
    Column("extra", Json),
    PrimaryKeyConstraint("order_id", "line_no"),
    check("counts", "ordered >= 1 and printed >= 0 and shipped >= 0 and cancelled >= 0 and invoiced >= 0"),
    check("quantities", "shipped + cancelled + printed <= ordered"),
    check("invoiced", "invoiced <= shipped"),
    check("serial", "serial is null or ordered = 1"),
    check("printed", "printed = 0 or batch_number is not null"),
    check("held", "(status is not null and status = 'Held') = (pre_hold is not null)"),
    one_of("status", words(LineStatus)),
    check("shipped", "status <> 'Shipped' or (shipped + cancelled = ordered and shipped > 0)"),
    check("cancelled", "status <> 'Cancelled' or cancelled = ordered"),
    check("open", "status not in ('New Order', 'In Process', 'Held') or shipped + cancelled < ordered"),
    check("new", "status <> 'New Order' or printed = 0"),
    check("in_process", "status <> 'In Process' or printed > 0"),
    # What a cut looks at, oldest first.
    Index(
        "order_line_new",
        "vendor",
        "order_id",
        sqlite_where=text("status = 'New Order' and batch_number is null"),
        postgresql_where=text("status = 'New Order' and batch_number is null"),
    ),
    # What may be late.
    Index("order_line_due", "status", "due_on", sqlite_where=text(OPEN_LINE), postgresql_where=text(OPEN_LINE)),
    Index("order_line_open", "order_id", "status", "due_on", sqlite_where=text(OPEN_LINE), postgresql_where=text(OPEN_LINE)),
    Index("order_line_cancelled", "order_id", sqlite_where=text(CANCELLED_LINE), postgresql_where=text(CANCELLED_LINE)),
    Index("order_line_unbilled", "vendor", "order_id", sqlite_where=text(UNBILLED_LINE), postgresql_where=text(UNBILLED_LINE)),
    Index("order_line_carrier", "carrier", "order_id"),
)
by_beginning("order_line_item", order_line.c.item)
by_beginning("order_line_vendor_item", order_line.c.vendor_item)

order_party = Table(
    "order_party",
    metadata,
    ref("order_id", "purchase_order.id"),
    Column("role", String, nullable=False),
    *(Column(field, Text) for field in Party.__struct_fields__),
    PrimaryKeyConstraint("order_id", "role"),
    one_of("role", ("ship_to", "sold_to")),
)
by_beginning("order_party_name", order_party.c.last_name)
by_beginning("order_party_company", order_party.c.company)

# Messages, gift messages and customizations; line 0 is the header.
order_text = Table(
    "order_text",
    metadata,
    ref("order_id", "purchase_order.id"),
    Column("line_no", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("code", Text),
    Column("value", Text),
    PrimaryKeyConstraint("order_id", "line_no", "kind", "seq"),
    one_of("kind", ("message", "gift_message", "customization")),
)

order_history = Table(
    "order_history",
    metadata,
    ref("order_id", "purchase_order.id"),
    Column("seq", Integer, nullable=False),
    Column("line_no", Integer),
    Column("event", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("quantity", Integer),
    Column("status_after", String),
    Column("parts", Json),
    Column("message_id", Id),
    Column("place", Integer),
    PrimaryKeyConstraint("order_id", "seq"),
    check("seq", "seq >= 1"),
)

shipment = Table(
    "shipment",
    metadata,
    row_id(),
    Column("order_id", Id, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("tracking", Json, nullable=False),
    Column("weight", Amount, nullable=False),
    Column("freight", Amount, nullable=False),
    Column("shipped_on", Day, nullable=False),
    Column("batch_number", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("key", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("serials", Json),
    Column("invoice_number", Text, nullable=False),
    Column("message_id", Id),
    Column("place", Integer),
    ForeignKeyConstraint(["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"]),
    check("quantity", "quantity > 0"),
    Index("shipment_line", "order_id", "line_no"),
    Index("shipment_key", "vendor", "key"),
    Index("shipment_vendor", "vendor", "id"),
    sqlite_autoincrement=True,
)
# The list of numbers as it is written: it begins with the first.
shipment_tracking = cast(shipment.c.tracking, Text)
by_beginning("shipment_tracking", shipment_tracking.label("tracking"))

# The numbers behind the first: most shipments have none.
tracking_number = Table(
    "tracking_number",
    metadata,
    ref("shipment_id", "shipment.id"),
    Column("place", Integer, nullable=False),
    Column("order_id", Id, nullable=False),
    Column("number", Text, nullable=False),
    PrimaryKeyConstraint("shipment_id", "place"),
    check("place", "place > 0"),
)
by_beginning("tracking_number_begins", tracking_number.c.number)

# What a vendor has answered to an order, newest last; the number that it gave the order.
order_answer = Table(
    "order_answer",
    metadata,
    row_id(),
    ref("order_id", "purchase_order.id"),
    Column("vendor", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("vendor_order", Text, nullable=False),
    Column("answered_on", Day),
    Column("about_change", Boolean, nullable=False),
    Column("message_id", Id),
    Column("place", Integer),
    Index("order_answer_order", "order_id", "id"),
    sqlite_autoincrement=True,
)

# `for_vendor` is who has to be told of it by file, `item_id` the file that does.
change_request = Table(
    "change_request",
    metadata,
    row_id(),
    ref("order_id", "purchase_order.id"),
    Column("line_no", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("request_id", Text),
    Column("quantity", Integer),
    Column("before", Json),
    Column("after", Json),
    Column("asked_at", UtcDateTime),
    Column("reason", Text),
    Column("answered_at", UtcDateTime),
    Column("answered_by", Text),
    Column("automatic", Boolean),
    Column("message_id", Id),
    Column("place", Integer),
    Column("for_vendor", Text),
    Column("item_id", Id),
    one_of("kind", words(RequestKind)),
    one_of("state", words(RequestState)),
    Index("change_request_order", "order_id"),
    Index(
        "change_request_pending",
        "order_id",
        "line_no",
        "kind",
        unique=True,
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("change_request_untold", "for_vendor", "id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    sqlite_autoincrement=True,
)

# From which request on a vendor is told what was changed by itself; what waits for its answer is always told.
request_feed = Table(
    "request_feed",
    metadata,
    Column("vendor", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
)
