"""How strictly the interchanges of a partner are read, by what is agreed with it."""

from __future__ import annotations

from gateway.config import Connector
from gateway.formats.edi import Tolerance


def strictness(connector: Connector) -> Tolerance | None:
    """The words of the profile; where X12 and EDIFACT are both exchanged those of X12. None where nothing is agreed."""
    edi = connector.partner.edi
    profile = (edi.x12 or edi.edifact) if edi is not None else None
    return None if profile is None else profile.strictness.tolerance
