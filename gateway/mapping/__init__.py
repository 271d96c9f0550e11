"""Layouts of partners: one YAML file says how a file is read into our documents and written from them (mapping.md)."""

from __future__ import annotations

from gateway.formats import Identity
from gateway.mapping.identify import identify
from gateway.mapping.library import Library, load_mapping
from gateway.mapping.program import Mapping
from gateway.mapping.readings import Preflight, Problem, Reading, Values

__all__ = ["Identity", "Library", "Mapping", "Preflight", "Problem", "Reading", "Values", "identify", "load_mapping"]
