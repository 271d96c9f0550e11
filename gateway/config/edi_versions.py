"""Versions of X12 and EDIFACT by kind of document and direction, and the control numbers that we begin with (edi 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.config.values import Count, Model
from gateway.formats.edi import Standard
from gateway.formats.edi.dictionary import known_sets
from gateway.kernel.yaml_text import unknown

HIGHEST = 999_999_999
"""A control number has nine digits at most."""
ANSWERED = MappingProxyType({"997": "answer_version", "999": "answer_version", "CONTRL": "", "TA1": ""})
"""Answers are no documents: the word that says their version, where one does."""


def formed(pattern: str, example: str) -> Any:
    """A text of this form, or a message that shows one."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"'{text}' is not right here; write it as {example}")
        return text

    return AfterValidator(check)


def _document(standard: Standard) -> Any:
    def check(type_: str) -> str:
        word = ANSWERED.get(type_)
        if word is not None:
            remedy = f"its version is that of '{word}'" if word else "its version is that of what it answers"
            raise ValueError(f"{type_} is an answer, no document; {remedy}")
        known = [one for one in known_sets(standard) if one not in ANSWERED]
        if type_ not in known:
            raise ValueError(unknown(type_, known, what="set" if standard is Standard.X12 else "message"))
        return type_

    return AfterValidator(check)


def _one_or_more(found: Any) -> Any:  # pydantic hands over whatever stood there
    return [found] if isinstance(found, str) else found


def _some(found: tuple[str, ...]) -> tuple[str, ...]:
    if not found:
        raise ValueError("names no version; leave the word out where any will do")
    return tuple(dict.fromkeys(found))


def _control(number: int) -> int:
    if number > HIGHEST:
        raise ValueError(f"{number} has more than nine digits")
    return number


X12Version = Annotated[str, formed(r"00[2-9][0-9]{3}", "004010")]
EdifactVersion = Annotated[str, formed(r"[A-Z]\.[0-9]{2}[A-Z]", "D.96A")]
X12Document = Annotated[str, _document(Standard.X12)]
EdifactDocument = Annotated[str, _document(Standard.EDIFACT)]
X12Several = Annotated[tuple[X12Version, ...], BeforeValidator(_one_or_more), AfterValidator(_some)]
EdifactSeveral = Annotated[tuple[EdifactVersion, ...], BeforeValidator(_one_or_more), AfterValidator(_some)]
Control = Annotated[Count, AfterValidator(_control), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": HIGHEST})]


class X12Versions(Model):
    """Versions of single kinds of documents."""

    send: Mapping[X12Document, X12Version] = Field(default_factory=dict)
    """What we write of this set, where it is not `version`: {"856": "005010"}."""
    receive: Mapping[X12Document, X12Several] = Field(default_factory=dict)
    """What the partner may send of this set; another version is refused. Sets that are not named come as layouts read them."""


class EdifactVersions(Model):
    """Versions of single kinds of documents."""

    send: Mapping[EdifactDocument, EdifactVersion] = Field(default_factory=dict)
    """What we write of this message, where it is not `version`: {ORDERS: D.01B}."""
    receive: Mapping[EdifactDocument, EdifactSeveral] = Field(default_factory=dict)
    """What the partner may send of this message; another version is refused. Messages that are not named come as layouts read them."""


class X12First(Model):
    """The control numbers that production begins with."""

    interchange: Control = 1
    """ISA13 of the first interchange."""
    group: Control = 1
    """GS06 of the first group of each functional id."""
    set: Control = 1
    """ST02 of the first set of each kind."""

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Of interchange, group and set."""
        return self.interchange, self.group, self.set


class EdifactFirst(Model):
    """The control references that production begins with."""

    interchange: Control = 1
    """0020 of the first interchange."""
    message: Control = 1
    """0062 of the first message of each kind."""

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Of interchange, group (there is none) and message."""
        return self.interchange, 1, self.message
