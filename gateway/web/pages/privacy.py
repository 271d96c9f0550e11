"""Personal data on demand: everything that is kept of somebody as a file, its erasure with a preview, and the log of both (sdf 7.3)."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from gateway.desk import erasure
from gateway.desk.acting import Mode
from gateway.domain.access import Authority
from gateway.domain.privacy import Answer
from gateway.kernel.errors import ConfigError
from gateway.privacy import Told
from gateway.store.privacy_log import Subject
from gateway.web import listing
from gateway.web.acts import LONGEST_REASON, Act, Deed, Effect, Field, Run, declare_deeds, faults
from gateway.web.office import office_of
from gateway.web.pages.administration import tabs
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ROOT = "/administration/privacy"
KINDS = (
    (Subject.ORDER.value, "order, by its number, with all others of its sales order"),
    (Subject.CUSTOMER.value, "customer, by mail, phone, company, or first and last name"),
    (Subject.VENDOR.value, "vendor, by its code"),
    (Subject.USER.value, "user of a vendor, by the user id"),
)
FIELDS = (
    Field(name="kind", label="Of", kind="select", options=KINDS, required=True),
    Field(name="name", label="Number, name, code or user id", required=True),
)
NOT = MappingProxyType(
    {
        Answer.NOT_FOUND: "nothing is kept under this name",
        Answer.OPEN_ORDERS: "what is open keeps its data, and so do the other orders of the same sales order; close them, then ask again",
        Answer.ALREADY_ANONYMIZED: "it is erased already",
    }
)
GOES = (
    "names, addresses, messages and notes go for good, here, in the archive and in files that wait;"
    " numbers, items, amounts and tracking stay"
)
GONE = "erased; backups from before hold it until you remove them, and a restore from one erases it again"


@ROUTES.get(ROOT, may=Authority.ERASING)
def privacy(visit: Visit) -> Response:
    """Who looked at or erased whose data, the newest first."""
    return _page(visit)


@ROUTES.post(ROOT, may=Authority.ERASING)
def kept(visit: Visit) -> Response:
    """Everything that is kept of somebody, as a file to be handed on."""
    gateway, reason = visit.gateway, visit.field("reason")[:LONGEST_REASON]
    try:
        found = erasure.show(office_of(visit), visit.desk, gateway.privacy, *_whose(visit), reason=reason)
    except ConfigError as error:
        return _page(visit, told=faults(error))
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    headers = {"Content-Disposition": 'attachment; filename="personal-data.json"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


def _page(visit: Visit, told: tuple[str, ...] = ()) -> Response:
    page = erasure.log(visit.gateway.store, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "privacy.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        tabs=tabs(visit),
        kinds=KINDS,
        kind=visit.field("kind"),
        name=visit.field("name"),
        reason=visit.field("reason"),
        longest=LONGEST_REASON,
        told=told,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
    )


def _whose(visit: Visit) -> tuple[Subject, str]:
    kind = visit.field("kind")
    if kind not in {it.value for it in Subject}:
        raise ConfigError("Of: choose an order, a customer, a vendor or a user")
    return Subject(kind), visit.field("name")


def _forget(visit: Visit) -> tuple[Act, Run]:
    act = Act(title="Erase personal data", verb="Erase for good", grave=True, fields=FIELDS, otherwise="it stays until it is old enough.")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        told = erasure.forget(office_of(visit), visit.desk, visit.gateway.privacy, *_whose(visit), reason=reason, mode=mode)
        return tuple(_effect(it, mode) for it in told)

    return act, run


def _effect(told: Told, mode: Mode) -> Effect:
    is_done = mode is Mode.EARNEST
    why = f"{NOT[told.answer]}{f' ({told.why})' if told.why else ''}" if told.answer in NOT else ""
    partners = ", ".join(told.copies)
    return Effect(
        name=f"{told.kind.value} {told.subject}",
        path=ROOT if is_done else "",
        told=f"{GONE}{f'; {told.why}' if told.why else ''}{f'. Ask for the copies of {partners}' if partners else ''}" if is_done else GOES,
        warning=f"Copies are at {partners}: ask them to erase theirs." if partners else "",
        why_not=why,
    )


declare_deeds(ROUTES, f"{ROOT}/acts", MappingProxyType({"forget": Deed(Authority.ERASING, "Erase", _forget)}))
