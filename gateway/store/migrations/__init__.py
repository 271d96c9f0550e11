"""The schema's versions: brought up step by step, each step one transaction, the version row last."""

from __future__ import annotations

from gateway.store.migrations.steps import check, current, head, revision, upgrade

__all__ = ["check", "current", "head", "revision", "upgrade"]
