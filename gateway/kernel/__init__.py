"""Small values used everywhere: errors, issues, clock, money, backoff."""

from __future__ import annotations

from gateway.kernel.clock import Clock, FixedClock, SystemClock
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.secret import Secret

__all__ = ["Clock", "FixedClock", "Issue", "Secret", "Severity", "SystemClock"]
