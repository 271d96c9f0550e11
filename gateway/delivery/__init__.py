"""Delivery: an outgoing item to its partner under a blessed name, and the watch for its acknowledgement."""

from __future__ import annotations

from gateway.delivery.confirm import confirmed_already, ring_overdue
from gateway.delivery.courier import Courier
from gateway.delivery.deliver import Delivery, Destination, temporary_name
from gateway.delivery.outbound import hold_outbound, outbound_hold
from gateway.delivery.standstill import Standstill, let_go_on

__all__ = [
    "Courier",
    "Delivery",
    "Destination",
    "Standstill",
    "confirmed_already",
    "hold_outbound",
    "let_go_on",
    "outbound_hold",
    "ring_overdue",
    "temporary_name",
]
