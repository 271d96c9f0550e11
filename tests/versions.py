"""Other versions of the program for a test: a copy of this one whose schema has gone on, running in processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from gateway.store.migrations import head
from tests.commands import PROGRAM
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[1]

STEP = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
{more}

def upgrade() -> None:
    """{title}."""
    {act}
'''
EXPANDED = """
from sqlalchemy import Column, Table, Text

slot.append_column(Column("shade", Text))
node.append_column(Column("shade", Text))
shade = Table("shade", metadata, Column("name", Text, primary_key=True))
"""
EXPAND = """op.add_column("slot", sa.Column("shade", sa.Text(), nullable=True))
    op.add_column("node", sa.Column("shade", sa.Text(), nullable=True))
    op.create_table("shade", sa.Column("name", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("name", name=op.f("pk_shade")))"""


class Version:
    """A copy of the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "gateway", folder / "gateway")  # with what is compiled, which is good as long as its source is as old

    def expands(self) -> str:
        """The next version adds two columns and a table; answers the name of its step."""
        tables = self.folder / "gateway/store/tables/queue.py"
        tables.write_text(tables.read_text() + EXPANDED)
        return self._step("9001", head(), "More to tell", EXPAND)

    def contracts(self) -> str:
        """The version after that takes something away, and works beside nobody older than the one before."""
        return self._step("9002", "9001", "Less to tell", 'op.drop_table("shade")', 'floor = "9001"\n')

    def start(self, workspace: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
        """The command line of this version over a workspace."""
        return subprocess.Popen(
            [*PROGRAM, "--workspace", str(workspace), *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, workspace: Path, *words: str, ends: int = 0) -> str:
        """The same, to its end; answers what it said."""
        with self.start(workspace, *words) as process:
            said = "".join(process.communicate(timeout=PATIENCE))
        assert process.returncode == ends, said
        return said

    def _step(self, revision: str, down: str, title: str, act: str, more: str = "") -> str:
        path = self.folder / f"gateway/store/migrations/versions/{revision}_next.py"
        path.write_text(STEP.format(revision=revision, down=down, title=title, act=act, more=more))
        return revision
