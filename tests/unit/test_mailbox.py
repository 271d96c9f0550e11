"""E-mail addresses: what can become a header or an SMTP command is refused, what people write is taken."""

from __future__ import annotations

import pytest

from gateway.kernel.mailbox import read_mailbox, read_mailboxes


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("orders@anvil.example", "", "orders@anvil.example"),
        ("Anvil & Hearth <orders@anvil.example>", "Anvil & Hearth", "orders@anvil.example"),
        ('"Forge, Nina" <nina.forge+po@anvil.example>', "Forge, Nina", "nina.forge+po@anvil.example"),
        ("Bücher <post@bücher.example>", "Bücher", "post@xn--bcher-kva.example"),
        ("jürgen@anvil.example", "", "jürgen@anvil.example"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, name: str, address: str) -> None:
    found = read_mailbox(text)
    assert (found.name, found.address) == (name, address)
    assert found.needs_utf8 is (not address.isascii())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anvil.example",
        "@anvil.example",
        "orders@",
        "orders@anvil..example",
        "orders@-anvil.example",
        "or ders@anvil.example",
        ".orders@anvil.example",
        "orders@anvil.example\r\nBcc: thief@evil.example",
        "Anvil\n <orders@anvil.example>",
        "a@b.example> SIZE=1 <c@d.example",
        "<orders@anvil.example",
        "two@at@anvil.example",
        f"{'x' * 65}@anvil.example",
        f"x@{'y' * 60}.{'y' * 60}.{'y' * 60}.{'y' * 60}.{'y' * 60}.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"e-mail address|longer than"):
        read_mailbox(text)


def test_several_addresses_are_parted_by_commas_and_each_counts_once() -> None:
    found = read_mailboxes("orders@anvil.example, Nina <nina@anvil.example>; orders@anvil.example,")
    assert [it.address for it in found] == ["orders@anvil.example", "nina@anvil.example"]
    assert read_mailboxes("") == ()
