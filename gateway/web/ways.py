"""Ways: what a command that a sentence names is at the console, a button or a page, and in the API.

Sentences that say what to do name commands, in one form, and many of them are stored. So each says it once, and whoever reads it
is told in the words of where they read: the command line as it stands, the console and the API by the table here. What has no
entry is done at the command line alone. Not for texts of files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from markupsafe import Markup, escape
from msgspec import Struct

from gateway.web.routes import segment

EVERYTHING = " --all-outbound"
API = "/api/v1/"


class Way(Struct, frozen=True, kw_only=True):
    """A command elsewhere: its words and page, with `{}` where the name of the one thing stands that it is about; the call of the API."""

    words: str
    page: str
    api: str = ""
    filters: Mapping[str, str] = MappingProxyType({})
    """The options of the command that are filters of the page too."""


def _button(word: str, what: str, page: str, api: str = "") -> Way:
    return Way(words=f"\u201c{word}\u201d at {what} {{}}", page=page, api=api)


def _page(what: str, page: str, api: str = "") -> Way:
    return Way(words=f"the page of {what} {{}}", page=page, api=api)


def _list(words: str, page: str, api: str = "", **filters: str) -> Way:
    return Way(words=words, page=page, api=api, filters=MappingProxyType(filters))


_ITEM, _ALARM, _MESSAGE, _BATCH, _JOB = "outgoing file", "alarm", "message", "batch", "job"
_DRAFT, _USER, _OF_VENDOR, _SLIPS = "order made by hand", "user", "user of a vendor", "the documents of batch"
_ITEMS, _ALARMS, _MESSAGES, _BATCHES, _JOBS = "/outbox/{}", "/alarms/{}", "/messages/{}", "/batches/{}", "/administration/jobs/{}"
_DRAFTS, _PEOPLE = "/drafts/{}", "/administration/people/{}"
WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "alarm clear": _button("End it", _ALARM, _ALARMS, "POST alarms/{}/clear"),
        "alarm list": _list("the alarms", "/alarms", "GET alarms", all="all"),
        "batch list": _list("the batches", "/batches", "GET batches", vendor="vendor"),
        "batch reissue": _button("Send anew", _BATCH, _BATCHES),
        "batch show": _page(_BATCH, _BATCHES, "GET batches/{}"),
        "batch void": _button("Take back", _BATCH, _BATCHES, "POST batches/{}/void"),
        "brand list": _list("the brands", "/administration/master?kind=brand"),
        "connector list": _list("the partners", "/partners"),
        "connector test": _button("Test it now", "partner", "/partners/{}"),
        "connector trust": _button("Trust a host key", "partner", "/partners/{}", "POST partners/{}/trust"),
        "invoice list": _list("the invoices", "/invoices", "GET invoices"),
        "job list": _list("the jobs", "/administration/jobs", "GET jobs"),
        "job resume": _button("Let it go on", _JOB, _JOBS, "POST jobs/{}/resume"),
        "job run": _button("Run now", _JOB, _JOBS, "POST jobs/{}/run"),
        "mapping check": _list("the mappings", "/mappings"),
        "mapping list": _list("the mappings", "/mappings"),
        "message list": _list("the messages", "/messages", "GET messages", unanswered="unanswered"),
        "message replay": _button("Replay", _MESSAGE, _MESSAGES, "POST messages/{}/replay"),
        "message show": _page(_MESSAGE, _MESSAGES, "GET messages/{}"),
        "order draft cancel": _button("Cancel", _DRAFT, _DRAFTS, "POST drafts/{}/cancel"),
        "order draft list": _list("the orders made by hand", "/drafts", "GET drafts"),
        "order draft run": _button("Run workflow", _DRAFT, _DRAFTS, "POST drafts/{}/workflow"),
        "order draft save": Way(words="the form of order {}", page=_DRAFTS, api="POST drafts/{}/save"),
        "order draft show": _page(_DRAFT, _DRAFTS, "GET drafts/{}"),
        "order list": _list("the orders", "/orders", "GET orders", vendor="vendor", number="number", pending="pending"),
        "order show": _page("order", "/orders/{}", "GET orders/{}"),
        "outbox hold": _button("Hold", _ITEM, _ITEMS, "POST outbox/{}/hold"),
        f"outbox hold{EVERYTHING}": _list("\u201cStop everything\u201d at the outbox", "/outbox"),
        "outbox list": _list("the outbox", "/outbox", "GET outbox"),
        "outbox redeliver": _button("Redeliver", _ITEM, _ITEMS, "POST outbox/{}/redeliver"),
        "outbox release": _button("Release", _ITEM, _ITEMS, "POST outbox/{}/release"),
        f"outbox release{EVERYTHING}": _list("\u201cLet everything go\u201d at the outbox", "/outbox"),
        "outbox retry": _button("Retry", _ITEM, _ITEMS, "POST outbox/{}/retry"),
        "outbox show": _page(_ITEM, _ITEMS, "GET outbox/{}"),
        "privacy log": _list("the log of erasures", "/administration/privacy", "GET privacy/log"),
        "slip fetch": Way(words=f"{_SLIPS} {{}}", page="/slips/{}", api="POST batches/{}/documents"),
        "slip generate": Way(words=f"{_SLIPS} {{}}", page="/slips/{}", api="GET batches/{}/slips"),
        "slip reprint": _button("Reprint", _BATCH, "/slips/{}", "POST batches/{}/reprint"),
        "slip show": Way(words=f"{_SLIPS} {{}}", page="/slips/{}", api="GET batches/{}/slips"),
        "slip void": _button("Void", _BATCH, "/slips/{}", "POST batches/{}/void"),
        "user activate": _button("Let in again", _USER, _PEOPLE),
        "user key add": _list("\u201cMake a key\u201d at the keys", "/administration/keys", "POST keys"),
        "user keys": _list("the keys", "/administration/keys", "GET keys"),
        "user list": _list("the people", "/administration/people", "GET people"),
        "user roles": _list("the roles", "/administration/roles", "GET roles"),
        "user show": _page(_USER, _PEOPLE, "GET people/{}"),
        "vendor list": _list("the vendors", "/administration/master"),
        "vendor user activate": _button("Let in again", _OF_VENDOR, _PEOPLE),
        "vendor user list": _list("the users of vendors", "/administration/vendor-users", "GET vendor-users"),
        "vendor user set": _button("Change", _OF_VENDOR, _PEOPLE, "POST people/{}/edit"),
    }
)
NOBODY = frozenset({"ID", "NAME", "NUMBER", "BATCH", "VENDOR", "CODE"})
"""What stands in the place of a name where a sentence knows none."""
_FLAGS = frozenset({"all", "deep", "dry-run", "json", "pending", "raw", "unanswered", "unfinished"})
_NAMED = re.compile(
    r"\bgateway (?P<command>" + "|".join(sorted(map(re.escape, WAYS), key=len, reverse=True)) + r")(?![\w-])"
    r"(?P<name> (?!-)(?:ID\b|NAME\b|NUMBER\b|BATCH\b|\d+\b(?:, \d+\b)*|(?!\w+ \w)[^\s;:,)]*[^\s;:,.)]))?"
    r"(?P<options>(?: --(?:" + "|".join(sorted(_FLAGS)) + r")\b| --[a-z-]+ [^\s;,)]*[^\s;,.)])*)"
)
_OPTION = re.compile(r" --([a-z-]+)(?: (?!--)(\S+))?")


def at_console(text: str) -> str:
    """A sentence as it is read at the console: buttons and pages in place of commands.

    >>> at_console("move that file away, then: gateway outbox retry 17")
    'move that file away, then: “Retry” at outgoing file 17'
    """
    return _retold(text, lambda way, name, _: _words(way, name))


def for_programs(text: str) -> str:
    """A sentence as the API tells it: calls in place of commands.

    >>> for_programs("move that file away, then: gateway outbox retry 17")
    'move that file away, then: POST /api/v1/outbox/17/retry'
    """
    return _retold(text, lambda way, name, _: _call(way.api, name) if way.api else None)


def linked(text: object) -> Markup:
    """A sentence as it is read at the console, each button and page with the way to it."""
    if isinstance(text, Markup):
        return text
    told, at = Markup(), 0
    sentence = str(text)
    for found in _NAMED.finditer(sentence):
        way, name, options = _understood(found)
        link = Markup('<a href="{}">{}</a>').format(_path(way, name, options), _words(way, name))
        told += escape(sentence[at : found.start()]) + link
        at = found.end()
    return told + escape(sentence[at:])


def _retold(text: str, tell: Callable[[Way, str, dict[str, str]], str | None]) -> str:
    return _NAMED.sub(lambda found: tell(*_understood(found)) or found[0], text) if "gateway " in text else text


def _understood(found: re.Match[str]) -> tuple[Way, str, dict[str, str]]:
    """The way, the name of what it is about where one is said, and the options."""
    way, name = WAYS[found["command"]], (found["name"] or "").strip()
    return way, "" if name in NOBODY else name, {option: value or "1" for option, value in _OPTION.findall(found["options"])}


def _words(way: Way, name: str) -> str:
    if name or "{}" not in way.words:
        return way.words.format(name)
    return re.sub(r"\b(the documents of|the page of|the form of|at) (.+) {}", r"\1 the \2", way.words)


def _path(way: Way, name: str, options: Mapping[str, str]) -> str:
    if "{}" in way.page:
        return way.page.format(segment(name)) if name and "," not in name else way.page.removesuffix("/{}")
    asked = {way.filters[option]: value for option, value in options.items() if option in way.filters}
    return f"{way.page}?{urlencode(asked)}" if asked else way.page


def _call(api: str, name: str) -> str:
    method, _, path = api.partition(" ")
    return f"{method} {API}{path.format(segment(name) if name else '{id}')}"
