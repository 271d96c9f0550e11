"""How somebody reads, their password, and where they are signed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from starlette.responses import Response

from gateway.desk.passwords import LONGEST, least_length
from gateway.desk.throttle import LoginFailed
from gateway.kernel.errors import ConfigError
from gateway.store.logins import Taste
from gateway.web import cookies
from gateway.web.pages.entrance import secret
from gateway.web.reading import DAYS, NUMBERS
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
THEMES = ("light", "dark")


@ROUTES.get("/settings", may=Door.SIGNED_IN)
def settings(visit: Visit) -> Response:
    """The form."""
    return _page(visit)


@ROUTES.post("/settings", may=Door.SIGNED_IN)
def set_taste(visit: Visit) -> Response:
    """How they read from now on."""
    zone = visit.field("zone")
    if zone and zone not in available_timezones():
        return _page(visit, told=(f"'{zone}' is no zone; write one such as Europe/Berlin or America/New_York",), status=422)
    taste = Taste(
        zone=zone,
        dates=_known(visit.field("dates"), DAYS),
        numbers=_known(visit.field("numbers"), NUMBERS),
        theme=_known(visit.field("theme"), THEMES),
    )
    visit.works.reception.read_as(visit.signed, taste)
    return visit.go("/settings")


@ROUTES.post("/settings/password", may=Door.SIGNED_IN)
def set_password(visit: Visit) -> Response:
    """Another password; every other session ends."""
    try:
        if secret(visit, "password") != secret(visit, "again"):
            raise ConfigError("the two passwords are not the same")
        come = visit.works.reception.change_password(visit.signed, secret(visit, "old"), secret(visit, "password"))
    except ConfigError as error:
        return _page(visit, told=error.problems, status=422)
    except LoginFailed as error:
        return _page(visit, told=(str(error),), status=429 if error.wait else 422)
    return cookies.give(visit.go("/settings"), come.token, is_secure=visit.is_secure)


@ROUTES.post("/settings/sessions", may=Door.SIGNED_IN)
def end_others(visit: Visit) -> Response:
    """End all sessions but this one."""
    reception = visit.works.reception
    for it in reception.sessions(visit.signed):
        if it.id != visit.signed.session.id:
            reception.end_session(visit.signed, it.id)
    return visit.go("/settings")


def _page(visit: Visit, *, told: tuple[str, ...] = (), status: int = 200) -> Response:
    return visit.show(
        "settings.html",
        status=status,
        told=told,
        taste=visit.signed.login.taste,
        days=DAYS,
        numbers=NUMBERS,
        themes=THEMES,
        zones=sorted(available_timezones()),
        least=least_length(visit.account),
        longest=LONGEST,
        sessions=visit.works.reception.sessions(visit.signed),
        quiet=int(visit.account.idle(timedelta(minutes=visit.house.time_out_minutes)).total_seconds()) // 60,
    )


def _known(word: str, words: Collection[str]) -> str:
    return word if word in words else ""
