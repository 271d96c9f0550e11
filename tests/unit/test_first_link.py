"""Where the printed link for the first person leads: to what a browser can open, and over which a password is taken."""

from __future__ import annotations

import pytest

from gateway.cli.serve import opened_at
from gateway.config.settings import WebSettings

NAME = "gateway.retailer.example"
CERTIFIED = {"certificate": "console.pem", "key": "console.key"}


@pytest.mark.parametrize(
    ("web", "address", "opened"),
    [
        ({}, "http://127.0.0.1:8420", "http://127.0.0.1:8420"),
        ({}, "http://10.0.0.7:8420", "http://10.0.0.7:8420"),
        ({}, "http://0.0.0.0:8420", "http://127.0.0.1:8420"),
        ({}, "http://[::]:8420", "http://[::1]:8420"),
        ({"hosts": [NAME]}, "http://0.0.0.0:8420", "http://127.0.0.1:8420"),
        ({"hosts": [NAME], **CERTIFIED}, "https://0.0.0.0:8443", f"https://{NAME}:8443"),
        (CERTIFIED, "https://0.0.0.0:8443", "https://127.0.0.1:8443"),
        ({"hosts": [NAME], "proxies": ["10.0.0.7"]}, "http://127.0.0.1:8420", f"https://{NAME}"),
    ],
)
def test_the_first_link_can_be_opened(web: dict[str, object], address: str, opened: str) -> None:
    assert opened_at(WebSettings.model_validate(web), address) == opened
