"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types
from gateway.store.dialects.guards import guards

revision = "0001"
down_revision = None

APPEND_ONLY = ("order_history", "message_event", "outbox_event", "invoice_history")


def upgrade() -> None:  # noqa: PLR0915  the first step makes every table
    """The first schema."""
    op.create_table(
        "carrier",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("requires_tracking", sa.Boolean(), nullable=False),
        sa.Column("requires_weight", sa.Boolean(), nullable=False),
        sa.Column("requires_freight", sa.Boolean(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_carrier")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last >= 0 and last <= most", name=op.f("ck_counter_last")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "feed",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("exported", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("confirmed <= exported and exported <= last", name=op.f("ck_feed_order")),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_feed")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("dated_on", types.Day(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("freight", types.Amount(), nullable=False),
        sa.Column("handling", types.Amount(), nullable=False),
        sa.Column("other", types.Amount(), nullable=False),
        sa.Column("discount_percent", types.Amount(), nullable=False),
        sa.Column("discount_days", sa.Integer(), nullable=False),
        sa.Column("gross_days", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("other_description", sa.Text(), nullable=False),
        sa.Column("posted_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("posted_at is null or state = 'Posted'", name=op.f("ck_invoice_posted")),
        sa.CheckConstraint("state in ('New', 'Held', 'Rejected', 'Approved', 'Posted')", name=op.f("ck_invoice_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("vendor", "number", name=op.f("uq_invoice_vendor_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("invoice_state", "invoice", ["state", "id"], unique=False)
    op.create_table(
        "invoice_history",
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_invoice_history_seq")),
        sa.PrimaryKeyConstraint("invoice_id", "seq", name=op.f("pk_invoice_history")),
    )
    op.create_table(
        "item",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_item")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "message",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("taken_name", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("archive_key", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("mapping_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_message_id", types.Id, nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("booked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conflict", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("early", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("issues", types.Json(), nullable=True),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("decided_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'duplicate') = (first_message_id is not null)", name=op.f("ck_message_first")),
        sa.CheckConstraint("state <> 'booked' or (conflict = 0 and refused = 0 and early = 0)", name=op.f("ck_message_all_booked")),
        sa.CheckConstraint(
            "state in ('received', 'duplicate', 'parked', 'booked', 'partly_booked', 'refused')", name=op.f("ck_message_state")
        ),
        sa.CheckConstraint(
            "booked >= 0 and duplicate >= 0 and conflict >= 0 and refused >= 0 and early >= 0", name=op.f("ck_message_counts")
        ),
        sa.CheckConstraint("total is null or booked + duplicate + conflict + refused + early <= total", name=op.f("ck_message_total")),
        sa.ForeignKeyConstraint(["first_message_id"], ["message.id"], name=op.f("fk_message_first_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    op.create_index("message_hash", "message", ["sha256"], unique=False)
    op.create_index("message_list", "message", ["connector", "channel", "id"], unique=False)
    op.create_index(
        "message_taken",
        "message",
        ["connector", "channel", "taken_name"],
        unique=True,
        sqlite_where=sa.text("taken_name is not null"),
        postgresql_where=sa.text("taken_name is not null"),
    )
    op.create_table(
        "node",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("beat_at", types.UtcDateTime(), nullable=False),
        sa.Column("beat", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_node")),
    )
    op.create_table(
        "order_key",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("po_no", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'expected'"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("history_seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("(state = 'expected') = (digest is null)", name=op.f("ck_order_key_digest")),
        sa.CheckConstraint("state in ('expected', 'live', 'closed', 'erased')", name=op.f("ck_order_key_state")),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_order_key_waiting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_key")),
        sa.UniqueConstraint("org", "po_no", name=op.f("uq_order_key_org_po_no")),
        postgresql_with={"fillfactor": 70},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("idem", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("archive_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ack", sa.String(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("blessed_name", sa.LargeBinary(), nullable=True),
        sa.Column("known", sa.String(), nullable=True),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("give_up_at", types.UtcDateTime(), nullable=True),
        sa.Column("ack_due_at", types.UtcDateTime(), nullable=True),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (known is not null)", name=op.f("ck_outbox_sent_known")),
        sa.CheckConstraint("ack in ('none', 'due') or state = 'sent'", name=op.f("ck_outbox_ack_sent")),
        sa.CheckConstraint("ack in ('none', 'due', 'accepted', 'accepted_with_errors', 'rejected', 'overdue')", name=op.f("ck_outbox_ack")),
        sa.CheckConstraint("known in ('seen', 'inferred')", name=op.f("ck_outbox_known")),
        sa.CheckConstraint("state <> 'blessed' or blessed_name is not null", name=op.f("ck_outbox_blessed")),
        sa.CheckConstraint("state <> 'sent' or sent_at is not null", name=op.f("ck_outbox_sent_at")),
        sa.CheckConstraint(
            "state in ('waiting', 'blessed', 'sent', 'conflict', 'held', 'parked', 'cancelled')", name=op.f("ck_outbox_state")
        ),
        sa.CheckConstraint("state not in ('waiting', 'cancelled') or blessed_name is null", name=op.f("ck_outbox_unblessed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("idem", name=op.f("uq_outbox_idem")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_name",
        "outbox",
        ["connector", "channel", "file_name"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(
        "outbox_watch",
        "outbox",
        ["ack_due_at"],
        unique=False,
        sqlite_where=sa.text("ack = 'due' and state = 'sent'"),
        postgresql_where=sa.text("ack = 'due' and state = 'sent'"),
    )
    op.create_table(
        "pause",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("issue", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pause")),
    )
    op.create_table(
        "slot",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'running', 'success', 'failed', 'error')", name=op.f("ck_slot_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_slot_job_due_at")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "vendor",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("preferences", types.Json(), nullable=True),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vendor")),
    )
    op.create_table(
        "vendor_item",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("vendor_item", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "item", name=op.f("pk_vendor_item")),
    )
    op.create_table(
        "batch",
        sa.Column("number", types.Id, autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("replaces", types.Id, nullable=True),
        sa.Column("item_id", types.Id, nullable=True),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("state <> 'acknowledged' or acknowledged_at is not null", name=op.f("ck_batch_acknowledged")),
        sa.CheckConstraint("state in ('cutting', 'open', 'acknowledged', 'closed', 'void')", name=op.f("ck_batch_state")),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_batch_item_id")),
        sa.ForeignKeyConstraint(["replaces"], ["batch.number"], name=op.f("fk_batch_replaces")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_batch")),
    )
    op.create_index(
        "batch_cutting",
        "batch",
        ["channel"],
        unique=True,
        sqlite_where=sa.text("state = 'cutting'"),
        postgresql_where=sa.text("state = 'cutting'"),
    )
    op.create_table(
        "content_key",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_content_key_message_id")),
        sa.PrimaryKeyConstraint("connector", "sha256", name=op.f("pk_content_key")),
    )
    op.create_table(
        "document_key",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_document_key_message_id")),
        sa.PrimaryKeyConstraint("scope", "kind", "key", name=op.f("pk_document_key")),
    )
    op.create_table(
        "interchange",
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_interchange_message_id")),
        sa.PrimaryKeyConstraint("pair", "level", "number", name=op.f("pk_interchange")),
    )
    op.create_table(
        "message_event",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_event_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("message_event_list", "message_event", ["message_id", "id"], unique=False)
    op.create_table(
        "outbox_attempt",
        sa.Column("item_id", types.Id, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_outbox_attempt_item_id")),
        sa.PrimaryKeyConstraint("item_id", "fence", name=op.f("pk_outbox_attempt")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("item_id", types.Id, nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_outbox_event_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_event_list", "outbox_event", ["item_id", "id"], unique=False)
    op.create_table(
        "outbox_number",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("item_id", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_outbox_number_item_id")),
        sa.PrimaryKeyConstraint("counter", "number", name=op.f("pk_outbox_number")),
    )
    op.create_index("outbox_number_item", "outbox_number", ["item_id"], unique=False)
    op.create_table(
        "posting_run",
        sa.Column("run", types.Id, autoincrement=False, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("item_id", types.Id, nullable=True),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("(state = 'made') = (item_id is not null)", name=op.f("ck_posting_run_item")),
        sa.CheckConstraint("state in ('making', 'made')", name=op.f("ck_posting_run_state")),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_posting_run_item_id")),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_posting_run")),
    )
    op.create_index(
        "posting_run_making",
        "posting_run",
        ["system"],
        unique=True,
        sqlite_where=sa.text("state = 'making'"),
        postgresql_where=sa.text("state = 'making'"),
    )
    op.create_table(
        "purchase_order",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("sales_order", sa.Text(), nullable=False),
        sa.Column("entered_on", types.Day(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("changed_since_sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=True),
        sa.Column("buyer_name", sa.Text(), nullable=True),
        sa.Column("vendor_name", sa.Text(), nullable=True),
        sa.Column("vendor_email", sa.Text(), nullable=True),
        sa.Column("shipping_instructions", sa.Text(), nullable=True),
        sa.Column("tender", sa.Text(), nullable=True),
        sa.Column("gift", sa.Boolean(), nullable=True),
        sa.Column("ship_complete", sa.Boolean(), nullable=True),
        sa.Column("discount_percent", types.Amount(), nullable=True),
        sa.Column("discount", types.Amount(), nullable=True),
        sa.Column("paid", types.Amount(), nullable=True),
        sa.Column("freight", types.Amount(), nullable=True),
        sa.Column("additional_freight", types.Amount(), nullable=True),
        sa.Column("freight_tax", types.Amount(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("due_on", types.Day(), nullable=True),
        sa.Column("warehouse", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("cancel_after", types.Day(), nullable=True),
        sa.Column("requested_ship_on", types.Day(), nullable=True),
        sa.Column("extra", types.Json(), nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("stage in ('draft', 'approved', 'released', 'cancelled')", name=op.f("ck_purchase_order_stage")),
        sa.ForeignKeyConstraint(["id"], ["order_key.id"], name=op.f("fk_purchase_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
    )
    op.create_index("purchase_order_sales", "purchase_order", ["sales_order"], unique=False)
    op.create_index("purchase_order_vendor", "purchase_order", ["vendor", "id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("order_id", types.Id, nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(verdict = 'early') = (body is not null)", name=op.f("ck_receipt_body")),
        sa.CheckConstraint("verdict in ('booked', 'duplicate', 'conflict', 'refused', 'early')", name=op.f("ck_receipt_verdict")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_receipt_message_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order_key.id"], name=op.f("fk_receipt_order_id")),
        sa.PrimaryKeyConstraint("message_id", "place", name=op.f("pk_receipt")),
    )
    op.create_index("receipt_order", "receipt", ["order_id"], unique=False)
    op.create_table(
        "work",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("5"), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_place", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waits_for", types.Id, nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.CheckConstraint(
            "kind in ('book', 'bulk', 'redo', 'answer', 'cut', 'post', 'feed', 'deliver', 'job')", name=op.f("ck_work_kind")
        ),
        sa.CheckConstraint("waits_for is null or kind = 'redo'", name=op.f("ck_work_waits")),
        sa.ForeignKeyConstraint(["waits_for"], ["order_key.id"], name=op.f("fk_work_waits_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("kind", "subject", "place", name=op.f("uq_work_kind_subject_place")),
        postgresql_with={
            "fillfactor": 50,
            "autovacuum_vacuum_scale_factor": 0.01,
            "autovacuum_vacuum_threshold": 500,
            "autovacuum_vacuum_cost_delay": 0,
        },
        sqlite_autoincrement=True,
    )
    op.create_index("work_due", "work", ["kind", "connector", "priority", "due_at", "id"], unique=False)
    op.create_index(
        "work_lane",
        "work",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("lane is not null"),
        postgresql_where=sa.text("lane is not null"),
    )
    op.create_index(
        "work_wait",
        "work",
        ["waits_for"],
        unique=False,
        sqlite_where=sa.text("waits_for is not null"),
        postgresql_where=sa.text("waits_for is not null"),
    )
    op.create_table(
        "change",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("body", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_change_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "change_new", "change", ["system", "id"], unique=False, sqlite_where=sa.text("seq is null"), postgresql_where=sa.text("seq is null")
    )
    op.create_index(
        "change_seq",
        "change",
        ["system", "seq"],
        unique=True,
        sqlite_where=sa.text("seq is not null"),
        postgresql_where=sa.text("seq is not null"),
    )
    op.create_table(
        "change_request",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.CheckConstraint("kind in ('cancel', 'address', 'cost')", name=op.f("ck_change_request_kind")),
        sa.CheckConstraint(
            "state in ('pending', 'applied', 'accepted', 'declined', 'replaced', 'rejected')", name=op.f("ck_change_request_state")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_change_request_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "change_request_pending",
        "change_request",
        ["order_id", "line_no", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "order_history",
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("status_after", sa.String(), nullable=True),
        sa.Column("parts", types.Json(), nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_order_history_seq")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_history_order_id")),
        sa.PrimaryKeyConstraint("order_id", "seq", name=op.f("pk_order_history")),
    )
    op.create_table(
        "order_line",
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("pre_hold", sa.String(), nullable=True),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("printed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("invoiced", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unit_cost", types.Amount(), nullable=False),
        sa.Column("due_on", types.Day(), nullable=True),
        sa.Column("first_due_on", types.Day(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("batch_number", types.Id, nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("vendor_item", sa.Text(), nullable=True),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("vendor_description", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("retail_price", types.Amount(), nullable=True),
        sa.Column("tax", types.Amount(), nullable=True),
        sa.Column("gift_wrap", sa.Boolean(), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("extra", types.Json(), nullable=True),
        sa.CheckConstraint("(status is not null and status = 'Held') = (pre_hold is not null)", name=op.f("ck_order_line_held")),
        sa.CheckConstraint("status <> 'Cancelled' or cancelled = ordered", name=op.f("ck_order_line_cancelled")),
        sa.CheckConstraint("status <> 'In Process' or printed > 0", name=op.f("ck_order_line_in_process")),
        sa.CheckConstraint("status <> 'New Order' or printed = 0", name=op.f("ck_order_line_new")),
        sa.CheckConstraint("status <> 'Shipped' or (shipped + cancelled = ordered and shipped > 0)", name=op.f("ck_order_line_shipped")),
        sa.CheckConstraint("status in ('New Order', 'In Process', 'Held', 'Shipped', 'Cancelled')", name=op.f("ck_order_line_status")),
        sa.CheckConstraint(
            "status not in ('New Order', 'In Process', 'Held') or shipped + cancelled < ordered", name=op.f("ck_order_line_open")
        ),
        sa.CheckConstraint("invoiced <= shipped", name=op.f("ck_order_line_invoiced")),
        sa.CheckConstraint(
            "ordered >= 1 and printed >= 0 and shipped >= 0 and cancelled >= 0 and invoiced >= 0", name=op.f("ck_order_line_counts")
        ),
        sa.CheckConstraint("printed = 0 or batch_number is not null", name=op.f("ck_order_line_printed")),
        sa.CheckConstraint("serial is null or ordered = 1", name=op.f("ck_order_line_serial")),
        sa.CheckConstraint("shipped + cancelled + printed <= ordered", name=op.f("ck_order_line_quantities")),
        sa.ForeignKeyConstraint(["batch_number"], ["batch.number"], name=op.f("fk_order_line_batch_number")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_line_order_id")),
        sa.PrimaryKeyConstraint("order_id", "line_no", name=op.f("pk_order_line")),
    )
    op.create_index(
        "order_line_new",
        "order_line",
        ["vendor", "order_id"],
        unique=False,
        sqlite_where=sa.text("status = 'New Order' and batch_number is null"),
        postgresql_where=sa.text("status = 'New Order' and batch_number is null"),
    )
    op.create_table(
        "order_party",
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("id", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("suffix", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("address1", sa.Text(), nullable=True),
        sa.Column("apartment", sa.Text(), nullable=True),
        sa.Column("address2", sa.Text(), nullable=True),
        sa.Column("address3", sa.Text(), nullable=True),
        sa.Column("address4", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("day_phone", sa.Text(), nullable=True),
        sa.Column("evening_phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.CheckConstraint("role in ('ship_to', 'sold_to')", name=op.f("ck_order_party_role")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_party_order_id")),
        sa.PrimaryKeyConstraint("order_id", "role", name=op.f("pk_order_party")),
    )
    op.create_table(
        "order_text",
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('message', 'gift_message', 'customization')", name=op.f("ck_order_text_kind")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_text_order_id")),
        sa.PrimaryKeyConstraint("order_id", "line_no", "kind", "seq", name=op.f("pk_order_text")),
    )
    op.create_table(
        "posting_line",
        sa.Column("run", types.Id, nullable=False),
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("resend", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_posting_line_invoice_id")),
        sa.ForeignKeyConstraint(["run"], ["posting_run.run"], name=op.f("fk_posting_line_run")),
        sa.PrimaryKeyConstraint("run", "invoice_id", name=op.f("pk_posting_line")),
    )
    op.create_index(
        "posting_line_live", "posting_line", ["invoice_id"], unique=True, sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
    )
    op.create_table(
        "batch_line",
        sa.Column("batch_number", types.Id, nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_batch_line_quantity")),
        sa.ForeignKeyConstraint(["batch_number"], ["batch.number"], name=op.f("fk_batch_line_batch_number")),
        sa.ForeignKeyConstraint(
            ["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"], name=op.f("fk_batch_line_order_id_line_no")
        ),
        sa.PrimaryKeyConstraint("batch_number", "order_id", "line_no", name=op.f("pk_batch_line")),
    )
    op.create_index(
        "batch_line_live",
        "batch_line",
        ["order_id", "line_no"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "shipment",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking", types.Json(), nullable=False),
        sa.Column("weight", types.Amount(), nullable=False),
        sa.Column("freight", types.Amount(), nullable=False),
        sa.Column("shipped_on", types.Day(), nullable=False),
        sa.Column("batch_number", sa.BigInteger(), nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("serials", types.Json(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_quantity")),
        sa.ForeignKeyConstraint(
            ["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"], name=op.f("fk_shipment_order_id_line_no")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sqlite_autoincrement=True,
    )
    op.create_index("shipment_key", "shipment", ["vendor", "key"], unique=False)
    op.create_index("shipment_line", "shipment", ["order_id", "line_no"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("shipment_id", types.Id, nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("order_line", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("po_unit_cost", types.Amount(), nullable=False),
        sa.Column("unit_cost", types.Amount(), nullable=False),
        sa.Column("freight", types.Amount(), nullable=False),
        sa.Column("handling", types.Amount(), nullable=False),
        sa.Column("other", types.Amount(), nullable=False),
        sa.Column("other_description", sa.Text(), nullable=False),
        sa.Column("shipped_on", types.Day(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_invoice_line_quantity")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_invoice_line_shipment_id")),
        sa.PrimaryKeyConstraint("invoice_id", "line_no", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_invoice_line_shipment_id")),
    )
    op.create_index("invoice_line_order", "invoice_line", ["order_id", "order_line"], unique=False)
    for statement in guards(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)
