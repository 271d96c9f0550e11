"""What makers of outgoing files work with, and what is the same for all of them: names, numbers, envelopes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.archive import Archive
from gateway.config import Connector, NameValues, Send, Workspace
from gateway.documents import Envelope
from gateway.domain.answer import echo
from gateway.domain.origin import Origin
from gateway.domain.reference import Reference
from gateway.kernel import Clock
from gateway.mapping import Library, Values
from gateway.outgoing.numbered import Numbered, expect
from gateway.outgoing.render import Rendered, give_up, numbered_again
from gateway.store import Store, Tx, counters, outbox
from gateway.store.outbox import Ack, NewItem
from gateway.store.references import References

TRIES = 3
"""So often a file is rendered again because what it shows has changed; then it waits for its next turn."""
VERSION = "16.0"
UNNUMBERED = Numbered()


class Tools(Struct, frozen=True):
    """The collaborators of every maker."""

    workspace: Workspace
    store: Store
    archive: Archive
    library: Library
    clock: Clock
    references: References | None = None

    @property
    def reference(self) -> Reference:
        """The master data as it is now."""
        if self.references is None:
            return self.workspace.reference
        return self.references.now(self.store)

    @property
    def known(self) -> Reference:
        """The master data as it was when somebody looked last."""
        return self.workspace.reference if self.references is None else self.references.known

    def reference_in(self, connection: Connection, *, carriers: Iterable[str] = ()) -> Reference:
        """The same over an open connection, with these carriers that orders may have brought."""
        return self.workspace.reference if self.references is None else self.references.current(connection, carriers=carriers)


class Job(Struct, frozen=True):
    """One send channel of one connector; `asked` is the header of the request that is answered at once, where there is one."""

    connector: Connector
    channel: Send
    asked: Envelope = Envelope()

    @property
    def name(self) -> str:
        """The name of its slots and of its lanes."""
        return f"{self.connector.connector}/{self.channel.channel}"

    @property
    def lane(self) -> str | None:
        """The lane of its deliveries, where order matters."""
        return self.name if self.channel.in_order else None

    @property
    def sequence(self) -> str:
        """The counter behind `{sequence}`."""
        return f"sequence:{self.name}"

    @property
    def needs_sequence(self) -> bool:
        """Whether the name of a file holds a running number."""
        return "sequence" in self.channel.file.holes


def envelope(tools: Tools, job: Job, *, at: datetime) -> Envelope:
    """The header of a file to this partner: what the header of its request says is echoed (sdf 3), the rest is ours."""
    account, partner = tools.workspace.reference.organization.account, job.connector.partner
    echoed = echo(job.asked, at=_second(at), account=account)
    version = echoed.version or tools.workspace.partner_values(job.connector).get("version", VERSION)
    return replace(echoed, receiver=echoed.receiver or partner.system or partner.vendor, version=version)


def expected(tools: Tools, job: Job, connection: Connection, *, at: datetime) -> Numbered:
    """The numbers of the next file of the channel, if nobody else takes them first."""
    mapping = tools.library.get(job.channel.mapping)
    sequence = counters.expect(connection, job.sequence) if job.needs_sequence else None
    return Numbered(sequence, expect(job.connector, mapping, connection, at=at))


def values(
    tools: Tools, job: Job, *, number: int | None, at: datetime, replaces: int | None = None, numbered: Numbered = UNNUMBERED
) -> Values:
    """What `$partner.x` and `$batch.x` stand for in a file that is made now, and the envelope it is written in."""
    batch: dict[str, object] = {"made_at": _second(at)}
    if number is not None:
        batch["number"] = number
    if replaces is not None:
        batch["replaces"] = replaces
    return Values(partner=tools.workspace.partner_values(job.connector), batch=batch, envelope=numbered.envelope)


def item(
    tools: Tools,
    job: Job,
    rendered: Rendered,
    *,
    idem: str,
    kind: str,
    at: datetime,
    batch: int | None = None,
    numbered: Numbered = UNNUMBERED,
) -> NewItem:
    """The outgoing item: its name, numbers and bytes are fixed from here on."""
    names = NameValues(
        made_at=at,
        batch=batch,
        sequence=numbered.sequence.numbers[0] if numbered.sequence else None,
        partner=tools.workspace.partner_values(job.connector),
    )
    return NewItem(
        idem=idem,
        connector=job.connector.connector,
        channel=job.channel.channel,
        kind=kind,
        file_name=job.channel.file.render(names),
        sha256=rendered.stored.sha256,
        size=rendered.stored.size,
        archive_key=rendered.stored.key,
        made_at=at,
        ack=Ack.DUE if job.channel.acknowledge.required else Ack.NONE,
        give_up_at=give_up(at, job.channel.retry.budget),
        lane=job.lane,
        numbers=numbered.numbers,
        sets=numbered.edi.sets if numbered.edi is not None else (),
        warnings=rendered.warned,
    )


def free_name(tx: Tx, item: NewItem) -> bytes:
    """The item's name, numbered on while another item of its channel has it."""
    names = (item.file_name if round_ == 1 else numbered_again(item.file_name, round_) for round_ in count(1))
    return next(name for name in names if not outbox.is_named(tx.connection, item.connector, item.channel, name))


def origin(tools: Tools, job: Job) -> Origin:
    """Who acts when a file is sent to this partner: the vendor's integration user, or the retailer's."""
    vendor = tools.reference.vendors.get(job.connector.partner.vendor or "")
    return Origin(
        user=vendor.integration_user if vendor else "Admin",
        vendor=job.connector.partner.vendor,
        system=job.connector.partner.system,
        connector=job.connector.connector,
        channel=job.channel.channel,
    )


def _second(at: datetime) -> datetime:
    """Partners are told whole seconds of UTC, without an offset (sdf 2.2.1)."""
    return at.replace(tzinfo=None, microsecond=0)
