"""Logging in at the issuer of the organization: there and back again; which person it is, the settings say (OpenID Connect)."""

from __future__ import annotations

import re
from hmac import compare_digest
from http import HTTPStatus
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response

from gateway.desk.throttle import LoginFailed
from gateway.web.issuer import Issuer, Started
from gateway.web.pages.entrance import require_safe, settle
from gateway.web.problems import denied
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.config.settings import OidcSettings
    from gateway.web.visit import Visit

ROUTES = Routes()
BACK = "/login/elsewhere/back"
COOKIE = "gateway-elsewhere"
PART = re.compile(r"[A-Za-z0-9_-]{43}")
PATIENCE = 600
"""Seconds that somebody may take at the issuer."""


@ROUTES.get("/login/elsewhere", may=Door.OPEN)
def leave(visit: Visit) -> Response:
    """To the issuer; the browser keeps what the way back must show."""
    require_safe(visit)
    issuer = _issuer(visit)
    started = Started(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(32))
    response = RedirectResponse(issuer.address(started, back=_back(visit)), status_code=HTTPStatus.SEE_OTHER)
    kept = f"{started.state}.{started.nonce}.{started.verifier}"
    response.set_cookie(_cookie(visit), kept, max_age=PATIENCE, secure=visit.is_secure, httponly=True, samesite="lax", path="/")
    return response


@ROUTES.get(BACK, may=Door.OPEN)
def come_back(visit: Visit) -> Response:
    """From the issuer: a session for whom it has seen, if that is somebody here."""
    require_safe(visit)
    settings = _settings(visit)
    issuer = _issuer(visit)
    parts = cookie_parser(visit.headers.get("cookie", "")).get(_cookie(visit), "").split(".")
    code, state = visit.query.get("code", ""), visit.query.get("state", "")
    is_ours = len(parts) == len(Started.__struct_fields__) and all(map(PART.fullmatch, parts))
    if not is_ours or not compare_digest(state.encode(), parts[0].encode()):
        raise denied(HTTPStatus.FORBIDDEN, "This login was not begun here, or took too long", remedy="Begin again: /login.")
    if not code:
        title = f"{settings.title[:1].upper()}{settings.title[1:]} has not let you in"
        raise denied(HTTPStatus.FORBIDDEN, title, remedy="Begin again: /login.")
    subject = issuer.subject(code, Started(*parts), back=_back(visit), now=visit.gateway.clock.now())
    user_id = settings.user_of(subject)
    try:
        come = visit.works.reception.come_from(
            settings.issuer, user_id or "", source=visit.source, agent=visit.headers.get("user-agent", "")
        )
    except LoginFailed as error:
        status = HTTPStatus.TOO_MANY_REQUESTS if error.wait else HTTPStatus.FORBIDDEN
        remedy = f"Whoever runs the gateway can add the subject {subject[:80]} to people of [oidc]."
        raise denied(status, f"{str(error)[:1].upper()}{str(error)[1:]}", remedy=remedy) from error
    response = settle(visit, come, "/")
    response.delete_cookie(_cookie(visit), secure=visit.is_secure, httponly=True, samesite="lax", path="/")
    return response


def _settings(visit: Visit) -> OidcSettings:
    settings = visit.gateway.workspace.settings.oidc
    if not settings.issuer:
        raise denied(HTTPStatus.NOT_FOUND, "There is nothing at this address", remedy="Log in with a password: /login.")
    return settings


def _issuer(visit: Visit) -> Issuer:
    settings = _settings(visit)
    return Issuer(settings, visit.gateway.workspace.secrets.get(settings.secret or ""))


def _back(visit: Visit) -> str:
    return f"{visit.caller.origin}{BACK}"


def _cookie(visit: Visit) -> str:
    return f"__Host-{COOKIE}" if visit.is_secure else COOKIE
