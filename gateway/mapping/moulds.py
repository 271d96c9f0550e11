"""Moulds: how a document is made straight from the values of its form, once stains have shown where they go.

Only for documents in perfect order. Whatever is odd about a value (it is unfit, or means nothing) sends the document the general
way, which tells issues; so this module knows none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from gateway.documents import Document
from gateway.formats import Form, Found, Scan
from gateway.mapping.cast import Mould, cast
from gateway.mapping.readings import Values
from gateway.mapping.run import Run
from gateway.mapping.stains import Rules, Seen, Unlike, see, words_of

PATIENCE = 2
"""So many documents alike make a mould worth its making."""
MOST_FORMS, MOST_MOULDS, MOST_PARTNERS = 256, 64, 64
FORGET_AFTER = 100_000
"""So many documents later, forms that have no room may take the place of those that are kept: learning costs more than it saves if it is
done again and again.
"""
OFTEN = 32
"""So many documents of one mould make it worth to have the file looked through for more."""
RunOf = Callable[[Values, Scan], Run]


class _Kept:
    """What is known of one form: the words that documents depend on, and the moulds by their words; no words where it has no moulds."""

    def __init__(self, words: frozenset[int] | None) -> None:
        self.moulds: dict[tuple[str, ...], Mould | int | None] = {}
        self.widen(words)

    def widen(self, words: frozenset[int] | None) -> None:
        """Begin again with these words."""
        self.words, self.moulds = words, {}
        self.pick = itemgetter(*sorted(words)) if words else None

    def key(self, values: Sequence[str]) -> Any:
        """The words of a document."""
        return self.pick(values) if self.pick is not None else ()


class Moulds:
    """The moulds of one mapping, made when documents come that lie alike; shared by threads."""

    def __init__(self, compiled: Callable[[], Rules | None], run_of: RunOf, needs: Sequence[str]) -> None:
        self._compiled, self._run_of, self._needs = compiled, run_of, tuple(needs)
        self._rules: Rules | None = None
        self._is_compiled = False
        self._kept: dict[tuple[str | None, ...], dict[Form, _Kept]] = {}
        self._looked_up = 0

    def document(self, found: Found, run: Run) -> Document | None:
        """The document of a set that lies like others; nothing where it must be read by the rules."""
        form, values, sets = found.form, found.values, run.sets
        if sets is None:
            return None
        if isinstance(found.mould, Mould):
            return found.mould.make(sets.enveloped(), *values)
        if form is None:
            return None
        self._looked_up += 1
        known: dict[Form, _Kept] | None = run.moulds
        if known is None:
            known = run.moulds = self._of(run.values)
        kept = known.get(form) or self._new(form, known)
        if kept.words is None:
            return None
        mould = kept.moulds.get(kept.key(values), 0)
        if isinstance(mould, int):
            mould = self._made(kept, form, values, run.values)
        if mould is None or not mould.unread <= run.seen:
            return None
        document = mould.make(sets.enveloped(), *mould.pick(values))
        if document is not None:
            mould.used += 1
            if mould.used > OFTEN:
                sets.expect(found, mould, kept.words, mould.takes)
        return document

    @property
    def sources(self) -> tuple[str, ...]:
        """The source texts of all moulds there are."""
        kept = [one for forms in self._kept.values() for one in forms.values()]
        return tuple(dict.fromkeys(mould.source for one in kept for mould in one.moulds.values() if isinstance(mould, Mould)))

    def _of(self, values: Values) -> dict[Form, _Kept]:
        """Moulds hold what the partner's settings say, so those with other settings have their own."""
        key = tuple(values.partner.get(name) for name in self._needs)
        if len(self._kept) >= MOST_PARTNERS and key not in self._kept:
            self._kept.clear()
        return self._kept.setdefault(key, {})

    def _new(self, form: Form, known: dict[Form, _Kept]) -> _Kept:
        if len(known) >= MOST_FORMS:
            if self._looked_up < FORGET_AFTER:
                return _Kept(None)
            known.clear()
            self._looked_up = 0
        rules = self._ready()
        try:
            words = words_of(rules, form) if rules is not None else None
        except Unlike:
            words = None
        kept = known[form] = _Kept(words)
        return kept

    def _made(self, kept: _Kept, form: Form, values: Sequence[str], given: Values) -> Mould | None:
        """The mould for documents with these words, when there have been enough of them."""
        key, words = kept.key(values), kept.words
        known = kept.moulds.get(key)
        times = known + 1 if isinstance(known, int) else 1
        if len(kept.moulds) >= MOST_MOULDS and key not in kept.moulds:
            return None
        if times < PATIENCE or self._rules is None or words is None:
            kept.moulds[key] = times
            return None
        try:
            seen = see(self._rules, form, values, words, lambda scan: self._run_of(given, scan))
            if not isinstance(seen, Seen):
                kept.widen(seen)
                return self._made(kept, form, values, given)
            mould = cast(seen, form)
        except Unlike:
            kept.moulds[key] = None
            return None
        kept.moulds[key] = mould
        return mould

    def _ready(self) -> Rules | None:
        if not self._is_compiled:
            self._rules, self._is_compiled = self._compiled(), True
        return self._rules
