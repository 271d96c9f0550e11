"""How often programs may ask, and which JSON says one thing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.kernel import FixedClock
from gateway.web.api.strict import DEEPEST, require_strict
from gateway.web.pace import Pace
from tests.storehouse import NOON


def test_a_key_may_ask_a_minutes_worth_at_once_and_then_as_fast_as_it_comes_back() -> None:
    clock = FixedClock(NOON)
    pace = Pace(clock, most=3)
    assert [pace.count("a").left for _ in range(3)] == [2, 1, 0]
    refused = pace.count("a")
    assert (refused.is_free, refused.wait) == (False, 20)
    assert pace.count("b").is_free
    clock.advance(timedelta(seconds=20))
    assert [pace.count("a").is_free, pace.count("a").is_free] == [True, False]
    clock.advance(timedelta(hours=1))
    assert pace.count("a").left == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"x": [{"b": 1, "b": 1}]}', "'b' stands twice"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deeper than 32"),
        (b"[" * 2_000_000, "deeper than 32"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": ', "Expecting value"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"", "Expecting value"),
        (b'{"a": ["x\\u0000"]}', "character zero"),
        (b'{"a\\ud800": 1}', "half a character"),
        (b'"' + b'\\"' * 200_000, "Unterminated"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        require_strict(body)


def test_marks_inside_of_text_are_no_depth_and_long_numbers_no_trouble() -> None:
    require_strict(b'{"a": "' + b"[{" * 100 + b'\\" ]", "n": ' + b"9" * 10_000 + b"}")
    require_strict(b"[" * DEEPEST + b"]" * DEEPEST)
