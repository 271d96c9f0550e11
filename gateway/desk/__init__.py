"""The use cases people have: command line, console and API call the same ones."""

from __future__ import annotations
