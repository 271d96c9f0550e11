"""What the gateway answers about exactly one file (sdf 2.5, 3.5, 3.6, 4.2)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from gateway.documents.envelope import Envelope
from gateway.documents.kinds import T10, T30, T35, T60, T255, Code


class ResultError(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that is wrong with one entry."""

    code: T10
    text: T255
    line: int | None = None
    field: T60 | None = None


class ResultEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What became of one document or row. PENDING waits for the vendor's answer, EARLY for the document that it needs."""

    result: Annotated[str, Code(("CREATED", "DUPLICATE", "REJECTED", "APPLIED", "PENDING", "EARLY"))]
    key: T35 | None = None
    row: int | None = None
    line: int | None = None
    quantity: int | None = None
    request_id: T35 | None = None
    action: T30 | None = None
    errors: tuple[ResultError, ...] = ()


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The answer to one file."""

    file: T255
    status: Annotated[str, Code(("ACCEPTED", "PARTIAL", "REJECTED"))]
    received: int | None = None
    created: int | None = None
    duplicate: int | None = None
    rejected: int | None = None
    pending: int | None = None
    early: int | None = None
    entries: tuple[ResultEntry, ...] = ()
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
