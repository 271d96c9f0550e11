"""Programs of the system that some tests need: found, or named in the closing line when they are missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

__all__ = ["find_program", "missing_programs", "require_program"]

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
NEEDS = "needs the program "


def find_program(name: str) -> Path | None:
    """Where the program lies; an ordinary user's PATH lacks the folders of servers, so those are searched too."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS]))
    return Path(found) if found else None


def require_program(name: str) -> Path:
    """The program, or the end of this test: skipped, but failed where GATEWAY_REQUIRE_ALL=1 says that nothing may be missing."""
    found = find_program(name)
    if found is not None:
        return found
    if os.environ.get("GATEWAY_REQUIRE_ALL") == "1":
        pytest.fail(NEEDS + name, pytrace=False)
    pytest.skip(NEEDS + name)


def missing_programs(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """The names of the programs for whose absence tests were skipped, sorted."""
    reasons = (report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    return sorted({reason.partition(NEEDS)[2] for reason in reasons if NEEDS in reason})
