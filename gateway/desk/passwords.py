"""Passwords: what makes a good one, their hashes (Argon2id), and never more than two hashings at once.

Source: promises 4.3, L2; the parameters are the least that the storage guide of OWASP names: 19 MiB, two rounds, one lane.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

STAFF_LENGTH, VENDOR_LENGTH, LONGEST = 15, 12, 128
AT_ONCE = 2
DISTINCT = 6
"""A password of fewer different characters is a pattern."""
_WORDS = """
password passwort passw0rd motdepasse contrasena senha welcome willkommen bienvenue letmein changeme secret geheim default
admin administrator root user guest test testing master login access iloveyou sunshine princess football baseball dragon monkey
superman batman shadow qwerty qwertz azerty asdfgh yxcvbn zxcvbn trustno abc abcdef hello hallo summer winter spring autumn
january february march april june july august september october november december monday friday love money company office
gateway vendor vendorgateway retailer supplier dropship shipping shipment order orders purchase purchaseorder invoice warehouse
"""
COMMON = frozenset(_WORDS.split())
"""Words that common passwords are made of, and the words of our own trade."""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "azertyuiop")
_RUN = 5
_PLAIN = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"})

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_places = BoundedSemaphore(AT_ONCE)


def faults(password: str, *, least: int, about: Iterable[str] = ()) -> tuple[str, ...]:
    """What is wrong with a new password, one sentence each; `about` holds words of the person, such as the id and the name."""
    return tuple(_faults(password, least, tuple(about)))


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _places:
        return _hasher.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes the same time for somebody who has none."""
    if len(password) > LONGEST:
        return False
    with _places:
        try:
            _hasher.verify(kept or _of_nobody(), password)
        except (Argon2Error, InvalidHashError):
            return False
    return kept is not None


@cache
def _of_nobody() -> str:
    return _hasher.hash("nobody has this password")


def _faults(password: str, least: int, about: tuple[str, ...]) -> Iterator[str]:
    if not least <= len(password) <= LONGEST:
        yield f"use {least} to {LONGEST} characters; a sentence of four or five words is easy to remember"
    if len(set(password.lower())) < DISTINCT:
        yield f"use at least {DISTINCT} different characters"
    if _is_common(password.lower()):
        yield "this is one that is tried first: made of a common word, of neighbouring keys, or of a word of our trade"
    named = [word for name in about for word in re.split(r"[^\w]+", name.lower()) if len(word) > 3]
    if any(word in password.lower() for word in named):
        yield "do not use your name or user id in it"


def _is_common(password: str) -> bool:
    """Whether nothing much is left when common words, runs of neighbouring keys and ornaments are taken away."""
    rest = password.translate(_PLAIN)
    for word in sorted(COMMON, key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = re.sub(r"[^a-z]+", "", _without_runs(rest))
    digits = re.sub(r"\D+", "", _without_runs(password))
    return len(set(rest)) + len(set(digits)) < DISTINCT


def _without_runs(text: str) -> str:
    for row in _ROWS:
        for keys in (row, row[::-1]):
            for start in range(len(keys) - _RUN + 1):
                text = text.replace(keys[start : start + _RUN], " ")
    return text
