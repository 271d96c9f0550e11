"""Coming in and going: login, second factor, the first person of an installation, choosing a password."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.desk import invitations
from gateway.desk.office import Office
from gateway.desk.passwords import LONGEST, STAFF_LENGTH, least_length
from gateway.desk.throttle import LoginFailed
from gateway.domain.access import Staff
from gateway.kernel.errors import ConfigError, PolicyRefused
from gateway.web import cookies
from gateway.web.factor import address_of, picture_of
from gateway.web.problems import denied
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.desk.login import Come
    from gateway.web.visit import Visit

ROUTES = Routes()
NOT_SAFE = "Open this page by HTTPS: a password is not sent where others can listen"
HOW = "Give the gateway a certificate in [web], or put a proxy with HTTPS before it and name it in proxies."


@ROUTES.get("/login", may=Door.OPEN)
def login_page(visit: Visit) -> Response:
    """The form; who is signed in already goes on."""
    if visit.is_signed_in:
        return visit.go(_next(visit))
    return _login_page(visit)


@ROUTES.post("/login", may=Door.OPEN)
def login(visit: Visit) -> Response:
    """Name and password."""
    require_safe(visit)
    name = visit.field("name")
    try:
        come = visit.works.reception.come(name, secret(visit, "password"), source=visit.source, agent=visit.headers.get("user-agent", ""))
    except LoginFailed as error:
        return _login_page(visit, name=name, told=str(error), status=429 if error.wait else 401)
    return settle(visit, come, _next(visit))


def settle(visit: Visit, come: Come, path: str) -> Response:
    """Go on with a session that has begun; where a second factor is due, by way of it."""
    if come.session.is_full:
        return _welcome(visit, come, path)
    return _with_cookie(visit, come, visit.go("/login/code", next=path))


@ROUTES.get("/login/code", may=Door.HALFWAY)
def code_page(visit: Visit) -> Response:
    """The second factor: asked for, or set up where there is none yet."""
    return _code_page(visit)


@ROUTES.post("/login/code", may=Door.HALFWAY)
def code(visit: Visit) -> Response:
    """A code of the second factor; the first one puts it in force."""
    visitor = visit.signed
    reception = visit.works.reception
    try:
        given = visit.field("code")
        come = reception.show_code(visitor, given) if visitor.login.has_factor else reception.take_factor(visitor, given)
    except LoginFailed as error:
        return _code_page(visit, told=str(error), status=429 if error.wait else 401)
    return _welcome(visit, come, _next(visit))


@ROUTES.post("/logout", may=Door.HALFWAY)
def logout(visit: Visit) -> Response:
    """End this session."""
    visit.works.reception.go(visit.signed)
    return cookies.take(visit.go("/login"), is_secure=visit.is_secure)


@ROUTES.get("/setup/{token}", may=Door.OPEN)
def setup_page(visit: Visit) -> Response:
    """The first person of an installation."""
    require_safe(visit)
    return visit.show("setup.html", told=(), name="", user_id="", email="", least=STAFF_LENGTH, longest=LONGEST)


@ROUTES.post("/setup/{token}", may=Door.OPEN)
def setup(visit: Visit) -> Response:
    """Add the first person, who then signs in."""
    require_safe(visit)
    person = Staff(id=visit.field("user_id"), name=visit.field("name"), email=visit.field("email"))
    office = _office(visit, "setup")
    try:
        _require_same(visit)
        invitations.set_up(office, visit.path["token"], person, secret(visit, "password"))
    except ConfigError as error:
        values = {"name": person.name, "user_id": person.id, "email": person.email}
        return visit.show("setup.html", status=422, told=error.problems, least=STAFF_LENGTH, longest=LONGEST, **values)
    return visit.go("/login")


@ROUTES.get("/password/{token}", may=Door.OPEN)
def password_page(visit: Visit) -> Response:
    """Choose a password, with the link of an invitation."""
    require_safe(visit)
    return visit.show("password.html", told=(), longest=LONGEST, **_of_link(visit))


@ROUTES.post("/password/{token}", may=Door.OPEN)
def password(visit: Visit) -> Response:
    """Set it, and go to the login."""
    require_safe(visit)
    works = visit.works.gateway
    try:
        _require_same(visit)
        invitations.choose_password(works.store, works.clock, visit.path["token"], secret(visit, "password"), source=visit.source)
    except ConfigError as error:
        return visit.show("password.html", status=422, told=error.problems, longest=LONGEST, **_of_link(visit))
    return visit.go("/login")


def _login_page(visit: Visit, *, name: str = "", told: str = "", status: int = 200) -> Response:
    issuer = visit.gateway.workspace.settings.oidc
    elsewhere = issuer.title if issuer.issuer else ""
    return visit.show("login.html", status=status, next=_next(visit), name=name, told=told, longest=LONGEST, elsewhere=elsewhere)


def _code_page(visit: Visit, *, told: str = "", status: int = 200) -> Response:
    visitor = visit.signed
    if visitor.session.is_full:
        return visit.go(_next(visit))
    offered = "" if visitor.login.has_factor else visit.works.reception.offer_factor(visitor)
    address = address_of(offered, visitor.account.id) if offered else ""
    picture = base64.b64encode(picture_of(address)).decode() if address else ""
    return visit.show("code.html", status=status, told=told, next=_next(visit), secret=offered, address=address, picture=picture)


def _of_link(visit: Visit) -> dict[str, Any]:
    """Whom the link is for, and what their password must be."""
    account = invitations.invited(visit.gateway.store, visit.gateway.clock, visit.path["token"])
    if account is None:
        raise PolicyRefused(invitations.OVER)
    return {"account": account, "least": least_length(account)}


def _office(visit: Visit, actor: str) -> Office:
    return Office(store=visit.gateway.store, clock=visit.gateway.clock, actor=actor, source=visit.source)


def _welcome(visit: Visit, come: Come, path: str) -> Response:
    return _with_cookie(visit, come, visit.go(path))


def _with_cookie(visit: Visit, come: Come, response: Response) -> Response:
    return cookies.give(response, come.token, is_secure=visit.is_secure)


def require_safe(visit: Visit) -> None:
    """Passwords go over HTTPS, or do not leave this machine."""
    if not visit.is_secure and not visit.is_here:
        raise denied(HTTPStatus.FORBIDDEN, NOT_SAFE, remedy=HOW)


def _require_same(visit: Visit) -> None:
    if secret(visit, "password") != secret(visit, "again"):
        raise ConfigError("the two passwords are not the same")


def secret(visit: Visit, name: str) -> str:
    """A field as it was typed, blanks included."""
    value = visit.form.get(name, "")
    return value if isinstance(value, str) else ""


def _next(visit: Visit) -> str:
    """Where to go on: a path of ours, never another site."""
    path = visit.field("next", "/")
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
