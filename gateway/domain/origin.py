"""Where a decision comes from: who did it, by which way, from which file."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Source(StrEnum):
    """The column *Source* of the history (sdf 5.6)."""

    UI = "UI"
    WS = "WS"


class Via(StrEnum):
    """The way a document took; it decides Source and what a Held line allows (sdf 11, Q9 and Q13)."""

    MESSAGE = "message"
    UPLOAD = "upload"
    SCREEN = "screen"

    @property
    def source(self) -> Source:
        """A file counts as WS when it replaces a message and as UI when it replaces a portal upload or a person acts."""
        return Source.WS if self is Via.MESSAGE else Source.UI


class Origin(Struct, frozen=True, kw_only=True, gc=False):
    """Who speaks. `vendor` or `system` is the partner of the connector: it decides the row scope, never the file."""

    user: str
    via: Via = Via.MESSAGE
    vendor: str | None = None
    system: str | None = None
    connector: str = ""
    channel: str = ""
    message_id: int | None = None
    place: int | None = None

    @property
    def source(self) -> Source:
        return self.via.source
