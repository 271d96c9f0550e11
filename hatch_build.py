"""Puts the shipped workspace into the wheel, where `gateway init` finds it.

An editable install has none: there the repository root is the workspace.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("connectors", "gateway.toml", "mappings", "organization.yaml", "samples")


class ShippedWorkspace(BuildHookInterface[Any]):
    """Copies what a new workspace starts with to gateway/_workspace."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update({name: f"gateway/_workspace/{name}" for name in SHIPPED})
