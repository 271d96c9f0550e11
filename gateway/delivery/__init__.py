"""Delivery: an outgoing item to its partner under a blessed name, and the watch for its acknowledgement."""

from __future__ import annotations

from gateway.delivery.admission import Admission, Onlooker
from gateway.delivery.budget import stop_spent
from gateway.delivery.confirm import confirmed_already, ring_overdue
from gateway.delivery.courier import Courier
from gateway.delivery.deliver import Delivery, Destination, temporary_name
from gateway.delivery.journal import Content, Departure, Journal, departures
from gateway.delivery.journal import forget as forget_departures
from gateway.delivery.outbound import hold_outbound, outbound_hold
from gateway.delivery.reach import Closed, Reach, closed_endpoints, closed_in, let_through
from gateway.delivery.standstill import Standstill, let_go_on
from gateway.delivery.witness import Witness

__all__ = [
    "Admission",
    "Closed",
    "Content",
    "Courier",
    "Delivery",
    "Departure",
    "Destination",
    "Journal",
    "Onlooker",
    "Reach",
    "Standstill",
    "Witness",
    "closed_endpoints",
    "closed_in",
    "confirmed_already",
    "departures",
    "forget_departures",
    "hold_outbound",
    "let_go_on",
    "let_through",
    "outbound_hold",
    "ring_overdue",
    "stop_spent",
    "temporary_name",
]
