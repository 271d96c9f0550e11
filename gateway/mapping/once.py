"""What guide and rules say of one value, told once (mapping-language.md 9)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from gateway.kernel import Issue

MISSING = "missing"
LACKING = frozenset({MISSING, "missing_with"})
"""How guides call it."""
_QUALIFIERS = re.compile(r"\[[^]]*\]")


def once(issues: list[Issue], syntax: int) -> None:
    """What a rule says of a place counts more than what the guide says of it, unless it only warns of what the guide refuses."""
    ruled = _met(issues, syntax)
    told = {issue.where for issue in ruled if issue.is_error}
    found = [issue for issue in issues[:syntax] if issue.where not in told]
    refused = {(issue.where, issue.kind) for issue in found if issue.is_error}
    issues[:] = [*found, *(issue for issue in ruled if issue.is_error or (issue.where, issue.kind) not in refused)]


def _met(issues: Sequence[Issue], syntax: int) -> list[Issue]:
    """What rules say, where an element is missing for guide and rule at the place that the guide names."""
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    for issue in issues[:syntax]:
        if issue.kind in LACKING and issue.is_error:
            lacking[issue.text.partition(" ")[0]].append(issue.where)
    if not lacking:
        return list(issues[syntax:])
    found = []
    for issue in issues[syntax:]:
        places = lacking.get(_QUALIFIERS.sub("", issue.text.partition(" ")[0]).rpartition("/")[2], [])
        found.append(replace(issue, where=places.pop(0)) if places and issue.kind == MISSING and issue.is_error else issue)
    return found
