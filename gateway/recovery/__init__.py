"""After the worst: backups, putting them back, finding out what was forgotten, and whether everything agrees."""

from __future__ import annotations

from gateway.recovery.backup import Manifest, back_up
from gateway.recovery.forgotten import Search
from gateway.recovery.reconcile import Reconciler, Step, let_make
from gateway.recovery.restore import Restored, plan, require_alone, restore
from gateway.recovery.shelves import Shelves
from gateway.recovery.verify import Verified, Verifier, rows_of

__all__ = [
    "Manifest",
    "Reconciler",
    "Restored",
    "Search",
    "Shelves",
    "Step",
    "Verified",
    "Verifier",
    "back_up",
    "let_make",
    "plan",
    "require_alone",
    "restore",
    "rows_of",
]
