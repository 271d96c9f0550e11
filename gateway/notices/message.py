"""A finished e-mail message: its bytes are made once, and nothing of what partners wrote can become a header of it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.kernel.mailbox import Mailbox

if TYPE_CHECKING:
    from email.headerregistry import Address

LONGEST_SUBJECT = 200
_CTE = "quoted-printable"  # lines stay short and bytes plain, whatever stands in the text


class Letter(Struct, frozen=True, kw_only=True):
    """What one recipient gets. `idem` names its cause: the same cause has the same Message-ID."""

    idem: str
    sender: Mailbox
    to: Mailbox
    reply_to: Mailbox | None
    subject: str
    text: str
    html: str
    at: datetime

    @property
    def mark(self) -> str:
        """What tells it from every other message."""
        return hashlib.sha256(f"{self.idem} {self.to.address} {self.at.isoformat()}".encode()).hexdigest()[:24]

    @property
    def message_id(self) -> str:
        """The Message-ID: a repetition is recognized by it."""
        return f"<{self.mark}@{self.sender.address.rpartition('@')[2]}>"


def as_bytes(letter: Letter) -> bytes:
    """The message as it travels (RFC 5322), plain text first, HTML beside it."""
    from email.message import EmailMessage
    from email.policy import SMTP, SMTPUTF8

    policy = SMTPUTF8 if letter.sender.needs_utf8 or letter.to.needs_utf8 else SMTP
    message = EmailMessage(policy=policy)
    message["Subject"] = one_line(letter.subject)
    message["From"] = _address(letter.sender)
    message["To"] = _address(letter.to)
    if letter.reply_to is not None:
        message["Reply-To"] = _address(letter.reply_to)
    message["Date"] = letter.at
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_lines(letter.text), cte=_CTE)
    message.add_alternative(_lines(letter.html), subtype="html", cte=_CTE)
    message.set_boundary(f"=_{letter.mark}")
    return message.as_bytes()


def one_line(text: str) -> str:
    """A subject: one line of printable characters, cut where it is too long."""
    told = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return told if len(told) <= LONGEST_SUBJECT else told[: LONGEST_SUBJECT - 1] + "…"


def _lines(text: str) -> str:
    """Without control characters that a mail program could take for something."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t").strip("\n") + "\n"


def _address(box: Mailbox) -> Address:
    from email.headerregistry import Address

    local, _, domain = box.address.rpartition("@")
    return Address(display_name=box.name, username=local, domain=domain)
