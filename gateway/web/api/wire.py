"""The messages of partners on their documented resources: posted with a key, answered in the same request (sdf 2, 3 and 4).

A message is a received file of a channel under `api:` of its partner's connector; what is asked for is cut and handed over at once.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from secrets import token_hex
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from gateway.config import Connector
from gateway.config.api import ApiReceive
from gateway.desk.fetching import Fetched, NotAnswered, asked, fetch_changes, fetch_invoices, fetch_orders
from gateway.desk.posting import Counter, post
from gateway.documents import ChangesRequest, Envelope, OrderRequest
from gateway.domain.access import Authority
from gateway.domain.answer import echo
from gateway.intake import Spot
from gateway.kernel.errors import RuleBroken
from gateway.mapping import identify
from gateway.outgoing import Job
from gateway.runtime.telling import tell
from gateway.web.api.operations import JSON, once
from gateway.web.problems import Denied, Problem, denied
from gateway.web.routes import Face, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes(Face.API)
ROOT = "/Locate/adws"
XML = "application/xml"
MEDIA = {"json": JSON, "xml": XML}
HEAD = 64 * 1024


@ROUTES.post(f"{ROOT}/DSOrders/getDSOrders", may=Authority.PACK_SLIPS)
def get_ds_orders(visit: Visit) -> Response:
    """A vendor asks for new orders, or for a batch again."""
    connector = _vendors(visit)
    orders = connector.api.orders if connector.api is not None else None
    if orders is None:
        raise _takes_nothing(connector, "orders")
    job = Job(connector, orders.channel_of_files)

    def given() -> Fetched:
        wanted = asked(visit.gateway.tools, job, orders.asks, visit.body).document
        if not isinstance(wanted, OrderRequest):
            raise TypeError(f"{orders.asks} reads no request for orders")
        return _with_header(job, wanted.envelope, lambda it: fetch_orders(visit.desk, visit.gateway.tools, it, wanted))

    return _given(visit, job, given, "GetDSOrdersResponse")


@ROUTES.post(f"{ROOT}/GetDSChanges", may=Authority.ORDERS)
def get_ds_changes(visit: Visit) -> Response:
    """A system asks for the changes behind a number."""
    connector = _systems(visit, lambda it: it.api is not None and it.api.changes is not None, "changes")
    changes = connector.api.changes if connector.api is not None else None
    if changes is None:
        raise _takes_nothing(connector, "changes")
    job = Job(connector, changes.channel_of_files)

    def given() -> Fetched:
        told = asked(visit.gateway.tools, job, changes.asks, visit.body).document
        if not isinstance(told, ChangesRequest):
            raise TypeError(f"{changes.asks} reads no request for changes")
        return _with_header(
            job, told.envelope, lambda it: fetch_changes(visit.desk, visit.gateway.tools, it, after=told.after, most=told.most)
        )

    return _given(visit, job, given, "GetDSChangesResponse")


@ROUTES.post(f"{ROOT}/GetDSInvoices", may=Authority.INVOICES)
def get_ds_invoices(visit: Visit) -> Response:
    """A system asks for approved invoices, which are Posted by that, or for a run again."""
    connector = _systems(visit, lambda it: it.api is not None and it.api.invoices is not None, "invoices")
    invoices = connector.api.invoices if connector.api is not None else None
    if invoices is None:
        raise _takes_nothing(connector, "invoices")
    job = Job(connector, invoices.channel_of_files)

    def given() -> Fetched:
        told = asked(visit.gateway.tools, job, invoices.asks, visit.body).document
        if not isinstance(told, ChangesRequest):
            raise TypeError(f"{invoices.asks} reads no request for invoices")
        return _with_header(job, told.envelope, lambda it: fetch_invoices(visit.desk, visit.gateway.tools, it, run=told.after))

    return _given(visit, job, given, "GetDSInvoicesResponse")


def _message(path: str, kind: str, may: Authority, summary: str) -> None:
    """One message that is posted: its address, the kind of its documents, who may post it."""

    def take(visit: Visit) -> Response:
        is_vendors = may in {Authority.PACK_SLIPS, Authority.SHIPPING_UPLOAD}
        connector = _vendors(visit) if is_vendors else _systems(visit, lambda it: bool(_channels(visit, it, kind)), path)
        channels = _channels(visit, connector, kind)
        if not channels:
            raise _takes_nothing(connector, path)
        return _posted(visit, connector, _fitting(visit, channels), path)

    take.__name__, take.__doc__ = path.rpartition("/")[2], summary
    ROUTES.post(f"{ROOT}/{path}", may=may)(take)


_message("DSAcknowledge/setDSAcknowledge", "batch_acknowledgement", Authority.PACK_SLIPS, "A vendor has a batch.")
_message("DSShipConfirm/setDSShipConfirm", "shipment", Authority.SHIPPING_UPLOAD, "A vendor has shipped.")
_message("CreateDSOrder", "order", Authority.ORDER_MAKING, "A system brings orders.")
_message("SetDSCancel", "change", Authority.CHANGE_ASKING, "A system cancels.")
_message("SetDSAddressChange", "change", Authority.CHANGE_ASKING, "A system changes addresses.")
_message("SetDSCostChange", "change", Authority.CHANGE_ASKING, "A system changes costs.")
_message("CreateDSVendor", "vendor", Authority.MASTER_DATA, "A system brings vendors.")


def _posted(visit: Visit, connector: Connector, channel: ApiReceive, path: str) -> Response:
    gateway, parts = visit.gateway, visit.works.node.parts
    media = MEDIA.get(gateway.library.get(channel.answer).format, "text/plain; charset=utf-8")
    ending = "xml" if visit.body.lstrip()[:1] == b"<" else "json"
    name = f"{path.rpartition('/')[2]}_{gateway.clock.now():%Y%m%d_%H%M%S}_{token_hex(4)}.{ending}"
    counter = Counter(
        desk=visit.desk,
        archive=gateway.archive,
        answerer=parts.answerer,
        book=lambda works: tell(gateway.store, parts.processor.book(works), works),
        lease=gateway.workspace.settings.work.lease,
        most=gateway.workspace.settings.work.chunk_documents,
    )
    done = {}

    def work() -> bytes:
        posted = post(counter, Spot(connector, channel.channel_of_files), name, visit.body, answer=channel.answer)
        done["message"] = posted.message_id
        if posted.body is None:
            raise _undecided(posted.message_id)
        return posted.body

    response = _answered(visit, work, media)
    if "message" in done:
        response.headers["Message"] = str(done["message"])
    return response


def _given(visit: Visit, job: Job, given: Callable[[], Fetched], root: str) -> Response:
    """What was asked for, or why not; a refusal is an answer of this message too, in the form of what was asked for."""
    media = MEDIA.get(visit.gateway.library.get(job.channel.mapping).format, "text/plain; charset=utf-8")
    try:
        return _answered(visit, lambda: _bytes(visit, given()), media)
    except NotAnswered as error:
        return _refused(visit, error, media, root)
    except RuleBroken as error:
        return _refused(visit, NotAnswered(tuple(error.issues), Envelope()), media, root)


def _refused(visit: Visit, error: NotAnswered, media: str, root: str) -> Response:
    return (
        Response(_refused_xml(visit, error, root), media_type=XML)
        if media == XML
        else Response(_refused_json(visit, error), media_type=JSON)
    )


def _with_header(job: Job, envelope: Envelope, work: Callable[[Job], Fetched]) -> Fetched:
    """What is given, or why not, under a header that echoes the request's."""
    try:
        return work(replace(job, asked=envelope))
    except RuleBroken as error:
        raise NotAnswered(tuple(error.issues), envelope) from error


def _answered(visit: Visit, work: Callable[[], bytes], media: str) -> Response:
    key = visit.headers.get("idempotency-key")
    return Response(work(), media_type=media) if key is None else once(visit, key, work, media=media)


def _bytes(visit: Visit, fetched: Fetched) -> bytes:
    with visit.gateway.archive.open(fetched.archive_key) as source:
        return source.read()


def _refused_json(visit: Visit, error: NotAnswered) -> bytes:
    header, issue = _header(visit, error), error.issues[0]
    told = {
        "messageHeader": _words(header),
        "responseCd": issue.code,
        "responseDescription": " | ".join(it.text for it in error.issues),
    }
    return msgspec.json.encode(told)


def _refused_xml(visit: Visit, error: NotAnswered, root: str) -> bytes:
    attributes = " ".join(f"{word}={quoteattr(value)}" for word, value in _words(_header(visit, error)).items())
    errors = "".join(f"<error code={quoteattr(it.code)}>{escape(it.text)}</error>" for it in error.issues)
    return f"<{root}><message_header {attributes}/>{errors}</{root}>\n".encode()


def _words(header: Envelope) -> dict[str, str]:
    """The header of an answer by the names of the messages; what the request did not tell is not there."""
    sent_at = f"{header.sent_at:%Y-%m-%dT%H:%M:%S}" if header.sent_at is not None else None
    told = {"datetime": sent_at, "version": header.version, "source": header.sender, "destination": header.receiver}
    return {word: value for word, value in told.items() if value}


def _header(visit: Visit, error: NotAnswered) -> Envelope:
    at = visit.gateway.clock.now().replace(tzinfo=None)
    return echo(error.envelope, at=at, account=visit.gateway.workspace.reference.organization.account)


def _vendors(visit: Visit) -> Connector:
    """The connector of the vendor whose key this is."""
    vendor = visit.account.vendor
    if vendor is None:
        raise denied(
            HTTPStatus.FORBIDDEN, "This key speaks for no vendor", remedy="Make one that does: gateway user key add NAME --vendor CODE"
        )
    found = [it for it in visit.gateway.workspace.enabled if it.partner.vendor == vendor and it.api is not None and it.api.enabled]
    if not found:
        raise denied(
            HTTPStatus.NOT_FOUND,
            f"Vendor {vendor} exchanges no messages over HTTP",
            remedy="Whoever runs the gateway gives its connector an api section (docs/howto/api.md).",
        )
    return found[0]


def _systems(visit: Visit, takes: Callable[[Connector], bool], what: str) -> Connector:
    """The connector of the system: the one that is named, or the only one there is."""
    named = visit.query.get("system")
    found = [
        it
        for it in visit.gateway.workspace.enabled
        if it.partner.system is not None and it.api is not None and it.api.enabled and takes(it) and named in {None, it.partner.system}
    ]
    if not found:
        whose = "No system" if named is None else f"System {named[:40]}"
        raise denied(
            HTTPStatus.NOT_FOUND,
            f"{whose} exchanges {what} over HTTP",
            remedy="Whoever runs the gateway gives its connector an api section (docs/howto/api.md).",
        )
    if len(found) > 1:
        systems = ", ".join(it.partner.system or "" for it in found)
        raise denied(HTTPStatus.BAD_REQUEST, "Several systems send such messages", remedy=f"Say for which: ?system= one of {systems}.")
    return found[0]


def _channels(visit: Visit, connector: Connector, kind: str) -> list[ApiReceive]:
    """The channels for documents of that kind."""
    library, api = visit.gateway.library, connector.api
    return [it for it in (api.receive if api is not None else ()) if library.get(it.mapping[0]).document == kind]


def _fitting(visit: Visit, channels: list[ApiReceive]) -> ApiReceive:
    """The first whose layouts are for such a message; else the first, which says what is wrong."""
    head, library = visit.body[:HEAD], visit.gateway.library
    identity = identify(head, "")
    fits = (it for it in channels if any(library.get(name).fits(identity, head) is None for name in it.mapping))
    return next(fits, channels[0])


def _takes_nothing(connector: Connector, what: str) -> Exception:
    return denied(
        HTTPStatus.NOT_FOUND,
        f"Connector {connector.connector} exchanges no {what} over HTTP",
        remedy="Whoever runs the gateway adds it to its api section (docs/howto/api.md).",
    )


def _undecided(message_id: int) -> Exception:
    title = f"The message is kept as number {message_id} and not decided yet"
    remedy = f"Look at it: /api/v1/messages/{message_id}. Send nothing again."
    return Denied(Problem(status=HTTPStatus.ACCEPTED, title=title, remedy=remedy, message=message_id))
