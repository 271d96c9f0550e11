"""`calendars/NAME.txt`: days on which nothing is expected, one a line as 2026-12-25; what stands behind # is a remark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from gateway.config.problems import Problem
from gateway.config.values import read_day, read_name

FOLDER = "calendars"


def read_calendars(root: Path, problems: list[Problem]) -> Mapping[str, frozenset[date]]:
    """Every calendar of a workspace, by name; what is wrong is added to the problems."""
    return {path.stem: _read(path, root, problems) for path in sorted((root / FOLDER).glob("*.txt"))}


def _read(path: Path, root: Path, problems: list[Problem]) -> frozenset[date]:
    file = path.relative_to(root).as_posix()
    try:
        read_name(path.stem)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except ValueError as error:
        problems.append(Problem(file, 0, "", str(error)))
        return frozenset()
    except OSError as error:
        problems.append(Problem(file, 0, "", f"cannot be read: {error.strerror}"))
        return frozenset()
    found = set()
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text:
            try:
                found.add(read_day(text))
            except ValueError as error:
                problems.append(Problem(file, number, "", str(error)))
    return frozenset(found)
