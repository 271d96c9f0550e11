"""Templates that are sent in place of documents: the number of such a document is the name of a hole that nobody has filled."""

from __future__ import annotations

import re

MARKS = frozenset("{$<%[")
"""How a placeholder begins: looked for first, because every document of every file is asked."""
_NAME = r"\s*[A-Z_][\w.\- ]*"
_HOLE = re.compile(rf"\{{\{{?{_NAME}\}}?\}}|\$\{{{_NAME}\}}|<%=?{_NAME}%>|%{_NAME}%|\[\[{_NAME}\]\]", re.ASCII | re.IGNORECASE)


def placeholder(key: str) -> str:
    """The key when it is a placeholder (`{order_id}`, `{{ po }}`, `${po}`, `%PO%`); empty when there is none."""
    return key if _HOLE.fullmatch(key.strip()) else ""
