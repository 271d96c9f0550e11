"""Pages from templates: every value is escaped, a name that is not there is an error, and a part of a page has the same template.

Source: OWASP ASVS 5.0, 1.2.1.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from gateway import __version__
from gateway.config.portal_words import origin_of
from gateway.domain.access import Authority
from gateway.kernel.instants import retold
from gateway.kernel.remedies import remedy_of
from gateway.web.doorman import POLICY, policy
from gateway.web.rail import rail_of
from gateway.web.routes import segment
from gateway.web.tones import mark, tone, word
from gateway.web.ways import at_console, linked

if TYPE_CHECKING:
    from gateway.web.visit import Visit

TARGET = "hx-target"
AS_THEY_CAME = frozenset({"raw.html", "parts/source.html", "parts/beside.html"})
"""Templates that show what stands in files, letter by letter."""


class Pages:
    """The templates of the console."""

    def __init__(self) -> None:
        self._jinja = _templates()

    def show(self, visit: Visit, template: str, *, status: int, values: dict[str, Any]) -> Response:
        """The page; or only its main part, for htmx."""
        found = self._jinja.get_template(template)
        context = {"visit": visit, "fmt": visit.reading, "rail": rail_of(visit), **values}
        if visit.is_fragment and "part" in found.blocks:
            text = "".join(found.blocks["part"](found.new_context(context)))
        else:
            text = found.render(context)
        headers = {"Vary": "HX-Request"}
        if visit.is_vendors and visit.house.portal_logo:
            headers[POLICY] = policy(pictures=origin_of(visit.house.portal_logo))
        return HTMLResponse(text, status_code=status, headers=headers)


@cache
def _templates() -> Environment:
    """Compiled once a process, however many consoles it has."""
    found = Environment(
        loader=PackageLoader("gateway.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=as_read_here,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    found.globals.update(Authority=Authority, asset=asset, version=__version__)
    found.filters.update(tone=tone, word=word, mark=mark, segment=segment, remedy=remedy_of, linked=linked)
    found.globals["pieces"] = found.get_template("parts/pieces.html").module
    return found


@pass_context
def as_read_here(context: Context, value: object) -> object:
    """What a template shows: what to do in the words of the console, and instants that sentences name in the zone of the reader.

    Markup was shown by a template before: it holds our own words already.
    """
    if not isinstance(value, str) or context.name in AS_THEY_CAME:
        return value
    if "fmt" not in context or " UTC" not in value:
        return value if isinstance(value, Markup) else at_console(value)
    text = retold(value, context["fmt"].zone)
    return Markup(text) if isinstance(value, Markup) else at_console(text)  # noqa: S704 - it was markup before, and instants hold none


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its content named, so that a browser may keep it for long."""
    digest = sha256((files("gateway.web") / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"
