"""How tests are shared out to the workers of a run: one by one, but those that need a costly world together, so that it is built once."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

__all__ = ["TOGETHER", "ByWorld"]

TOGETHER = (
    "tests/chaos/test_checker.py",
    "tests/flow/test_bad_configuration.py",
    "tests/flow/test_bad_files.py",
    "tests/flow/test_cli_messages.py::test_what_cannot_be_done",
    "tests/flow/test_store_away.py",
    "tests/web/test_api_described.py",
    "tests/web/test_sweep.py",
)
"""Beginnings of the names of tests whose world lasts longer than one of them."""


class ByWorld(LoadScopeScheduling):
    """Whoever is free takes the next test, or the next world with all its tests; the largest worlds come first."""

    def _split_scope(self, nodeid: str) -> str:
        for beginning in TOGETHER:
            if nodeid.startswith(beginning):
                return f"{beginning} on {'postgresql' if '[postgresql' in nodeid else 'any'}"
        return nodeid
