"""A file that somebody brings with a form, for one of the channels that are open to them: by its vendor, or by who keeps files moving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.desk import uploads as desk
from gateway.kernel.errors import ConfigError
from gateway.web.doorman import MOST

if TYPE_CHECKING:
    from gateway.desk.uploads import Inlet
    from gateway.store.messages import Recorded
    from gateway.web.visit import Visit

ROOM = 100_000
"""Bytes of a request beside the file."""
LARGEST = MOST - ROOM
"""Bytes of a file, where its channel does not take less."""


def inlets(visit: Visit) -> tuple[Inlet, ...]:
    """The channels for which who asks may hand in files."""
    gateway = visit.gateway
    return tuple(desk.inlets(gateway.workspace, gateway.library, visit.account.authorities, scope=visit.scope))


def take(visit: Visit, *, reason: str = "", in_place_of: int | None = None) -> Recorded:
    """The file of the form, recorded for the channel of the form; ConfigError with what is wrong."""
    file, channel = visit.file("file"), visit.field("channel")
    inlet = next((it for it in inlets(visit) if it.name == channel), None)
    if inlet is None:
        raise ConfigError("choose what the file is")
    if file is None:
        raise ConfigError("choose a file")
    name = desk.plain_name(inlet, file.filename or "")
    most = min(inlet.most, LARGEST)
    if not file.size or file.size > most:
        told = f"{visit.reading.size(file.size)}; at most {visit.reading.size(most)} can be handed in here" if file.size else "empty"
        raise ConfigError(f"{name} is {told}")
    return desk.hand_in(visit.desk, visit.gateway.archive, inlet.spot, name, file.file, reason=reason, in_place_of=in_place_of)
