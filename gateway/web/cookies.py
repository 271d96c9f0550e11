"""The cookie that carries the token of a session: for this host alone, out of the reach of scripts."""

from __future__ import annotations

from starlette.responses import Response

SECURE, PLAIN = "__Host-gateway", "gateway"
"""Its name over HTTPS, where a browser lets nobody else set it, and over plain HTTP on the loopback."""


def name_of(*, is_secure: bool) -> str:
    """The name of the cookie on this kind of connection."""
    return SECURE if is_secure else PLAIN


def give(response: Response, token: str, *, is_secure: bool) -> Response:
    """Begin or go on with a session; the browser forgets it when it is closed."""
    response.set_cookie(name_of(is_secure=is_secure), token, secure=is_secure, httponly=True, samesite="lax", path="/")
    return response


def take(response: Response, *, is_secure: bool) -> Response:
    """The session has ended."""
    response.delete_cookie(name_of(is_secure=is_secure), secure=is_secure, httponly=True, samesite="lax", path="/")
    return response
