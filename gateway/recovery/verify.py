"""Whether everything agrees: the schema, the ledger, the database's own pages, the archive, and the partners' folders against the store.

Reads only, in pictures that nobody has to wait for; may run beside serving nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection, func, select, text, union

from gateway.archive import Archive, BlobLost
from gateway.config import Workspace
from gateway.kernel import Clock
from gateway.kernel.errors import GatewayError, StoreBusy
from gateway.recovery.shelves import Shelves
from gateway.store import Store, answers, audit, consistency, migrations, tables
from gateway.store.dialects.engine import take_time

LEDGER = "the rows of the store contradict each other; a defect of the gateway, or somebody changed rows by hand"
REPORT = "report it with this output; nothing of it is mended by guess"
AGAIN = "the next hour's upkeep of a serving node asks for it again"
PAGES = "the database is damaged: its disk, its memory, or a copy of its file made while it was open"
RESTORE = "stop every node, keep a copy, and bring back a backup: gateway restore"
MEANINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "schema": ("the tables are not those that this version needs", "gateway db upgrade; if it stays, report it"),
        "message without work": ("a received file that nobody would read", AGAIN),
        "outgoing item without work": ("a file that nobody would send", AGAIN),
        "early document without work": ("a document that nobody would look at again", AGAIN),
        "printed document without work": ("pack slips that nobody would make", AGAIN),
        "broken record": (
            "somebody has changed the record of what concerns security past the gateway",
            "keep a copy, compare with a backup: gateway audit verify",
        ),
        "integrity_check": (PAGES, RESTORE),
        "foreign_key_check": ("a row names another one that is not there", RESTORE),
        "amcheck": (PAGES, RESTORE),
        "missing blob": (
            "the bytes of a file are not in the archive: they cannot be shown, read again or sent",
            "bring the file back from a backup of the archive",
        ),
        "damaged blob": (
            "the bytes in the archive are not those that were received or made",
            "bring the file back from a backup of the archive",
        ),
        "bytes not erased": (
            "a file whose bytes were to go with the personal data in them is there again, as after a copy of the archive was put back",
            "run the purge, which removes it: gateway privacy purge",
        ),
        "unknown file in done/": (
            "the gateway took and decided this file, and the store has forgotten it",
            "if the store was restored: gateway reconcile; else report it",
        ),
        "leftover upload": (
            "a temporary file of an upload whose item will not go on with it",
            "remove it at the partner's, once no node serves",
        ),
        "changed at the partner's": (
            "a file under a name of ours holds other bytes than were sent",
            "ask the partner who changed it; gateway outbox show has the bytes that were sent",
        ),
    }
)
"""What each kind of finding means, and what to do; the rest concerns the ledger."""


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that does not agree."""

    part: str
    check: str
    subject: str
    text: str

    @property
    def meaning(self) -> str:
        """What it means."""
        return MEANINGS.get(self.check, (LEDGER, REPORT))[0]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return MEANINGS.get(self.check, (LEDGER, REPORT))[1]


class Verified(Struct, frozen=True, kw_only=True):
    """What was found, the connectors whose folders could not be looked at and why, what is worth knowing, how much was looked at."""

    differences: tuple[Difference, ...]
    not_looked_at: Mapping[str, str]
    notes: tuple[str, ...]
    counted: dict[str, int]


class Verifier:
    """One look at everything. `advance` hears of every blob that was looked at."""

    def __init__(self, workspace: Workspace, store: Store, archive: Archive, shelves: Shelves, clock: Clock) -> None:
        self._workspace = workspace
        self._store = store
        self._archive = archive
        self._shelves = shelves
        self._clock = clock
        self._found: list[Difference] = []
        self._notes: list[str] = []
        self._not_looked_at: dict[str, str] = {}
        self._counted: dict[str, int] = {}

    def look(self, *, deep: bool, advance: Callable[[int], object]) -> Verified:
        """Everything; with `deep` every blob is read to its end. A wrong schema stops it: the rest could not be read."""
        self._schema()
        if not self._found:
            self._ledger()
            self._pages()
            self._blobs(deep=deep, advance=advance)
            self._folders(deep=deep)
        return Verified(differences=tuple(self._found), not_looked_at=self._not_looked_at, notes=tuple(self._notes), counted=self._counted)

    def _schema(self) -> None:
        for line in migrations.check(self._workspace.database_url):
            self._tell("schema", "schema", "database", line)

    def _ledger(self) -> None:
        with self._store.reading() as connection:
            for it in consistency.differences(connection):
                self._tell("ledger", it.check, it.subject, it.text)
            self._security(connection)
            silent = connection.execute(select(func.count()).select_from(answers.without().subquery())).scalar_one()
        if silent:
            self._notes.append(f"{silent} received file(s) have no answer, since it could not be made: gateway message list --unanswered")

    def _security(self, connection: Connection) -> None:
        take_time(connection)
        chain = audit.checked(connection)
        self._counted["entries of the record of security"] = chain.entries
        if chain.broken_at is not None:
            self._tell("ledger", "broken record", f"entry {chain.broken_at}", "does not follow from the one before")
        elif chain.missing:
            self._tell(
                "ledger", "broken record", "its end", f"{chain.entries + chain.missing} entries were written, {chain.entries} are there"
            )

    def _pages(self) -> None:
        with self._store.reading() as connection:
            take_time(connection)
            if self._store.is_sqlite:
                self._sqlite(connection)
                return
            there = connection.execute(text("select count(*) from pg_extension where extname = 'amcheck'")).scalar_one()
        if there:
            self._postgresql()
        else:
            self._notes.append("pages of the database not checked: an administrator can allow it with: create extension amcheck")

    def _sqlite(self, connection: Connection) -> None:
        for row in connection.exec_driver_sql("pragma integrity_check"):
            if row[0] != "ok":
                self._tell("database", "integrity_check", "gateway.db", str(row[0]))
        for row in connection.exec_driver_sql("pragma foreign_key_check"):
            self._tell("database", "foreign_key_check", f"{row[0]} row {row[1]}", f"names a row of {row[2]} that is not there")

    def _postgresql(self) -> None:
        """Every index with the rows it stands for, and every table, as pg_amcheck looks at them."""
        indexes = text("""
            select c.oid::regclass::text as name, c.oid
            from pg_class c join pg_index i on i.indexrelid = c.oid join pg_am a on a.oid = c.relam
            where a.amname = 'btree' and c.relnamespace = current_schema()::regnamespace and i.indisvalid order by 1""")
        heaps = text("""
            select c.oid::regclass::text as name, c.oid from pg_class c
            where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace order by 1""")
        with self._store.reading() as connection:
            wanted = [(row.name, row.oid, "select bt_index_check(:oid, true)") for row in connection.execute(indexes)]
            wanted += [(row.name, row.oid, "select msg from verify_heapam(:oid) limit 1") for row in connection.execute(heaps)]
        for name, oid, statement in wanted:
            try:
                with self._store.reading() as connection:
                    take_time(connection)
                    said = connection.execute(text(statement), {"oid": oid}).scalar_one_or_none()
            except StoreBusy:
                raise
            except Exception as error:  # noqa: BLE001 - the server tells damage as an error of its own kind
                said = str(error).splitlines()[0]
            if said and "permission denied" in said:
                self._notes.append("pages of the database not checked: amcheck is for administrators; grant it or run pg_amcheck")
                return
            if said:
                self._tell("database", "amcheck", name, said)

    def _blobs(self, *, deep: bool, advance: Callable[[int], object]) -> None:
        printed = select(tables.slip_document.c.archive_key).where(tables.slip_document.c.archive_key.is_not(None))
        keys = union(select(tables.message.c.archive_key), select(tables.outbox.c.archive_key), printed)
        with self._store.reading() as connection:
            take_time(connection)
            named = set(connection.execute(keys).scalars())
        lost, erased = [], 0
        for key in sorted(named):
            advance(1)
            if self._archive.is_erased(key):
                erased += 1
                if self._archive.has(key):
                    self._tell("archive", "bytes not erased", self._owner(key), f"{key} was erased, and its bytes are there")
                continue
            if not self._archive.has(key):
                lost.append(key)
                continue
            try:
                if deep:
                    self._archive.verify(key)
            except BlobLost as error:
                self._tell("archive", "damaged blob", self._owner(key), str(error))
        for key in lost:
            self._tell("archive", "missing blob", self._owner(key), f"there is no {key}")
        strangers = sum(key not in named for key in self._archive.keys())  # noqa: SIM118 - the archive is no mapping
        self._counted |= {
            "blobs": len(named),
            "blobs read": len(named) - len(lost) - erased if deep else 0,
            "unreferenced blobs": strangers,
        }
        if erased:
            self._counted["erased blobs"] = erased

    def _owner(self, key: str) -> str:
        """What the blob belongs to, as people ask for it."""
        message, item = tables.message.c, tables.outbox.c
        with self._store.reading() as connection:
            files = connection.execute(select(message.id).where(message.archive_key == key).order_by(message.id).limit(3)).scalars()
            items = connection.execute(select(item.id).where(item.archive_key == key).order_by(item.id).limit(3)).scalars()
            printed = tables.slip_document.c
            batches = connection.execute(select(printed.batch_number).where(printed.archive_key == key).limit(3)).scalars()
            found = [*(f"message {number}" for number in files), *(f"outgoing item {number}" for number in items)]
            found += [f"slips of batch {number}" for number in batches]
        return ", ".join(found)

    def _folders(self, *, deep: bool) -> None:
        counted = 0
        for connector in self._workspace.enabled:
            try:
                for it in self._shelves.look(connector, deep=deep):
                    counted += 1
                    if it.check:
                        self._tell("folders", it.check, f"{connector.connector}: {it.path}", it.text)
                    elif it.text:
                        self._notes.append(f"{connector.connector}: {it.path}: {it.text}")
            except GatewayError as error:
                self._not_looked_at[connector.connector] = str(error)
        for problem in self._workspace.left_out:
            self._not_looked_at.setdefault(problem.file, "the file is wrong, see above")
        self._counted["files at partners"] = counted

    def _tell(self, part: str, check: str, subject: str, said: str) -> None:
        self._found.append(Difference(part=part, check=check, subject=subject, text=said))


def rows_of(found: Verified) -> Iterator[dict[str, str]]:
    """The differences as people and programs read them."""
    for it in found.differences:
        yield {"part": it.part, "check": it.check, "subject": it.subject, "text": it.text, "meaning": it.meaning, "remedy": it.remedy}
