"""Partners: how the exchange with each fares; one connector with its file, channels, keys and problems; the live test; trusting a key."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.responses import Response, StreamingResponse

from gateway.config import SftpEndpoint
from gateway.desk.acting import Mode
from gateway.desk.connectors import channels_of, connector_of, problems_of, written
from gateway.desk.servers import Switchboard, goes_on, prepare, sheets_in, trust, try_server
from gateway.domain.access import Authority
from gateway.kernel.errors import GatewayError, PolicyRefused, TryLater
from gateway.transports import Result, Step
from gateway.web.acts import Act, Deed, Effect, Field, Run, declare_deeds
from gateway.web.partners import partners
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.config import Connector
    from gateway.web.visit import Visit

ROUTES = Routes()
PLACE = "@@steps@@"
"""Stands in the page of a test where its steps come."""
ROW = Markup('<tr><td>{step}<td class="id">{folder}<td><span class="state {tone}">{result}</span><td class="text">{text}</tr>\n')
END = Markup('<tr><td colspan="4" role="status"><b>{}</b></tr>\n')
ASKED = "Fingerprint that the partner has told by another way, such as the phone: SHA256: and 43 characters"
TONES = {Result.FINE: "quiet", Result.FAILED: "broken"}


@ROUTES.get("/partners", may=Authority.PARTNERS)
def all_partners(visit: Visit) -> Response:
    """One row a connector at work; those that are switched off below."""
    off = [it for it in visit.gateway.workspace.connectors.values() if not it.enabled]
    sheets = sheets_in(visit.gateway.store, visit.gateway.workspace, today=visit.reading.now.date())
    return visit.show("partners.html", partners=partners(visit.works.node), sheets=sheets, off=off)


@ROUTES.get("/partners/{name}", may=Authority.PARTNERS)
def partner(visit: Visit) -> Response:
    """One connector."""
    gateway = visit.gateway
    connector = connector_of(gateway.workspace, visit.path["name"])
    name = connector.connector
    return visit.show(
        "partner.html",
        connector=connector,
        health=next((it for it in partners(visit.works.node) if it.connector == name), None),
        sheet=sheets_in(gateway.store, gateway.workspace, today=visit.reading.now.date())[name],
        channels=channels_of(connector),
        acts=[(name, it.word) for name, it in DEEDS.items()] if isinstance(connector.endpoint, SftpEndpoint) else [],
        problems=problems_of(gateway.workspace, gateway.library, name),
        lines=written(gateway.workspace, name).splitlines(),
    )


@ROUTES.post("/partners/{name}/test", may=Authority.PARTNER_CHANGE)
def test(visit: Visit) -> Response:
    """Reach the partner and try everything that delivery and pick-up will do; each step is told as it ends."""
    workspace = visit.gateway.workspace
    connector = connector_of(workspace, visit.path["name"])
    prepare(workspace, connector)
    page = visit.show("partner_test.html", connector=connector, place=PLACE)
    head, _, foot = bytes(page.body).decode().partition(PLACE)
    return StreamingResponse(_told(visit, connector, head, foot), status_code=HTTPStatus.OK, media_type="text/html")


def _trust(visit: Visit) -> tuple[Act, Run]:
    gateway = visit.gateway
    connector = connector_of(gateway.workspace, visit.path["name"])
    name, page = connector.connector, f"/partners/{segment(connector.connector)}"
    act = Act(
        title=f"Trust a host key of {name}",
        verb="Trust it",
        fields=(Field(name="fingerprint", label=ASKED, required=True, most=100),),
        otherwise="a server that shows only keys that do not count is not believed: nothing is sent to it, and what waits goes on waiting.",
        grave=True,
        back=page,
    )

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        gateway.workspace.require_secrets(connector)
        board = Switchboard(visit.store, gateway.clock, gateway.endpoints)
        try:
            it = trust(board, connector, visit.field("fingerprint"), reason=reason, actor=visit.account.id, mode=mode)
        except (PolicyRefused, TryLater) as error:
            return (Effect(name=name, path=page, told="", why_not=str(error)),)
        counts = "would count" if mode is Mode.REHEARSAL else "counts"
        told = f"its server shows {it.kind} {it.fingerprint} now, which {f'{counts} from now on' if it.is_new else 'counts already'}"
        return (Effect(name=name, path=page, told=f"{told}; it stood still and is tried again" if it.goes_on else told),)

    return act, run


def _told(visit: Visit, connector: Connector, head: str, foot: str) -> Iterator[str]:
    """The page, row by row while the test goes on."""
    yield head
    gateway = visit.gateway
    board = Switchboard(gateway.store, gateway.clock, gateway.endpoints)
    failed = 0
    try:
        for step in try_server(board, connector):
            failed += step.error is not None
            yield _row(step)
        ending = "All fine." if not failed else f"{failed} failed: see what was found, and what is not tried because of it."
        if not failed and goes_on(board, connector.connector):
            ending = f"All fine. {connector.connector} stood still and is tried again from now on."
    except GatewayError as error:
        ending = f"The test broke off: {error}"
    yield str(END.format(ending)) + foot


def _row(step: Step) -> str:
    return ROW.format(step=step.name, folder=step.folder, tone=TONES.get(step.result, "paused"), result=step.result, text=step.text)


DEEDS = MappingProxyType({"trust": Deed(Authority.PARTNER_CHANGE, "Trust a host key", _trust)})
"""What is done about a partner's server."""
declare_deeds(ROUTES, "/partners/{name}/acts", DEEDS)
