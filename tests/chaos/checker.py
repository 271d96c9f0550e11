"""Compares truth, store, archive, folders and the robot's book of a world at rest, and says what does not agree."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from lxml import etree
from sqlalchemy.exc import DBAPIError

from gateway.archive import Archive
from gateway.delivery import departures
from gateway.store import Durability, Store, consistency
from tests.chaos import ledger
from tests.chaos.findings import Category, Finding, Invariant, Verdict
from tests.chaos.ledger import Ledger
from tests.chaos.robot import Appearance, Robot
from tests.chaos.truth import Kind, Offer, Truth
from tests.chaos.world import INBOXES, OUTBOXES, World, is_left

EDGES = frozenset(
    {
        (None, "New Order"),
        ("New Order", "New Order"),
        ("New Order", "In Process"),
        ("New Order", "Held"),
        ("New Order", "Cancelled"),
        ("New Order", "Shipped"),  # a shipment may come before the acknowledgement of its batch
        ("In Process", "In Process"),
        ("In Process", "New Order"),
        ("In Process", "Held"),
        ("In Process", "Shipped"),
        ("In Process", "Cancelled"),
        ("Held", "Held"),
        ("Held", "New Order"),
        ("Held", "In Process"),
        ("Held", "Cancelled"),
        ("Shipped", "Shipped"),
        ("Cancelled", "Cancelled"),
    }
)
"""The changes of a line's state that the business knows (sdf 5.2)."""
INDEXES = """
select bt_index_check(index => i.indexrelid, heapallindexed => i.indisunique) from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_am a on a.oid = c.relam join pg_namespace n on n.oid = c.relnamespace
where a.amname = 'btree' and n.nspname = 'public' and i.indisvalid and c.relpersistence = 'p'
"""
"""Every index agrees with itself, and the unique ones with their tables."""
SENT = frozenset({"sent"})
NUMBERED = {
    "batches": re.compile(r"PO_(\d+)\.csv"),
    "changes": re.compile(r"DSCHG_(\d+)\.xml"),
    "postings": re.compile(r"DSPST_(\d+)\.xml"),
}
STATES = {
    frozenset({Kind.GOOD}): {"booked"},
    frozenset({Kind.CONFLICT}): {"refused"},
    frozenset({Kind.BAD}): {"refused"},
    frozenset({Kind.UNREADABLE}): {"refused", "parked"},
    frozenset({Kind.DUPLICATE}): {"duplicate", "booked"},
}
Ids = frozenset[int]


class Checker:
    """One look at one world, when nobody moves any more."""

    def __init__(self, world: World, truth: Truth, robot: Robot, *, in_doubt: frozenset[str], is_tidied: bool) -> None:
        self._world = world
        self._truth = truth
        self._robot = robot
        self._in_doubt = in_doubt
        self._is_tidied = is_tidied
        self._counts: Counter[Category] = Counter()
        self._findings: list[Finding] = []

    def verdict(self) -> Verdict:
        """Look at everything."""
        found = ledger.read(self._world)
        messages = self._messages(found)
        self._files(found, messages)
        self._orders(found)
        self._replies(found)
        self._lines(found)
        self._deliveries(found)
        self._batches(found)
        self._numbers(found)
        self._history(found)
        self._left_over(found)
        self._words()
        self._database()
        self._tally(found, messages)
        return Verdict(tuple(self._findings), self._counts)

    def _say(self, invariant: Invariant, text: str, category: Category | None = None) -> None:
        self._findings.append(Finding(invariant, text))
        if category is not None:
            self._counts[category] += 1

    def _messages(self, found: Ledger) -> dict[int, Offer]:
        """Which offer each message is: by name and bytes, since a name may be used again."""
        offers = {(offer.name, offer.sha256): offer for offer in self._truth.offers}
        told: dict[int, Offer] = {}
        for row in found["message"]:
            if row["reprocess_of"] is not None:
                continue  # a person had its bytes read again; its documents are judged by their effects
            offer = offers.get((ledger.name(row), row["sha256"]))
            if offer is None:
                self._say(Invariant.I4, f"message {row['id']}: nobody offered {ledger.name(row)} with these bytes", Category.UNEXPECTED)
            elif offer in told.values():
                self._say(Invariant.I2, f"{offer.name} was offered once and received twice", Category.DOUBLED)
            else:
                told[row["id"]] = offer
        for offer in self._truth.offers:
            if offer not in told.values():
                self._say(Invariant.I4, f"{offer.name} was offered and is in no message", Category.LOST)
        return told

    def _files(self, found: Ledger, messages: dict[int, Offer]) -> None:
        receipts = found.by("receipt", "message_id")
        for row in found["message"]:
            offer = messages.get(row["id"])
            if offer is None:
                continue
            expected = STATES[frozenset(kind for _, kind in offer.documents)]
            if row["state"] not in expected:
                self._say(Invariant.I4, f"{offer.name} is {row['state']}, expected {' or '.join(sorted(expected))}")
            told = [issue for it in [row] for issue in ledger.issues(it, "issues")]
            told += [issue for receipt in receipts.get(row["id"], []) for issue in ledger.issues(receipt, "issue")]
            if not offer.codes <= {issue["code"] for issue in told}:
                self._say(Invariant.I4, f"{offer.name} must be told {sorted(offer.codes)}, it was told {[issue['code'] for issue in told]}")
            if any(not issue.get("text") for issue in told) or (offer.codes and not any(issue.get("where") for issue in told)):
                self._say(Invariant.I4, f"{offer.name}: an issue does not say what is wrong, or none says where")
            if not _is_kept(self._world.root / "var/archive", row["archive_key"]):
                self._say(Invariant.I4, f"{offer.name}: its bytes are not in the archive", Category.LOST)
        for box, place in INBOXES.items():
            self._folder(box, self._world.root / place)

    def _folder(self, box: str, folder: Path) -> None:
        """Every file that was left there is filed away, once."""
        done = Counter(path.name.partition(".")[2] for path in folder.glob(".taken/*/done/*"))
        offered = Counter(offer.name for offer in self._truth.offers if offer.box == box)
        for name in offered.keys() | done.keys():
            if done[name] != offered[name] and not (self._is_tidied and done[name] < offered[name]):
                self._say(Invariant.I4, f"{name} was offered {offered[name]} times and is filed away {done[name]} times")
        standing = [path.name for path in (*folder.glob("*"), *folder.glob(".taken/*/*")) if is_left(path)]
        if standing:
            self._say(Invariant.I4, f"still in {box}: {', '.join(standing)}")

    def _orders(self, found: Ledger) -> None:
        stored = Counter(found.orders[row["id"]] for row in found["purchase_order"])
        lines = found.by("order_line", "order_id")
        for number in self._truth.orders:
            self._once(stored.pop(number, 0), f"order {number}")
        for number, count in stored.items():
            self._say(Invariant.I1, f"order {number} is there {count} times and nobody ordered it", Category.UNEXPECTED)
        for row in found["purchase_order"]:
            order = self._truth.orders.get(found.orders[row["id"]])
            if order is None:
                continue
            told = sorted((line["line_no"], line["item"], line["ordered"]) for line in lines.get(row["id"], []))
            if told != [(line.number, line.item, line.quantity) for line in order.lines]:
                self._say(Invariant.I1, f"order {order.number} has the lines {told}")

    def _replies(self, found: Ledger) -> None:
        """Every line shipped once, every batch acknowledged, every invoice there, posted and told once."""
        shipped = Counter((found.orders[row["order_id"]], row["line_no"]) for row in found["shipment"])
        invoiced = Counter(row["number"] for row in found["invoice"])
        acknowledged = {row["number"] for row in found["batch"] if row["state"] in {"acknowledged", "closed"}}
        postings = Counter(number for it in self._seen("postings") for number in _attributes(it, "invoice", "invoice_no"))
        for offer in self._truth.offers:
            for key, kind in offer.documents:
                if kind is not Kind.GOOD:
                    continue
                match offer.box:
                    case "shipments":
                        number, _, line = key.partition("/")
                        self._once(shipped.pop((number, int(line)), 0), f"shipment of {key}")
                    case "invoices":
                        self._once(invoiced.pop(key, 0), f"invoice {key}")
                        self._once(postings.pop(key, 0), f"posting of invoice {key}")
                    case "acknowledgements":
                        self._once(int(int(key) in acknowledged), f"acknowledgement of batch {key}")
        for what in (*shipped, *invoiced, *postings):
            self._say(Invariant.I1, f"{what} was shipped or billed by nobody", Category.UNEXPECTED)
        asked = Counter(cells for it in self._first("batches") for cells in _cells(it, "po_number", "po_line_number"))
        for number, order in self._truth.orders.items():
            for line in order.lines:
                self._once(asked[(number, str(line.number))], f"line {number}/{line.number} in the vendor's batches")

    def _once(self, count: int, what: str) -> None:
        if count == 0:
            self._say(Invariant.I1, f"{what}: lost", Category.LOST)
        elif count > 1:
            self._say(Invariant.I2, f"{what}: {count} times", Category.DOUBLED)

    def _lines(self, found: Ledger) -> None:
        shipments = found.by("shipment", "order_id", "line_no")
        for line in found["order_line"]:
            where = f"{found.orders[line['order_id']]}/{line['line_no']}"
            shipped = sum(row["quantity"] for row in shipments.get((line["order_id"], line["line_no"]), []))
            if shipped != line["shipped"] or line["shipped"] > line["ordered"] - line["cancelled"] or line["invoiced"] > line["shipped"]:
                told = f"ordered {line['ordered']}, shipped {line['shipped']} (shipments {shipped}), invoiced {line['invoiced']}"
                self._say(Invariant.I3, f"{where}: {told}")
            if (line["status"] == "Shipped") != (line["shipped"] + line["cancelled"] == line["ordered"] and line["shipped"] > 0):
                self._say(Invariant.I3, f"{where} is {line['status']} with {line['shipped']} of {line['ordered']} shipped")

    def _batches(self, found: Ledger) -> None:
        live = Counter((row["order_id"], row["line_no"]) for row in found["batch_line"] if row["live"])
        for key, count in live.items():
            if count > 1:
                self._say(Invariant.I6, f"order {found.orders[key[0]]} line {key[1]} is in {count} live batches", Category.DOUBLED)
        for line in found["order_line"]:
            quantity = sum(
                row["quantity"]
                for row in found["batch_line"]
                if row["live"] and (row["order_id"], row["line_no"]) == (line["order_id"], line["line_no"])
            )
            if line["printed"] and quantity != line["printed"]:
                self._say(
                    Invariant.I6,
                    f"order {found.orders[line['order_id']]} line {line['line_no']}: {line['printed']} printed, {quantity} in batches",
                )

    def _history(self, found: Ledger) -> None:
        for order_id, rows in found.by("order_history", "order_id").items():
            number = found.orders[order_id]
            if sorted(row["seq"] for row in rows) != list(range(1, len(rows) + 1)):
                self._say(Invariant.I8, f"order {number}: its history is not 1 to {len(rows)}")
            before: dict[int, str | None] = {}
            for row in sorted(rows, key=lambda row: row["seq"]):
                if row["line_no"] is None or row["status_after"] is None:
                    continue
                edge = (before.get(row["line_no"]), row["status_after"])
                if edge not in EDGES:
                    self._say(Invariant.I8, f"order {number} line {row['line_no']}: {row['event']} leads from {edge[0]} to {edge[1]}")
                before[row["line_no"]] = row["status_after"]
            for line in found["order_line"]:
                if line["order_id"] == order_id and before.get(line["line_no"]) != line["status"]:
                    self._say(
                        Invariant.I8,
                        f"order {number} line {line['line_no']} is {line['status']}, its history says {before.get(line['line_no'])}",
                    )

    def _deliveries(self, found: Ledger) -> None:
        seen = Counter((it.box, it.name) for it in self._robot.book)
        boxes = {place: box for box, place in OUTBOXES.items()}
        noted = {it.name for it in departures(self._world.root / "var/archive")}
        made: set[tuple[str, str]] = set()
        for item in found["outbox"]:
            name = ledger.name(item)
            box = boxes[_place(item)]
            made.add((box, name))
            count, rounds = seen[(box, name)], item["round"]
            if item["state"] not in SENT:
                self._say(Invariant.I11, f"{name} is {item['state']} and waits for a person")
            elif (item["connector"], item["channel"], bytes(item["file_name"])) not in noted:
                self._say(Invariant.I5, f"{name} is {item['state']} and stands in no journal", Category.LOST)
            if item["known"] == "inferred":
                self._counts[Category.INFERRED] += 1
                self._counts[Category.INFERRED_RIGHT] += int(count > 0)
            if count < rounds:
                self._say(Invariant.I5, f"{name} is {item['state']} in round {rounds} and was seen {count} times", Category.LOST)
            elif count > rounds:
                self._say(Invariant.I5, f"{name} appeared {count} times in {rounds} rounds", Category.DOUBLED)
            if any(it.sha256 != item["sha256"] for it in self._robot.book if (it.box, it.name) == (box, name)):
                self._say(Invariant.I5, f"{name} was seen with other bytes than the recorded ones", Category.HALF_VISIBLE)
        for box, name in seen.keys() - made:
            self._say(Invariant.I5, f"{name} appeared in {box} and no item says so", Category.UNEXPECTED)

    def _numbers(self, found: Ledger) -> None:
        for box, pattern in NUMBERED.items():
            told = sorted(int(match[1]) for it in self._first(box) if (match := pattern.fullmatch(it.name)))
            if told != list(range(1, len(told) + 1)):
                self._say(Invariant.I7, f"{box} were numbered {told}")
        changes = [int(number) for it in self._first("changes") for number in _attributes(it, "change", "change_seq")]
        if sorted(changes) != list(range(1, len(changes) + 1)):
            self._say(Invariant.I7, f"the changes were numbered {sorted(changes)}")
        if untold := [row["id"] for row in found["change"] if row["seq"] is None]:
            self._say(Invariant.I7, f"changes with the ids {untold} have no number at rest", Category.LOST)
        told_of = {row["seq"] for row in found["change"] if row["seq"] is not None}
        if told_of - set(changes):
            self._say(Invariant.I7, f"changes {sorted(told_of - set(changes))} have a number and were told to nobody", Category.LOST)

    def _left_over(self, found: Ledger) -> None:
        parts = [path.name for place in OUTBOXES.values() for path in (self._world.root / place).glob(".*.part")]
        if parts:
            self._say(Invariant.I9, f"temporary files of ours at the partner: {', '.join(parts)}")
        if found["work"]:
            told = ", ".join(f"{row['kind']} {row['subject']} {ledger.issues(row, 'issue') and row['issue']}" for row in found["work"])
            self._say(Invariant.I11, f"work is left: {told}")
        archive = Archive(self._world.root / "var/archive")
        archive.sweep(older_than=0)
        if any((archive.folder / "incoming").glob("*")):
            self._say(Invariant.I9, "the archive keeps temporary files after it was swept")

    def _words(self) -> None:
        """No personal value stands in anything that was said."""
        said = self._world.log.read_text(errors="replace") if self._world.log.exists() else ""
        for token in sorted(self._truth.tokens):
            if token in said:
                self._say(Invariant.I12, f"the log tells '{token}'")

    def _database(self) -> None:
        with ledger.connected(self._world) as connection:
            if self._world.is_sqlite:
                told = [row[0] for row in connection.exec_driver_sql("pragma integrity_check")] + list(
                    connection.exec_driver_sql("pragma foreign_key_check")
                )
                if told != ["ok"]:
                    self._say(Invariant.I13, f"SQLite says {told}")
            elif connection.exec_driver_sql("select 1 from pg_available_extensions where name = 'amcheck'").first():
                connection.exec_driver_sql("create extension if not exists amcheck")
                try:
                    connection.exec_driver_sql(INDEXES)
                except DBAPIError as error:
                    self._say(Invariant.I13, f"PostgreSQL says {error.orig}")
        store = Store(self._world.url, durability=Durability.UNCHECKED)
        try:
            with store.reading() as connection:
                for finding in consistency.differences(connection):
                    self._say(Invariant.I3, f"{finding.check} {finding.subject}: {finding.text}")
        finally:
            store.close()

    def _tally(self, found: Ledger, messages: dict[int, Offer]) -> None:
        """How many documents ended in which category."""
        lost = self._counts[Category.LOST] + self._counts[Category.DOUBLED]
        answered = Counter(int(item["idem"].split(":")[1]) for item in found["outbox"] if item["kind"] == "answer")
        for message_id, offer in messages.items():
            count = len(offer.documents)
            self._counts[Category.ACKNOWLEDGED] += count if answered[message_id] else 0
            self._counts[Category.RECOVERED] += count if offer.name in self._in_doubt else 0
            if not 1 <= answered[message_id] <= 1 + offer.may_wait:
                category = Category.DOUBLED if answered[message_id] else Category.LOST
                self._say(Invariant.I4, f"{offer.name} has {answered[message_id]} answers", category)
        self._counts[Category.OFFERED] = sum(len(offer.documents) for offer in self._truth.offers)
        self._counts[Category.OK] = max(0, self._counts[Category.OFFERED] - lost)

    def _seen(self, box: str) -> Iterable[Appearance]:
        return (it for it in self._robot.book if it.box == box)

    def _first(self, box: str) -> Iterator[Appearance]:
        """Each file of a box as it was seen first; a second appearance is judged as a delivery, not as new content."""
        names: set[str] = set()
        for it in self._seen(box):
            if it.name not in names:
                names.add(it.name)
                yield it


def check(world: World, truth: Truth, robot: Robot, *, in_doubt: frozenset[str] = frozenset(), is_tidied: bool = False) -> Verdict:
    """What is wrong in a world at rest. Nobody could speak for files `in_doubt` when a process died; a tidied world may miss old ones."""
    return Checker(world, truth, robot, in_doubt=in_doubt, is_tidied=is_tidied).verdict()


def _place(item: Callable[[str], object] | dict[str, object]) -> str:
    """The folder an item goes to, by its channel."""
    channel = (item["connector"], item["channel"])  # type: ignore[index]
    if channel == ("oms", "orders"):
        return OUTBOXES["responses"]
    if channel == ("oms", "changes"):
        return OUTBOXES["changes"]
    if channel == ("oms", "invoices"):
        return OUTBOXES["postings"]
    return OUTBOXES["batches"] if channel == ("redpanda", "orders") else OUTBOXES["results"]


def _is_kept(archive: Path, key: str) -> bool:
    """Whether the archive holds these bytes, by our own reading of it."""
    path = archive / key[:2] / f"{key}.gz"
    try:
        return sha256(gzip.decompress(path.read_bytes())).hexdigest() == key
    except (OSError, EOFError, ValueError):
        return False


def _attributes(it: Appearance, tag: str, name: str) -> Iterator[str]:
    """The values of an attribute in a file, if the file is whole."""
    try:
        root = etree.fromstring(it.body)
    except etree.XMLSyntaxError:
        return
    yield from (element.get(name, "") for element in root.iter(tag))


def _cells(it: Appearance, *columns: str) -> Iterator[tuple[str, ...]]:
    """The values of some columns of every row."""
    lines = it.body.decode("utf-8", "replace").splitlines()
    if not lines:
        return
    for row in csv.DictReader(lines):
        yield tuple(row.get(column) or "" for column in columns)
