"""A plain model of what may be billed, and random sequences of what happens to invoices: for the rules in memory and for the whole store.

One order of two lines at 10.00 each, a threshold of 10 percent, invoice numbers that come again and again. The model knows nothing of
how the gateway does it: shipments are numbered as they leave, an invoice is its state and what it asks for each of its shipments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

ORDERED = {1: 4, 2: 3}
FAIR, DEAR = "10.50", "12.00"
AGREED = "10.00"
NUMBERS = ("A", "B", "C")
Billed = dict[int, str]
"""The unit cost that is asked for each shipment, in the order of the lines."""


class Ship(Struct, frozen=True):
    line: int
    quantity: int
    number: str = ""


class Upload(Struct, frozen=True):
    number: str
    shipments: tuple[int, ...]
    cost: str


class Create(Struct, frozen=True):
    number: str
    shipments: tuple[int, ...]
    is_submitted: bool


class Edit(Struct, frozen=True):
    """All unit costs become `cost`; without one, the first line is dropped."""

    number: str
    cost: str = ""


class Act(Struct, frozen=True):
    """One of submit, approve, reject, delete, repost."""

    verb: str
    number: str


class Post(Struct, frozen=True):
    """A posting run, and its file is delivered."""


Step = Ship | Upload | Create | Edit | Act | Post

APT = "?"
"""In place of a number: an invoice that the step fits, if there is one. Most random steps would be refused else."""
FREE = (-1,)
"""In place of shipments: all that may be billed; `(-2,)` is the first of them."""
_numbers = st.sampled_from(NUMBERS)
_known = st.sampled_from([APT, APT, APT, *NUMBERS])
_some = st.one_of(
    st.sampled_from([FREE, (-2,)]),
    st.lists(st.integers(0, 5), max_size=4, unique=True).map(lambda found: tuple(sorted(found))),
)
_costs = st.sampled_from([DEAR, AGREED, FAIR])
_beginnings: st.SearchStrategy[list[Step]] = st.sampled_from(
    [[], [Ship(1, 4), Ship(2, 3)], [Ship(1, 1), Ship(1, 3), Ship(2, 2, "B"), Ship(2, 1, "B")], [Ship(2, 1), Ship(2, 2), Ship(1, 2)]]
)
_middles: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(Ship, st.sampled_from([1, 2]), st.integers(1, 4), st.sampled_from(["", "", *NUMBERS])),
        st.builds(Upload, _known, _some, _costs),
        st.builds(Create, _numbers, _some, st.booleans()),
        st.builds(Edit, _known, st.sampled_from(["", AGREED, FAIR, DEAR, DEAR])),
        st.builds(Act, st.sampled_from(["reject", "submit", "approve", "delete", "repost", "reject", "submit"]), _known),
        st.builds(Post),
    ),
    min_size=8,
    max_size=40,
)
STEPS = st.tuples(_beginnings, _middles).map(lambda parts: [*parts[0], *parts[1]])


LIFE: list[Step] = [
    Ship(1, 4, "A"),
    Ship(2, 2, "B"),
    Edit("A", DEAR),
    Act("submit", "A"),
    Act("reject", "A"),
    Upload("A", (0,), DEAR),
    Upload("A", (0,), AGREED),
    Ship(2, 1, "B"),
    Act("submit", "B"),
    Post(),
    Act("repost", "A"),
    Post(),
]
"""Every state, a rejected one that comes again unchanged, a part that waits for its line, and a second posting."""
STATES = {"approve": ("Held",), "reject": ("Held",), "repost": ("Posted",)}
"""The states that an act needs; the others need one in which the invoice is the vendor's."""


class Bill(Struct):
    """An invoice of the model."""

    state: str
    billed: Billed
    is_cleared: bool = False

    @property
    def is_dear(self) -> bool:
        return DEAR in self.billed.values()

    @property
    def is_the_vendors(self) -> bool:
        return self.state in {"New", "Rejected"}


class Parcel(Struct, frozen=True):
    line: int
    quantity: int
    told: str


class Picture(Struct, frozen=True):
    """What can be seen of the books: invoices, and what is shipped and invoiced of each line."""

    invoices: dict[str, tuple[str, Billed]]
    shipped: dict[int, int]
    invoiced: dict[int, int]


class Books(Protocol):
    """What keeps the books: the rules in memory, or the store."""

    def take(self, step: Step) -> bool:
        """Whether the step was taken."""

    def post(self) -> list[list[str]]:
        """The numbers in each file of the posting run."""

    def picture(self) -> Picture: ...


class Model:
    """What must be, in the plainest words."""

    def __init__(self, *, partial: bool) -> None:
        self._partial = partial
        self._parcels: list[Parcel] = []
        self._invoices: dict[str, Bill] = {}

    def take(self, step: Step) -> bool:
        match step:
            case Ship():
                return self._ship(step)
            case Upload():
                return self._upload(step)
            case Create():
                return self._create(step)
            case Edit():
                return self._edit(step)
            case Act():
                return self._act(step)
            case Post():
                return True

    def post(self) -> list[str]:
        """The numbers that the next run must hold."""
        due = [number for number, it in self._invoices.items() if it.state == "Approved" or it.is_cleared]
        for number in due:
            self._invoices[number].state, self._invoices[number].is_cleared = "Posted", False
        return due

    def picture(self) -> Picture:
        billed = [place for it in self._invoices.values() for place in it.billed]
        return Picture(
            {number: (it.state, it.billed) for number, it in self._invoices.items()},
            {line: sum(it.quantity for it in self._parcels if it.line == line) for line in ORDERED},
            {line: sum(self._parcels[place].quantity for place in billed if self._parcels[place].line == line) for line in ORDERED},
        )

    def fitted(self, step: Step) -> Step:
        """The step with numbers and shipments in place of their stand-ins."""
        if isinstance(step, Edit | Act | Upload) and step.number == APT:
            verb = step.verb if isinstance(step, Act) else ""
            states = STATES.get(verb, ("New", "Rejected"))
            apt = [number for number, it in self._invoices.items() if it.state in states]
            step = replace(step, number=apt[0] if apt else NUMBERS[0])
        if isinstance(step, Upload | Create) and step.shipments and step.shipments[0] < 0:
            known = self._invoices.get(step.number)
            mine = known.billed if known is not None and isinstance(step, Upload) else {}
            free = [place for place in range(len(self._parcels)) if self._is_free(place, mine)]
            step = replace(step, shipments=tuple(free if step.shipments == FREE else free[:1]))
        return step

    def _left(self, line: int) -> int:
        return ORDERED[line] - sum(it.quantity for it in self._parcels if it.line == line)

    def _is_free(self, place: int, mine: Billed) -> bool:
        """Whether the shipment may be billed by an invoice that bills `mine` so far."""
        if place >= len(self._parcels):
            return False
        by_others = any(place in it.billed for it in self._invoices.values() if it.billed is not mine)
        return not by_others and (self._partial or not self._left(self._parcels[place].line))

    def _ship(self, step: Ship) -> bool:
        known = self._invoices.get(step.number)
        if step.quantity > self._left(step.line) or (known is not None and known.state != "New"):
            return False
        self._parcels.append(Parcel(step.line, step.quantity, step.number))
        if not step.number or not (self._partial or not self._left(step.line)):
            return True
        every = [place for it in self._invoices.values() for place in it.billed]
        told = [place for place, it in enumerate(self._parcels) if (it.line, it.told) == (step.line, step.number)]
        known = self._invoices.setdefault(step.number, Bill("New", {}))
        known.billed.update({place: AGREED for place in told if place not in every})
        return True

    def _upload(self, step: Upload) -> bool:
        known = self._invoices.get(step.number)
        if known is not None and not known.is_the_vendors:
            return False
        asked = dict.fromkeys(step.shipments, step.cost)
        mine = known.billed if known else {}
        if not asked or not all(self._is_free(place, mine) for place in asked):
            return False
        if known is not None and known.state == "Rejected" and known.billed == asked and step.cost == DEAR:
            return False
        self._invoices[step.number] = Bill("Held" if step.cost == DEAR else "Approved", asked)
        return True

    def _create(self, step: Create) -> bool:
        fits = step.shipments and all(self._is_free(place, {}) for place in step.shipments)
        if step.number in self._invoices or not fits:
            return False
        self._invoices[step.number] = Bill("Approved" if step.is_submitted else "New", dict.fromkeys(step.shipments, AGREED))
        return True

    def _edit(self, step: Edit) -> bool:
        known = self._invoices.get(step.number)
        if known is None or not known.is_the_vendors or (not step.cost and len(known.billed) == 1):
            return False
        if step.cost:
            known.billed = dict.fromkeys(known.billed, step.cost)
        else:
            del known.billed[next(iter(known.billed))]
        return True

    def _act(self, step: Act) -> bool:
        known = self._invoices.get(step.number)
        match step.verb:
            case "submit" if known is not None and known.is_the_vendors:
                known.state = "Held" if known.is_dear else "Approved"
            case "approve" | "reject" if known is not None and known.state == "Held":
                known.state = "Approved" if step.verb == "approve" else "Rejected"
            case "delete" if known is not None and known.is_the_vendors:
                del self._invoices[step.number]
            case "repost" if known is not None and known.state == "Posted" and not known.is_cleared:
                known.is_cleared = True
            case _:
                return False
        return True


def follow(steps: Sequence[Step], books: Books, *, partial: bool) -> None:
    """Do every step in the books and in the model; whatever can be seen is the same after each, and never more is invoiced than shipped."""
    model = Model(partial=partial)
    for drawn in (*steps, Post()):
        step = model.fitted(drawn)
        if isinstance(step, Post):
            due, files = model.post(), books.post()
            posted = [number for file in files for number in file]
            assert sorted(posted) == sorted(due), "each invoice that is due stands in exactly one file of the run"
        else:
            assert books.take(step) is model.take(step), step
        seen = books.picture()
        assert seen == model.picture(), step
        assert all(seen.invoiced[line] <= seen.shipped[line] <= ORDERED[line] for line in ORDERED)
