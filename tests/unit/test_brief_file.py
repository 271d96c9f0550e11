"""Bytes handed in become a file whatever they were called, and leave nothing behind."""

from __future__ import annotations

import pytest

from gateway.desk.brief_file import brief_file


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("theirs.csv", "theirs.csv"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        (".hidden", "hidden"),
        ("a\nb\x00c.csv", "a_b_c.csv"),
        (f"{'注' * 200}.csv", f"{'注' * 78}.csv"),
    ],
)
def test_every_name_makes_a_file_that_is_gone_afterwards(name: str, called: str) -> None:
    with brief_file(name, b"x") as file:
        assert (file.name, file.read_bytes()) == (called, b"x")
    assert not file.parent.exists()
