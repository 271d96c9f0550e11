"""Partners: how the exchange with each fares, what is written and known about it, the live test, trusting a host key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.config import Problem
from gateway.desk import servers
from gateway.desk.connectors import ChannelSheet, channels_of, connector_of, problems_of, written
from gateway.desk.servers import ServerSheet, Switchboard, Trusted, sheets_in
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.transports import Result
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.partners import PartnerHealth, partners

if TYPE_CHECKING:
    from gateway.config import Connector
    from gateway.web.visit import Visit

API = Api()


class PartnerCard(Struct, frozen=True, kw_only=True):
    """One connector: whose it is, how it is reached, and whether it is at work. A partner is a vendor or a system."""

    connector: str
    partner: str
    vendor: str | None
    system: str | None
    contact: str | None
    transport: str
    enabled: bool
    simulated: bool


class PartnerRow(Struct, frozen=True, kw_only=True):
    """One connector in the list, with what to know about it; `health` is null where it is switched off."""

    about: PartnerCard
    health: PartnerHealth | None
    cannot_promise: tuple[str, ...]
    lacks: tuple[str, ...]
    """Channels that do not run, and the word that asks for less."""
    warnings: tuple[str, ...]


class PartnerSheet(Struct, frozen=True, kw_only=True):
    """One connector: its channels, what is known about its server, what is wrong, its file as it stands (it holds no secrets)."""

    about: PartnerCard
    channels: tuple[ChannelSheet, ...]
    server: ServerSheet
    problems: tuple[Problem, ...]
    file: str


class Try(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is asked."""


class StepSheet(Struct, frozen=True, kw_only=True):
    """One step of the test and what was found."""

    step: str
    folder: str
    result: Result
    text: str


class Tried(Struct, frozen=True, kw_only=True):
    """Every step of the test; `goes_on` where the partner stood still and is tried again from now on."""

    steps: tuple[StepSheet, ...]
    failed: int
    goes_on: bool


class Trust(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host key that the partner has confirmed by another way, and who confirmed it how."""

    fingerprint: Annotated[str, Meta(min_length=1, max_length=100)]
    reason: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
    dry_run: bool = False


@API.get("/partners", may=Authority.PARTNERS, answer=Rows[PartnerRow])
def list_partners(visit: Visit, _: Nothing) -> Rows[PartnerRow]:
    """Every connector with how the exchange fares: polls, lag, breaker, what waits, what its mode cannot promise."""
    sheets, fares = _sheets(visit), {it.connector: it for it in partners(visit.works.node)}
    return Rows(
        rows=tuple(
            PartnerRow(
                about=_about(connector),
                health=fares.get(name),
                cannot_promise=sheets[name].cannot_promise,
                lacks=sheets[name].lacks,
                warnings=sheets[name].warnings,
            )
            for name, connector in visit.gateway.workspace.connectors.items()
        )
    )


@API.get("/partners/{name}", may=Authority.PARTNERS, answer=PartnerSheet)
def get_partner(visit: Visit, _: Nothing) -> PartnerSheet:
    """One connector: its channels, the host keys that count, what is wrong with it and its mappings, its file."""
    gateway, connector = visit.gateway, _known(visit)
    name = connector.connector
    return PartnerSheet(
        about=_about(connector),
        channels=channels_of(connector),
        server=_sheets(visit)[name],
        problems=problems_of(gateway.workspace, gateway.library, name),
        file=written(gateway.workspace, name),
    )


@API.get("/partners/{name}/health", may=Authority.PARTNERS, answer=PartnerHealth)
def get_partner_health(visit: Visit, _: Nothing) -> PartnerHealth:
    """How the exchange with one partner fares now."""
    name = _known(visit).connector
    found = next((it for it in partners(visit.works.node) if it.connector == name), None)
    if found is None:
        raise NotFound(
            f"{name} is switched off: nobody exchanges files with it",
            remedy=f"Set enabled: true in connectors/{name}.yaml; the service reads it when it starts.",
        )
    return found


@API.post("/partners/{name}/test", may=Authority.PARTNER_CHANGE, body=Try, answer=Tried)
def try_partner(visit: Visit, _: Try) -> Tried:
    """Reach the partner and try everything that delivery and pick-up will do; nothing is left behind."""
    connector, board = _known(visit), _board(visit)
    servers.prepare(visit.gateway.workspace, connector)
    steps = tuple(servers.try_server(board, connector))
    failed = sum(it.error is not None for it in steps)
    return Tried(
        steps=tuple(StepSheet(step=it.name, folder=it.folder, result=it.result, text=it.text) for it in steps),
        failed=failed,
        goes_on=not failed and servers.goes_on(board, connector.connector),
    )


@API.post("/partners/{name}/trust", may=Authority.PARTNER_CHANGE, body=Trust, answer=Trusted)
def trust_partner(visit: Visit, said: Trust) -> Trusted:
    """Trust a host key, which the server must show now; a partner that stood still for it is tried again."""
    connector = _known(visit)
    visit.gateway.workspace.require_secrets(connector)
    actor = visit.account.id
    return servers.trust(_board(visit), connector, said.fingerprint, reason=said.reason.strip(), actor=actor, mode=mode_of(said))


def _known(visit: Visit) -> Connector:
    return connector_of(visit.gateway.workspace, visit.path["name"])


def _sheets(visit: Visit) -> dict[str, ServerSheet]:
    gateway = visit.gateway
    return dict(sheets_in(gateway.store, gateway.workspace, today=gateway.clock.now().date()))


def _board(visit: Visit) -> Switchboard:
    return Switchboard(visit.store, visit.gateway.clock, visit.gateway.endpoints)


def _about(connector: Connector) -> PartnerCard:
    partner = connector.partner
    return PartnerCard(
        connector=connector.connector,
        partner=partner.name,
        vendor=partner.vendor,
        system=partner.system,
        contact=partner.contact,
        transport=connector.endpoint.transport,
        enabled=connector.enabled,
        simulated=connector.simulated,
    )
