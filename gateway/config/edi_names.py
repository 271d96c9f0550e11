"""The names of both sides in ISA, GS and UNB, in production and in tests (edi 13)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from gateway.config.edi_versions import formed
from gateway.config.values import Model
from gateway.formats.edi.writer import Address

ID = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
"""Ids are compared without the blanks around them."""


def identity(most: int) -> Any:
    """A text of so many characters that can stand where partners are named."""

    def check(text: str) -> str:
        if len(text) > most or not ID.fullmatch(text):
            raise ValueError(f"'{text}' must be 1 to {most} printable characters of ASCII without blanks around them")
        return text

    return AfterValidator(check)


def _one_or_many(found: Any) -> Any:  # pydantic hands over whatever stood there
    return [found] if isinstance(found, dict) else found


class X12Id(Model):
    """A name in ISA and GS."""

    id: Annotated[str, identity(15)]
    """ISA06 or ISA08, without the blanks that fill it up."""
    qualifier: Annotated[str, formed("[0-9A-Z]{2}", "ZZ")] = "ZZ"
    """What kind of id it is: ISA05 or ISA07."""
    group: Annotated[str, identity(15)] | None = None
    """GS02 or GS03; without it the id."""

    @property
    def address(self) -> Address:
        """As it stands in ISA."""
        return Address(self.id, self.qualifier)


class EdifactId(Model):
    """A name in UNB."""

    id: Annotated[str, identity(35)]
    """0004 or 0010."""
    qualifier: Annotated[str, formed("[0-9A-Z]{1,4}", "14")] | None = None
    """What kind of id it is: 0007."""
    internal: Annotated[str, identity(14)] | None = None
    """The address within: 0008 or 0014."""

    @property
    def address(self) -> Address:
        """As it stands in UNB."""
        return Address(self.id, self.qualifier or "", self.internal or "")


X12Ids = Annotated[tuple[X12Id, ...], BeforeValidator(_one_or_many)]
EdifactIds = Annotated[tuple[EdifactId, ...], BeforeValidator(_one_or_many)]


class X12Tests(Model):
    """Other names for tests; who is not named here has the same one as in production."""

    ours: X12Ids = ()
    """Who we are in tests; the first is written, any is read."""
    theirs: X12Ids = ()
    """Who the partner is in tests; the first is written, any is read."""

    @model_validator(mode="after")
    def _named(self) -> X12Tests:
        _someone(self.ours, self.theirs)
        return self


class EdifactTests(Model):
    """Other names for tests; who is not named here has the same one as in production."""

    ours: EdifactIds = ()
    """Who we are in tests; the first is written, any is read."""
    theirs: EdifactIds = ()
    """Who the partner is in tests; the first is written, any is read."""

    @model_validator(mode="after")
    def _named(self) -> EdifactTests:
        _someone(self.ours, self.theirs)
        return self


def _someone(ours: tuple[X12Id | EdifactId, ...], theirs: tuple[X12Id | EdifactId, ...]) -> None:
    if not ours and not theirs:
        raise ValueError("names nobody; give ours, theirs or both, or leave 'tests' out where tests have the ids of production")


def addresses_of(names: Iterable[X12Id | EdifactId]) -> tuple[Address, ...]:
    """As they stand in ISA or UNB."""
    return tuple(dict.fromkeys(it.address for it in names))
