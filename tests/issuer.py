"""A small issuer of identities on the loopback, for tests: one person, one client, codes that count once."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT, SECRET = "gateway", "a:secret/of ours"


class TestIssuer:
    """What it says can be changed: `lies` replaces claims."""

    __test__ = False

    def __init__(self, address: str, now: float) -> None:
        self.address = address
        self.now = now
        self.subject = "person-1"
        self.lies: dict[str, Any] = {}
        self.forge: Callable[[str], str] = lambda token: token
        """What becomes of a token on its way."""
        self._codes: dict[str, dict[str, str]] = {}

    def metadata(self) -> dict[str, str]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def let_in(self, address: str) -> str:
        """Somebody logs in at this address of ours; where they are sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, told: dict[str, str], authorization: str) -> dict[str, str] | None:
        """What a code is worth; once, for the client alone that has begun the login."""
        asked = self._codes.pop(told.get("code", ""), None)
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if asked is None or (name, secret) != (CLIENT, "a%3Asecret%2Fof%20ours") or told["redirect_uri"] != asked["redirect_uri"]:
            return None
        challenge = base64.urlsafe_b64encode(sha256(told["code_verifier"].encode()).digest()).decode().rstrip("=")
        if challenge != asked["code_challenge"]:
            return None
        claims = {"iss": self.address, "sub": self.subject, "aud": CLIENT, "iat": self.now, "exp": self.now + 60, "nonce": asked["nonce"]}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.forge(signed(claims | self.lies))}

    def keys(self) -> dict[str, Any]:
        """What it publishes: an old key, one of a kind that nobody knows, and the one that counts."""
        return {"keys": [{"kty": "RSA", "kid": "old", "n": "AQAB", "e": "AQAB"}, {"kty": "new"}, public_key("one", "ours")]}


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key of that name, drawn once."""
    return ec.generate_private_key(ec.SECP256R1())


def public_key(kid: str, of: str) -> dict[str, str]:
    """A key as it is published."""
    numbers = key(of).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "kid": kid, "x": _text(numbers.x.to_bytes(32)), "y": _text(numbers.y.to_bytes(32))}


def signed(claims: dict[str, Any], *, of: str = "ours", **header: Any) -> str:
    """A token with these claims."""
    told = f"{_part({'alg': 'ES256', 'kid': 'one'} | header)}.{_part(claims)}"
    r, s = decode_dss_signature(key(of).sign(told.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{told}.{_text(r.to_bytes(32) + s.to_bytes(32))}"


def _text(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _part(told: dict[str, Any]) -> str:
    return _text(json.dumps(told).encode())


@contextmanager
def issuing(now: float) -> Iterator[TestIssuer]:
    """An issuer that answers while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {"/.well-known/openid-configuration": issuer.metadata(), "/keys": issuer.keys()}
            self._say(pages.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            told = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(issuer.tokens(told, self.headers["authorization"]))

        def _say(self, told: dict[str, Any] | None) -> None:
            self.send_response(200 if told is not None else 400)
            self.end_headers()
            self.wfile.write(json.dumps(told or {"error": "invalid_grant"}).encode())

        def log_message(self, format: str, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = TestIssuer(f"http://127.0.0.1:{server.server_port}", now)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
