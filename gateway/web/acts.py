"""An act with its preview: what will change, in business words, before anybody says yes; why, where a reason is due; and what came of it.

It opens as a panel over the page, and as a page of its own where there are no scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from starlette.responses import Response

from gateway.desk.acting import Mode
from gateway.kernel.errors import ConfigError, Refused
from gateway.web.back import back_from

if TYPE_CHECKING:
    from gateway.domain.access import Authority
    from gateway.web.routes import Routes
    from gateway.web.visit import Visit

LONGEST_REASON = 255
SEVERAL = "several"
DO = "do"
"""The step of a form whose preview was seen."""


class Effect(Struct, frozen=True, kw_only=True):
    """What an act does to one thing, or would do: where it leads, and in words; `why_not` where it is not possible."""

    name: str
    path: str
    told: str
    warning: str = ""
    why_not: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether it can be done."""
        return not self.why_not


class Field(Struct, frozen=True, kw_only=True):
    """One thing that an act wants to know."""

    name: str
    label: str
    kind: str = "text"
    """The type of the input: `text`, `number`, `date`, or with `options` `select`, or `several`, of which any may be ticked."""
    required: bool = False
    least: int = 1
    """Of a number."""
    most: int = 255
    """Characters."""
    options: tuple[tuple[str, str], ...] = ()
    """Value and word of each."""
    default: str = ""
    """What stands there at first; of several the values parted by blanks."""


class Act(Struct, frozen=True, kw_only=True):
    """One act as a person meets it."""

    title: str
    """Such as `Retry outgoing file 5`."""
    verb: str
    """The word on the button."""
    otherwise: str = ""
    """What happens if nothing is done."""
    fields: tuple[Field, ...] = ()
    """What it wants to know before it can be previewed."""
    needs_reason: bool = True
    grave: bool = False
    back: str = ""
    """Where it is left to, where the address does not say it and the browser neither."""


Run = Callable[[Mode, str], tuple[Effect, ...]]


class Allowed(Protocol):
    """An act as a page declares it: who may do it, and its word."""

    @property
    def may(self) -> Authority: ...

    @property
    def word(self) -> str: ...


Proposal = Callable[["Visit", str], tuple[Act, Run]]
"""What the act of that name is about here, and how it is done."""


def declare(routes: Routes, path: str, acts: Mapping[str, Allowed], proposal: Proposal) -> None:
    """Under this path two routes for each act: what it would do, and do it; both for who may."""
    for name, it in acts.items():
        routes.get(f"{path}/{name}", may=it.may)(partial(_answer, propose, proposal, name))
        routes.post(f"{path}/{name}", may=it.may)(partial(_answer, carry_out, proposal, name))


class Deed(Struct, frozen=True):
    """An act whose address says what it is about: who may, its word, and how it is found out."""

    may: Authority
    word: str
    about: Callable[[Visit], tuple[Act, Run]]


def declare_deeds(routes: Routes, path: str, deeds: Mapping[str, Deed]) -> None:
    """The routes of these acts."""
    declare(routes, path, deeds, lambda visit, name: deeds[name].about(visit))


def _answer(how: Callable[[Visit, Act, Run], Response], proposal: Proposal, name: str, visit: Visit) -> Response:
    return how(visit, *proposal(visit, name))


def propose(visit: Visit, act: Act, run: Run) -> Response:
    """The preview: a rehearsal that is taken back whole. An act that wants to know something is asked first."""
    return _shown(visit, act, *_rehearsed(act, run))


def carry_out(visit: Visit, act: Act, run: Run) -> Response:
    """Do it, and tell what came of it; or preview it, when its fields were only just filled in. What is wrong is told with the form."""
    reason = visit.field("reason")[:LONGEST_REASON]
    try:
        _require(visit, act)
        if act.fields and visit.field("step") != DO:
            return _shown(visit, act, run(Mode.REHEARSAL, reason))
        if act.needs_reason and not reason:
            raise ConfigError("Say why: it stands in the history of what is changed.")
        effects = run(Mode.EARNEST, reason)
    except (Refused, ConfigError) as error:
        wrong = faults(error)
        effects, more = _rehearsed(act, run)
        return _shown(visit, act, effects, told=tuple(dict.fromkeys((*wrong, *more))))
    return visit.show("acted.html", act=act, effects=effects)


def _rehearsed(act: Act, run: Run) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    """What it would do, or why it cannot be done; nothing of either where its fields are not known yet."""
    if act.fields:
        return (), ()
    try:
        return run(Mode.REHEARSAL, ""), ()
    except (Refused, ConfigError) as error:
        return (), faults(error)


def faults(error: Refused | ConfigError) -> tuple[str, ...]:
    """Each fault in words."""
    return error.problems if isinstance(error, ConfigError) else tuple(str(issue) for issue in error.issues)


def chosen(visit: Visit, name: str) -> tuple[str, ...]:
    """What is ticked of a field with several."""
    return tuple(it for it in visit.form.getlist(name) if isinstance(it, str))


def _require(visit: Visit, act: Act) -> None:
    """What a browser would have asked for."""
    problems = [f"{it.label}: say it" for it in act.fields if it.required and not visit.field(it.name)]
    problems += [f"{it.label}: at most {it.most} characters" for it in act.fields if len(visit.field(it.name)) > it.most]
    if problems:
        raise ConfigError(*problems)


def _shown(visit: Visit, act: Act, effects: tuple[Effect, ...], told: tuple[str, ...] = ()) -> Response:
    values = {it.name: visit.field(it.name, it.default) for it in act.fields if it.kind != SEVERAL}
    ticked = {it.name: frozenset(chosen(visit, it.name) if visit.form else it.default.split()) for it in act.fields if it.kind == SEVERAL}
    return visit.show(
        "act.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        act=act,
        effects=effects,
        values=values,
        ticked=ticked,
        reason=visit.field("reason"),
        told=told,
        longest=LONGEST_REASON,
        back=back_from(visit, otherwise=act.back),
        is_ready=any(it.is_possible for it in effects),
    )
