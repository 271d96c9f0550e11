"""The exceptions of the gateway; the type decides what happens next, never the text.

GatewayError
├── ConfigError     a YAML file or setting is wrong   -> refuse to start, name file and line
├── Refused         the partner's data cannot be taken -> park the document, tell a person, never retry
│   ├── UnreadableFile · UnknownDocument · InvalidDocument · RuleBroken
├── TryLater        the world is not ready            -> the same work again, after `retry_after`
│   └── EndpointDown (StandsStill (CannotPromise), CutOff, PlacesTaken, Answered) · OutboundHeld · FileStillGrowing · StoreBusy · LeaseLost
├── PolicyRefused   host key, login or permission     -> stays off until a person changes something
│   └── HostKeyRefused · LoginRefused · PermissionRefused
├── NotFound        what a person asked for is not there -> say where to look
└── AlreadyRunning  another process holds what we need
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from gateway.kernel.issues import Issue


class GatewayError(Exception):
    """Root of everything the gateway raises on purpose."""


class ConfigError(GatewayError):
    """A configuration file or setting is wrong; `problems` holds one finished line each (file, line, key, remedy)."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Refused(GatewayError):
    """The partner's data cannot be taken; carries every issue that was found. `remedy` is told in place of that of the codes."""

    def __init__(self, issues: Sequence[Issue], *, remedy: str = "") -> None:
        super().__init__("; ".join(str(issue) for issue in issues))
        self.issues = tuple(issues)
        self.remedy = remedy


class UnreadableFile(Refused):
    """The bytes are not what the format asks for."""


class UnknownDocument(Refused):
    """No mapping of the channel fits the file."""


class InvalidDocument(Refused):
    """A document lacks or garbles what it must say."""


class RuleBroken(Refused):
    """A rule of the business refuses a well-formed document."""


class TryLater(GatewayError):
    """The world is not ready; the same work is tried again after `retry_after` (None: by the backoff table)."""

    def __init__(self, text: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class EndpointDown(TryLater):
    """The partner's server or folder cannot be reached or broke off."""


class StandsStill(EndpointDown):
    """Nobody knocks at the endpoint until a person has seen to it: its login was refused again and again, or its host key changed."""


class OutboundHeld(TryLater):
    """Nothing goes out until a person has seen to it: the database may have forgotten what was sent."""


class CutOff(EndpointDown):
    """The endpoint could not be reached again and again: only one probe an interval is let through, and this is not it."""


class PlacesTaken(EndpointDown):
    """All connections that we allow ourselves to the endpoint or its host are in use; it may be in the best of health."""


class Answered(EndpointDown):
    """The server could be reached and answered, but not as it should: a full disk, a failure of its own."""


class CannotPromise(StandsStill):
    """The server cannot do what a channel asks for: a person must choose the weaker word, or another server."""


class FileStillGrowing(TryLater):
    """The file changed while it was looked at."""


class StoreBusy(TryLater):
    """The database is busy or away."""


class LeaseLost(TryLater):
    """Somebody else holds the work now; whoever sees this stops at once."""


class PolicyRefused(GatewayError):
    """A policy says no (host key, login, permission); not tried again until a person changed something."""


class HostKeyRefused(PolicyRefused):
    """The server shows a host key that is not pinned; no credential has been sent. `shown`: kind and fingerprint of each key it showed."""

    def __init__(self, text: str, *, shown: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.shown = shown


class LoginRefused(PolicyRefused):
    """The server refuses the login; repeated tries could lock the account."""


class PermissionRefused(PolicyRefused):
    """The account may not do this on the server."""


class NotFound(GatewayError):
    """What a person asked for does not exist; `remedy` says where to look."""

    def __init__(self, text: str, *, remedy: str) -> None:
        super().__init__(text)
        self.remedy = remedy


class AlreadyRunning(GatewayError):
    """Another process already runs on this workspace or database."""
