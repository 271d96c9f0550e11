"""Makes mails of what was noted: one for each kind and recipient, one a file for upload errors; bytes and Message-ID fixed here.

A mail, its outgoing item and the note that it was told are one transaction. Not for: delivering it (transport `mail`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from msgspec import Struct

from gateway.archive import Archive
from gateway.config import MAIL, NOTICES, Connector, MailEndpoint, Workspace
from gateway.domain.formats import Formats, of_organization, of_vendor
from gateway.domain.notice import NoticeKind
from gateway.domain.reference import Reference, Vendor
from gateway.kernel import Clock
from gateway.kernel.mailbox import Mailbox, read_mailbox, read_mailboxes
from gateway.notices.message import Letter, as_bytes
from gateway.notices.texts import Texts
from gateway.notices.view import view
from gateway.outgoing.errand import Errand
from gateway.store import Store, notices, outbox
from gateway.store.notices import Noted
from gateway.store.outbox import ItemKind, NewItem
from gateway.store.references import References

log = structlog.get_logger()

JOB = f"{MAIL}/{NOTICES}"
"""The name of its slots."""
MOST = 5_000
"""So many things are looked at in one go; a mail covers at most as many."""
PATIENCE = timedelta(minutes=15)
"""A file that is being booked for longer is told of in parts."""


class Mailroom(Struct, frozen=True):
    """What mails are made with."""

    workspace: Workspace
    store: Store
    archive: Archive
    texts: Texts
    clock: Clock
    references: References

    @property
    def connector(self) -> Connector | None:
        """The mail server, where one is at work."""
        found = self.workspace.connectors.get(MAIL)
        return found if found is not None and found.enabled and found.is_mail else None


class Mailing(Struct, frozen=True):
    """A mail that was made: its kind, how many things it tells, and the items it became, one a recipient."""

    kind: NoticeKind
    count: int
    items: tuple[int, ...]


class _Group(Struct, frozen=True):
    """What goes into one mail."""

    kind: NoticeKind
    noted: tuple[Noted, ...]

    @property
    def ids(self) -> list[int]:
        return [one.id for one in self.noted]


def has_work(room: Mailroom) -> bool:
    """Whether something is to be told now."""
    with room.store.reading() as connection:
        return notices.is_waiting(connection, patient_until=room.clock.now() - PATIENCE)


def make_all(room: Mailroom, errand: Errand) -> list[Mailing]:
    """Make mail after mail until everything noted by now is told."""
    made: list[Mailing] = []
    while found := _waiting(room):
        reference = room.references.now(room.store, vendors={it.notice.vendor for it in found})
        made += [_make(room, errand, group, reference) for group in _groups(found)]
    errand.end(room.store, done=len(made), now=room.clock.now())
    return made


def _waiting(room: Mailroom) -> list[Noted]:
    with room.store.reading() as connection:
        return notices.waiting(connection, patient_until=room.clock.now() - PATIENCE, most=MOST)


def _groups(found: Sequence[Noted]) -> Iterator[_Group]:
    """One mail a kind and recipient, of upload errors one a file too, in the order in which things came up."""
    groups: dict[tuple[object, ...], list[Noted]] = {}
    for one in found:
        kind = one.notice.kind
        key = (kind, one.notice.vendor if kind.is_for_vendor else "", one.notice.message_id if kind.is_of_a_file else None)
        groups.setdefault(key, []).append(one)
    for noted in groups.values():
        yield _Group(noted[0].notice.kind, tuple(noted))


def _make(room: Mailroom, errand: Errand, group: _Group, reference: Reference) -> Mailing:
    """One mail, an item a recipient; without an address it is told in the log, and done with."""
    now = room.clock.now()
    vendor = reference.vendors.get(group.noted[0].notice.vendor)
    boxes = _addresses(group, vendor, reference)
    items = [
        _item(room, letter, group, at=now, nth=nth) for nth, letter in enumerate(_letters(room, group, boxes, vendor, reference, now), 1)
    ]
    with room.store.transaction("out.create") as tx:
        errand.require(tx)
        ids = [outbox.make(tx, item) for item in items]
        notices.told(tx, group.ids, item_id=ids[0] if ids else None, now=now)
    if not ids:
        log.error("notice_without_address", kind=group.kind.value, vendor=group.noted[0].notice.vendor)
    return Mailing(group.kind, len(group.noted), tuple(ids))


def _addresses(group: _Group, vendor: Vendor | None, reference: Reference) -> tuple[Mailbox, ...]:
    theirs = vendor.email if vendor is not None else ""
    text = theirs if group.kind.is_for_vendor else reference.organization.email
    try:
        return read_mailboxes(text)
    except ValueError:  # an address that an order brought along; the log says whose notice goes nowhere
        return ()


def _letters(
    room: Mailroom, group: _Group, boxes: Sequence[Mailbox], vendor: Vendor | None, reference: Reference, at: datetime
) -> Iterator[Letter]:
    connector = room.workspace.connector(MAIL)
    endpoint = connector.endpoint
    if not boxes or not isinstance(endpoint, MailEndpoint):
        return
    formats = _formats(group.kind, vendor, reference)
    reply_to = read_mailbox(endpoint.reply_to) if endpoint.reply_to else None
    answered = reply_to.address if reply_to is not None else ""
    shown = view(
        group.kind, group.noted, vendor=vendor, reference=reference, formats=formats, most=connector.notices.most, at=at, reply_to=answered
    )
    rendered = room.texts.render(group.kind, shown, formats)
    for box in boxes:
        yield Letter(
            idem=f"notice:{group.kind.value}:{group.ids[0]}-{group.ids[-1]}:{_mark(at)}",
            sender=read_mailbox(endpoint.sender),
            to=box,
            reply_to=reply_to,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            at=at,
        )


def _formats(kind: NoticeKind, vendor: Vendor | None, reference: Reference) -> Formats:
    if kind.is_for_vendor and vendor is not None:
        return of_vendor(vendor, reference.organization)
    return of_organization(reference.organization)


def _item(room: Mailroom, letter: Letter, group: _Group, *, at: datetime, nth: int) -> NewItem:
    stored = room.archive.put(io.BytesIO(as_bytes(letter)))
    return NewItem(
        idem=f"{letter.idem}:{nth}",
        connector=MAIL,
        channel=NOTICES,
        kind=ItemKind.NOTICE,
        file_name=f"{group.kind.value}_{group.ids[0]:08}_{_mark(at)}_{nth}.eml".encode(),
        sha256=stored.sha256,
        size=stored.size,
        archive_key=stored.key,
        made_at=at,
        give_up_at=at + room.workspace.connector(MAIL).notices.retry.budget,
    )


def _mark(at: datetime) -> str:
    """The instant in a name: a restored store counts again from where it was, and no name is used twice."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S%f}"
