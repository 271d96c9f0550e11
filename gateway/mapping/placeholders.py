"""Templates that are sent in place of documents: the number of such a document is the name of a hole that nobody has filled."""

from __future__ import annotations

import re

_NAME = r"\s*[A-Z_][\w.\- ]*"
_HOLE = re.compile(rf"\{{\{{?{_NAME}\}}?\}}|\$\{{{_NAME}\}}|<%=?{_NAME}%>|%{_NAME}%|\[\[{_NAME}\]\]", re.ASCII | re.IGNORECASE)


def placeholder(key: str) -> str:
    """The part of a key that is a placeholder (`{order_id}`, `{{ po }}`, `${po}`, `%PO%`); empty when there is none."""
    return next((part for part in key.split("/") if _HOLE.fullmatch(part.strip())), "")
