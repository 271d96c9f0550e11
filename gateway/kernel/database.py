"""What people say about their database server, in words that settings and store share."""

from __future__ import annotations

from enum import StrEnum


class Pooling(StrEnum):
    """What stands between us and PostgreSQL: nothing, or a pooler that gives a connection for a transaction only."""

    DIRECT = "direct"
    TRANSACTION = "transaction"


class Failover(StrEnum):
    """What a server that took over from another means: commits may be lost, or a synchronous standby has them all."""

    HOLD = "hold"
    SYNCHRONOUS = "synchronous"
