"""What headers and trailers must agree on, at all three levels of both standards (edi 2.3, 4.3): findings, with their codes."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from gateway.formats.edi.codes import code_of
from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.findings import Finding, Level, Spot, Tolerance, Treat
from gateway.formats.edi.segments import Delimiters, Segment, Standard, text_of

Owner = Interchange | Group | Set
_LEVEL = {Interchange: Level.INTERCHANGE, Group: Level.GROUP, Set: Level.SET}
_NUMBER = re.compile(r"[0-9]{1,12}\Z")
_SHOWN = 80
_LONGEST = 300
MOST = 200
TOLD = 20
"""How many findings of one kind are told about one interchange, group or set; the rest are counted."""


class Trailer(Struct, frozen=True):
    """A trailer and what it must agree with. `name` and `header` are said to people (`IEA`, `ISA13`), `counts` names what is counted."""

    segment: Segment
    name: str
    header: str
    control: str
    counted: int
    counts: str
    offset: int
    compares_numbers: bool = False


class Checks:
    """Findings about one interchange and what is in it."""

    def __init__(self, standard: Standard, delimiters: Delimiters, tolerance: Tolerance) -> None:
        self.tolerance = tolerance
        self._standard = standard
        self._delimiters = delimiters

    def note(
        self,
        owner: Owner,
        kind: str,
        text: str,
        spot: Spot,
        *,
        value: str = "",
        treat: Treat = Treat.REJECT,
        level: Level | None = None,
        code: str = "",
    ) -> None:
        """Add a finding to what it is about, unless it is accepted; the code is that of its kind where none is given.

        Of hundreds only the first are kept, and an error if there was none before.
        """
        if treat is Treat.ACCEPT or (len(owner.findings) >= MOST and (treat is Treat.WARN or owner.is_refused)):
            return
        at = level or _LEVEL[type(owner)]
        version = owner.version if isinstance(owner, Group) else ""
        code = code or code_of(self._standard, at, kind, version)
        owner.findings.append(
            Finding(at, kind, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", spot, code, value[:_SHOWN], treat.severity)
        )

    def trailer(self, owner: Owner, trailer: Trailer, treat: Treat, spot: Callable[..., Spot]) -> int | None:
        """Compare a trailer with its header and with what was counted; what it claims."""
        claim = text_of(trailer.segment, 1, self._delimiters)
        claimed = int(claim) if _NUMBER.match(claim) else None
        if claimed != trailer.counted:
            says = f"says {claimed}" if claimed is not None else f"{claim!r} is no number"
            text = f"{trailer.name}01 {says}, but {counted(trailer.counted, trailer.counts)}"
            self.note(owner, "count_differs", text, spot(trailer.name, 1, offset=trailer.offset), value=claim, treat=treat)
        control = text_of(trailer.segment, 2, self._delimiters)
        if control != trailer.control:
            are_equal = trailer.compares_numbers and _NUMBER.match(control) and _NUMBER.match(trailer.control)
            is_form = bool(are_equal) and int(control) == int(trailer.control)
            text = f"{trailer.name}02 says {control!r}, but {trailer.header} says {trailer.control!r}"
            text += "; they are equal as numbers only" if is_form else ""
            numbers = self.tolerance.numbers if is_form else Treat.REJECT
            self.note(owner, "control_differs", text, spot(trailer.name, 2, offset=trailer.offset), value=control, treat=numbers)
        return claimed

    def outside(self, owner: Interchange | Group, met: int, tag: str, spot: Spot, *, treat: Treat) -> None:
        """A segment that belongs to nothing; `met` of its owner were told before."""
        if met < TOLD:
            self.note(
                owner, "outside", f"segment {tag[:_SHOWN]!r} stands where it does not belong, and is left out", spot, value=tag, treat=treat
            )
        elif met == TOLD:
            self.note(owner, "outside", "more segments stand where they do not belong; they are not told one by one", spot, treat=treat)


def counted(number: int, what: str) -> str:
    """`1 set was found`, `3 sets were found`."""
    return f"{number} {what} was found" if number == 1 else f"{number} {what}s were found"
