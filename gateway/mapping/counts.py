"""Counts and totals that a file states about itself: verified when read, computed when written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from gateway.formats import Plan
from gateway.mapping.codecs import Codec, CodecError, Context, Flow, codecs_of
from gateway.mapping.fields import FieldKind, FieldType, PartType, PathError, part_type
from gateway.mapping.numbers import decimal_writer, plain_decimal
from gateway.mapping.run import WRONG, Out, RuleAt, Run
from gateway.mapping.unfit import Unfit

LEVELS = "levels"
"""The levels (HL, CPS) of a set, which its format counts."""


class TallyPath(Struct, frozen=True):
    """`documents`, `lines`, `documents.lines.quantity`: what is counted or added up."""

    text: str
    of_file: bool
    list_name: str = ""
    field: str = ""
    places: int = 0
    required: bool = False


def tally_path(text: str, document: PartType, *, is_total: bool, has_levels: bool = False) -> TallyPath:
    """The checked path; PathError says what is wrong."""
    names = text.split(".")
    of_file = names[0] == "documents"
    names = names[1:] if of_file else names
    if text == LEVELS:
        if not has_levels:
            raise PathError("levels are counted in X12 and EDIFACT only")
        return TallyPath(text, of_file=True)
    if not names:
        if is_total:
            raise PathError("a total needs the path of a number, as in documents.lines.quantity")
        return TallyPath(text, of_file=True)
    found = document.fields.get(names[0])
    if found is None or (not found.is_list and not (is_total and len(names) == 1)):
        raise PathError(f"'{text}': {names[0]} is not a list of {document.name.lower()}")
    if not found.is_list:
        if found.kind not in {FieldKind.INT, FieldKind.DECIMAL}:
            raise PathError(f"'{text}' is not a number")
        return TallyPath(text, of_file, "", names[0], _shown_places(found), found.required)
    if not is_total:
        if len(names) > 1:
            raise PathError(f"'{text}': a count ends with a list")
        return TallyPath(text, of_file, names[0])
    inner = part_type(found.part).fields.get(names[1]) if found.part is not None and len(names) == 2 else None
    if inner is None or inner.kind not in {FieldKind.INT, FieldKind.DECIMAL}:
        raise PathError(f"'{text}': a total needs the path of a number in a list")
    return TallyPath(text, of_file, names[0], names[1], _shown_places(inner), inner.required)


def _shown_places(field: FieldType) -> int:
    """Amounts with two places always show them."""
    return 2 if field.kind is FieldKind.DECIMAL and field.places == 2 else 0


def tally_codecs(text: str | None) -> tuple[Codec, ...]:
    """The codecs of a stated number; CodecError where they are not about numbers."""
    found = codecs_of(text, Context()) if text else ()
    if any(codec.parts or codec.occurrences or codec.gives not in {Flow.TEXT, Flow.INT, Flow.DECIMAL} for codec in found):
        raise CodecError("a count or total takes codecs of one number, as in pad(6 0) or implied(2)")
    return found


def stated_reader(codecs: Sequence[Codec]) -> Callable[[str], Decimal]:
    """A stated number from its text."""

    def read(text: str) -> Decimal:
        value: Any = text.strip()
        for codec in codecs:
            value = codec.decode(value)
        return plain_decimal(value) if isinstance(value, str) else Decimal(value)

    return read


def stated_writer(codecs: Sequence[Codec], places: int) -> Callable[[Decimal], str]:
    """A number to the text that states it; a whole amount with two places shows them where no codec says otherwise."""
    plain = decimal_writer(places, 6, ())
    flow = codecs[-1].gives if codecs else Flow.TEXT

    def write(amount: Decimal) -> str:
        value: Any = plain(amount) if flow is Flow.TEXT else int(amount) if flow is Flow.INT else amount
        for codec in reversed(codecs):
            value = codec.encode(value)
        return str(value)

    return write


class Census(Struct):
    """What the documents of a file add up to, as they pass."""

    paths: tuple[TallyPath, ...]
    sums: dict[str, Decimal]
    unsure: set[str]
    levels: int = 0

    def add(self, out: Any) -> None:
        """One more document: a dictionary of values, or a Struct; None when it could not be read at all."""
        for path in self.paths:
            if not path.list_name and not path.field:
                self.sums[path.text] += 1
                continue
            amount = amount_of(out, path) if out is not None else None
            if amount is None:
                self.unsure.add(path.text)
            else:
                self.sums[path.text] += amount

    def amount(self, path: TallyPath) -> Decimal | None:
        """The sum of a path; None when something of it could not be read."""
        if path.text == LEVELS:
            return Decimal(self.levels)
        return None if path.text in self.unsure else self.sums[path.text]


def census(paths: Sequence[TallyPath]) -> Census:
    """A census of nothing yet."""
    return Census(tuple(paths), {path.text: Decimal(0) for path in paths}, set())


def amount_of(out: Any, path: TallyPath) -> Decimal | None:
    """What one document adds; None when a value of it could not be read."""
    entries = _at(out, path.list_name) if path.list_name else (out,)
    if entries is WRONG:
        return None
    if not path.field:
        return Decimal(len(entries or ()))
    total = Decimal(0)
    for entry in entries or ():
        value = _at(entry, path.field)
        if value is WRONG or (value is None and path.required):
            return None
        total += value or 0
    return total


class Tally(Struct, frozen=True):
    """One rule with `count` or `total`, reading."""

    rule: RuleAt
    paths: tuple[TallyPath, ...]
    is_total: bool
    fetches: tuple[tuple[int, Callable[[Any, Sequence[Any], Run], Any]], ...]
    plan: Plan
    read: Callable[[str], Decimal]
    required: bool = False

    def step(self, node: Any, slots: Sequence[Any], out: Out, run: Run) -> None:
        """Compare with the document itself, or with the documents of the file once they have passed."""
        if not any(path.of_file for path in self.paths):
            self.compare(node, slots, run, lambda path: amount_of(out, path))
        elif run.sums is not None:
            self.compare(node, slots, run, run.sums.amount)

    def compare(self, node: Any, slots: Sequence[Any], run: Run, amount: Callable[[TallyPath], Decimal | None]) -> None:
        """Any of the paths is right; what could not be read is not compared."""
        kind = "total_differs" if self.is_total else "count_differs"
        for slot, fetch in self.fetches:
            raw = fetch(node, slots, run)
            if raw is None:
                continue
            try:
                stated = self.read(raw)
            except Unfit as unfit:
                run.wrong(self.rule, kind, unfit.text, where=run.place(self.plan, node, slot), value=raw.strip())
                return
            amounts = [amount(path) for path in self.paths]
            if stated in amounts or None in amounts:
                return
            found = " or ".join(f"{one.normalize():f}" for one in amounts if one is not None)
            text = f"is stated, {found} {'is the total' if self.is_total else 'are there'}"
            run.wrong(self.rule, kind, text, where=run.place(self.plan, node, slot), value=raw.strip())
            return
        if self.required:
            run.wrong(self.rule, "missing", "is missing", where=run.place(self.plan, node, None))


def _at(out: Any, name: str) -> Any:
    return out.get(name) if isinstance(out, dict) else getattr(out, name, None)
