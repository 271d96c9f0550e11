"""Marks of what has left that cannot all be right: serial numbers by the piece, and numbers of packages (SSCC). Told, never refused."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.documents import ShipmentLine
from gateway.kernel.issues import Issue, Severity

LENGTH = 18
PREFIX = "00"


def odd_marks(line: ShipmentLine, number: int) -> Iterator[Issue]:
    """What is odd about the marks of a shipped line; it is booked all the same."""
    serials = list(dict.fromkeys(line.serials))
    if serials and len(serials) != line.quantity:
        text = f"{len(serials)} serial number{'s' if len(serials) > 1 else ''} for {line.quantity} pieces; each piece has one of its own"
        yield _odd("SHP-04", text, number, "serials", serials[0])
    if line.package and _is_sscc(line.package) and not is_right(line.package):
        text = f"package number {line.package} is no SSCC: its last digit does not fit the others"
        yield _odd("SHP-05", text, number, "package", line.package)


def is_right(sscc: str) -> bool:
    """Whether the check digit of an SSCC is the one that belongs to its other digits.

    >>> is_right("340123450000000000"), is_right("00340123450000000000"), is_right("340123450000000001")
    (True, True, False)
    """
    digits = [int(digit) for digit in sscc[-LENGTH:]]
    return sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _is_sscc(package: str) -> bool:
    """Eighteen digits, or twenty with the 00 that stands before it on the label; other packages have numbers of any kind."""
    return (
        package.isascii() and package.isdigit() and (len(package) == LENGTH or (len(package) == LENGTH + 2 and package.startswith(PREFIX)))
    )


def _odd(code: str, text: str, number: int, field: str, value: str) -> Issue:
    return Issue(code, text, where=f"line {number}", field=field, value=value[:80], line=number, severity=Severity.WARNING)
