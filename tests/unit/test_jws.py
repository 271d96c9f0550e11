"""Signatures of tokens, each kind of key by its own algorithms."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gateway.kernel.errors import PolicyRefused
from gateway.web.jws import Key, payload_of, require_signed

RSA = rsa.generate_private_key(65537, 2048)
WEAK = rsa.generate_private_key(65537, 1024)
ED = Ed25519PrivateKey.generate()
CURVES = {
    "ES256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1(), hashes.SHA384(), 48),
    "ES512": (ec.SECP521R1(), hashes.SHA512(), 66),
}


def text(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8))


def of_rsa(key: rsa.RSAPrivateKey) -> Key:
    public = key.public_key().public_numbers()
    return Key(kty="RSA", n=number(public.n), e=number(public.e))


def made(alg: str) -> tuple[str, Key]:
    told = f"{text(json.dumps({'alg': alg}).encode())}.{text(b'{}')}"
    if alg == "EdDSA":
        return f"{told}.{text(ED.sign(told.encode()))}", Key(kty="OKP", crv="Ed25519", x=text(ED.public_key().public_bytes_raw()))
    if alg in CURVES:
        curve, digest, width = CURVES[alg]
        key = ec.generate_private_key(curve)
        r, s = decode_dss_signature(key.sign(told.encode(), ec.ECDSA(digest)))
        point = key.public_key().public_numbers()
        public = Key(kty="EC", crv=f"P-{curve.key_size}", x=text(point.x.to_bytes(width)), y=text(point.y.to_bytes(width)))
        return f"{told}.{text(r.to_bytes(width) + s.to_bytes(width))}", public
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[alg[2:]]
    pad = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH) if alg[0] == "P" else padding.PKCS1v15()
    return f"{told}.{text(RSA.sign(told.encode(), pad, digest))}", of_rsa(RSA)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "PS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_token_counts_with_its_own_key_alone(alg: str) -> None:
    token, key = made(alg)
    require_signed(token, [Key(kty="new"), key])
    assert payload_of(token) == b"{}"
    others = [made(it)[1] for it in ("RS256", "ES256", "ES384", "EdDSA") if it[:2] not in {alg[:2], {"PS": "RS"}.get(alg[:2])}]
    forged = f"{token.rpartition('.')[0][:-2]}AA.{token.rpartition('.')[2]}"
    for wrong, keys in ((token, others), (token, []), (forged, [key]), (token[:-8], [key])):
        with pytest.raises(PolicyRefused):
            require_signed(wrong, keys)


def test_a_key_that_is_too_short_signs_nothing() -> None:
    told = f"{text(json.dumps({'alg': 'RS256'}).encode())}.{text(b'{}')}"
    signature = text(WEAK.sign(told.encode(), padding.PKCS1v15(), hashes.SHA256()))
    with pytest.raises(PolicyRefused):
        require_signed(f"{told}.{signature}", [of_rsa(WEAK)])
