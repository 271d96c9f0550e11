"""What comes and goes around very many orders: files with their events and numbers, batches, paper, the record, runs of jobs, alarms."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.filling import NO_HASH, VENDOR, Rows, Words

A_BATCH = 500
A_FILE = 100
A_SHIPMENT_FILE = 5
"""Orders that a vendor confirms with one file."""
RUNS = 100_000
"""Of one job."""
ENTRIES = 200_000
"""Of the record."""
ALARMS = 20_000
STILL_OPEN = 200
FORMS = 10_000
ISSUE = '{"code": "GWY-10", "text": "it is late", "where": "line 1"}'


def files(words: Words) -> Iterator[Rows]:
    """Received files of a hundred orders; batches, and as many other files that went out; what lies beside them."""
    yield from _orders_and_batches(words)
    yield from _of_vendors(words)
    yield from _beside(words)


def _orders_and_batches(words: Words) -> Iterator[Rows]:
    yield Rows(
        "message",
        -(-words.orders // A_FILE),
        {
            "id": "i",
            "connector": "'oms'",
            "channel": "'orders'",
            "file_name": words.bytes("'CDSO_' || i || '.xml'"),
            "sha256": NO_HASH,
            "size": "350000",
            "archive_key": "'k'",
            "state": "case when i % 500 = 0 then 'parked' when i % 50 = 0 then 'refused' else 'booked' end",
            "total": f"{A_FILE}",
            "booked": f"case when i % 50 = 0 then 0 else {A_FILE} end",
            "refused": f"case when i % 50 = 0 then {A_FILE} else 0 end",
            "received_at": words.at(f"i * {A_FILE}"),
            "decided_at": words.at(f"i * {A_FILE}"),
        },
    )
    made = words.at(f"i * {A_BATCH // 2}")
    yield Rows(
        "outbox",
        2 * -(-words.orders // A_BATCH),
        {
            "id": "i",
            "idem": "'batch:' || i",
            "connector": "'redpanda'",
            "channel": "'orders'",
            "kind": "'batch'",
            "file_name": words.bytes("'PO_' || i || '.csv'"),
            "sha256": NO_HASH,
            "size": "90000",
            "archive_key": "'k'",
            "state": "case when i % 200 = 0 then 'parked' else 'sent' end",
            "known": "case when i % 200 = 0 then null else 'seen' end",
            "made_at": made,
            "sent_at": made,
        },
    )
    cut = words.at(f"i * {A_BATCH}")
    yield Rows(
        "batch",
        -(-words.orders // A_BATCH),
        {
            "number": "i",
            "channel": "'redpanda/orders'",
            "vendor": VENDOR,
            "state": f"case when i * {A_BATCH} <= {words.done} then 'closed' else 'acknowledged' end",
            "item_id": "i",
            "made_at": cut,
            "acknowledged_at": cut,
        },
    )


def _of_vendors(words: Words) -> Iterator[Rows]:
    """Shipments by file, half of them X12, each answered with a file that has a number of its own."""
    files, before, items = -(-words.orders // A_SHIPMENT_FILE), -(-words.orders // A_FILE), 2 * -(-words.orders // A_BATCH)
    at = words.at(f"i * {A_SHIPMENT_FILE}")
    file = {"connector": "'redpanda'", "channel": "'shipments'", "sha256": NO_HASH, "archive_key": "'k'"}
    counts = {"total": f"{A_SHIPMENT_FILE}", "booked": f"{A_SHIPMENT_FILE}", "received_at": at, "decided_at": at}
    name = words.bytes("'SHIP_' || i || '.csv'")
    yield Rows("message", files, {"id": f"{before} + i", **file, "file_name": name, "size": "4096", "state": "'booked'", **counts})
    told = "case when l.no = 1 then 'received' when i % 5000 = 0 then 'unanswered' else 'answered' end"
    both = "cross join (select 1 as no union all select 2) l"
    yield Rows("message_event", before + files, {"message_id": "i", "at": words.minute(), "event": told, "actor": "'SYSTEM'"}, both)
    seen = {"pair": "'ACME:RETAIL'", "number": "cast(100000000 + i as text)", "sha256": NO_HASH, "seen_at": at}
    use = {"begins": "0", "ends": "4096", "is_test": "i < 0", "verdict": "'taken'", "code": "''", "reason": "''"}
    yield Rows("edi_interchange", files, {"message_id": f"{before} + i", "place": "1", **seen, **use}, "where i % 2 = 0")
    yield Rows("interchange", files, {"message_id": f"{before} + i", "level": "'interchange'", **seen}, "where i % 2 = 0")
    sent = {"state": "'sent'", "known": "'seen'", "made_at": at, "sent_at": at, "size": "4096"}
    name = words.bytes("'SHIP_' || i || '.result.csv'")
    yield Rows("outbox", files, {"id": f"{items} + i", "idem": "'answer:' || i", "kind": "'answer'", **file, "file_name": name, **sent})
    yield from _numbers(files, before, items)


def _numbers(files: int, before: int, items: int) -> Iterator[Rows]:
    """Of what goes out and of what comes: interchanges and groups count up, sets begin with 1 in every file."""
    counter = "'edi:redpanda:interchange'"
    yield Rows("counter", 1, {"name": counter, "last": f"{files}", "most": "999999999"})
    yield Rows("outbox_number", files, {"counter": counter, "number": "i", "item_id": f"{items} + i"})
    inside = {"message_id": f"{before} + i", "number": "case when l.no = 1 then cast(i as text) else '1' end"}
    both = "cross join (select 1 as no union all select 2) l where i % 2 = 0"
    yield Rows("edi_control", files, {**inside, "level": "case when l.no = 1 then 'group' else 'set' end"}, both)


def _beside(words: Words) -> Iterator[Rows]:
    """Paper of the batches, orders made by hand, what is written down about people, runs of a job, alarms."""
    old = f"i * {A_BATCH} <= {words.done}"
    batches = -(-words.orders // A_BATCH)
    ready = {"state": f"case when {old} then 'expired' else 'ready' end", "archive_key": f"case when {old} then null else 'k' end"}
    yield Rows("slip_document", batches, {"batch_number": "i", "brand": "'1'", "kind": "'slips'", **ready, "asked_at": words.minute()})
    made = {"made_at": words.minute(), "changed_at": words.minute(), "made_by": "'retailer.one'"}
    gone = f"case when i % 2 = 0 then {words.minute()} end"
    form = {"form": words.json('{"lines": []}'), "version": "1", "vendor": VENDOR, "cloned_from": "''", "cancelled_at": gone}
    yield Rows("hand_order", FORMS, {"org": "'1'", "number": "'M' || (100000 + i)", **form, **made})
    actor = "case i % 3 when 0 then 'operator.one' when 1 then 'retailer.one' else 'vendor.257' end"
    who = {"at": words.minute(), "actor": actor, "reason": "'asked by phone'"}
    about = {"about": "'order PO' || (10000000 + i)", "source": "'127.0.0.1'", "detail": words.json("{}"), "digest": NO_HASH}
    yield Rows("audit", ENTRIES, {"event": "case when i % 2 = 0 then 'login' else 'revealed' end", **who, **about})
    yield Rows("privacy_act", ENTRIES, {**who, "act": "'read'", "kind": "'order'", "subject": "'PO' || (10000000 + i)", "answer": "''"})
    run = {"started_at": words.minute(), "ended_at": words.minute(), "done": "1", "failed": "0"}
    yield Rows("slot", RUNS, {"job": "'due_dates'", "due_at": words.minute(), "state": "'success'", **run})
    ended = f"i <= {ALARMS - STILL_OPEN}"
    cause = {"about": "'due_date'", "subject": "'line ' || i", "vendor": VENDOR, "issue": words.json(ISSUE), "raised_at": words.minute()}
    cleared = {"cleared_at": f"case when {ended} then {words.minute()} end", "cleared_by": f"case when {ended} then 'SYSTEM' end"}
    yield Rows("alarm", ALARMS, {**cause, **cleared})
