"""An issuer of identities as we ask it (OpenID Connect, authorization code with PKCE): where people log in, and whom it has seen.

The token comes from the issuer itself over TLS, in answer to our secret, and is signed by a key that the issuer publishes; what it
says is checked claim by claim (OpenID Connect Core 1.0, 3.1.3.7). Nothing of it is believed but issuer and subject.
"""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from gateway.config.settings import OidcSettings
from gateway.kernel.errors import EndpointDown, PolicyRefused
from gateway.kernel.secret import Secret
from gateway.kernel.typed import decode
from gateway.web.jws import Key, payload_of, require_signed

PATIENCE = 10
LARGEST = 256 * 1024
SLACK = 60
"""Seconds by which clocks may differ."""
T = TypeVar("T")


class Metadata(Struct, frozen=True):
    """What the issuer says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Keys(Struct, frozen=True):
    """The keys that it signs with; those of kinds that we do not know are passed over."""

    keys: tuple[Key, ...]


class Tokens(Struct, frozen=True):
    """What it gives for a code; the rest does not matter."""

    id_token: str


class Claims(Struct, frozen=True):
    """What it says of who has logged in."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str = ""
    azp: str | None = None


class Started(Struct, frozen=True):
    """A login under way, as the browser brings it back: what the answer must carry."""

    state: str
    nonce: str
    verifier: str


class Issuer:
    """The issuer of the settings; what it says of itself is asked for each login, for that is seldom."""

    def __init__(self, settings: OidcSettings, secret: Secret) -> None:
        self._settings = settings
        self._secret = secret
        self._open = urllib.request.build_opener(_NoWay, urllib.request.ProxyHandler({})).open

    def address(self, started: Started, *, back: str) -> str:
        """Where the browser goes to log in."""
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._settings.client,
            "redirect_uri": back,
            "state": started.state,
            "nonce": started.nonce,
            "code_challenge": _text(sha256(started.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        endpoint = self._metadata().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def subject(self, code: str, started: Started, *, back: str, now: datetime) -> str:
        """Whom the issuer has seen; PolicyRefused when what it says does not belong to this login, EndpointDown when it cannot be asked."""
        told = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": started.verifier}
        pair = f"{quote(self._settings.client, safe='')}:{quote(self._secret.reveal(), safe='')}"
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        known = self._metadata()
        asked = urllib.request.Request(known.token_endpoint, urlencode(told).encode(), headers)  # noqa: S310 (https, checked)
        token = self._asked(asked, Tokens).id_token
        require_signed(token, self._asked(urllib.request.Request(known.jwks_uri), Keys).keys)  # noqa: S310 (the same)
        claims = _claims(token)
        wrong = self._wrong(claims, started, now.timestamp())
        if wrong:
            raise PolicyRefused(f"the issuer's answer does not count: {wrong}")
        return claims.sub

    def _wrong(self, claims: Claims, started: Started, now: float) -> str:
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        client = self._settings.client
        if claims.iss != self._settings.issuer:
            return "another issuer speaks"
        if client not in audience or (len(audience) > 1 and claims.azp != client) or claims.azp not in {None, client}:
            return "it is meant for another client"
        if not claims.exp + SLACK > now >= claims.iat - SLACK:
            return "it has run out, or is from the future; do the clocks agree?"
        if not compare_digest(claims.nonce.encode(), started.nonce.encode()):
            return "it belongs to another login"
        return "" if claims.sub else "it names nobody"

    def _metadata(self) -> Metadata:
        address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        told = self._asked(urllib.request.Request(address), Metadata)  # noqa: S310 (https, checked)
        if told.issuer != self._settings.issuer:
            raise PolicyRefused(f"at {self._settings.issuer} another issuer speaks: {told.issuer[:200]}")
        scheme = urlsplit(self._settings.issuer).scheme
        if any(urlsplit(it).scheme not in {"https", scheme} for it in (told.authorization_endpoint, told.token_endpoint, told.jwks_uri)):
            raise PolicyRefused("the issuer names an address without TLS")
        return told

    def _asked(self, request: urllib.request.Request, kind: type[T]) -> T:
        try:
            with self._open(request, timeout=PATIENCE) as answer:
                return decode(answer.read(LARGEST), kind)
        except urllib.error.HTTPError as error:
            with error:
                raise PolicyRefused(f"the issuer refuses: it answers {error.code}") from error
        except OSError as error:
            raise EndpointDown(f"the issuer cannot be asked: {getattr(error, 'reason', None) or error}") from error
        except msgspec.MsgspecError as error:
            raise PolicyRefused("the issuer's answer cannot be read") from error


class _NoWay(urllib.request.HTTPRedirectHandler):
    """Nobody is followed elsewhere with a secret."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """No."""


def _claims(token: str) -> Claims:
    try:
        return decode(payload_of(token), Claims)
    except (msgspec.MsgspecError, ValueError) as error:
        raise PolicyRefused("the issuer's answer cannot be read") from error


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
