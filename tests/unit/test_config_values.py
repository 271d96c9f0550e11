"""Durations, sizes, flags, names: what people may write, and what they are told when it is something else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.config.values import (
    Code,
    Count,
    Duration,
    Flag,
    Name,
    SecretRef,
    Size,
    Whole,
    read_duration,
    read_size,
    write_duration,
    write_size,
)


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (Duration, "30s", timedelta(seconds=30)),
        (Duration, "5m", timedelta(minutes=5)),
        (Duration, "72h", timedelta(hours=72)),
        (Duration, "7d", timedelta(days=7)),
        (Size, "20MB", 20_000_000),
        (Size, "500 kb", 500_000),
        (Flag, "true", True),
        (Flag, "No", False),
        (Flag, "N", False),
        (Whole, "0", 0),
        (Count, "500", 500),
        (Count, 500, 500),
        (Name, "redpanda-2", "redpanda-2"),
        (Code, "257", "257"),
        (SecretRef, "secret:redpanda-ssh-key", "secret:redpanda-ssh-key"),
    ],
)
def test_a_word_is_read_as_people_mean_it(kind: Any, written: object, meant: object) -> None:
    assert TypeAdapter(kind).validate_python(written) == meant


@pytest.mark.parametrize(
    ("kind", "written", "told"),
    [
        (Duration, "30", "'30' is not a duration; write a whole number and s, m, h or d"),
        (Duration, "1.5h", "is not a duration"),
        (Duration, "999999999d", "longer than 100 years"),
        (Duration, ["30s"], "must be one value"),
        (Size, "20", "'20' is not a size"),
        (Flag, "perhaps", "'perhaps' is neither true nor false"),
        (Whole, "-1", "'-1' is less than 0"),
        (Whole, "--1", "'--1' is not a whole number"),
        (Count, "-4", "must be at least 1"),
        (Count, "0", "must be at least 1"),
        (Count, "٣", "is not a whole number"),
        (Name, "Red Panda", "'Red Panda' is not a name"),
        (Code, "two words", "is not a code"),
        (SecretRef, "hunter2", "not a reference; write secret:NAME"),
    ],
)
def test_a_wrong_word_is_told_with_the_remedy(kind: Any, written: object, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(written)
    assert told in str(caught.value)


def test_a_secret_written_out_is_not_repeated_by_our_words() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(SecretRef).validate_python("hunter2")
    assert "hunter2" not in caught.value.errors()[0]["msg"]


@given(st.integers(0, 10**7))
def test_durations_are_written_as_they_are_read(seconds: int) -> None:
    assert read_duration(write_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@given(st.integers(0, 10**11))
def test_sizes_are_written_as_they_are_read(count: int) -> None:
    assert read_size(write_size(count)) == count
