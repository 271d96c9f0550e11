"""Values read into types: what fits, what does not, and types that many threads meet at the same moment."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import msgspec
import pytest
from msgspec import Struct

from gateway.kernel.typed import convert, decode, decoder

MEETING = """
import sys, threading
from datetime import datetime
from msgspec import defstruct
from gateway.kernel.typed import {read}
sys.setswitchinterval(1e-6)
for _ in range(500):
    inner = defstruct("Inner", [(f"f{{n}}", datetime | None, None) for n in range(20)])
    outer = defstruct("Outer", [(f"g{{n}}", inner | None, None) for n in range(10)])
    start = threading.Barrier(4)
    def meet():
        start.wait()
        {call}
    threads = [threading.Thread(target=meet) for _ in range(4)]
    [it.start() for it in threads]
    [it.join() for it in threads]
"""


class Line(Struct, frozen=True):
    number: int
    cost: Decimal | None = None


def test_what_fits_becomes_a_value_of_the_type() -> None:
    assert convert({"number": 1, "cost": "8.98"}, Line) == decode(b'{"number": 1, "cost": "8.98"}', Line) == Line(1, Decimal("8.98"))
    assert convert({"number": "1"}, Line, strict=False) == Line(1)
    assert decoder(tuple[int, Line])(b'[7, {"number": 1}]') == (7, Line(1))
    assert decode(b'{"a": [1, null]}') == {"a": [1, None]}
    assert decoder(number=Decimal)(b"8.980") == Decimal("8.980")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"Expected `int`, got `str` - at `\$.number`"):
        convert({"number": "1"}, Line)
    with pytest.raises(msgspec.DecodeError):
        decode(b"{", Line)


@pytest.mark.parametrize(
    ("read", "call"),
    [
        ("convert", 'convert({"g0": {"f3": None}}, outer)'),
        ("decode", 'decode(b\'{"g0": {"f3": null}}\', outer)'),
        ("decoder", 'decoder(outer)(b\'{"g0": {"f3": null}}\')'),
    ],
)
def test_threads_that_meet_a_type_at_once_all_see_it_whole(read: str, call: str) -> None:
    """msgspec 0.22 alone ends in a segmentation fault within a few of these five hundred meetings."""
    ended = subprocess.run([sys.executable, "-c", MEETING.format(read=read, call=call)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
