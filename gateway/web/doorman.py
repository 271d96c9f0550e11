"""Who may ask, and what every answer says: reading only, by a name that is ours, and nothing a browser could be led astray by."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
METHODS = frozenset({"GET", "HEAD"})
HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


class Doorman:
    """Stands before the application. A Host that is not ours is a page of somebody else that points its name at us."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = LOCAL | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer why not."""
        if scope["type"] != "http":
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    headers[name] = value
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if scope["method"] not in METHODS:
            return PlainTextResponse("this address is for reading: GET\n", status_code=405, headers={"Allow": "GET, HEAD"})
        if _host(Headers(scope=scope).get("host", "")) not in self._hosts:
            return PlainTextResponse("unknown host; add its name to hosts of [web]\n", status_code=421)
        return None


def _host(header: str) -> str:
    """The name without its port."""
    name, bracket, _ = header.partition("]")
    return (name + bracket if bracket else header.partition(":")[0]).lower()
