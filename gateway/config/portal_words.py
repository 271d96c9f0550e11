"""What organization.yaml says of the console: refresh, time-out, announcement, contact and logo, with their limits (sdf 8.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from gateway.config.values import from_text, read_whole
from gateway.domain.access import IDLE
from gateway.kernel.mailbox import read_mailbox

LONGEST_REFRESH = 999
SHORTEST_TIME_OUT = 5
LONGEST_TIME_OUT = int(IDLE.total_seconds()) // 60
"""Minutes."""
LONGEST_ANNOUNCEMENT = 500
LONGEST_ADDRESS = 255
PICTURES = (".png", ".jpg", ".jpeg", ".gif")
AT_ONCE = frozenset({"landing_refresh_minutes", "time_out_minutes", "announcement", "contact_email", "portal_logo"})
"""The words of the organization that count from the next page on, and not from the next start of a node."""

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&()*+=:@%/-]*")


def read_refresh(text: str) -> int:
    """Minutes between two looks of a first page."""
    found = read_whole(text)
    if not 1 <= found <= LONGEST_REFRESH:
        raise ValueError(f"'{text}' is not a number of minutes from 1 to {LONGEST_REFRESH}")
    return found


def read_time_out(text: str) -> int:
    """Minutes after which a session ends when nobody does anything; never longer than security allows."""
    found = read_whole(text)
    if found > LONGEST_TIME_OUT:
        raise ValueError(f"'{text}' is too long: a session ends when nobody has done anything for {LONGEST_TIME_OUT} minutes at the latest")
    if found < SHORTEST_TIME_OUT:
        raise ValueError(f"'{text}' is too short: {SHORTEST_TIME_OUT} minutes are the least in which somebody can fill in a form")
    return found


def origin_of(logo: str) -> str:
    """The site that a picture is fetched from, as a browser names it.

    >>> origin_of("https://pictures.shop.example/logos/harbor.png")
    'https://pictures.shop.example'
    """
    return f"https://{urlsplit(logo).netloc}"


def _announcement(text: str) -> str:
    if len(text) > LONGEST_ANNOUNCEMENT or not text.isprintable():
        raise ValueError(f"must be one line of printable text of at most {LONGEST_ANNOUNCEMENT} characters")
    return text.strip()


def _contact(text: str) -> str:
    return read_mailbox(text).address if text.strip() else ""


def _logo(text: str) -> str:
    if not text:
        return text
    scheme, colon, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    if scheme.lower() != "https" or not colon:
        raise ValueError(f"'{text}' is not fetched by https; write the whole address, such as https://www.shop.example/logo.png")
    if not _HOST.fullmatch(host.lower()) or not _PATH.fullmatch(slash + path) or len(text) > LONGEST_ADDRESS:
        raise ValueError(
            f"'{text}' is not the address of a picture: https://, a host, and a path without blanks, user, ? and #; "
            f"at most {LONGEST_ADDRESS} characters"
        )
    if not path.lower().endswith(PICTURES):
        raise ValueError(f"'{text}' is not a picture; its address ends with .png, .jpg or .gif")
    return f"https://{host.lower()}/{path}"


def _minutes(read: Callable[[str], int], least: int, most: int) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(from_text(read)), WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


Refresh = Annotated[int, *_minutes(read_refresh, 1, LONGEST_REFRESH)]
TimeOut = Annotated[int, *_minutes(read_time_out, SHORTEST_TIME_OUT, LONGEST_TIME_OUT)]
Announcement = Annotated[str, AfterValidator(_announcement)]
Contact = Annotated[str, AfterValidator(_contact)]
PortalLogo = Annotated[str, AfterValidator(_logo)]
