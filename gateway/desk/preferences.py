"""What a vendor sets by itself: its pack slips, its e-mail, and how both are written (sdf 8.1, 8.2). All else of it is the retailer's."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gateway.desk.acting import Mode
from gateway.desk.master import DEFAULT, ORDER, SET, Books, Edited, WordSheet, set_words, show_entry
from gateway.domain.master import MasterKind, Words
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

OWN = (
    *("generate_format", "pdf_form", "pull_sheet", "print_extracts", "email", "contact", "notices"),
    *("language", "date_format", "time_format", "number_format", "return_address"),
)
"""The words of a vendor that its own users may set."""
RETAILER = "the retailer, fixed"
"""From whom a value is that organization.yaml states; in which line is nothing for vendors."""


class Preference(Struct, frozen=True, kw_only=True):
    """One word, its value and whom it is from; one that organization.yaml states is the retailer's, and may not be set."""

    word: str
    value: Any
    origin: str
    is_free: bool


class PreferenceSheet(Struct, frozen=True, kw_only=True):
    """What a vendor may set by itself, as it is now."""

    vendor: str
    words: tuple[Preference, ...]


def is_free(word: WordSheet) -> bool:
    """Whether it may be changed here: organization.yaml does not say it."""
    return word.origin in {DEFAULT, ORDER, SET}


def show_preferences(books: Books, vendor: str) -> PreferenceSheet:
    """The preferences of a vendor."""
    sheet = show_entry(books, MasterKind.VENDOR, vendor, most=0)
    return PreferenceSheet(vendor=vendor, words=tuple(_preference(it) for it in sheet.words if it.word in OWN))


def set_preferences(books: Books, vendor: str, given: Words, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Edited:
    """New values; ConfigError also for a word of the vendor that is not its own to set."""
    strange = [unknown(word, OWN, what="preference") for word in given if word not in OWN]
    if strange:
        raise ConfigError(*strange)
    return set_words(books, MasterKind.VENDOR, vendor, given, reason=reason, mode=mode)


def _preference(it: WordSheet) -> Preference:
    return Preference(word=it.word, value=it.value, origin=it.origin if is_free(it) else RETAILER, is_free=is_free(it))
