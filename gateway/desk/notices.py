"""What people see and try of e-mail notices: how each kind reads, whether the mail server takes one, what is waiting and what was told."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, func, select

from gateway.config import MAIL, Connector, MailEndpoint, Workspace
from gateway.desk.pages import Page, page_of
from gateway.domain.formats import of_organization, of_vendor
from gateway.domain.notice import NoticeKind
from gateway.domain.reference import Reference
from gateway.kernel import Clock
from gateway.kernel.errors import ConfigError
from gateway.kernel.mailbox import read_mailbox
from gateway.notices import Letter, Rendered, Texts, as_bytes, sample_of
from gateway.store import Store
from gateway.store.tables import notice, outbox
from gateway.transports import Posts
from gateway.transports.endpoints import Endpoints


class NoticeSheet(Struct, frozen=True, kw_only=True):
    """One thing that somebody is to be told, or was."""

    id: int
    at: datetime
    kind: str
    vendor: str
    about: str
    told_at: datetime | None
    item: int | None
    state: str
    """Of the mail: waiting, sent, parked ...; empty as long as there is none."""


def notice_page(store: Store, *, kind: NoticeKind | None, waiting_only: bool, before: int | None, limit: int) -> Page[NoticeSheet]:
    """What is to be told and was told, the newest first."""
    chosen = select(notice, outbox.c.state.label("mail_state")).outerjoin(outbox, outbox.c.id == notice.c.item_id)
    if kind is not None:
        chosen = chosen.where(notice.c.kind == kind.value)
    if waiting_only:
        chosen = chosen.where(notice.c.told_at.is_(None))
    if before is not None:
        chosen = chosen.where(notice.c.id < before)
    with store.reading() as connection:
        rows = connection.execute(chosen.order_by(notice.c.id.desc()).limit(limit)).all()
        counted = select(func.count()).select_from(chosen.subquery())
        return page_of([_sheet(row) for row in rows], limit, lambda: connection.execute(counted).scalar_one())


def preview(workspace: Workspace, reference: Reference, kind: NoticeKind, *, vendor: str | None) -> Rendered:
    """How a mail of that kind reads with made-up things to tell, for a vendor or for any."""
    found = reference.vendors.get(vendor) if vendor is not None else None
    if vendor is not None and found is None:
        raise ConfigError(f"there is no vendor {vendor}; see: gateway vendor list")
    organization = reference.organization
    formats = of_vendor(found, organization) if found is not None and kind.is_for_vendor else of_organization(organization)
    shown = sample_of(kind, formats) if found is None else sample_of(kind, formats, vendor=found, reference=reference)
    mail = workspace.connectors.get(MAIL)
    if mail is not None and isinstance(mail.endpoint, MailEndpoint) and mail.endpoint.reply_to:
        shown["reply_to"] = read_mailbox(mail.endpoint.reply_to).address
    shown["organization"] = {"code": organization.code, "name": organization.name or organization.code}
    return Texts(workspace.paths.notices).preview(kind, shown, formats)


def send_test(connector: Connector, endpoints: Endpoints, clock: Clock, *, to: str, rendered: Rendered | None = None) -> str:
    """Hand one mail to the server now, past the outbox; answers its Message-ID. What goes wrong is raised."""
    endpoint = connector.endpoint
    if not isinstance(endpoint, MailEndpoint):
        raise ConfigError(f"connector {connector.connector} has no mail server; write connectors/{MAIL}.yaml with the transport mail")
    try:
        box = read_mailbox(to)
    except ValueError as error:
        raise ConfigError(f"--to: {error}") from error
    told = rendered or Rendered("Test of the gateway's mail", "This is a test. Nothing has happened.\n", "<p>This is a test.</p>\n")
    letter = Letter(
        idem="test",
        sender=read_mailbox(endpoint.sender),
        to=box,
        reply_to=read_mailbox(endpoint.reply_to) if endpoint.reply_to else None,
        subject=told.subject,
        text=told.text,
        html=told.html,
        at=clock.now(),
    )
    with endpoints.lend(connector) as transport:
        if not isinstance(transport, Posts):
            raise ConfigError(f"connector {connector.connector} takes no mail")
        transport.post(io.BytesIO(as_bytes(letter)))
    return letter.message_id


def mail_connector(workspace: Workspace) -> Connector:
    """The connector of the mail server; ConfigError where there is none."""
    found = workspace.connectors.get(MAIL)
    if found is None or not found.is_mail:
        raise ConfigError(f"there is no mail server: write connectors/{MAIL}.yaml with the transport mail")
    return found


def _sheet(row: Row[Any]) -> NoticeSheet:
    found = row._mapping  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    return NoticeSheet(
        id=found["id"],
        at=found["at"],
        kind=found["kind"],
        vendor=found["vendor"],
        about=_about(found["fact"]),
        told_at=found["told_at"],
        item=found["item_id"],
        state=found["mail_state"] or "",
    )


def _about(fact: dict[str, object]) -> str:
    """In a few words: order and line, invoice, batch, or the document of a file."""
    match fact:
        case {"document": str(document), "place": int(place)}:
            return f"{document}, {fact.get('where') or place}"
        case {"document": str(document)}:
            return f"a file of {document}s"
        case {"order": str(order), "line": int(line)}:
            return f"order {order} line {line}"
        case {"order": str(order)}:
            return f"order {order}"
        case {"invoice": str(number)}:
            return f"invoice {number}"
        case {"batch": int(batch)}:
            return f"batch {batch}"
        case _:
            return ""
