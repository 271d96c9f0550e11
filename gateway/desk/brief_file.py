"""Bytes that somebody hands in as a file for who reads files: under a name that every file system takes, and gone afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MOST_BYTES = 240
"""Of a name: no file system takes more than 255."""
_ODD = re.compile(r"[^\w.()+@=, -]")


@contextmanager
def brief_file(name: str, body: bytes) -> Iterator[Path]:
    """The file; of a name that is too long the end stays, which says what kind of file it is."""
    plain = _ODD.sub("_", Path(name).name).encode()[-MOST_BYTES:].decode(errors="ignore").lstrip(".")
    with TemporaryDirectory(prefix="gateway-") as folder:
        file = Path(folder) / (plain or "file")
        file.write_bytes(body)
        yield file
