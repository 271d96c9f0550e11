"""Programs that tests need: found in the folders of servers too, and never missing unnoticed."""

from __future__ import annotations

import pytest

from tests.programs import missing_programs, require_program

ABSENT = "no-such-program"


def test_a_missing_program_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception):
        require_program(ABSENT)


def test_a_missing_program_fails_the_test_where_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match=ABSENT):
        require_program(ABSENT)


def test_a_program_outside_the_path_of_an_ordinary_user_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert require_program("ldconfig").parent.name == "sbin"


def test_the_closing_line_names_each_missing_program_once() -> None:
    reports = [
        skipped("Skipped: needs the program strace"),
        skipped("Skipped: needs the program sshd"),
        skipped("Skipped: needs the program strace"),
    ]
    assert missing_programs([*reports, skipped("Skipped: not today")]) == ["sshd", "strace"]


def skipped(reason: str) -> pytest.TestReport:
    return pytest.TestReport("a test", ("test.py", 1, "a test"), {}, "skipped", ("test.py", 1, reason), "setup")
