"""Exact amounts: rounding half-up is a rule of the business (sdf 2.2.4)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
UNIT_COST = Decimal("0.0001")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """The amount with two places, half-up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def places(amount: Decimal, count: int) -> Decimal:
    """The amount with `count` places, half-up."""
    return amount.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP)


def shortest(amount: Decimal) -> Decimal:
    """The same amount with two places where two say all, else with those it has.

    >>> shortest(Decimal("8.9800")), shortest(Decimal("0.1250"))
    (Decimal('8.98'), Decimal('0.1250'))
    """
    short = cents(amount)
    return short if short == amount else amount


def plain(amount: Decimal) -> Decimal:
    """The same amount as people write it: two places, or as many more as it needs.

    >>> plain(Decimal("8.9800")), plain(Decimal("9.9810")), plain(Decimal("0.0001"))
    (Decimal('8.98'), Decimal('9.981'), Decimal('0.0001'))
    """
    short = cents(amount)
    return short if short == amount else amount.normalize()
