"""A purchase order comes in: rules of sdf 2.1 to 2.5, defaults, and what is created along the way."""

from __future__ import annotations

from datetime import datetime

from gateway.documents import Envelope, Order
from gateway.domain.order import OrderKey
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from gateway.domain.reference import Reference
from gateway.kernel.issues import Issue


def file_rules(envelope: Envelope, *, reference: Reference, origin: Origin) -> tuple[Issue, ...]:
    """What refuses a whole file: DSO-002 to 004 from a retailer, 3000 and 3001 from a vendor. For intake's first pass."""
    raise NotImplementedError


def digest_of(document: Order) -> str:
    """The canonical form of an order, by fields and without envelope: the same content re-encoded gives the same digest."""
    raise NotImplementedError


def create(document: Order, key: OrderKey, *, reference: Reference, origin: Origin, at: datetime, stored: Order | None = None) -> Outcome:
    """Take an order, or say all that is wrong with it.

    When the key is taken already: DUPLICATE (DSO-110), or CONFLICT (DSO-111) with the difference to `stored` field by field.
    """
    raise NotImplementedError
