"""Errors of the system as errors of ours: the type decides what happens next."""

from __future__ import annotations

import errno

import pytest

from gateway.kernel.errors import Answered, EndpointDown, GatewayError, PermissionRefused, PolicyRefused, TryLater
from gateway.transports import AlgorithmsRefused, CannotRename, FileExists, FolderMissing, NoSuchFile
from gateway.transports.folder import _our_error

TABLE = [
    (errno.ENOSPC, Answered, "the disk or quota is full"),
    (errno.EDQUOT, Answered, "the disk or quota is full"),
    (errno.EIO, EndpointDown, "input/output error"),
    (errno.ESTALE, EndpointDown, "stale file handle"),
    (errno.EMFILE, EndpointDown, "too many open files"),
    (errno.EACCES, PermissionRefused, "permission denied; the service's account needs the right"),
    (errno.EPERM, PermissionRefused, "operation not permitted"),
    (errno.EROFS, PermissionRefused, "read-only file system"),
    (errno.ELOOP, PermissionRefused, "not a regular file"),
    (errno.EISDIR, PermissionRefused, "not a regular file"),
    (errno.ENAMETOOLONG, PolicyRefused, "the name is too long"),
    (errno.ENOENT, NoSuchFile, "not there"),
]


@pytest.mark.parametrize(("number", "kind", "words"), TABLE, ids=[errno.errorcode[row[0]] for row in TABLE])
def test_each_error_of_the_system_has_one_of_ours(number: int, kind: type[GatewayError], words: str) -> None:
    error = _our_error(OSError(number, "ignored"), "writing file.csv")
    assert type(error) is kind
    assert str(error).startswith("writing file.csv: ")
    assert words in str(error)


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        (NoSuchFile, TryLater),
        (FileExists, TryLater),
        (FolderMissing, EndpointDown),
        (CannotRename, PolicyRefused),
        (AlgorithmsRefused, PolicyRefused),
    ],
)
def test_each_outcome_has_its_place_in_the_tree(kind: type[GatewayError], above: type[GatewayError]) -> None:
    assert issubclass(kind, above)
