"""Makes the documents that were asked for, one batch at a time, in the background; what cannot be made is marked, and its batch stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.domain.batch import in_sequence
from gateway.domain.extract import extract
from gateway.domain.outcome import BatchState
from gateway.domain.reference import Brand, Vendor
from gateway.kernel import Clock, Issue
from gateway.kernel.errors import ConfigError, GatewayError, InvalidDocument, TryLater
from gateway.kernel.issues import Severity
from gateway.mapping import Library, Values
from gateway.printing.content import Content, Printed
from gateway.store import Store, loads, order_rows, slips
from gateway.store.references import References
from gateway.store.slips import DocumentKind, DocumentState, SlipDocument
from gateway.store.work import Work

log = structlog.get_logger()

LAYOUT = "batch-csv"
"""The mapping of the CSV extract."""
LARGEST_LOGO = 2_000_000
NAMED = 20
"""So many letters that are lacking are named."""


class Press(Struct, frozen=True):
    """The collaborators."""

    workspace: Workspace
    store: Store
    archive: Archive
    library: Library
    clock: Clock
    references: References

    def print(self, it: Work) -> None:
        """Make what waits of one batch. Killed at any moment, it goes on with what still waits."""
        number = it.subject
        with self.store.reading() as connection:
            waiting = [found for found in slips.of_batch(connection, number) if found.state is DocumentState.WAITING]
        for document in waiting:
            self._print(it, document)
        with self.store.transaction() as tx:
            slips.end(tx, it.lease, number, now=self.clock.now())

    def _print(self, it: Work, document: SlipDocument) -> None:
        names = {"batch": document.batch, "brand": document.brand, "kind": document.kind.value}
        try:
            printed = self._made(document)
            kept = self.archive.put(BytesIO(printed.body))
        except TryLater:
            raise
        except Exception as error:  # whatever is wrong with it concerns this document alone
            if isinstance(error, GatewayError):
                log.warning("slip_failed", reason=str(error), **names)
            else:
                log.exception("slip_failed", **names)
            with self.store.transaction() as tx:
                slips.failed(tx, it.lease, document.id, _issue(error), now=self.clock.now())
            return
        now = self.clock.now()
        with self.store.transaction() as tx:
            slips.ready(
                tx,
                it.lease,
                document.id,
                archive_key=kept.key,
                size=kept.size,
                pages=printed.pages or None,
                now=now,
                expires_at=now + self.workspace.settings.retention.slips,
                issue=_warning(printed),
            )
        log.info("slip_printed", pages=printed.pages, **names)

    def _made(self, document: SlipDocument) -> Printed:
        with self.store.reading() as connection:
            content = self._content(connection, document)
        if document.kind is DocumentKind.CSV:
            return self._csv(content)
        return _writer(document.kind)(content, content.organization.paper)

    def _content(self, connection: Connection, document: SlipDocument) -> Content:
        batch = loads.batches(connection, [document.batch])[document.batch]
        if batch.state is BatchState.VOID:
            raise ConfigError(f"batch {batch.number} is void; what is left of it is printed with the batch that took its place")
        lines = loads.batch_lines(connection, [batch.number])[batch.number]
        lines = [line for line in lines if line.live] or lines
        ids = sorted({line.order_id for line in lines})
        orders = [order for order in loads.orders(connection, ids).values() if order.brand == document.brand]
        told = order_rows.documents(connection, [order.id for order in orders])
        carriers = {line.carrier for order in orders for line in order.lines}
        reference = self.references.current(connection, vendors=[batch.vendor], carriers=carriers)
        shown = [extract(told[order.id], order, lines, reference=reference) for order in in_sequence(orders)]
        brand = reference.brands.get(document.brand) or Brand(code=document.brand)
        content = Content(
            batch=batch.number,
            replaces=batch.replaces,
            brand=brand,
            logo=self._logo(brand),
            vendor=reference.vendors.get(batch.vendor) or Vendor(code=batch.vendor),
            organization=reference.organization,
            orders=tuple(order for order in shown if order.lines),
            made_at=self.clock.now(),
            fonts=tuple(self.workspace.paths.root / font for font in self.workspace.settings.printing.fonts),
        )
        if not content.orders:
            raise ConfigError(f"nothing is left to print of batch {batch.number} for brand {document.brand}: all of it is cancelled")
        return content

    def _logo(self, brand: Brand) -> bytes | None:
        if not brand.logo:
            return None
        try:
            with (self.workspace.paths.root / brand.logo).open("rb") as file:
                found = file.read(LARGEST_LOGO + 1)
        except OSError as error:
            text = (
                f"the logo {brand.logo} of brand {brand.code} cannot be read: {error.strerror}; bring it back or change organization.yaml"
            )
            raise ConfigError(text) from error
        if len(found) > LARGEST_LOGO:
            raise ConfigError(f"the logo {brand.logo} of brand {brand.code} is larger than {LARGEST_LOGO} bytes")
        return found

    def _csv(self, content: Content) -> Printed:
        body = BytesIO()
        made_at = content.made_at.replace(tzinfo=None, microsecond=0)
        values = Values(partner={}, batch={"number": content.batch, "made_at": made_at})
        issues = self.library.get(LAYOUT).write(content.orders, body, values)
        if any(issue.is_error for issue in issues):
            raise InvalidDocument(issues)
        return Printed(body.getvalue(), 0)


def _writer(kind: DocumentKind) -> Callable[[Content, str], Printed]:
    """The writers are loaded when the first page is printed: most processes print none."""
    from gateway.printing.pull import pull_sheet
    from gateway.printing.slip import slips as pack_slips

    writers: Mapping[DocumentKind, Callable[[Content, str], Printed]] = MappingProxyType(
        {DocumentKind.SLIPS: pack_slips, DocumentKind.PULL_SHEET: pull_sheet}
    )
    return writers[kind]


def _issue(error: Exception) -> Issue:
    return Issue("GWY-14", f"{error}" if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"[:500])


def _warning(printed: Printed) -> Issue | None:
    """What a person should know of a document that was made."""
    told = []
    if printed.unknown:
        letters = printed.lacking if len(printed.lacking) <= NAMED else f"{printed.lacking[:NAMED]}…"
        told.append(f"{printed.unknown} letters that no font here has are printed as ¤ ({letters}); the CSV extract has them")
    if printed.of_readers:
        told.append(f"the page names fonts that it does not hold ({', '.join(printed.of_readers)}): look whether your reader shows them")
    return Issue("GWY-26" if printed.unknown else "GWY-43", "; ".join(told), severity=Severity.WARNING) if told else None
