"""Passwords: what makes a good one, their hashes (Argon2id), and never more than two hashings at once.

The parameters are the least that the storage guide of OWASP names: 19 MiB, two rounds, one lane.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gateway.domain.access import Account

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
_LONGEST_FIRST = sorted(COMMON, key=len, reverse=True)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "azertyuiop",
)
_KEYS = (*_ROWS, *(row[::-1] for row in _ROWS))
_RUN = 4
"""So many neighbouring keys in a row are a pattern."""
_PLAIN = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"})
_OF_NOBODY = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
"""A hash that nobody's password has; checking it takes as long as any other."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_places = BoundedSemaphore(AT_ONCE)


def faults(password: str, *, least: int, about: Iterable[str] = ()) -> tuple[str, ...]:
    """What is wrong with a new password, one sentence each; `about` holds words of the person, such as the id and the name."""
    return tuple(_faults(password, least, tuple(about)))


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _places:
        return _hasher.hash(_bytes(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes the same time for somebody who has none."""
    if len(password) > LONGEST:
        return False
    with _places:
        try:
            _hasher.verify(kept or _OF_NOBODY, _bytes(password))
        except (Argon2Error, InvalidHashError):
            return False
    return kept is not None


def least_length(account: Account) -> int:
    """How long the password of this account must be."""
    return STAFF_LENGTH if account.vendor is None else VENDOR_LENGTH


def _bytes(password: str) -> bytes:
    """Any characters, even those that a broken browser sends."""
    return password.encode("utf-8", "surrogatepass")


def _faults(password: str, least: int, about: tuple[str, ...]) -> Iterator[str]:
    if not least <= len(password) <= LONGEST:
        yield f"use {least} to {LONGEST} characters; a sentence of four or five words is easy to remember"
    lower = password.lower()
    if len(set(lower)) < DISTINCT:
        yield f"use at least {DISTINCT} different characters"
    elif any(len(_left_of(text)) < DISTINCT for text in _readings(lower)):
        yield "this is one that is tried first: made of common words, of neighbouring keys, or of words of our trade"
    named = [word for name in about for word in re.split(r"[\W_]+", name.lower()) if len(word) > 3]
    if any(word in text for word in named for text in _readings(lower)):
        yield "do not use your name or user id in it"


def _readings(password: str) -> tuple[str, str]:
    """As it stands, and with figures read as the letters that they stand for."""
    return password, password.translate(_PLAIN)


def _left_of(password: str) -> set[str]:
    """The letters and figures that are left when common words and runs of neighbouring keys are taken away."""
    rest = _without_runs(password)
    for word in _LONGEST_FIRST:
        rest = rest.replace(word, " ")
    return {letter for letter in _without_runs(rest) if letter.isalnum()}


def _without_runs(text: str) -> str:
    kept, place = [], 0
    while place < len(text):
        length = max(_run_at(text, place, keys) for keys in _KEYS)
        kept.append(" " if length >= _RUN else text[place])
        place += length if length >= _RUN else 1
    return "".join(kept)


def _run_at(text: str, place: int, keys: str) -> int:
    """How many characters from here on stand side by side on these keys."""
    start = keys.find(text[place])
    if start < 0:
        return 0
    return next((n for n, key in enumerate(keys[start:]) if text[place + n : place + n + 1] != key), len(keys) - start)
