"""Tokens with a signature (JWS, RFC 7515) against the keys that their issuer publishes (JWK, RFC 7517); reading what they say is not here.

The name of the algorithm decides which kind of key counts, so that no key is taken for another kind; `none`, shared secrets and
extensions that must be understood are refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from msgspec import Struct

from gateway.kernel.errors import PolicyRefused
from gateway.kernel.typed import decode

LEAST_BITS = 2048
"""Of an RSA key."""
MOST_KEYS = 50
"""Keys that are tried for one token."""
PARTS = 3
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = MappingProxyType({"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512})
_CURVES: Mapping[str, tuple[str, type[ec.EllipticCurve], int]] = MappingProxyType(
    {"ES256": ("P-256", ec.SECP256R1, 32), "ES384": ("P-384", ec.SECP384R1, 48), "ES512": ("P-521", ec.SECP521R1, 66)}
)
"""Of each algorithm: the curve as keys name it, and the bytes of a number on it."""
_UNREADABLE = "the issuer's answer cannot be read"


class Key(Struct, frozen=True):
    """A public key as an issuer publishes it."""

    kty: str
    kid: str = ""
    use: str = "sig"
    alg: str = ""
    crv: str = ""
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


class _Header(Struct, frozen=True):
    alg: str
    kid: str = ""
    crit: msgspec.Raw | None = None


def payload_of(token: str) -> bytes:
    """What a token says, believed or not; PolicyRefused where it is none."""
    return _bytes(_parts(token)[1])


def require_signed(token: str, keys: Iterable[Key]) -> None:
    """PolicyRefused unless one of the keys has signed the token."""
    head, body, sign = _parts(token)
    header = _header(head)
    check = _CHECKS.get(header.alg)
    if check is None or header.crit is not None:
        raise PolicyRefused(f"the issuer signs in a way that is not taken here: {header.alg[:20]}; let it sign with RS256, PS256 or ES256")
    told, signature = f"{head}.{body}".encode("ascii"), _bytes(sign)
    fitting = [it for it in keys if it.use == "sig" and it.alg in {"", header.alg} and (not header.kid or it.kid in {"", header.kid})]
    if not any(_has_signed(check, it, header.alg, signature, told) for it in fitting[:MOST_KEYS]):
        raise PolicyRefused("the issuer's answer does not count: none of its published keys has signed it")


def _has_signed(check: Callable[[Key, str, bytes, bytes], None], key: Key, alg: str, signature: bytes, told: bytes) -> bool:
    try:
        check(key, alg, signature, told)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, PolicyRefused):
        return False
    return True


def _rsa(key: Key, alg: str, signature: bytes, told: bytes) -> None:
    if key.kty != "RSA":
        raise InvalidSignature
    public = rsa.RSAPublicNumbers(_number(key.e), _number(key.n)).public_key()
    if public.key_size < LEAST_BITS:
        raise InvalidSignature
    digest = _HASHES[alg[2:]]()
    is_pss = alg.startswith("PS")
    pad = padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.DIGEST_LENGTH) if is_pss else padding.PKCS1v15()
    public.verify(signature, told, pad, digest)


def _ec(key: Key, alg: str, signature: bytes, told: bytes) -> None:
    name, curve, width = _CURVES[alg]
    if (key.kty, key.crv) != ("EC", name) or len(signature) != 2 * width:
        raise InvalidSignature
    public = ec.EllipticCurvePublicNumbers(_number(key.x), _number(key.y), curve()).public_key()
    both = encode_dss_signature(int.from_bytes(signature[:width]), int.from_bytes(signature[width:]))
    public.verify(both, told, ec.ECDSA(_HASHES[alg[2:]]()))


def _ed(key: Key, _: str, signature: bytes, told: bytes) -> None:
    if (key.kty, key.crv) != ("OKP", "Ed25519"):
        raise InvalidSignature
    Ed25519PublicKey.from_public_bytes(_bytes(key.x)).verify(signature, told)


_CHECKS: Mapping[str, Callable[[Key, str, bytes, bytes], None]] = MappingProxyType(
    {**{f"{kind}{size}": _rsa for kind in ("RS", "PS") for size in _HASHES}, **dict.fromkeys(_CURVES, _ec), "EdDSA": _ed}
)


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != PARTS or not token.isascii():
        raise PolicyRefused(_UNREADABLE)
    return parts[0], parts[1], parts[2]


def _header(text: str) -> _Header:
    try:
        return decode(_bytes(text), _Header)
    except msgspec.MsgspecError as error:
        raise PolicyRefused(_UNREADABLE) from error


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise PolicyRefused(_UNREADABLE) from error
