"""Remote paths are bytes; people see them in a form that can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import ConfigError
from gateway.transports import RemotePath, is_plain_name, shown, unshown

PLAIN_NAMES = st.binary(min_size=1, max_size=255).filter(is_plain_name)


@given(st.binary())
def test_what_is_shown_can_be_read_back_and_printed(name: bytes) -> None:
    assert unshown(shown(name)) == name
    assert shown(name).isprintable()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"SHIP_0622.csv", "SHIP_0622.csv"),
        (b"caf\xe9.csv", "caf%E9.csv"),
        ("café.csv".encode(), "café.csv"),
        (b"100%.csv", "100%25.csv"),
        (b"two\nlines", "two%0Alines"),
        ("\u202egnp.csv".encode(), "%E2%80%AEgnp.csv"),
    ],
)
def test_names_are_shown_so_that_nothing_hides(name: bytes, text: str) -> None:
    assert shown(name) == text


@given(st.lists(PLAIN_NAMES, max_size=4), PLAIN_NAMES)
def test_joining_and_parting_are_inverse(above: list[bytes], name: bytes) -> None:
    folder = RemotePath()
    for part in above:
        folder = folder.join(part)
    path = folder.join(name)
    assert (path.name, path.parent, path.parts) == (name, folder, (*above, name))


@pytest.mark.parametrize("name", [b"", b".", b"..", b"a/b", b"/etc/passwd", b"../up", b"nul\0"])
def test_what_is_no_plain_name_is_never_joined(name: bytes) -> None:
    assert not is_plain_name(name)
    with pytest.raises(ValueError, match="is not a file name"):
        RemotePath(b"/in").join(name)


@pytest.mark.parametrize(
    ("text", "raw", "parent"),
    [
        ("/", b"/", b"/"),
        ("", b"", b""),
        ("/out/", b"/out", b"/"),
        ("out", b"out", b""),
        ("/a/b", b"/a/b", b"/a"),
        ("inbox/oms", b"inbox/oms", b"inbox"),
    ],
)
def test_the_path_of_a_connector_loses_its_last_slash(text: str, raw: bytes, parent: bytes) -> None:
    assert RemotePath.of(text).raw == raw
    assert RemotePath.of(text).parent.raw == parent


def test_a_child_of_the_top_has_one_slash() -> None:
    assert RemotePath.of("/").join(b"in").raw == b"/in"


def test_a_folder_with_a_nul_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="NUL"):
        RemotePath.of("in\0out")
