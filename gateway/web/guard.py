"""The one door behind which every handler stands: who asks, whether they may, whether the request is their own, and errors as answers.

Source: decision 0064; OWASP ASVS 5.0, 3.5 and 8.3. Work runs in threads, for the store waits; a handler never sees the loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.desk.keys import key_of
from gateway.desk.office import Office
from gateway.desk.raw import turned_away
from gateway.domain.access import Account, Authority
from gateway.kernel.errors import GatewayError
from gateway.web import cookies
from gateway.web.doorman import CALLER, TooLarge
from gateway.web.problems import Denied, Problem, denied, problem_of
from gateway.web.routes import Declared, Door, Face, meant
from gateway.web.visit import SEE_OTHER, Visit

if TYPE_CHECKING:
    from gateway.desk.login import Visitor
    from gateway.web.doorman import Caller
    from gateway.web.pace import Standing
    from gateway.web.visit import Works

log = structlog.get_logger()
FORM_TOKEN = "token"  # noqa: S105 (the name of a field)
TOKEN_HEADER = "x-form-token"  # noqa: S105 (the name of a header)
BEARER = "bearer "
NUL = "\0"
FIELDS, FILES, PART = 2000, 20, 1_000_000
"""The most of a form: fields, files, bytes of one field."""
IN_PATHS = "/:@!$&'()*+,;=~"
"""What stands in a path as it is."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class _Known(Struct, frozen=True):
    """Who asks: an account that may act, and the session behind it, if it is one of a browser."""

    account: Account | None = None
    visitor: Visitor | None = None


def endpoint(works: Works, declared: Declared) -> Callable[[Request], Awaitable[Response]]:
    """What answers a request for this route."""

    async def answer(request: Request) -> Response:
        caller: Caller = request.scope[CALLER]
        known, standing = _Known(), None
        try:
            known = await run_in_threadpool(_known, works, request, caller)
            standing = _counted(works, declared, known)
            _require_slow(standing)
            if known.visitor is not None and not declared.by_itself:
                await run_in_threadpool(works.reception.seen, known.visitor)
            refusal = _refusal(declared, known, request, caller)
            if refusal is not None:
                return refusal
            form, body = await _read(request, declared)
            try:
                _require_text(request, form)
                if declared.changes and (known.visitor is not None or declared.may is Door.OPEN):
                    _require_from_here(request, caller)
                if declared.changes and known.visitor is not None:
                    _require_own(known.visitor, request, form)
                visit = _visit(works, known, request, form, body, caller)
                return _paced(await run_in_threadpool(declared.handler, visit), standing)
            finally:
                await form.close()
        except TooLarge:
            raise
        except Exception as error:  # noqa: BLE001 (nothing gets past: a defect is told as one, with its number)
            if _may_not(declared, known):
                await run_in_threadpool(_write_down, works, declared, known, caller)
            told = await run_in_threadpool(_told, works, declared.face, known, request, caller, problem_of(error))
            return _paced(told, standing)

    return answer


def refused(works: Works, face: Face, problem: Problem) -> Callable[[Request], Awaitable[Response]]:
    """What answers a request that no route takes."""

    async def answer(request: Request) -> Response:
        caller: Caller = request.scope[CALLER]
        try:
            known = await run_in_threadpool(_known, works, request, caller)
        except Denied:  # a key that does not work; there is nothing here for one that does, either
            known = _Known()
        return await run_in_threadpool(_told, works, face, known, request, caller, problem)

    return answer


def _known(works: Works, request: Request, caller: Caller) -> _Known:
    header = request.headers.get("authorization", "")
    if header[: len(BEARER)].lower() == BEARER:
        clock = works.gateway.clock
        key = key_of(works.gateway.store, clock, header[len(BEARER) :].strip())
        account = None if key is None else key.account(clock.now())
        if account is None:
            raise denied(HTTPStatus.UNAUTHORIZED, "This key is not known, has ended or was revoked", remedy="Ask for a new key.")
        return _Known(account)
    token = request.cookies.get(cookies.name_of(is_secure=caller.is_secure), "")
    visitor = works.reception.visitor(token) if token else None
    return _Known(visitor.account if visitor and visitor.session.is_full else None, visitor)


def _counted(works: Works, declared: Declared, known: _Known) -> Standing | None:
    """One more call of a program; pages count nothing."""
    return works.pace.count(known.account.counted_as) if declared.face is Face.API and known.account is not None else None


def _require_slow(standing: Standing | None) -> None:
    """Denied when the calls come too fast."""
    if standing is None or standing.is_free:
        return
    title = f"This key asks more than {standing.most} times a minute"
    remedy = "Nothing was done. Wait as long as Retry-After says, and ask for more at once: lists give up to 500 rows."
    raise Denied(Problem(status=HTTPStatus.TOO_MANY_REQUESTS, title=title, remedy=remedy, wait=standing.wait))


def _paced(response: Response, standing: Standing | None) -> Response:
    """The answer, which says how many calls are left."""
    if standing is not None:
        response.headers.update(standing.headers)
    return response


def _may_not(declared: Declared, known: _Known) -> bool:
    """Whether somebody who is known asked for what is not theirs."""
    return isinstance(declared.may, Authority) and known.account is not None and not known.account.may(declared.may)


def _write_down(works: Works, declared: Declared, known: _Known, caller: Caller) -> None:
    """That somebody was turned away, once a minute for each of them and each door; the answer is the same where it cannot be written."""
    about = f"{declared.method} {declared.path}"
    if known.account is None or not works.denials.count(f"{known.account.counted_as} {about}").is_free:
        return
    gateway = works.gateway
    office = Office(store=gateway.store, clock=gateway.clock, actor=known.account.id, source=caller.source)
    try:
        turned_away(gateway.store, office, about)
    except GatewayError as error:
        log.warning("denial_not_written", about=about, reason=str(error))


def _refusal(declared: Declared, known: _Known, request: Request, caller: Caller) -> Response | None:
    """The way to the login for people; Denied for programs, and for who may not; None for who may."""
    match declared.may:
        case Door.OPEN:
            return None
        case Door.MACHINE if caller.is_here or (known.account and known.account.may(Authority.FILES)):
            return None
        case Door.HALFWAY if known.visitor is not None:
            return None
        case Door.SIGNED_IN if known.account is not None:
            return None
        case Authority() as authority if known.account is not None:
            if known.account.may(authority):
                return None
            raise denied(HTTPStatus.FORBIDDEN, "This is not yours to do", remedy="Ask who administers people if it should be.")
        case _:
            pass
    if declared.face is Face.API:
        raise denied(
            HTTPStatus.UNAUTHORIZED, "Say who asks: send a key as Authorization: Bearer KEY", remedy="Make one with: gateway user key add"
        )
    halfway = known.visitor is not None
    back = "" if declared.changes or declared.by_itself else f"?next={quote(_path(request), safe='')}"
    return RedirectResponse(f"/login/{'code' if halfway else ''}".rstrip("/") + back, status_code=SEE_OTHER)


def _require_from_here(request: Request, caller: Caller) -> None:
    """A form comes from a page of ours, that of the login too: nobody is signed in by another site, as somebody that they are not."""
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", caller.origin).lower()
    if fetched not in {"same-origin", "none"} or origin != caller.origin:
        raise denied(HTTPStatus.FORBIDDEN, "This request came from another site", remedy="Open the page here and do it again.")


def _require_own(visitor: Visitor, request: Request, form: FormData) -> None:
    """A change carries the token of its session."""
    token = form.get(FORM_TOKEN) or request.headers.get(TOKEN_HEADER) or ""
    if not isinstance(token, str) or not compare_digest(token.encode(), visitor.session.form_token.encode()):
        raise denied(
            HTTPStatus.FORBIDDEN, "This page is older than your session", remedy="Nothing was changed. Reload the page and do it again."
        )


def _require_text(request: Request, form: FormData) -> None:
    """No database keeps the character zero, and nobody types it."""
    told = [*request.path_params.values(), *(value for _, value in request.query_params.multi_items()), *form.values()]
    if any(isinstance(value, str) and NUL in value for value in told):
        raise denied(HTTPStatus.BAD_REQUEST, "This holds a character that nothing here has", remedy="Leave the character zero away.")


async def _read(request: Request, declared: Declared) -> tuple[FormData, bytes]:
    """The form, or the body where it is none."""
    if not declared.changes:
        return FormData(), b""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared.face is Face.API or kind not in FORMS:
        return FormData(), await request.body()
    try:
        return await request.form(max_fields=FIELDS, max_files=FILES, max_part_size=PART), b""
    except HTTPException as error:
        raise denied(HTTPStatus.BAD_REQUEST, "The form could not be read", remedy=f"{error.detail}.") from error


def _visit(works: Works, known: _Known, request: Request, form: FormData, body: bytes, caller: Caller) -> Visit:
    return Visit(
        works,
        account=known.account,
        visitor=known.visitor,
        path={name: meant(part) for name, part in request.path_params.items()},
        url=_path(request),
        query=request.query_params,
        form=form,
        headers=request.headers,
        body=body,
        caller=caller,
    )


def _told(works: Works, face: Face, known: _Known, request: Request, caller: Caller, problem: Problem) -> Response:
    if face is Face.API:
        return problem.document()
    visit = _visit(works, known, request, FormData(), b"", caller)
    response = visit.show("problem.html", status=problem.status, problem=problem)
    response.headers.update(problem.headers)
    return response


def _path(request: Request) -> str:
    """The address as it was asked for, so that it leads here again."""
    query = request.scope["query_string"].decode("latin-1")
    return quote(request.scope["path"], safe=IN_PATHS) + (f"?{query}" if query else "")


__all__ = ["Denied", "endpoint", "refused"]
