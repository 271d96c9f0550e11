"""What organization.yaml holds in its fields: the words of its lists, and texts, codes and numbers with their limits (sdf 1, 8.1)."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from gateway.config.schedule import read_zone
from gateway.config.values import read_code

VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")
PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")


class Requirement(StrEnum):
    """What a shipment with a carrier must tell."""

    TRACKING = "tracking"
    WEIGHT = "weight"
    FREIGHT = "freight"


class GenerateFormat(StrEnum):
    """What a pack slip generation produces (sdf 6.1)."""

    PDF = "pdf"
    CSV = "csv"
    BOTH = "both"


class PdfForm(StrEnum):
    """The look of a pack slip."""

    GRAPHICAL = "graphical"
    NON_GRAPHICAL = "non-graphical"


class Step(StrEnum):
    """A step of a vendor's workflow for orders made by hand."""

    APPROVE = "approve"
    BATCH = "batch"


class Paper(StrEnum):
    """The size of printed pages."""

    LETTER = "letter"
    A4 = "a4"


class WeightUnit(StrEnum):
    """The organization's unit of weight."""

    LB = "LB"
    KG = "KG"
    OZ = "OZ"
    G = "G"


class VendorNotice(StrEnum):
    """An e-mail that a vendor may get (sdf 8.4)."""

    NEW_ORDER = "new_order"
    UPLOAD_ERROR = "upload_error"
    INVOICE_BALANCE = "invoice_balance"
    CHANGE_REQUEST = "change_request"
    COST_CHANGE = "cost_change"


class RetailerNotice(StrEnum):
    """An e-mail that the retailer may get (sdf 8.4; the last one is that of the acknowledgement watchdog)."""

    CHANGE = "change"
    UPLOAD_ERROR = "upload_error"
    INVOICE_BALANCE = "invoice_balance"
    UNACKNOWLEDGED = "unacknowledged"


def _short_text(text: str) -> str:
    if len(text) > 40 or not text.isprintable():
        raise ValueError("must be a printable text of at most 40 characters")
    return text


def _short_name(text: str) -> str:
    if len(text) > 35 or not text.isprintable():
        raise ValueError("must be a printable text of at most 35 characters")
    return text


def read_short_code(text: Any) -> str:
    """A code of at most 10 characters, as organizations and vendors have (sdf 1)."""
    found = read_code(str(text))
    if len(found) > 10:
        raise ValueError(f"'{found}' is too long; a code has at most 10 characters here")
    return found


def _long_text(text: str) -> str:
    if len(text) > 60 or not text.isprintable():
        raise ValueError("must be a printable text of at most 60 characters")
    return text


def _country(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z]{2,3}", text):
        raise ValueError(f"'{text}' is not a country code of two or three letters")
    return text.upper()


def _address(text: str) -> str:
    if len(text) > 255 or any(piece.count("@") != 1 for piece in re.split(r"[;,]\s*", text) if piece):
        raise ValueError(f"'{text}' is not an e-mail address; several are parted by commas")
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        raise ValueError(f"'{text}' is not a language; write its two small letters, such as en or de")
    return text


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError(f"'{text}' is not a currency code of three capital letters")
    return text


def _number(pattern: re.Pattern[str], words: str, most: Decimal) -> BeforeValidator:
    def convert(found: Any) -> Any:
        if isinstance(found, Decimal):
            return found
        if not isinstance(found, str) or not pattern.fullmatch(found) or Decimal(found) > most:
            raise ValueError(f"'{found}' is not {words}")
        return Decimal(found)

    return BeforeValidator(convert)


def _picture(text: str) -> str:
    path = PurePosixPath(text)
    if text and (path.is_absolute() or ".." in path.parts or path.suffix.lower() not in {".png", ".jpg", ".jpeg", ".gif"}):
        raise ValueError(f"'{text}' is not a picture of the workspace; name a .png, .jpg or .gif file by its path from there")
    return text


_AS_TEXT = PlainSerializer(str, return_type=str, when_used="json")
_NUMBER = WithJsonSchema({"type": ["string", "number"]})

ShortCode = Annotated[str, BeforeValidator(read_short_code), WithJsonSchema({"type": ["string", "integer"], "maxLength": 10})]
Name = Annotated[str, AfterValidator(_short_name)]
Text = Annotated[str, AfterValidator(_short_text)]
Long = Annotated[str, AfterValidator(_long_text)]
Country = Annotated[str, AfterValidator(_country)]
Logo = Annotated[str, AfterValidator(_picture)]
Address = Annotated[str, AfterValidator(_address)]
Currency = Annotated[str, AfterValidator(_currency)]
Language = Annotated[str, AfterValidator(_language)]
Zone = Annotated[str, AfterValidator(read_zone)]
Version = Annotated[Decimal, _number(VERSION, "a version like 4.5", Decimal(9_999)), _AS_TEXT, _NUMBER]
Percent = Annotated[Decimal, _number(PERCENT, "a percentage from 0 to 100 with at most two places", Decimal(100)), _AS_TEXT, _NUMBER]
