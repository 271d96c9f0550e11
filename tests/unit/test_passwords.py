"""Which passwords are good ones, and that what is kept of them fits them alone."""

from __future__ import annotations

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.desk import passwords
from gateway.desk.passwords import LONGEST, STAFF_LENGTH, VENDOR_LENGTH, faults, fits, hashed, least_length
from gateway.domain.access import Account

GOOD = (
    "correct horse battery staple",
    "seven grey herons over Kiel",
    "Ein Bier & zwei Brezn bitte",
    "x9#vQ2!mL7@pR4z",
    "839201746502938",
    "überraschend öde Fähren",
    "鯨と月と古い灯台守の静かな夜の歌です",
    "purple gateway of the north wind",
    "🐼🦊🐢🦉🐙🦀🐝🦋🐞🐬🦩🦔🦥🐿🦜 in a row",
)
BAD = (
    ("short", "use 15 to 128 characters"),
    ("correct horse!", "use 15 to 128 characters"),
    ("c" * 200, "use 15 to 128 characters"),
    ("aaaaaaaaaaaaaaaaaaaa", "different characters"),
    ("abababababababab", "different characters"),
    ("passwordpassword", "tried first"),
    ("password123456789", "tried first"),
    ("P4$$w0rd!2024summer", "tried first"),
    ("qwertyuiopasdfghjkl", "tried first"),
    ("1qaz qwerty 12345 asdf", "tried first"),
    ("zyxwvutsrqponmlk", "tried first"),
    ("vendorgateway2026!", "tried first"),
    ("Purchase-Order-Invoice", "tried first"),
    ("welcomewelcome123", "tried first"),
    ("anna went to the seaside", "your name or user id"),
    ("4nn4 went to the seaside", "your name or user id"),
    ("the one and only kaminski", "your name or user id"),
)
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_taken(password: str) -> None:
    assert faults(password, least=STAFF_LENGTH, about=("anna.k", "Anna Kaminski")) == ()


@pytest.mark.parametrize(("password", "told"), BAD)
def test_a_bad_password_is_refused_with_the_reason(password: str, told: str) -> None:
    assert any(told in fault for fault in faults(password, least=STAFF_LENGTH, about=("anna.k", "Anna Kaminski")))


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert len(faults("anna", least=STAFF_LENGTH, about=("anna.k",))) == 3


@pytest.mark.parametrize("lower", [STAFF_LENGTH, VENDOR_LENGTH])
def test_length_counts_in_characters_from_the_least_to_the_longest(lower: int) -> None:
    letters = "ßñ3ü9ö7ç1é5à"
    text = (letters * 11)[:LONGEST]
    assert faults(text[:lower], least=lower) == ()
    assert faults(text, least=lower) == ()
    assert faults(text[: lower - 1], least=lower)
    assert faults(text + "x", least=lower)


def test_vendors_may_use_shorter_ones_than_staff() -> None:
    anna = Account(id="anna.k", name="Anna", authorities=frozenset())
    lee = Account(id="lee.panda", name="Lee", authorities=frozenset(), vendor="257")
    assert (least_length(anna), least_length(lee)) == (15, 12)


@given(st.text(max_size=140))
@settings(max_examples=200)
def test_whatever_somebody_types_is_judged(password: str) -> None:
    wrong = faults(password, least=VENDOR_LENGTH, about=("anna.k",))
    assert all(fault and fault.isprintable() for fault in wrong)
    if not VENDOR_LENGTH <= len(password) <= LONGEST:
        assert wrong


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=20), st.text(max_size=20))
@settings(max_examples=30)
def test_a_hash_fits_its_password_and_no_other(password: str, other: str) -> None:
    kept = CHEAP.hash(password.encode("utf-8", "surrogatepass"))
    assert fits(password, kept)
    assert fits(other, kept) == (other == password)


def test_what_is_kept_is_argon2id_as_strong_as_promised() -> None:
    kept = hashed("correct horse battery staple")
    found = argon2.extract_parameters(kept)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (argon2.Type.ID, 19_456, 2, 1)
    assert fits("correct horse battery staple", kept)
    assert not fits("correct horse battery stapl", kept)
    assert kept != hashed("correct horse battery staple")


def test_somebody_without_a_password_costs_as_much_and_never_fits() -> None:
    nobody, real = argon2.extract_parameters(passwords._OF_NOBODY), argon2.extract_parameters(hashed("x"))
    assert (nobody.type, nobody.memory_cost, nobody.time_cost, nobody.parallelism, nobody.hash_len) == (
        real.type,
        real.memory_cost,
        real.time_cost,
        real.parallelism,
        real.hash_len,
    )
    assert not fits("", None)
    assert not fits("correct horse battery staple", None)


def test_what_is_no_hash_fits_nothing_and_what_is_too_long_is_not_hashed() -> None:
    assert not fits("correct horse battery staple", "not a hash")
    long = "correct horse " * 20
    assert not fits(long, CHEAP.hash(long))
