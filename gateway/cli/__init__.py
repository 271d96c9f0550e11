"""The command `gateway <noun> <verb>`: one file a noun, one door for errors, tables for people and JSON for programs."""

from __future__ import annotations

from gateway.cli.frame import main

__all__ = ["main"]
