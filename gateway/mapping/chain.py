"""One fused function a rule and direction: strip, codecs, lookup and the limits of the field, put together once.

Values with few different texts (dates, flags, codes, amounts) are remembered; personal texts never are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.mapping import numbers, texts
from gateway.mapping.codecs import Codec, Context, Flow, codecs_of
from gateway.mapping.fields import FieldKind, FieldType
from gateway.mapping.lookups import Translation
from gateway.mapping.unfit import Unfit

Convert = Callable[[Any], Any]


def same(value: Any) -> Any:
    """What needs no conversion."""
    return value


REMEMBERED = 4_096
_GIVES = {
    FieldKind.TEXT: {Flow.TEXT, Flow.INT},
    FieldKind.CODE: {Flow.TEXT},
    FieldKind.INT: {Flow.TEXT, Flow.INT},
    FieldKind.DECIMAL: {Flow.TEXT, Flow.INT, Flow.DECIMAL},
    FieldKind.DATE: {Flow.TEXT, Flow.DATE, Flow.DATETIME},
    FieldKind.DATETIME: {Flow.TEXT, Flow.DATETIME, Flow.DATE},
    FieldKind.FLAG: {Flow.TEXT, Flow.FLAG},
    FieldKind.PART: set(),
}


class Memo(dict[Any, Any]):
    """Remembers what the first different texts mean; the usual ones come early, and made-up ones do not fill the memory."""

    def __init__(self, decode: Convert) -> None:
        super().__init__()
        self._decode = decode

    def __missing__(self, raw: Any) -> Any:
        value = self._decode(raw)
        if len(self) < REMEMBERED:
            self[raw] = value
        return value


def default_as(kind: FieldKind) -> str:
    """The codec of a field without `as`; reading and writing decimals is done by the type itself."""
    return {FieldKind.DATE: "date(iso)", FieldKind.DATETIME: "datetime(iso)", FieldKind.FLAG: "flag", FieldKind.INT: "int"}.get(
        kind, "text"
    )


def fits(flow: Flow, kind: FieldKind) -> bool:
    """Whether what the codecs give can be stored."""
    return flow in _GIVES[kind]


def storable(kind: FieldKind, into: FieldKind) -> bool:
    """Whether a computed value can be kept in a field."""
    return kind is into or (kind, into) in {
        (FieldKind.INT, FieldKind.DECIMAL),
        (FieldKind.CODE, FieldKind.TEXT),
        (FieldKind.TEXT, FieldKind.CODE),
        (FieldKind.INT, FieldKind.TEXT),
        (FieldKind.DATETIME, FieldKind.DATE),
    }


def settled(kind: FieldKind, type_: FieldType) -> Convert:
    """A computed value with the limits of its field."""
    flow = {FieldKind.INT: Flow.INT, FieldKind.DECIMAL: Flow.DECIMAL, FieldKind.DATE: Flow.DATE, FieldKind.DATETIME: Flow.DATETIME}.get(
        kind
    )
    if flow is None:
        return _from_text(type_) if type_.kind in {FieldKind.TEXT, FieldKind.CODE} else same
    return _after_decode(type_, flow)


def reader(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]) -> Convert:
    """Raw text (or parts, or occurrences) to the value of the field; several fields get a tuple."""
    decode, is_remembered = _reader(types, codecs, translation, none)
    return Memo(decode).__getitem__ if is_remembered else decode


def certain_reader(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]) -> Convert:
    """The same for values of which something must come: what means nothing is unfit. Parts are given as tuples."""
    decode, is_remembered = _reader(types, codecs, translation, none)

    def certain(raw: Any) -> Any:
        value = decode(raw)
        if value is None:
            raise Unfit("missing", "means nothing")
        return value

    in_parts = bool(codecs) and codecs[0].parts != 0 and len(types) == 1 and types[0].kind is not FieldKind.TEXT
    return Memo(certain).__getitem__ if is_remembered or in_parts else certain


def bare_text(
    types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]
) -> FieldType | None:
    """The type of a text of which reading takes the blanks around it, and perhaps puts it into capitals; None where it does more."""
    return types[0] if len(types) == 1 and types[0].kind is FieldKind.TEXT and not (codecs or translation or none) else None


def _reader(
    types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]
) -> tuple[Convert, bool]:
    """What reads, and whether what it reads is worth to be remembered."""
    chain = _decode(types, codecs, translation)
    first = codecs[0] if codecs else None
    if first is not None and first.parts:
        return _parts_reader(chain, frozenset(none)), False
    if first is not None and first.occurrences:
        return _occurrences_reader(chain, frozenset(none)), False
    bare = bare_text(types, codecs, translation, none)
    if bare is not None and not (bare.upper or bare.ascii):
        return _text_reader(bare.most), False
    exact = _exact_reader(types, codecs, translation) if not none else None
    fused = exact or _stripped(chain, frozenset(none))
    is_text = len(types) == 1 and types[0].kind is FieldKind.TEXT and translation is None
    return fused, not is_text and len(types) == 1


def writer(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None) -> Convert:
    """The value of the field (a tuple of several) to text, parts or occurrences; Unfit or Cut where it does not fit."""
    steps: list[Convert] = []
    flow = _last_flow(codecs)
    if translation is not None:
        steps.append(translation.write)
    elif len(types) == 1 and flow is not Flow.SEVERAL and flow is not Flow.PAIRS:
        steps.append(_before_encode(types[0], flow))
    many = any(codec.gives is Flow.LIST for codec in codecs)
    if many:
        steps = [_each(step) for step in steps]
    behind_list = many
    for codec in reversed(codecs):
        if codec.gives is Flow.LIST:
            behind_list = False
        steps.append(_each(codec.encode) if behind_list else codec.encode)
    is_one = len(types) == 1 and not types[0].is_list and not many
    is_known = is_one and (types[0].kind is FieldKind.DATE or translation is not None)
    return Memo(_composed(steps)).__getitem__ if is_known else _composed(steps)


@cache
def canonical(type_: FieldType) -> Convert:
    """A text of a mapping file (constant, default, table) to the value of a field."""
    return _after_decode(type_, Flow.TEXT)


@cache
def plain_text(type_: FieldType) -> Convert:
    """The value of a field as the text its type has without codecs."""
    return _before_encode(type_, Flow.TEXT)


def _decode(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None) -> Convert:
    steps: list[Convert] = []
    flow, behind_list = Flow.TEXT, False
    for codec in codecs:
        steps.append(_each(codec.decode) if behind_list else codec.decode)
        behind_list = behind_list or codec.gives is Flow.LIST
        flow = Flow.TEXT if codec.gives is Flow.LIST else codec.gives
    if translation is not None:
        steps.append(_each(translation.read) if behind_list else translation.read)
    elif flow is Flow.PAIRS:
        steps.append(same)
    elif flow is Flow.SEVERAL:
        steps.append(_several([_after_decode(type_, Flow.TEXT) for type_ in types]))
    else:
        last = _after_decode(types[0], flow)
        steps.append(_each(last) if behind_list else last)
    return _composed(steps)


def _last_flow(codecs: Sequence[Codec]) -> Flow:
    flow = Flow.TEXT
    for codec in codecs:
        flow = Flow.TEXT if codec.gives is Flow.LIST else codec.gives
    return flow


def _after_decode(type_: FieldType, flow: Flow) -> Convert:
    """From what the codecs give to what the field holds, with its limits."""
    if flow is Flow.TEXT:
        return _from_text(type_)
    match type_.kind:
        case FieldKind.TEXT:
            limit = _text_limit(type_)
            return lambda value: limit(str(value))
        case FieldKind.DECIMAL:
            fit = numbers.fitted(type_.digits, type_.places)
            return lambda value: None if value is None else fit(Decimal(value))
        case FieldKind.DATE:
            return _day
        case FieldKind.DATETIME:
            return _midnight
        case _:
            return same


def _from_text(type_: FieldType) -> Convert:
    match type_.kind:
        case FieldKind.TEXT:
            return _text_limit(type_)
        case FieldKind.CODE:
            words = {word.lower(): word for word in type_.words}

            def code(text: str | None) -> str | None:
                if text is None:
                    return None
                found = words.get(text.lower())
                if found is None:
                    raise Unfit("bad_form", f"is not one of {', '.join(type_.words)}")
                return found

            return code
        case FieldKind.DECIMAL:
            exact = numbers.exact_reader(type_.digits, type_.places)
            return lambda text: None if text is None else exact(text)
        case _:
            codec = codecs_of(default_as(type_.kind), Context())[0]
            return lambda text: None if text is None else codec.decode(text)


def _before_encode(type_: FieldType, flow: Flow) -> Convert:
    """From what the field holds to what the last codec encodes."""
    if flow is not Flow.TEXT:
        return Decimal if flow is Flow.DECIMAL and type_.kind is FieldKind.INT else same
    match type_.kind:
        case FieldKind.TEXT | FieldKind.CODE:
            return same
        case FieldKind.DECIMAL:
            return numbers.decimal_writer(2 if type_.places == 2 else 0, type_.places, ())
        case _:
            encode: Convert = codecs_of(default_as(type_.kind), Context())[0].encode
            return encode


def _text_limit(type_: FieldType) -> Convert:
    most, upper, ascii_ = type_.most, type_.upper, type_.ascii

    def limit(text: str | None) -> str | None:
        if not text:
            return None
        if ascii_:
            texts.printable_ascii(text)
        if upper:
            text = text.upper()
        if len(text) > most:
            raise Unfit("too_long", f"is longer than {most} characters")
        return text

    return limit


def _text_reader(most: int) -> Convert:
    """The fastest form, for most fields of most documents."""

    def read(raw: str) -> str | None:
        text = raw.strip()
        if len(text) > most:
            raise Unfit("too_long", f"is longer than {most} characters")
        return text or None

    return read


def _exact_reader(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None) -> Convert | None:
    """Plain amounts differ from document to document, so they get a function without layers."""
    if len(types) != 1 or types[0].kind is not FieldKind.DECIMAL or types[0].is_list or translation is not None or len(codecs) > 1:
        return None
    places = types[0].places if not codecs else min(codecs[0].places, types[0].places)
    return numbers.exact_reader(types[0].digits, places) if places >= 0 and (not codecs or codecs[0].places <= types[0].places) else None


def _stripped(chain: Convert, none: frozenset[str]) -> Convert:
    if not none:

        def read(raw: str) -> Any:
            text = raw.strip()
            return chain(text) if text else None

        return read

    def read_some(raw: str) -> Any:
        text = raw.strip()
        return chain(text) if text and text not in none else None

    return read_some


def _parts_reader(chain: Convert, none: frozenset[str]) -> Convert:
    def read(raw: Sequence[str | None]) -> Any:
        parts = tuple(text if part is not None and (text := part.strip()) and text not in none else None for part in raw)
        return chain(parts) if any(part is not None for part in parts) else None

    return read


def _occurrences_reader(chain: Convert, none: frozenset[str]) -> Convert:
    def read(raw: Sequence[str | None]) -> Any:
        pieces = [text for piece in raw if piece is not None and (text := piece.strip()) and text not in none]
        return chain(pieces) if pieces else None

    return read


def _composed(steps: Sequence[Convert]) -> Convert:
    """One function of several; the usual short chains without a loop."""
    useful = [step for step in steps if step is not same]
    match useful:
        case []:
            return same
        case [one]:
            return one
        case [first, second]:
            return lambda value: second(first(value))
        case [first, second, third]:
            return lambda value: third(second(first(value)))
        case _:

            def run(value: Any) -> Any:
                for step in useful:
                    value = step(value)
                return value

            return run


def _each(step: Convert) -> Convert:
    return lambda values: [made for value in values if (made := step(value)) is not None]


def _several(steps: Sequence[Convert]) -> Convert:
    def run(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple([None if value is None else step(value) for step, value in zip(steps, values, strict=False)])

    return run


def _day(value: date | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _midnight(value: date | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 -- no zone was told
