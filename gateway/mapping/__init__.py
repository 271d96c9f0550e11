"""Layouts of partners: one YAML file says how a file is read into our documents and written from them (mapping.md)."""

from __future__ import annotations

from gateway.mapping.readings import Preflight, Problem, Reading, Values

__all__ = ["Preflight", "Problem", "Reading", "Values"]
