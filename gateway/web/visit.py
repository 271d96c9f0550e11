"""One request as a handler sees it: who asks, for what, and everything needed to answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.responses import RedirectResponse, Response

from gateway.desk.acting import Desk
from gateway.domain.access import EVERYTHING, Account, Authority, Scope
from gateway.domain.reference import Vendor
from gateway.web.pace import Pace
from gateway.web.reading import Reading, reading_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from gateway.app import Gateway
    from gateway.desk.login import Reception, Visitor
    from gateway.domain.reference import Organization
    from gateway.runtime import Node
    from gateway.web.doorman import Caller
    from gateway.web.render import Pages

SEE_OTHER = 303


class Works:
    """What every request shares: the gateway, the node that answers, where people come in, the pages and all addresses."""

    def __init__(self, gateway: Gateway, node: Node, *, reception: Reception, pages: Pages, paths: frozenset[str]) -> None:
        self.gateway = gateway
        self.node = node
        self.reception = reception
        self.pages = pages
        self.paths = paths
        self.pace = Pace(gateway.clock, most=gateway.workspace.settings.web.calls)
        self.denials = Pace(gateway.clock, most=1)

    @cached_property
    def numbers(self) -> CollectorRegistry:
        """The numbers of this node, as Prometheus reads them."""
        from gateway.web.metrics import registry

        return registry(self.node)


class Visit:
    """One request."""

    def __init__(  # noqa: PLR0913 (what a request is made of)
        self,
        works: Works,
        *,
        account: Account | None,
        visitor: Visitor | None,
        path: Mapping[str, Any],
        url: str,
        query: QueryParams,
        form: FormData,
        headers: Mapping[str, str],
        body: bytes = b"",
        caller: Caller,
    ) -> None:
        self.works = works
        self._account = account
        self.visitor = visitor
        self.path = path
        self.url = url
        self.query = query
        self.form = form
        self.headers = headers
        self.body = body
        self.caller = caller
        self.store = works.gateway.store
        """Where they write."""
        self.doubts: tuple[str, ...] = ()
        """What of the address could not be read and was left out; the page says so above everything else."""

    @property
    def gateway(self) -> Gateway:
        """The open gateway."""
        return self.works.gateway

    @property
    def account(self) -> Account:
        """Who asks; a handler behind a door for everybody must not ask for it."""
        if self._account is None:
            raise LookupError("nobody is signed in here")
        return self._account

    @property
    def source(self) -> str:
        """The address from which they ask."""
        return self.caller.source

    @property
    def is_here(self) -> bool:
        """Whether they ask from this machine."""
        return self.caller.is_here

    @property
    def is_secure(self) -> bool:
        """Whether nobody on the way can listen."""
        return self.caller.is_secure

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is."""
        return self._account is not None

    @property
    def signed(self) -> Visitor:
        """The session behind the request, perhaps before its second factor."""
        if self.visitor is None:
            raise LookupError("there is no session here")
        return self.visitor

    @cached_property
    def scope(self) -> Scope:
        """How far who asks may see."""
        return EVERYTHING if self.account.vendor is None else self.scope_of(self.account.vendor)

    def scope_of(self, vendor: str) -> Scope:
        """How far somebody of this vendor may see."""
        own = [it for it in self.gateway.workspace.connectors.values() if it.partner.vendor == vendor]
        posted = [channel.channel_of_files for it in own if it.api is not None for channel in it.api.receive]
        channels = [*(channel for it in own for channel in it.receive), *posted]
        known = self.gateway.master.references.known.vendors.get(vendor, Vendor(code=vendor))
        names = {known.integration_user, *(channel.user for channel in channels if channel.user)}
        return Scope(vendor, frozenset(it.connector for it in own), frozenset(names))

    def may(self, authority: Authority) -> bool:
        """Whether who asks may do this."""
        return self._account is not None and self._account.may(authority)

    @property
    def desk(self) -> Desk:
        """The desk at which they act."""
        gateway = self.gateway
        return Desk(store=self.store, master=gateway.master, clock=gateway.clock, user=self.account.id)

    @cached_property
    def reading(self) -> Reading:
        """How they read instants, days, amounts and counts."""
        zone = self.gateway.workspace.reference.organization.zone
        return reading_of(self.visitor.login.taste if self.visitor else None, zone=zone, now=self.gateway.clock.now())

    @cached_property
    def house(self) -> Organization:
        """The organization as the console shows it now."""
        return self.gateway.master.references.shown(self.gateway.store)

    @property
    def is_vendors(self) -> bool:
        """Whether a vendor's own user looks."""
        return self._account is not None and self._account.vendor is not None

    @property
    def today(self) -> date:
        """The day it is for the organization, by which lines are late."""
        return self.gateway.clock.now().astimezone(ZoneInfo(self.gateway.workspace.reference.organization.zone)).date()

    @property
    def is_fragment(self) -> bool:
        """Whether only a part of the page is asked for, by htmx; not when it restores a page from the history."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def wants_everything(self) -> bool:
        """Whether who asks sees every vendor."""
        return self.scope == EVERYTHING

    def doubt(self, text: str) -> None:
        """Something of the address cannot be read; once is enough."""
        if text not in self.doubts:
            self.doubts = (*self.doubts, text)

    def field(self, name: str, default: str = "") -> str:
        """A field of the form, or of the address, without the blanks around it."""
        value = self.form.get(name, self.query.get(name, default))
        return default if isinstance(value, UploadFile) else value.strip()

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file; None when there was none."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page, or the part of it that was asked for."""
        return self.works.pages.show(self, template, status=status, values=values)

    def vendor_named(self, code: str) -> str:
        """A vendor as screens tell it: its name and, in parentheses, its code; the code alone where no master data has it."""
        known = self.gateway.master.references.now(self.gateway.store, vendors=[code], carriers=()).vendors.get(code)
        return f"{known.name} ({code})" if known is not None and known.name else code

    def go(self, path: str, **query: str) -> Response:
        """Somewhere else, after a change."""
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=SEE_OTHER)
