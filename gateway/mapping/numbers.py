"""Numbers with a grammar of their own: Python's converters are far too friendly (`1_000`, `NaN`, Arabic digits)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from gateway.mapping.unfit import Unfit

_WHOLE = re.compile(r"([0-9]+)(?:\.0*)?", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_BELOW_ZERO = re.compile(r"-0*[1-9][0-9]*(?:\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[.,' \u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?|-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)", re.ASCII)
_SYMBOLS = re.compile(r"^(-?)\s*(?:[$€£¥]|[A-Z]{3}\s)\s*|\s*(?:[$€£¥]|\s[A-Z]{3})$")
LONGEST_INT = 9
LONGEST_DECIMAL = 18
OPTIONS = frozenset({"comma", "grouped", "round", "signafter", "symbol"})


def whole_digits(text: str) -> int:
    """Digits only."""
    if not _DIGITS.fullmatch(text):
        raise _no_whole_number(text)
    return _int(text)


def whole(text: str) -> int:
    """Digits, or digits and `.00`."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise _no_whole_number(text)
    return _int(found[1])


def _no_whole_number(text: str) -> Unfit:
    return Unfit("not_number", "is less than 0" if _BELOW_ZERO.fullmatch(text) else "is not a whole number")


def plain_decimal(text: str) -> Decimal:
    """Optional minus, digits, one point."""
    if not _DECIMAL.fullmatch(text):
        raise Unfit("not_number", "is not a number")
    if len(text) > LONGEST_DECIMAL + 2:
        raise Unfit("too_long", "has too many digits")
    return Decimal(text)


def exact_reader(digits: int, places: int) -> Callable[[str], Decimal | None]:
    """A raw text to a number that fits `dec digits.places`; judged by its text, which costs least. Blank is nothing."""
    match = _DECIMAL.fullmatch
    whole = digits - places
    fit = fitted(digits, places)

    def read(raw: str) -> Decimal | None:
        text = raw.strip()
        if not match(text):
            if text:
                raise Unfit("not_number", "is not a number")
            return None
        point = text.find(".")
        if point < 0:
            if len(text) <= whole:
                return Decimal(text)
        elif len(text) - point - 1 <= places and point <= whole:
            return Decimal(text)
        if len(text) > LONGEST_DECIMAL + 2:
            raise Unfit("too_long", "has too many digits")
        return fit(Decimal(text))

    return read


def places_of(number: Decimal) -> int:
    """Digits behind the point."""
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _within(number: Decimal, most: int) -> Decimal | None:
    """The number without the noughts there is no room for: 9.25000 is 9.2500 with four places; None where more than noughts has no room."""
    if places_of(number) <= most:
        return number
    shorter = number.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    return shorter if shorter == number else None


def fitted(digits: int, places: int) -> Callable[[Decimal], Decimal]:
    """The check that a number fits `dec digits.places`."""
    limit = Decimal(10) ** (digits - places)

    def fit(number: Decimal) -> Decimal:
        shorter = _within(number, places)
        if shorter is None:
            raise Unfit("bad_form", f"has more than {places} places")
        if abs(shorter) >= limit:
            raise Unfit("too_long", f"has more than {digits - places} digits before the point")
        return shorter

    return fit


def decimal_reader(most: int, options: Sequence[str]) -> Callable[[str], Decimal]:
    """A text to a number with at most so many places."""
    comma, grouped, rounds = "comma" in options, "grouped" in options, "round" in options
    symbol, sign_after = "symbol" in options, "signafter" in options
    if not options:

        def plain(text: str) -> Decimal:
            number = _within(plain_decimal(text), most)
            if number is None:
                raise Unfit("bad_form", f"has more than {most} places")
            return number

        return plain

    def read(text: str) -> Decimal:
        if symbol:
            text = _SYMBOLS.sub(r"\1", text).strip()
        if sign_after and text.endswith("-"):
            text = "-" + text[:-1].rstrip()
        if grouped:
            text = _ungrouped(text, "," if comma else ".")
        elif comma:
            if "." in text:
                raise Unfit("not_number", "is not a number with a decimal comma")
            text = text.replace(",", ".")
        number = plain_decimal(text)
        shorter = number.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP) if rounds and places_of(number) > most else _within(number, most)
        if shorter is None:
            raise Unfit("bad_form", f"has more than {most} places")
        return shorter

    return read


def _ungrouped(text: str, point: str) -> str:
    if not _GROUPED.fullmatch(text):
        raise Unfit("not_number", "is not a number")
    front, mark, back = text.rpartition(point)
    front, back = (front, back) if mark else (text, "")
    if point in front or not all(one.isdigit() for one in back):
        raise Unfit("not_number", "is not a number")
    marks = {one for one in front if not one.isdigit() and one != "-"}
    if len(marks) > 1:
        raise Unfit("not_number", "mixes thousands marks")
    for one in marks:
        front = front.replace(one, "")
    return f"{front}.{back}" if back else front


def decimal_writer(least: int, most: int, options: Sequence[str]) -> Callable[[Decimal], str]:
    """A number to text with at least and at most so many places."""
    comma, grouped, rounds, sign_after = "comma" in options, "grouped" in options, "round" in options, "signafter" in options

    def write(number: Decimal) -> str:
        if places_of(number) > most:
            rounded = number.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
            if rounded != number and not rounds:
                raise Unfit("bad_form", f"has more than {most} places")
            number = rounded
        text = f"{abs(number):{',' if grouped else ''}f}"
        front, _, back = text.partition(".")
        back = back.rstrip("0").ljust(least, "0")
        text = f"{front}.{back}" if back else front
        if comma:
            text = text.translate(_SWAP)
        if number < 0:
            return text + "-" if sign_after else "-" + text
        return text

    return write


_SWAP = str.maketrans(".,", ",.")


def implied_reader(places: int) -> Callable[[str], Decimal]:
    """`1795` is 17.95."""
    return lambda text: Decimal(whole_digits(text)).scaleb(-places)


def whole_implied_reader(places: int) -> Callable[[str], int]:
    """`2000` is 2 with three implied places; a part of one is no whole number."""

    def read(text: str) -> int:
        if not _DIGITS.fullmatch(text):
            raise _no_whole_number(text)
        front, back = text[:-places], text[-places:]
        if back.strip("0"):
            raise Unfit("not_number", f"is not a whole number with {places} implied places")
        return _int(front or "0")

    return read


def implied_writer(places: int) -> Callable[[Decimal], str]:
    """17.95 is `1795`."""

    def write(number: Decimal) -> str:
        scaled = number.scaleb(places)
        if scaled != scaled.to_integral_value():
            raise Unfit("bad_form", f"has more than {places} places")
        return str(int(scaled))

    return write


def divided(price: str | None, basis: str | None) -> Decimal:
    """A price for so many pieces, as the price of one; four places half-up."""
    if price is None:
        raise Unfit("missing", "has no price")
    amount = plain_decimal(price)
    if basis is None:
        return amount
    count = plain_decimal(basis)
    if count <= 0:
        raise Unfit("not_number", "has a basis that is not above zero")
    return amount if count == 1 else (amount / count).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def billed(price: str | None, basis: str | None, quantity: str | None, amount: str | None) -> Decimal:
    """The same, where the line also states its amount: a basis that contradicts the amount is passed over.

    Some senders write how many pieces the line has where the basis of the price belongs.
    """
    one = divided(price, basis)
    if price is None or basis is None or quantity is None or amount is None:
        return one
    due, count = plain_decimal(amount), plain_decimal(quantity)
    plain = plain_decimal(price)
    return plain if _cents(one * count) != _cents(due) == _cents(plain * count) else one


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


GRAMS = {"LB": Decimal("453.59237"), "KG": Decimal(1000), "OZ": Decimal("28.349523125"), "G": Decimal(1)}
UNITS = {
    "LB": "LB",
    "LBS": "LB",
    "LBR": "LB",
    "01": "LB",
    "KG": "KG",
    "KGS": "KG",
    "KGM": "KG",
    "OZ": "OZ",
    "ONZ": "OZ",
    "G": "G",
    "GR": "G",
    "GRM": "G",
}


def weight_reader(unit: str, house: str) -> Callable[[tuple[str | None, ...]], Decimal | None]:
    """(number, unit) to the unit of the house."""

    def read(parts: tuple[str | None, ...]) -> Decimal | None:
        if parts[0] is None:
            return None
        number = plain_decimal(parts[0])
        told = parts[1] if len(parts) > 1 else None
        found = UNITS.get(told.upper()) if told else unit
        if found is None:
            raise Unfit("not_in_table", f"has the unknown unit '{told}'")
        return number if found == house and number == round(number, 4) else _converted(number, found, house)

    return read


def weight_writer(unit: str, house: str) -> Callable[[Decimal], tuple[str, str]]:
    """The unit of the house to (number, unit)."""
    write = decimal_writer(0, 4, ())
    return lambda number: (write(number if unit == house else _converted(number, house, unit)), unit)


def _converted(number: Decimal, unit: str, into: str) -> Decimal:
    return (number * GRAMS[unit] / GRAMS[into]).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _int(text: str) -> int:
    if len(text.lstrip("0")) > LONGEST_INT:
        raise Unfit("too_long", f"has more than {LONGEST_INT} digits")
    return int(text)
