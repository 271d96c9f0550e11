"""The page of the reference about who may do what, read from the roles and authorities there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta

from running import WORDS, trees

from gateway.desk import invitations, keys, login, passwords, throttle
from gateway.domain.access import (
    BUILT_IN,
    GRAVE,
    IDLE,
    IDLE_GRAVE,
    MEANINGS,
    NEEDS,
    NOT_FOR_PROGRAMS,
    OF_VENDOR_USERS,
    WITH_ORDERS,
    Authority,
)
from gateway.store import audit

MARKS = {True: "✓", False: ""}


def rights() -> Iterator[str]:
    """Authorities, who has them, and the numbers of logging in."""
    yield "# Who may do what"
    yield (
        "An authority is one thing that somebody may do. People of the retailer have roles, which are sets of authorities: those that "
        "are built in, and those of your own (`gateway user role set`). Users of vendors have authorities of their own (`gateway vendor "
        "user set --may`) and see their vendor alone. What is not given is refused. How to work with them: "
        "[people](../howto/people.md)."
    )
    yield "## Authorities"
    yield (
        "*2F*: whoever has it needs a second factor to log in, and is logged out earlier. *Needs*: what has to be given with it. "
        "*Key*: whether a key of a program can have it, and *v* whether one of a vendor can."
    )
    heads = ["authority", "what it allows", "needs", "2F", "key", *BUILT_IN, "vendor"]
    yield "\n".join([_row(heads), _row(["---"] * len(heads)), *(_row(_cells(it)) for it in Authority)])
    yield (
        "*vendor*: ✓ a vendor's user can be given it; *with orders*: whoever has `orders` has it too, within the vendor: whom to ship "
        "to, and the files of the own vendor with what was wrong with them."
    )
    yield "## Roles that are built in"
    yield "\n".join([_row(["role", "what for"]), _row(["---"] * 2), *(_row([it.name, it.meaning]) for it in BUILT_IN.values())])
    yield "## What the record tells"
    yield (
        "Each entry (`gateway audit list`) has the time, who did it, from where (an address, or `command line`), about whom or what, "
        "details and the reason. A user of the system who runs the command is told by that name."
    )
    yield "\n".join([_row(["event", "what has happened"]), _row(["---"] * 2), *(_row([f"`{it}`", WORDS["audit"][it]]) for it in noted())])
    yield "## Numbers"
    yield "\n".join([_row(["what", "how much"]), _row(["---"] * 2), *(_row([what, str(much)]) for what, much in _numbers())])


def noted() -> list[str]:
    """Every event that the code writes into the record."""
    found = set()
    for tree in trees(["note("]):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="audit"), attr="note"), args=[_, ast.Constant(value=str(event)), *_]):
                    found.add(event)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="audit"), attr="note"), args=[_, ast.Attribute(attr=name), *_]):
                    found.add(getattr(audit, name))
                case ast.Call(func=ast.Name(id="note"), args=[_, ast.Name(id="office"), ast.Constant(value=str(event)), *_]):
                    found.add(event)
    return sorted(found)


def _cells(authority: Authority) -> list[str]:
    key = "" if authority in NOT_FOR_PROGRAMS else "✓ v" if authority in OF_VENDOR_USERS | WITH_ORDERS else "✓"
    vendor = "✓" if authority in OF_VENDOR_USERS else "with orders" if authority in WITH_ORDERS else ""
    roles = [MARKS[authority in role.authorities] for role in BUILT_IN.values()]
    return [
        f"`{authority}`",
        MEANINGS[authority],
        f"`{NEEDS[authority]}`" if authority in NEEDS else "",
        "2F" if authority in GRAVE else "",
        key,
        *roles,
        vendor,
    ]


def _numbers() -> Iterator[tuple[str, object]]:
    yield "characters of a password of the retailer's people", f"{passwords.STAFF_LENGTH} to {passwords.LONGEST}"
    yield "of a vendor's", f"{passwords.VENDOR_LENGTH} to {passwords.LONGEST}"
    yield "different characters in it, and what is left of it without common words and neighbouring keys", f"at least {passwords.DISTINCT}"
    yield "passwords that are checked at the same time, of one process", passwords.AT_ONCE
    yield "a link to set a password holds", _told(invitations.LINK_HOLDS)
    yield "the link of the first person holds", _told(invitations.SETUP_HOLDS)
    yield "time between password and second factor", _told(login.HALFWAY)
    yield "a code of the second factor holds, and its neighbours", f"{login.STEP} s, {login.DIGITS} figures"
    yield "a second factor in force is replaced within so long after a login", _told(login.FRESH)
    yield "a session ends when nobody was there for (`time_out_minutes` may say less)", _told(IDLE)
    yield "the same with an authority marked *2F*", _told(IDLE_GRAVE)
    yield "a session ends in any case after", _told(login.ABSOLUTE)
    free = throttle.FREE
    yield (
        "failed tries that cost nothing: of an account, at a source, of both together",
        f"{free['account']}, {free['source']}, {free['both']}",
    )
    yield "the wait after the next one, doubling", _told(throttle.FIRST_WAIT)
    yield "the longest wait", _told(throttle.LONGEST_WAIT)
    yield "failures are forgotten when there was no try for", _told(throttle.FORGOTTEN)
    yield "a source from which somebody has logged in is known for", _told(throttle.FAMILIAR)
    yield "days that a key holds, unless `--days` says otherwise; the most", f"{keys.KEY_DAYS}; {keys.LONGEST_DAYS}"


def _told(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {word}"
    return f"{seconds} s"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
