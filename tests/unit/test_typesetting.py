"""Stencils as source text: whatever stands in a layout or a document stays a text, names do not meet, and errors show their line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.looks import Asked, Look
from gateway.mapping.typesetting import Script

Printed = Callable[[Any, int, tuple[Any, ...], Sequence[str]], str | None]
LETTERS = bytes(range(32, 127))


class Part:
    """Something with these values."""

    def __init__(self, **values: object) -> None:
        self.__dict__ |= values


@settings(max_examples=30, deadline=None)
@given(text=st.text(), end=st.text(min_size=1, max_size=2), word=st.text())
def test_texts_are_never_code(text: str, end: str, word: str) -> None:
    assert printed(text, end, Part(kind=word), asked("kind", word, is_word=True)) == text


@pytest.mark.parametrize("text", ['{it.__class__}"', "\\N{DIGIT ONE}", '"""', "{", "}}", "\\", "a\\x00b\x00c", "\ud800", "%s"])
def test_braces_and_quotation_marks_stand_as_they_are(text: str) -> None:
    assert printed(text, "~", Part()) == text


@pytest.mark.parametrize("name", ["it", "lists", "type", "len", "str", "class_", "text", "said", "write", "None_", "clean", "letters"])
def test_a_field_may_have_any_name(name: str) -> None:
    look = asked(name, "x")
    script = Script("demo", look, plain=frozenset({(name,)}), given={})
    value = script.value((name,))
    made = script.text(str.upper, value)
    script.limit([(value, 3), (value, 5)])
    script.check([value, made], LETTERS, list)
    script.print([value, (" ",), made], "~")
    assert script.compiled()(Part(**{name: "abc"}), 1, (), ()) == "abc ABC"
    assert script.compiled()(Part(**{name: "abcd"}), 1, (), ()) is None


def test_free_texts_are_asked_by_any_key() -> None:
    extra = {'it\'s "x"\n': "found"}
    way = ("extra", next(iter(extra)))
    look = Look((Asked(("extra",), extra, is_word=False, is_list=True), Asked(way, "found", is_word=False, is_list=False)), ())
    script = Script("demo", look, plain=frozenset(), given={})
    script.print([script.value(way)], "~")
    assert script.compiled()(Part(extra=extra), 1, (), ()) == "found"
    assert script.compiled()(Part(extra={}), 1, (), ()) is None


@pytest.mark.parametrize(("known", "other"), [(True, 1), (1, True), ("1", 1), (None, "x"), ("x", None), ("x", "y"), ((), None)], ids=repr)
def test_what_looks_otherwise_is_not_printed(known: object, other: object) -> None:
    look = asked("kind", known, is_word=True)
    assert printed("x", "~", Part(kind=known), look) == "x"
    assert printed("x", "~", Part(kind=other), look) is None


def test_an_error_shows_the_line_it_is_in() -> None:
    script = Script("demo", asked("number", "x"), plain=frozenset({("number",)}), given={})
    script.print([script.text({}.__getitem__, script.value(("number",)))], "~")
    with pytest.raises(KeyError) as caught:
        script.compiled()(Part(number="7"), 1, (), ())
    assert "text = write(number)" in "".join(traceback.format_exception(caught.value))


def asked(name: str, value: object, *, is_word: bool = False) -> Look:
    return Look((Asked((name,), value, is_word=is_word, is_list=False),), ())


def printed(text: str, end: str, part: Part, look: Look = Look((), ())) -> str | None:  # noqa: B008 - it is frozen
    script = Script("demo", look, plain=frozenset(), given={})
    script.print([(text,)], end)
    return script.compiled()(part, 1, (), ())
