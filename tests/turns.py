"""Cases of which each is tried on one of the databases, in turns: for what is the same on both, in worlds that cost something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import Any

import pytest

ENGINES = ("sqlite", "postgresql")
"""As `database_url` of `conftest.py` knows them."""


def in_turns(names: str | Sequence[str], cases: Iterable[Any], *, ids: Iterable[str] | None = None) -> pytest.MarkDecorator:
    """As `pytest.mark.parametrize`, for a test whose world has the fixture `database_url`."""
    words = (names,) if isinstance(names, str) else tuple(names)
    rows = [
        pytest.param(engine, *((case,) if isinstance(names, str) else case), marks=[pytest.mark.postgresql] if engine == ENGINES[1] else [])
        for engine, case in zip(cycle(ENGINES), cases, strict=False)
    ]
    return pytest.mark.parametrize(("database_url", *words), rows, indirect=["database_url"], ids=list(ids) if ids else None)
