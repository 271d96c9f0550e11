"""Where the values of a form go: a document of stains is read by the rules themselves, and where each stain ends up is seen.

A stain stands for a text that will be there; what a rule would make of it is a `Cell`, which nobody may look into. A rule that must
look at the text itself makes that text a word of the form, and the reading starts again with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from msgspec import Struct

from gateway.formats import Form, FormPlan, Plan, Scan
from gateway.formats.base import Collect
from gateway.mapping import chain, finish
from gateway.mapping.chain import Convert
from gateway.mapping.codecs import Codec, Flow
from gateway.mapping.fields import FieldType, PartType
from gateway.mapping.lookups import Translation
from gateway.mapping.reading import DERIVED, Fill, Finish
from gateway.mapping.resolved import given_names, rules_of
from gateway.mapping.run import Out, RuleAt, Run, Walks
from gateway.mapping.spec import Block, MappingSpec, SetSpec
from gateway.mapping.unfit import Unfit

_STAIN = re.compile("\ue000([0-9]+)\ue001")


class Unlike(Exception):
    """Documents of this form cannot be made from their values alone."""


class Cell:
    """What a rule will make of values: `decode` of the one text, or of several in order (numbers, or None where nothing stands).

    `text` is the type of a text that is taken as it stands. Where the value is for several fields, `count` of them, each has a
    cell `of` it: its `part`, which may turn out to be nothing. Nothing may be asked of a cell but whether it is there.
    """

    __slots__ = ("count", "decode", "of", "part", "take", "text")

    def __init__(
        self,
        decode: Convert,
        take: int | tuple[int | None, ...],
        *,
        text: FieldType | None = None,
        count: int = 0,
        of: Cell | None = None,
        part: int = 0,
    ) -> None:
        self.decode, self.take, self.text, self.count, self.of, self.part = decode, take, text, count, of, part

    def __getattr__(self, name: str) -> NoReturn:
        raise Unlike(name)

    def __bool__(self) -> bool:
        raise Unlike("truth")

    def __str__(self) -> str:
        raise Unlike("text")

    def __int__(self) -> int:
        raise Unlike("number")


def stain(number: int) -> str:
    """The text that stands for a value."""
    return f"\ue000{number}\ue001"


def number_of(text: str) -> int | None:
    """The value that a text stands for; nothing where it is a text like others."""
    found = _STAIN.fullmatch(text)
    if found is None and "\ue000" in text:
        raise Unlike(text)
    return int(found[1]) if found is not None else None


def _run_together(text: str) -> tuple[int, ...]:
    """The values of a text that formats make of several, with a blank between two of them; nothing where it is no such text."""
    numbers = tuple([int(found[1]) for found in _STAIN.finditer(text)])
    return numbers if len(numbers) > 1 and text == " ".join(map(stain, numbers)) else ()


def _joined(decode: Convert) -> Convert:
    """Formats leave blanks around values out, and values that are nothing else: those are odd."""

    def joined(values: Sequence[str]) -> Any:
        texts = [value.strip() for value in values]
        if not all(texts):
            raise Unfit("missing", "means nothing")
        return decode(" ".join(texts))

    return joined


def reader(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]) -> Convert:
    """As `chain.reader`, but for stains: they become cells."""
    decode, certain = chain.reader(types, codecs, translation, none), chain.certain_reader(types, codecs, translation, none)
    text = chain.bare_text(types, codecs, translation, none)
    several = len(types) if len(types) > 1 else 0
    gives_list = any(codec.gives in {Flow.LIST, Flow.PAIRS} for codec in codecs)

    def read(raw: Any) -> Any:
        if isinstance(raw, str) and (numbers := _run_together(raw)) and not (several or gives_list):
            return Cell(_joined(certain), numbers)
        take: Any = number_of(raw) if isinstance(raw, str) else tuple(None if one is None else number_of(one) for one in raw)
        if take is None or (isinstance(take, tuple) and all(one is None for one in take)):
            return decode(raw)
        if gives_list or (isinstance(take, tuple) and any(one is None is not part for one, part in zip(take, raw, strict=True))):
            raise Unlike("a list, or words and values in one")
        cell = Cell(certain, take, text=text, count=several)
        return tuple(Cell(certain, take, of=cell, part=part) for part in range(several)) if several else cell

    return read


def finisher(part: PartType, document: str, plan: Plan, rules: Mapping[str, RuleAt], numbered: Sequence[str]) -> Finish:
    """As the maker of parts that rules have, but what is computed is only noted: moulds compare it."""
    make = finish.finisher(part, document, plan, {name: rule for name, rule in rules.items() if name[0] != DERIVED}, numbered)

    def finished(node: Any, out: Out, run: Run) -> Any:
        told = {name[1:]: out.pop(name) for name in [one for one in out if one[0] == DERIVED]}
        made = make(node, out, run)
        if told and run.trace is not None:
            run.trace.append((made, told))
        return made

    return finished


class Rules(Struct, frozen=True):
    """A mapping compiled for stains: its groups, which of their slots rules look at (constants) or fill the same fields,
    and what a document must show.
    """

    fill: Fill
    finish: Finish
    plans: Sequence[Plan]
    judged: Mapping[int, frozenset[int]]
    rivals: Mapping[int, tuple[tuple[frozenset[int], frozenset[int]], ...]]
    accept_plan: Plan | None = None
    accepts: tuple[frozenset[str], ...] = ()


class Seen(Struct, frozen=True):
    """What came of a document of stains: the document with its cells, and names of what no rule reads.

    `told` are parts with what the file says of them that is computed: `total` and the cell of it.
    """

    document: Any
    unread: frozenset[str]
    told: Sequence[tuple[Struct, Mapping[str, Any]]]


def words_of(rules: Rules, form: Form) -> frozenset[int]:
    """The values of a form that walks go by; Unlike where they go by more."""
    plans = [*rules.plans, *([rules.accept_plan] if rules.accept_plan is not None else [])]
    found = [plan.words(form) if isinstance(plan, FormPlan) else None for plan in plans]
    if None in found:
        raise Unlike("a walk that goes by more than words")
    return frozenset().union(*(one for one in found if one is not None))


def see(rules: Rules, form: Form, texts: Sequence[str], words: frozenset[int], run_of: Callable[[Scan], Run]) -> Seen | frozenset[int]:
    """Read a document of stains, with these words in their places; or which words it takes as well.

    Unlike where other documents with these words may be read otherwise.
    """
    node, scan = form.node([text if number in words else stain(number) for number, text in enumerate(texts)]), form.scan()
    run, looked = run_of(scan), set[int]()
    run.walks = _Watched(rules, form, scan, looked)
    is_accepted = _is_accepted(rules, node, scan, looked)
    out, told = {"envelope": ENVELOPE}, list[Any]()
    run.out, run.trace = out, told
    run.record = ENVELOPE  # type: ignore[assignment]  # nobody can be told which document of the file it is
    rules.fill(node, out, run)
    document = rules.finish(node, out, run)
    if not looked <= words:
        return words | looked
    if not is_accepted or run.errors or len(run.issues) != len(run.seen):
        raise Unlike("something is to be told")
    return Seen(document, frozenset(run.seen), told)


def is_plain(spec: MappingSpec) -> bool:
    """Whether stains show everything that rules of a mapping do: nothing is computed or split, or known of this file alone."""
    if spec.split is not None or spec.unread == "keep" or spec.head.rules:
        return False
    return _is_plain(spec.fields, spec.sets)


def _is_plain(block: Block, sets: Sequence[SetSpec], around: Counter[str] | None = None) -> bool:
    """Of several fields for one value each may stay empty: nothing else may give one of them but a rule beside it, which is watched.

    `around` are the fields of the same part that are given outside of the block.
    """
    rules, inside = list(rules_of(block, "read")), Counter(given_names([block], "read"))
    beside = Counter(name for rule in rules if not rule.is_group and rule.each is None for name in rule.fields or ())
    names = inside + Counter(one.field for one in sets) + (around or Counter())
    for rule in rules:
        several = rule.fields is not None and len(rule.fields) > 1
        if several and (rule.default is not None or rule.required or any(names[name] > beside[name] for name in rule.fields or ())):
            return False
        if (rule.into is not None and names[rule.into] > 1) or rule.compute is not None:
            return False
        if rule.rules is not None:
            is_own_part = rule.each is None and rule.into is None
            outside = names - Counter(given_names([rule.rules], "read")) if is_own_part else None
            if not _is_plain(rule.rules, rule.sets or (), outside):
                return False
    texts = [*(one.value for one in sets), *(rule.default for rule in rules), *(text for rule in rules for text in rule.const or ())]
    return not any(one.compute is not None for one in sets) and not any(text and text.startswith(_OF_FILE) for text in texts)


class _Watched(Walks):
    """The walks of a document of stains; which stains rules look at, and which name what is unread, is noted."""

    def __init__(self, rules: Rules, form: Form, scan: Scan, looked: set[int]) -> None:
        super().__init__(rules.plans, scan)
        self._rules, self._form, self._odd, self._looked = rules, form, scan.odd, looked

    def __missing__(self, number: int) -> Collect:
        walk, judged = super().__missing__(number), self._rules.judged.get(number, frozenset())
        rivals = self._rules.rivals.get(number, ())

        def watched(node: Any) -> Sequence[Any]:
            slots = walk(node)
            if any(_is_there(slots, one) and _is_there(slots, other) for one, other in rivals):
                raise Unlike("two values for one field")
            self._looked |= _numbers(slots[slot] for slot in judged)
            self._looked |= {number for one in self._odd if one.kind == "unread" for number in self._form.named_by(one)}
            return slots

        self[number] = watched
        return watched


def _is_accepted(rules: Rules, node: Any, scan: Scan, looked: set[int]) -> bool:
    if rules.accept_plan is None:
        return True
    slots = rules.accept_plan.bind(scan)(node)
    scan.odd.clear()
    looked |= _numbers(slots)
    return all(raw is None or raw.strip() in values for raw, values in zip(slots, rules.accepts, strict=True))


def _is_there(slots: Sequence[Any], of: frozenset[int]) -> bool:
    return any(slots[slot] for slot in of)


def _numbers(slots: Iterable[Any]) -> set[int]:
    return {number for raw in slots if isinstance(raw, str) and (number := number_of(raw)) is not None}


def _never(_: object) -> NoReturn:
    raise Unlike("a value of its own")


ENVELOPE = Cell(_never, ())
"""Stands for what the file says of the document, which is put in its place when the document is made."""
_OF_FILE = ("$file.", "$message.", "$batch.", "$record")
