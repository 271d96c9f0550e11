"""Transports by name: the configuration knows the ones there are, and none of the modules behind them."""

from __future__ import annotations

from gateway.config.registry import TRANSPORTS
from gateway.transports import known_kinds


def test_the_configuration_knows_the_transports_there_are() -> None:
    assert set(TRANSPORTS.names()) == set(known_kinds())


def test_a_reserved_name_says_that_it_is_not_available_yet() -> None:
    assert TRANSPORTS.refusal("http") == "transport 'http' is not available yet; available are folder, mail, sftp"


def test_a_mistyped_name_says_the_nearest() -> None:
    assert TRANSPORTS.refusal("fodler") == "unknown transport 'fodler'; did you mean 'folder'?"
