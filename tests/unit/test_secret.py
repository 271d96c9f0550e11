"""A secret never shows by accident."""

from __future__ import annotations

import pytest

from gateway.kernel import Secret


@pytest.mark.parametrize("form", [str, repr, "{}".format, "{!r:>3}".format, lambda secret: f"{[secret]}"])
def test_no_form_shows_it(form: object) -> None:
    assert callable(form)
    assert "hunter2" not in form(Secret("hunter2"))


def test_only_reveal_gives_it() -> None:
    assert Secret("hunter2").reveal() == "hunter2"


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"
