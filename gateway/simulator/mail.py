"""The folders through which a simulated partner and the gateway exchange files, as the partner sees them.

The boxes a partner puts files into are named after the channels that read them. A file is handed over by a rename, and taken by
a rename into `.picked/` beside it: it is always in exactly one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

PICKED = ".picked"
TAKEN = ".taken"
MARK = 16


class Letter(Struct, frozen=True):
    """A file a partner hands over: into which box, under which name, with which bytes."""

    box: str
    name: str
    body: bytes


class Mail:
    """The boxes of one partner: `leaves` are those it puts files into, `finds` those the gateway fills."""

    def __init__(self, *, leaves: Mapping[str, Path], finds: Mapping[str, Path]) -> None:
        self.leaves = leaves
        self.finds = finds
        for folder in {*leaves.values(), *finds.values()}:
            folder.mkdir(parents=True, exist_ok=True)
        for folder in set(finds.values()):
            (folder / PICKED).mkdir(exist_ok=True)

    def waiting(self) -> Iterator[tuple[str, str]]:
        """Box and name of every finished file the gateway has left, box by box in the order of names."""
        for box, folder in self.finds.items():
            for path in sorted(folder.iterdir()):
                if not path.name.startswith("."):
                    yield box, path.name

    def read(self, box: str, name: str) -> bytes:
        """A file that waits, or that was picked up before."""
        folder = self.finds[box]
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            return (folder / PICKED / name).read_bytes()

    def pick(self, box: str, name: str) -> None:
        """Take a file that waits out of the way."""
        folder = self.finds[box]
        (folder / name).rename(folder / PICKED / name)

    def is_picked(self, box: str, name: str) -> bool:
        """Whether a file of that name was picked up before."""
        return (self.finds[box] / PICKED / name).exists()

    def put(self, letter: Letter) -> None:
        """Hand a file over, complete from the first moment anybody can see it."""
        folder = self.leaves[letter.box]
        unfinished = folder / f".{letter.name}.part"
        unfinished.write_bytes(letter.body)
        unfinished.rename(folder / letter.name)

    def is_there(self, letter: Letter) -> bool:
        """Whether a file was handed over before: it lies there, or the gateway has taken it.

        Looked for in the order in which the gateway moves it, so that it cannot slip by.
        """
        folder = self.leaves[letter.box]
        if (folder / letter.name).exists():
            return True
        taken = folder / TAKEN / letter.box
        places = (taken, taken / "done")
        return any(taken_as(name) == letter.name for place in places if place.is_dir() for name in _names(place))


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def taken_as(name: str) -> str:
    """The partner's name of a file in the gateway's private folder: what follows its mark.

    >>> taken_as("0011223344556677.SHIP_1.csv")
    'SHIP_1.csv'
    """
    mark, _, rest = name.partition(".")
    return rest if rest and len(mark) == MARK else name
