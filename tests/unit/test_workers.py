"""Tests are shared out one by one, but those of one world go to one worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers import TOGETHER, ByWorld

ROOT = Path(__file__).resolve().parents[2]


def scope(nodeid: str) -> str:
    return object.__new__(ByWorld)._split_scope(nodeid)


@pytest.mark.parametrize("beginning", TOGETHER)
def test_what_goes_together_is_there(beginning: str) -> None:
    path, _, test = beginning.partition("::")
    assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")


def test_a_world_goes_to_one_worker_for_each_database_and_other_tests_go_alone() -> None:
    told = [f"tests/flow/test_bad_files.py::{test}" for test in ("test_a[sqlite-x]", "test_b[sqlite]", "test_a[postgresql-x]")]
    assert scope(told[0]) == scope(told[1]) != scope(told[2])
    alone = ["tests/unit/test_csv.py::test_a[x]", "tests/unit/test_csv.py::test_a[y]"]
    assert [scope(it) for it in alone] == alone
