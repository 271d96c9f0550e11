"""Errors as people and programs read them: what is wrong, where, what to do; a defect has a number that the log knows.

Programs get problem documents (RFC 9457).
"""

from __future__ import annotations

from http import HTTPStatus
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from gateway.kernel.codes import CODES
from gateway.kernel.errors import AlreadyRunning, ConfigError, NotFound, PolicyRefused, Refused, TryLater

if TYPE_CHECKING:
    from gateway.kernel.issues import Issue
from gateway.store import BadData, Rule
from gateway.web.ways import for_programs

log = structlog.get_logger()
MEDIA = "application/problem+json"
SOON = 30


class Fault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: the code and place where there are some, and a sentence."""

    text: str
    code: str = ""
    where: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request was not answered."""

    status: int
    title: str
    faults: tuple[Fault, ...] = ()
    remedy: str = ""
    number: str = ""
    """The number under which the log tells of a defect."""
    wait: int | None = None
    """Seconds after which the same request may go well."""
    message: int | None = None
    """The number of the message that is kept all the same."""

    def document(self) -> Response:
        """The problem as programs read it: what to do is a call where there is one."""
        told: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.faults:
            faults = [replace(fault, text=for_programs(fault.text)) for fault in self.faults]
            told |= {"detail": "; ".join(fault.text for fault in faults), "issues": msgspec.to_builtins(faults)}
        told |= {name: value for name, value in (("remedy", for_programs(self.remedy)), ("instance", self.number)) if value}
        return Response(msgspec.json.encode(told), status_code=self.status, media_type=MEDIA, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        """What else the answer says."""
        told = {"Retry-After": self.wait, "Message": self.message}
        return {name: str(value) for name, value in told.items() if value is not None}


class Denied(Exception):
    """A request is answered with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


def denied(status: HTTPStatus, title: str, *, remedy: str = "", faults: tuple[Fault, ...] = ()) -> Denied:
    """A request that cannot be answered, with the reason."""
    return Denied(Problem(status=status, title=title, remedy=remedy, faults=faults))


NO_ROUTE = Problem(status=HTTPStatus.NOT_FOUND, title="There is nothing at this address", remedy="Begin at the first page.")


def problem_of(error: Exception) -> Problem:
    """What to tell about an error of whatever kind."""
    match error:
        case Denied():
            return error.problem
        case NotFound():
            return Problem(status=HTTPStatus.NOT_FOUND, title=_sentence(str(error)), remedy=error.remedy)
        case Refused():
            remedy = error.remedy or next((CODES[it.code].remedy for it in error.issues if it.code in CODES), "")
            return Problem(
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                title="This was not done",
                faults=tuple(_fault(issue) for issue in error.issues),
                remedy=remedy,
            )
        case BadData() if error.rule is Rule.VALUE:
            return Problem(
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                title="A value is larger, longer or finer than anything that is kept here",
                remedy="Nothing was changed. Look at numbers, amounts and texts.",
            )
        case ConfigError():
            faults = tuple(Fault(text=text) for text in error.problems)
            return Problem(status=HTTPStatus.UNPROCESSABLE_ENTITY, title="Something is not right in what was given", faults=faults)
        case PolicyRefused():
            return Problem(status=HTTPStatus.FORBIDDEN, title=_sentence(str(error)))
        case AlreadyRunning():
            return Problem(status=HTTPStatus.CONFLICT, title=_sentence(str(error)), wait=SOON)
        case TryLater():
            return Problem(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                title=_sentence(str(error)),
                remedy="Nothing was changed. Try again in a moment.",
                wait=SOON if error.retry_after is None else max(1, round(error.retry_after.total_seconds())),
            )
        case _:
            return _defect(error)


def _defect(error: Exception) -> Problem:
    number = token_hex(4)
    log.error("web_defect", number=number, exc_info=error)
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        title="This is a defect of the gateway",
        faults=(Fault(text=f"The log of the node tells more under number {number}."),),
        remedy="What was asked for was not done, or only shown wrongly; look at the object again before you repeat it.",
        number=number,
    )


def _fault(issue: Issue) -> Fault:
    return Fault(code=issue.code, text=issue.text, where=issue.where)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
