"""The schema's versions: brought up step by step, each step one transaction, the version row last."""

from __future__ import annotations

from gateway.store.migrations.floor import SchemaTooNew
from gateway.store.migrations.steps import check, current, head, require_welcome, revision, upgrade

__all__ = ["SchemaTooNew", "check", "current", "head", "require_welcome", "revision", "upgrade"]
