"""Purchase orders made by hand: the list, and the page on which one is written, saved, approved and looked after (sdf 10.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.desk.drafts import PIPELINE, DraftSheet, DraftStep, new_draft, save_draft, search_drafts, show_draft
from gateway.documents.form import OrderForm
from gateway.domain.access import Authority
from gateway.domain.order import Stage
from gateway.kernel.errors import Refused
from gateway.store.queries import HandSearch
from gateway.web import listing
from gateway.web.chain import Step
from gateway.web.draft_form import Written, rows_of
from gateway.web.forms import Filled
from gateway.web.pages.draft_acts import offered
from gateway.web.pages.order_deeds import PARTS
from gateway.web.routes import Routes, segment
from gateway.web.tones import Tone

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
MORE = "more"
"""The step that only wants more rows."""
GROWS = 5
WORDS = {Stage.DRAFT: "Draft", Stage.APPROVED: "Approved", Stage.RELEASED: "Released", Stage.CANCELLED: "Cancelled"}
TOLD = {
    Stage.DRAFT: "a form that may change",
    Stage.APPROVED: "number and content are fixed",
    Stage.RELEASED: "its vendor may see it",
    Stage.CANCELLED: "it goes no further",
}


@ROUTES.get("/drafts", may=Authority.ORDER_MAKING)
def drafts(visit: Visit) -> Response:
    """Orders made by hand, newest first."""
    stage = listing.one_of(visit, "stage", Stage)
    search = HandSearch(stages=(stage,) if stage else (), vendor=listing.vendor(visit), number=listing.text(visit, "number", most=30))
    page = search_drafts(visit.desk, search, before=listing.before(visit), most=listing.MOST)
    paging = listing.paging(visit, page, lambda row: row.id)
    return visit.show("drafts.html", search=search, stage=stage, stages=Stage, page=page, paging=paging)


@ROUTES.get("/draft", may=Authority.ORDER_MAKING)
def begin(visit: Visit) -> Response:
    """An empty form."""
    return _shown(visit, None, Filled(visit))


@ROUTES.post("/draft", may=Authority.ORDER_MAKING)
def make(visit: Visit) -> Response:
    """The first save; what is wrong is told at its field."""
    return _saved(visit, None)


@ROUTES.get("/drafts/{number}", may=Authority.ORDER_MAKING)
def draft(visit: Visit) -> Response:
    """One order made by hand."""
    return _shown(visit, show_draft(visit.desk, visit.path["number"]), Filled(visit))


@ROUTES.post("/drafts/{number}", may=Authority.ORDER_MAKING)
def save(visit: Visit) -> Response:
    """Save what the form tells, unless somebody else has saved it since."""
    return _saved(visit, show_draft(visit.desk, visit.path["number"]))


def _saved(visit: Visit, sheet: DraftSheet | None) -> Response:
    filled, written = Filled(visit), Written(visit)
    if visit.field("step") == MORE:
        return _shown(visit, sheet, filled, more=GROWS)
    try:
        done = _save(visit, sheet, written, filled.whole("version"))
    except Refused as error:
        written.blame(filled, error.issues)
        return _shown(visit, sheet, filled)
    return visit.go(f"/drafts/{segment(done.number)}", saved=str(done.version))


def _save(visit: Visit, sheet: DraftSheet | None, written: Written, version: int | None) -> DraftStep:
    return new_draft(visit.desk, written.told) if sheet is None else save_draft(visit.desk, sheet.number, written.told, version=version)


def _shown(visit: Visit, sheet: DraftSheet | None, filled: Filled, *, more: int = 0) -> Response:
    form = sheet.form if sheet else OrderForm()
    codes = {form.carrier, *(line.carrier for line in form.lines)}
    reference = visit.gateway.master.references.now(
        visit.gateway.store, vendors=[form.vendor or ""], carriers=[code for code in codes if code]
    )
    values: dict[str, Any] = {
        "sheet": sheet,
        "kept": form,
        "form": filled,
        "rows": rows_of(visit, form, more=more),
        "steps": steps_of(sheet.stage if sheet else Stage.DRAFT),
        "acts": offered(sheet) if sheet else (),
        "at": f"/drafts/{segment(sheet.number)}" if sheet else "/draft",
        "parts": PARTS,
        "sees_people": sheet is None or visit.may(Authority.PERSONAL_DATA),
        "vendors": [it for it in reference.vendors.values() if it.active],
        "locations": _choices(reference.locations.values()),
        "brands": _choices(reference.brands.values()),
        "systems": _choices(reference.systems.values()),
        "carriers": [it for it in reference.carriers.values() if it.active],
        "saved": visit.query.get("saved", ""),
        **({"mark": str(sheet.version), "mark_at": f"/marks/drafts/{segment(sheet.number)}"} if sheet else {}),
    }
    return visit.show("draft.html", status=422 if filled.is_wrong else 200, **values)


def steps_of(stage: Stage) -> tuple[Step, ...]:
    """The pipeline as it is drawn: what is behind it, where it stands, what is still to come."""
    stages = (*PIPELINE, Stage.CANCELLED) if stage is Stage.CANCELLED else PIPELINE
    place = stages.index(stage)
    return tuple(
        Step(word=WORDS[it], path="", told=TOLD[it], tone=_tone(stage, here=here, place=place), here=here == place)
        for here, it in enumerate(stages)
    )


def _tone(stage: Stage, *, here: int, place: int) -> str:
    """What is still to come has none."""
    if here > place or (stage is Stage.CANCELLED and here < place):
        return ""
    return Tone.MOVING if here == place and stage in {Stage.DRAFT, Stage.APPROVED} else Tone.QUIET


def _choices(entries: Any) -> list[tuple[str, str]]:
    return [("", ""), *((it.code, f"{it.code} - {it.name}".removesuffix(" - ")) for it in sorted(entries, key=lambda it: str(it.code)))]
