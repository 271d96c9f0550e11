"""What every life needs, imported and used once in the process that all are forked from, so that a life begins warm.

Leaves no thread, no connection and no file behind.
"""

from __future__ import annotations

import gc
import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import gateway.transports.sftp  # noqa: F401 - imported for its own sake: it is slow
from gateway.app import open_gateway
from gateway.config import Workspace
from tests.chaos.truth import Truth
from tests.chaos.world import Quarry


def _warm_up() -> None:
    """Live through a morning."""
    with tempfile.TemporaryDirectory() as folder, Quarry(Path(folder) / "quarry", None) as quarry, quarry.world("sqlite") as world:
        for offer in Truth(1).morning:
            world.drop(offer.box, offer.name, offer.body)
        with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()), open_gateway(Workspace.load(world.root)) as gateway:
            gateway.node().once()


_warm_up()
gc.freeze()
