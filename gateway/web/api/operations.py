"""Operations of the API as they are declared: who may, what is asked, what is answered; reading and writing them is done here once.

Unknown words are errors, amounts are text, a page ends in a cursor, an object has an ETag, and a change may carry an idempotency key
and the ETag that it was decided by.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response

from gateway.desk.acting import Mode
from gateway.desk.pages import Page
from gateway.kernel.typed import convert, decode
from gateway.store import Tx, api_answers
from gateway.store.hold import hold
from gateway.web.api.misfits import misfit, misfit_of, no_json
from gateway.web.api.strict import Unfit, require_sane, require_strict
from gateway.web.problems import Fault, denied, problem_of
from gateway.web.routes import Declared, Face, May, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROOT = "/api/v1"
JSON = "application/json"
KEY = re.compile(r"[\x21-\x7e]{8,200}")
R = TypeVar("R")
T = TypeVar("T")
Q = TypeVar("Q", bound=Struct)


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


class Rows(Struct, Generic[R], frozen=True, kw_only=True):
    """A page of a list; `next` is the cursor of the page behind it, where there is one."""

    rows: tuple[R, ...]
    next: str | None = None
    more: int = 0
    """How many rows stand behind this page; counted to 10,000."""


class Operation(Struct, frozen=True, kw_only=True):
    """One operation."""

    name: str
    method: str
    path: str
    may: May
    summary: str
    query: type[Struct]
    body: type[Struct] | None
    answer: Any
    handler: Callable[..., Any]
    is_kept: bool = True
    """Whether the answer may be kept for who asks again; one with a secret or personal data is not."""


class Api:
    """The operations of one module."""

    def __init__(self, *, beside: Api | None = None) -> None:
        """`beside` are the operations that show the objects which these change, where they are not among them."""
        self._operations: list[Operation] = []
        self._beside: Iterable[Operation] = beside or ()
        self.routes = Routes(Face.API)

    def get(self, path: str, *, may: May, answer: Any, query: type[Struct] = Nothing) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """An operation that looks; its function gets the visit and what is asked."""
        return self._declare("GET", path, may, query, None, answer)

    def post(
        self, path: str, *, may: May, body: type[Struct], answer: Any, is_kept: bool = True
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """An operation that changes something; its function gets the visit and the body. `is_kept` is false where it answers a secret."""
        return self._declare("POST", path, may, Nothing, body, answer, is_kept=is_kept)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def _declare(
        self, method: str, path: str, may: May, query: type[Struct], body: type[Struct] | None, answer: Any, *, is_kept: bool = True
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
            made = Operation(
                name=handler.__name__,
                method=method,
                path=ROOT + path,
                may=may,
                summary=(handler.__doc__ or "").partition("\n")[0],
                query=query,
                body=body,
                answer=answer,
                handler=handler,
                is_kept=is_kept,
            )
            self._operations.append(made)
            run = _look(made) if body is None else self._change(made, body)
            self.routes.add(Declared(method=method, path=made.path, may=may, handler=run, face=Face.API))
            return handler

        return declare

    def _change(self, operation: Operation, kind: type[Struct]) -> Callable[[Visit], Response]:
        def run(visit: Visit) -> Response:
            said = _said(visit, kind)
            key = visit.headers.get("idempotency-key")
            if key is not None and not operation.is_kept:
                title = "This answer holds a secret or personal data, and is kept for nobody"
                raise denied(HTTPStatus.BAD_REQUEST, title, remedy="Leave Idempotency-Key away; look at the list before asking again.")
            if key is not None:
                return once(visit, key, lambda: self._carried_out(visit, operation, said))
            return _json(self._carried_out(visit, operation, said))

        return run

    def _carried_out(self, visit: Visit, operation: Operation, said: Struct) -> bytes:
        wanted = visit.headers.get("if-match")
        if wanted is not None:
            self._require_match(visit, operation, said, wanted)
        return msgspec.json.encode(operation.handler(visit, said))

    def shown_by(self, operation: Operation) -> Operation | None:
        """What shows the object that this changes, whose ETag a change may name in `If-Match`; None where it is not one object."""
        path = operation.path.rpartition("/")[0]
        every = (*self._operations, *self._beside)
        return next((it for it in every if it.method == "GET" and it.path == path and path.endswith("}")), None)

    def _require_match(self, visit: Visit, operation: Operation, said: Struct, wanted: str) -> None:
        """Where the change names the object as it was seen, it must be so still: before anything is done, and again under its lock."""
        seen = self.shown_by(operation)
        if seen is None:
            raise denied(HTTPStatus.BAD_REQUEST, "If-Match is for changes of one object", remedy="Leave it away.")
        asked = seen.query(**{name: getattr(said, name) for name in seen.query.__struct_fields__ if hasattr(said, name)})
        kind, name = operation.path.removeprefix(f"{ROOT}/").partition("/")[0], next(iter(visit.path.values()), "")

        def compare() -> None:
            tag = _tag(msgspec.json.encode(seen.handler(visit, asked)))
            if wanted.strip() != "*" and tag not in {it.strip() for it in wanted.split(",")}:
                raise denied(
                    HTTPStatus.PRECONDITION_FAILED,
                    "This is not as you saw it any more",
                    remedy="Nothing was changed. Get it again, look at what has changed, and decide anew.",
                )

        def first(tx: Tx) -> None:
            hold(tx, kind, str(name))
            compare()

        compare()
        visit.store = visit.store.beginning(first)


class Rehearsable(Protocol):
    """A body that may ask for a rehearsal."""

    @property
    def dry_run(self) -> bool:
        """Whether it is taken back again."""
        ...


def mode_of(said: Rehearsable) -> Mode:
    """Whether it is meant."""
    return Mode.REHEARSAL if said.dry_run else Mode.EARNEST


def rows_of(page: Page[R], last: Callable[[R], int]) -> Rows[R]:
    """A page as the API answers it."""
    goes_on = bool(page.rows) and (page.more > 0 or page.is_more_than)
    return Rows(rows=page.rows, next=cursor_of(last(page.rows[-1])) if goes_on else None, more=page.more)


def cursor_of(number: int) -> str:
    """Where a page ended, as programs hand it back; what stands in it is nobody's business."""
    return base64.urlsafe_b64encode(f"b{number}".encode()).decode().rstrip("=")


def behind(cursor: str | None) -> int | None:
    """Where the page begins."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error) as error:
        raise _no_cursor(cursor) from error
    if not re.fullmatch(r"b[0-9]{1,18}", text):
        raise _no_cursor(cursor)
    return int(text[1:])


def _look(operation: Operation) -> Callable[[Visit], Response]:
    def run(visit: Visit) -> Response:
        asked = _asked(visit, operation.query)
        body = msgspec.json.encode(operation.handler(visit, asked))
        tag = _tag(body)
        if tag in visit.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return Response(body, media_type=JSON, headers={"ETag": tag})

    return run


def once(visit: Visit, key: str, work: Callable[[], bytes], *, media: str = JSON) -> Response:
    """Do it, or answer what was answered when it was done; a refusal changes nothing and keeps the key free."""
    if not KEY.fullmatch(key):
        raise denied(
            HTTPStatus.BAD_REQUEST,
            "An Idempotency-Key has 8 to 200 printable characters without blanks",
            remedy="Draw a new one for each change.",
        )
    store, account = visit.gateway.store, visit.account.counted_as
    request = sha256(f"{visit.url}\n".encode() + visit.body).hexdigest()
    kept = store.attempt(lambda tx: api_answers.begin(tx, account, key, request, at=visit.gateway.clock.now()))
    if kept is not None:
        return _again(kept, request, media)
    try:
        body = work()
    except Exception as error:
        problem = problem_of(error)
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            store.attempt(lambda tx: api_answers.drop(tx, account, key))
        raise
    store.attempt(lambda tx: api_answers.finish(tx, account, key, status=HTTPStatus.OK, body=body.decode()))
    return Response(body, media_type=media)


def _again(kept: api_answers.KeptAnswer, request: str, media: str) -> Response:
    if kept.request != request:
        raise denied(HTTPStatus.UNPROCESSABLE_ENTITY, "This Idempotency-Key belongs to another request", remedy="Draw a new key for each.")
    if not kept.is_known:
        raise denied(
            HTTPStatus.CONFLICT,
            "The same request is under way, or broke off",
            remedy="Look at the object: if nothing was done within a minute, ask again with a new key.",
        )
    return Response(kept.body.encode(), media_type=media, headers={"Idempotency-Replayed": "true"})


def _asked(visit: Visit, kind: type[Q]) -> Q:
    told: dict[str, Any] = {}
    lists = {it.name for it in msgspec.structs.fields(kind) if "tuple" in str(it.type)}
    for name in visit.query:
        values = visit.query.getlist(name)
        told[name] = values if name in lists else values[-1]
        if name not in lists and len(values) > 1:
            raise misfit(Fault(text="this stands more than once; it takes one value", where=name))
    return _converted(told, kind, strict=False)


def _said(visit: Visit, kind: type[Q]) -> Q:
    if visit.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        title = f"A body is {JSON}, and says so in Content-Type"
        raise denied(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, title, remedy=f"Send the header Content-Type: {JSON}.")
    if not visit.body.strip():
        raise no_json("the body is empty; where nothing is to be said it is {}")
    try:
        require_strict(visit.body)
        said = decode(visit.body, kind)
        require_sane(said)
        return said
    except msgspec.ValidationError as error:
        raise misfit_of(error, kind) from error
    except Unfit as error:
        raise misfit(Fault(text=str(error), where=error.where)) from error
    except (ValueError, RecursionError) as error:  # DecodeError is one too
        raise no_json(str(error)) from error


def _converted(told: Any, kind: type[T], *, strict: bool) -> T:
    try:
        asked = convert(told, kind, strict=strict)
        require_sane(asked)
        return asked
    except Unfit as error:
        raise misfit(Fault(text=str(error), where=error.where)) from error
    except msgspec.ValidationError as error:
        raise misfit_of(error, kind) from error


def _no_cursor(cursor: str) -> Exception:
    remedy = "Begin without cursor, and go on with what stands in next of the answer."
    fault = Fault(text=cursor[:80], where="cursor")
    return denied(HTTPStatus.BAD_REQUEST, "This cursor is none of ours", remedy=remedy, faults=(fault,))


def _tag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:32]}"'


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON)
