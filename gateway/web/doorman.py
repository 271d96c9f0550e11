"""Who may ask, and what every answer says: by a name that is ours, in a size that is sane, and nothing a browser could be led astray by.

Source: OWASP ASVS 5.0, 3.4 (headers), 4.1.3 (proxies), 14.2.1 (nothing personal is kept by a browser).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.problems import Problem

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MOST = 10_000_000
"""Bytes of a request."""
CALLER = "gateway.caller"
"""Where the caller stands in the scope of a request."""
POLICY = "Content-Security-Policy"


def policy(*, pictures: str = "") -> str:
    """What a page of ours may load: from us alone, and pictures from one other site where it shows one."""
    images = f"'self' data: {pictures}".rstrip()
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


HEADERS = (
    ("Cache-Control", "no-store"),
    (POLICY, policy()),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "same-origin"),  # with no-referrer a browser sends the forms of our own pages as from nowhere (Origin: null)
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
SAFE_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")


class Caller(Struct, frozen=True):
    """From where a request came, as far as it can be known."""

    source: str
    """The address of the browser or program."""
    is_here: bool
    """Whether it came from this machine, and not through a proxy."""
    is_secure: bool
    """Whether it came by HTTPS, to us or to a proxy of ours."""
    origin: str
    """Scheme, name and port by which we were asked, as a browser writes them."""


FOR_PROGRAMS = ("/api/", "/Locate/")
"""Where programs ask."""


class TooLarge(Exception):
    """A request is larger than anything that we take."""


class Doorman:
    """Stands before the application. A Host that is not ours is a page of somebody else that points its name at us."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], proxies: Iterable[str] = (), most: int = MOST) -> None:
        self._app = app
        self._hosts = LOCAL | {host.lower() for host in hosts}
        self._proxies = tuple(ip_network(proxy) for proxy in proxies)
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        if scope["type"] != "http":
            return
        caller = self._caller(scope)
        scope[CALLER] = caller
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in (*HEADERS, *((SAFE_TRANSPORT,) if caller.is_secure else ())):
                    headers.setdefault(name, value)
            await send(message)

        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise TooLarge
            return message

        try:
            await (self._refusal(scope) or self._app)(scope, counted, dressed)
        except TooLarge:
            if not started:
                await _too_large(self._most, scope["path"])(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if scope["method"] not in METHODS:
            return PlainTextResponse("this method is not known here\n", status_code=405, headers={"Allow": ", ".join(METHODS)})
        if _host(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("unknown host; add its name to hosts of [web]\n", status_code=421)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > self._most:
            return _too_large(self._most, scope["path"])
        return None

    def _caller(self, scope: Scope) -> Caller:
        headers = Headers(scope=scope)
        peer = (scope.get("client") or ("", 0))[0]
        scheme, source = str(scope.get("scheme", "http")), peer
        through = "forwarded" in headers or "x-forwarded-for" in headers
        if through and self._is_ours(peer):
            # The last address is the one that our own proxy saw; those before it are what somebody says.
            source = headers.get("x-forwarded-for", peer).rpartition(",")[2].strip() or peer
            scheme = headers.get("x-forwarded-proto", scheme).rpartition(",")[2].strip()
        return Caller(
            source=source,
            is_here=not through and _is_loopback(peer),
            is_secure=scheme == "https",
            origin=f"{scheme}://{headers.get('host', '').lower()}",
        )

    def _is_ours(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in proxy for proxy in self._proxies)


def _too_large(most: int, path: str) -> ASGIApp:
    """In words for a browser, as a problem for programs."""
    title = f"A request has at most {most // 1_000_000} MB"
    if path.startswith(FOR_PROGRAMS):
        return Problem(status=413, title=title, remedy="Send it in parts, or as a file by the channel of its partner.").document()
    return PlainTextResponse(f"{title}\n", status_code=413)


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def _host(header: str) -> str:
    """The name without its port."""
    name, bracket, _ = header.partition("]")
    return (name + bracket if bracket else header.partition(":")[0]).lower()
