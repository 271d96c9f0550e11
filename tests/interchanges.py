"""Interchanges made for tests: right unless a test says otherwise, so that each has one thing wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain

from gateway.formats.edi import Closed, Event, Finding, Group, GroupClosed, Interchange, Set, Stray, Tolerance
from gateway.formats.edi.findings import LENIENT
from gateway.formats.edi.habits import Habit, Habits
from gateway.formats.edi.reading import read

ORDER = ("BEG*00*DS*AB10747**20260622", "PO1*1*3*EA*8.98**VN*V1000")
MESSAGE = ("BGM+220+AB10747+9", "DTM+137:20260622:102", "LIN+1++4006381333931:EN", "QTY+21:3")


def isa(control: str = "000000001", **changes: str) -> str:
    """ISA without its terminator; `e06="VENDOR"` changes an element, padded to its width."""
    values = ["00", "", "00", "", "ZZ", "RETAILER", "ZZ", "VENDOR", "260622", "0815", "U", "00401", control, "0", "P", ">"]
    widths = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
    for name, value in changes.items():
        values[int(name[1:]) - 1] = value
    return "*".join(["ISA", *(value.ljust(width) for value, width in zip(values, widths, strict=True))])


def order(control: str = "0001", body: Iterable[str] = ORDER, *, type_: str = "850", **trailer: str) -> list[str]:
    """ST to SE; `count` and `closes` change the trailer."""
    segments = [f"ST*{type_}*{control}", *body]
    return [*segments, f"SE*{trailer.get('count', len(segments) + 1)}*{trailer.get('closes', control)}"]


def group(*sets: list[str], control: str = "7", kind: str = "PO", version: str = "004010", **trailer: str) -> list[str]:
    """GS to GE; `count` and `closes` change the trailer."""
    header = f"GS*{kind}*RETAIL*VENDOR*20260622*0815*{control}*X*{version}"
    number = sum(one[0].startswith("ST") for one in sets)
    return [header, *chain.from_iterable(sets), f"GE*{trailer.get('count', number)}*{trailer.get('closes', control)}"]


def x12(*groups: list[str], head: str = "", end: str = "~\n", **trailer: str) -> bytes:
    """ISA to IEA; `count` and `closes` change the trailer."""
    first = head or isa()
    control = first.split("*")[13]
    number = sum(one[0].startswith("GS") for one in groups)
    segments = [first, *chain.from_iterable(groups), f"IEA*{trailer.get('count', number)}*{trailer.get('closes', control)}"]
    return "".join(segment + end for segment in segments).encode()


def message(control: str = "1", body: Iterable[str] = MESSAGE, *, type_: str = "ORDERS:D:96A:UN:EAN008", **trailer: str) -> list[str]:
    """UNH to UNT; `count` and `closes` change the trailer."""
    segments = [f"UNH+{control}+{type_}", *body]
    return [*segments, f"UNT+{trailer.get('count', len(segments) + 1)}+{trailer.get('closes', control)}"]


def une(*messages: list[str], control: str = "5", kind: str = "ORDERS", **trailer: str) -> list[str]:
    """UNG to UNE; `count` and `closes` change the trailer."""
    header = f"UNG+{kind}+RETAIL+VENDOR+260622:0815+{control}+UN+D:96A"
    return [header, *chain.from_iterable(messages), f"UNE+{trailer.get('count', len(messages))}+{trailer.get('closes', control)}"]


def edifact(*parts: list[str], una: str = "", syntax: str = "UNOC:3", control: str = "131", end: str = "'\n", **trailer: str) -> bytes:
    """UNB to UNZ; `count` and `closes` change the trailer, `rest` adds to UNB."""
    header = f"UNB+{syntax}+RETAIL:14+VENDOR:14+260622:0815+{control}{trailer.get('rest', '')}"
    groups = sum(one[0].startswith("UNG") for one in parts)
    number = groups or sum(segment.startswith("UNH") for one in parts for segment in one)
    segments = [header, *chain.from_iterable(parts), f"UNZ+{trailer.get('count', number)}+{trailer.get('closes', control)}"]
    return (una + "".join(segment + end for segment in segments)).encode()


class Read:
    """Everything that reading gave, by kind."""

    def __init__(self, sent: bytes, tolerance: Tolerance = LENIENT, charset: str = "") -> None:
        habit = Habit(tolerance=tolerance, charset=charset)
        self.events: list[Event] = list(read(BytesIO(sent), Habits(x12=habit, edifact=habit)))
        self.interchanges: list[Interchange] = [it.interchange for it in self.events if isinstance(it, Closed)]
        self.groups: list[Group] = [it.group for it in self.events if isinstance(it, GroupClosed)]
        self.sets: list[Set] = [it for it in self.events if isinstance(it, Set)]
        self.strays: list[Finding] = [it.finding for it in self.events if isinstance(it, Stray)]

    def findings(self) -> Iterator[Finding]:
        for owner in (*self.interchanges, *self.groups, *self.sets):
            yield from owner.findings
        yield from self.strays

    def told(self) -> set[tuple[str, str, str, str]]:
        """Level, kind, code and severity of everything that was found."""
        return {(it.level.value, it.kind, it.code, it.severity.value) for it in self.findings()}

    def refused(self) -> list[str]:
        """The control numbers of sets that may not be used for a reason of their own."""
        return [it.control for it in self.sets if it.is_refused]
