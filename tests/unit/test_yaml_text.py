"""YAML as text with lines, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.master import FORMS
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Entry, Scalar, Table, load_yaml_text, nearest, parse_yaml_text, to_plain, unknown


def test_every_scalar_stays_the_text_it_is() -> None:
    tree = parse_yaml_text("a: 00\nb: NO\nc: 004010\nd: 1.50\ne: 2022-06-20\nf: ~\ng: null\nh:\n", name="x")
    assert to_plain(tree) == {"a": "00", "b": "NO", "c": "004010", "d": "1.50", "e": "2022-06-20", "f": "~", "g": "null", "h": ""}


def test_nodes_know_their_lines() -> None:
    tree = parse_yaml_text("a: 1\nb:\n  c: [x, 'y']\n", name="x")
    assert isinstance(tree, Table)
    assert tree.entries[0] == Entry("a", Scalar("1", 1), 1)
    inner = tree.get("b")
    assert isinstance(inner, Table)
    assert inner.entries[0].line == 3
    assert to_plain(tree) == {"a": "1", "b": {"c": ["x", "y"]}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\na: 2\n", 2, "stands twice, first in line 1"),
        ("a: &x 1\n", 1, "anchors"),
        ("a: 1\nb: *a\n", 2, "aliases"),
        ("a: !!int 1\n", 1, "tags"),
        ("a: 1\n<<: {b: 2}\n", 2, "merge keys"),
        ("a: [1\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "one document"),
        ("[a]: 1\n", 1, "a key must be a text"),
        ("a: " + "[" * 70 + "]" * 70, 1, "nested deeper"),
        ("a: 1\nb: \x07\n", 2, "a control character stands there (U+0007)"),
        ("a: 1\nb: 'x\nc: 2\n", 2, "a quote is opened and never closed"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_line(text: str, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml_text(text, name="some.yaml")
    message = str(caught.value)
    assert says in message
    if line is not None:
        assert message.startswith(f"some.yaml:{line}: ")


def test_a_missing_a_large_and_a_wrongly_encoded_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_yaml_text(tmp_path / "none.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(ConfigError, match="larger than 256 KB"):
        load_yaml_text(tmp_path / "large.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml:2: not UTF-8"):
        load_yaml_text(tmp_path / "latin.yaml")


def test_an_empty_file_is_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert load_yaml_text(tmp_path / "empty.yaml") == Table((), 1)


def test_the_nearest_word_is_named() -> None:
    assert nearest("requird", ["required", "field"]) == "required"
    assert unknown("requird", ["required", "field"]) == "unknown key 'requird'; did you mean 'required'?"
    assert unknown("zzz", ["a", "b"], what="codec") == "unknown codec 'zzz'; known are a, b"


def test_all_words_of_master_data_are_listed() -> None:
    for form in FORMS.values():
        assert " more" not in unknown("zzz", form.model_fields, what="word")


def test_of_many_valid_words_the_first_are_listed() -> None:
    told = unknown("zzz", [f"w{number:03}" for number in range(80)], what="mapping")
    assert told.startswith("unknown mapping 'zzz'; known are w000, w001, ")
    assert told.endswith("w039 and 40 more")
