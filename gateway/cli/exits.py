"""How a command ends: the exit codes, and which error leads to which (docs/reference/exit-codes.md)."""

from __future__ import annotations

from enum import IntEnum

from gateway.kernel.codes import CODES as MEANING_OF
from gateway.kernel.errors import AlreadyRunning, CannotPromise, ConfigError, GatewayError, NotFound, PolicyRefused, Refused, TryLater


class Exit(IntEnum):
    """What a script can rely on."""

    FINE = 0
    UNEXPECTED = 1
    USAGE = 2
    DATA_REFUSED = 3
    UNAVAILABLE = 4
    ALREADY_RUNNING = 5
    POLICY = 6
    DIFFERENCES = 7

    @property
    def meaning(self) -> str:
        """One line for the reference."""
        return MEANINGS[self]


MEANINGS = {
    Exit.FINE: "fine",
    Exit.UNEXPECTED: "something unexpected; a defect of the gateway",
    Exit.USAGE: "wrong use, or a mistake in the configuration",
    Exit.DATA_REFUSED: "data was refused, or a file or answer that goes out needs a person",
    Exit.UNAVAILABLE: "a partner, the network or a disk of ours is not available",
    Exit.ALREADY_RUNNING: "already running, or locked",
    Exit.POLICY: "refused by policy: a host key, a permission",
    Exit.DIFFERENCES: "a check found differences",
}

CODES: tuple[tuple[type[GatewayError], Exit], ...] = (
    (ConfigError, Exit.USAGE),
    (NotFound, Exit.USAGE),
    (Refused, Exit.DATA_REFUSED),
    (CannotPromise, Exit.POLICY),
    (TryLater, Exit.UNAVAILABLE),
    (AlreadyRunning, Exit.ALREADY_RUNNING),
    (PolicyRefused, Exit.POLICY),
)

NEXT_STEPS = {
    Exit.USAGE: "Mend what is named above and try again.",
    Exit.DATA_REFUSED: "Tell the sender, or mend the mapping and replay.",
    Exit.UNAVAILABLE: "Nothing is lost. Try again; for a partner see: gateway connector test NAME",
    Exit.ALREADY_RUNNING: "Find the other one, or wait for it.",
    Exit.POLICY: "Ask the partner or the administrator; do not work around it.",
}


def exit_for(error: GatewayError) -> Exit:
    """The code an error of ours ends the command with."""
    return next((code for kind, code in CODES if isinstance(error, kind)), Exit.UNEXPECTED)


def next_step(error: GatewayError) -> str | None:
    """What to do next: the error's own remedy, that of its codes, or that of its exit code."""
    match error:
        case NotFound():
            return error.remedy
        case Refused(remedy=str(remedy)) if remedy:
            return remedy
        case Refused(issues=issues):
            remedies = dict.fromkeys(MEANING_OF[issue.code].remedy for issue in issues if issue.code in MEANING_OF)
            told = "; ".join(remedies)
            return f"{told[0].upper()}{told[1:]}." if told else NEXT_STEPS[Exit.DATA_REFUSED]
        case _:
            return NEXT_STEPS.get(exit_for(error))
