"""The HTTP listener of a serving node: is it alive, is it ready, how are its partners, and its numbers. Reading only."""

from __future__ import annotations

from gateway.web.listener import listening

__all__ = ["listening"]
