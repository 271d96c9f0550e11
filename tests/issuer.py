"""A small issuer of identities on the loopback, for tests: one person, one client, codes that count once."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "gateway", "a:secret/of ours"


class TestIssuer:
    """What it says can be changed: `lies` replaces claims."""

    __test__ = False

    def __init__(self, address: str, now: float) -> None:
        self.address = address
        self.now = now
        self.subject = "person-1"
        self.lies: dict[str, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def metadata(self) -> dict[str, str]:
        return {"issuer": self.address, "authorization_endpoint": f"{self.address}/authorize", "token_endpoint": f"{self.address}/token"}

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
        return {"access_token": "x", "token_type": "Bearer", "id_token": f"{_part({'alg': 'RS256'})}.{_part(claims | self.lies)}.c2ln"}


def _part(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


@contextmanager
def issuing(now: float) -> Iterator[TestIssuer]:
    """An issuer that answers while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(issuer.metadata() if self.path == "/.well-known/openid-configuration" else None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            told = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(issuer.tokens(told, self.headers["authorization"]))

        def _say(self, told: dict[str, str] | None) -> None:
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
