"""What a partner's 997, 999, TA1 or CONTRL says about what we sent, by the numbers we gave it (edi 3.3).

Pure: segments in, verdicts out. Not for: finding the file that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.segments import Delimiters, Segment, components, element_of, text_of


class Said(StrEnum):
    """The partner's verdict."""

    ACCEPTED = "accepted"
    WITH_ERRORS = "accepted_with_errors"
    PARTLY = "partly"
    REJECTED = "rejected"


LETTERS: Mapping[str, Said] = MappingProxyType(
    {"A": Said.ACCEPTED, "E": Said.WITH_ERRORS, "P": Said.PARTLY, **dict.fromkeys("RMWX", Said.REJECTED)}
)
"""AK501 and AK901; M, W and X refuse for reasons of security."""
ACTIONS: Mapping[str, Said] = MappingProxyType({"4": Said.REJECTED, "7": Said.ACCEPTED, "8": Said.ACCEPTED})
"""0083; 8 says only that the interchange has arrived."""
RECEIVED_ONLY = "8"


class SetTold(Struct, frozen=True):
    """One set or message by its type and number, and what is wrong with it in the partner's codes."""

    type: str
    number: str
    said: Said
    codes: tuple[str, ...] = ()


class Told(Struct, frozen=True):
    """The verdict on a group of ours (`kind` and `number` of GS), or on a whole interchange (`kind` empty).

    Sets that are not named share the verdict, where that is not P; then they are accepted.
    """

    by: str
    number: str
    said: Said
    kind: str = ""
    codes: tuple[str, ...] = ()
    sets: tuple[SetTold, ...] = ()
    is_receipt: bool = False

    def of(self, type_: str, number: str) -> SetTold:
        """The verdict on one of the sets."""
        found = next((one for one in self.sets if _same(one.number, number) and one.type == type_), None)
        if found is not None:
            return found
        return SetTold(type_, number, Said.ACCEPTED if self.said is Said.PARTLY else self.said)


def told_by(one: Set) -> tuple[Told, ...]:
    """What an answer says; nothing for a set that is none, or says nothing legible."""
    match one.type:
        case "997" | "999":
            return tuple(_of_group(one.type, one.segments, one.delimiters))
        case "CONTRL":
            return tuple(_of_interchange(one.segments, one.delimiters))
    return ()


def told_by_services(services: Iterable[Segment], delimiters: Delimiters) -> tuple[Told, ...]:
    """What TA1 segments say."""
    found = []
    for segment in services:
        said = LETTERS.get(text_of(segment, 4, delimiters))
        if segment[0] == "TA1" and said is not None:
            code = text_of(segment, 5, delimiters)
            codes = () if code in {"", "000"} else (f"TA1 {code}",)
            found.append(Told("TA1", text_of(segment, 1, delimiters), said, codes=codes, is_receipt=said is not Said.REJECTED))
    return tuple(found)


def _of_group(by: str, segments: Sequence[Segment], delimiters: Delimiters) -> Iterator[Told]:
    def text(segment: Segment, number: int) -> str:
        return text_of(segment, number, delimiters)

    group: Segment | None = None
    sets: list[SetTold] = []
    codes: list[str] = []
    current: Segment | None = None
    for segment in segments:
        match segment[0]:
            case "AK1":
                group, sets = segment, []
            case "AK2":
                current, codes = segment, []
            case "AK3" | "IK3":
                codes.append(f"{segment[0]} {text(segment, 1)} {text(segment, 2)} {text(segment, 4)}".rstrip())
            case "AK4" | "IK4":
                codes.append(f"{segment[0]} {'.'.join(components(element_of(segment, 1), delimiters))} {text(segment, 3)}".rstrip())
            case "AK5" | "IK5" if current is not None:
                codes += [f"{segment[0]} {code}" for code in segment[2:7] if isinstance(code, str) and code]
                said = LETTERS.get(text(segment, 1), Said.REJECTED)
                sets.append(SetTold(text(current, 1), text(current, 2), said, tuple(codes)))
                current = None
            case "AK9" if group is not None:
                said = LETTERS.get(text(segment, 1), Said.REJECTED)
                why = tuple(f"AK9 {code}" for code in segment[5:10] if isinstance(code, str) and code)
                yield Told(by, text(group, 2), said, text(group, 1), why, tuple(sets))
                group = None


def _of_interchange(segments: Sequence[Segment], delimiters: Delimiters) -> Iterator[Told]:
    def text(segment: Segment, number: int) -> str:
        return text_of(segment, number, delimiters)

    uci: Segment | None = None
    sets: list[SetTold] = []
    codes: list[str] = []
    refused = False
    for segment in segments:
        match segment[0]:
            case "UCI":
                uci = segment
            case "UCF":
                refused = refused or text(segment, 4) == "4"
            case "UCM":
                code = text(segment, 4)
                said = ACTIONS.get(text(segment, 3), Said.REJECTED)
                type_ = components(element_of(segment, 2), delimiters)[0]
                sets.append(SetTold(type_, text(segment, 1), said, (f"UCM {code}",) if code else ()))
            case "UCS" | "UCD" if sets:
                codes = [f"{segment[0]} {' '.join(text(segment, at) for at in (1, 2) if text(segment, at))}"]
                last = sets.pop()
                sets.append(SetTold(last.type, last.number, last.said, (*last.codes, *codes)))
    if uci is None or text(uci, 4) not in ACTIONS:
        return
    said = ACTIONS[text(uci, 4)]
    if said is Said.ACCEPTED and (refused or any(one.said is Said.REJECTED for one in sets)):
        said = Said.PARTLY
    why = (f"UCI {text(uci, 5)}",) if text(uci, 5) else ()
    yield Told("CONTRL", text(uci, 1), said, codes=why, sets=tuple(sets), is_receipt=text(uci, 4) == RECEIVED_ONLY)


def _same(one: str, other: str) -> bool:
    return one == other or (one.isdigit() and other.isdigit() and int(one) == int(other))
