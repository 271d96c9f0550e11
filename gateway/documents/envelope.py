"""What stands around a document, and the party it names."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from gateway.documents.kinds import T3U, T10, T15, T15U, T20, T30, T35, T40, T60, T80, T254


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who sent the file to whom, when and as what (sdf 2.2.1; ISA/GS/ST, UNB/UNH)."""

    sender: T35 | None = None
    receiver: T35 | None = None
    version: T20 | None = None
    sent_at: datetime | None = None
    reference: T80 | None = None
    test: bool | None = None


class Party(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A person or company with an address (sdf 2.2.3)."""

    id: T35 | None = None
    prefix: T15 | None = None
    first_name: T40 | None = None
    middle_name: T40 | None = None
    last_name: T60 | None = None
    suffix: T15 | None = None
    company: T60 | None = None
    address1: T60 | None = None
    apartment: T20 | None = None
    address2: T60 | None = None
    address3: T60 | None = None
    address4: T60 | None = None
    city: T60 | None = None
    region: T10 | None = None
    postal_code: T15U | None = None
    country: T3U | None = None
    day_phone: T30 | None = None
    evening_phone: T30 | None = None
    email: T254 | None = None
