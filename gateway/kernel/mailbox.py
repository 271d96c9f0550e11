"""An e-mail address as people write it and as it travels: checked once, so that nothing of it can become a header or a command."""

from __future__ import annotations

import re

from msgspec import Struct

LONGEST = 254
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f()<>\[\]:;@\\,\"]{1,64}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_WRITTEN = re.compile(r"(?:(?P<name>[^<>]*)<(?P<inner>[^<>]*)>|(?P<bare>[^<>]*))")


class Mailbox(Struct, frozen=True):
    """Who gets or sends mail: the name people see, and the address, its domain in the form that travels."""

    name: str
    address: str

    @property
    def needs_utf8(self) -> bool:
        """Whether only a mail server that takes SMTPUTF8 can be told this address."""
        return not self.address.isascii()


def read_mailbox(text: str) -> Mailbox:
    """A mailbox as people write it; ValueError says what is wrong.

    >>> read_mailbox("Locate Retail <orders@retailer.example>")
    Mailbox(name='Locate Retail', address='orders@retailer.example')
    >>> read_mailbox("post@bücher.example").address
    'post@xn--bcher-kva.example'
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not text.isprintable():
        raise ValueError(f"'{text}' is not an e-mail address; write name@company.example or Name <name@company.example>")
    address = (found["bare"] if found["inner"] is None else found["inner"]).strip()
    name = (found["name"] or "").strip().strip('"').strip()
    local, _, domain = address.rpartition("@")
    travels = _domain(domain)
    if not _LOCAL.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local or travels is None:
        raise ValueError(f"'{address}' is not an e-mail address; it is name@company.example")
    if len(f"{local}@{travels}".encode()) > LONGEST:
        raise ValueError(f"'{address}' is longer than {LONGEST} bytes")
    return Mailbox(name, f"{local}@{travels}")


def read_mailboxes(text: str) -> tuple[Mailbox, ...]:
    """Several, parted by commas or semicolons; one that stands twice counts once.

    >>> [it.address for it in read_mailboxes("a@x.example, b@x.example; a@x.example")]
    ['a@x.example', 'b@x.example']
    """
    boxes = [read_mailbox(piece) for piece in re.split(r"[;,]", text) if piece.strip()]
    return tuple({box.address: box for box in reversed(boxes)}[address] for address in dict.fromkeys(box.address for box in boxes))


def _domain(text: str) -> str | None:
    """The domain in the letters that travel; None when it is none."""
    try:
        travels = text.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return travels if all(_LABEL.fullmatch(label) for label in travels.split(".")) else None
