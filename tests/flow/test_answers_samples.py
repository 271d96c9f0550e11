"""Answers and changes that others have published, read where they lie: every order that the manifest names, with all its answers."""

from __future__ import annotations

import csv
import os
import re
from io import BytesIO
from pathlib import Path

import pytest

from gateway.documents import OrderAnswer
from gateway.mapping import Library, Values

ROOT = Path(__file__).parents[2]
SAMPLES = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
READ_BY = {"855": "x12-855-004010", "865": "x12-865-004010"}


def _files() -> list[tuple[str, str, str]]:
    """File, mapping, and what the manifest says of its sets."""
    with (SAMPLES / "MANIFEST.tsv").open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE) if row["verdict"] in {"valid", "tolerant"}]
    found = [(row["file"], re.fullmatch(r"(\d{3})x\d+", row["transactions"]), row["documents"]) for row in rows]
    return [(file, READ_BY[kind[1]], documents) for file, kind, documents in found if kind is not None and kind[1] in READ_BY]


@pytest.mark.parametrize(("file", "name", "sets"), _files(), ids=lambda value: Path(value).name if "/" in value else "")
def test_every_order_of_a_published_answer_is_read_with_all_its_answers(file: str, name: str, sets: str) -> None:
    mapping = Library(ROOT / "mappings").get(name)
    readings = list(mapping.read(BytesIO((SAMPLES / file).read_bytes()), Values()))
    assert [issue for reading in readings for issue in reading.issues if issue.is_error] == []
    answers = [reading.document for reading in readings]
    for told, said in zip(sets.split(" | "), answers, strict=True):
        facts = dict(part.partition("=")[::2] for part in told.split(","))
        assert isinstance(said, OrderAnswer)
        assert said.order_number == facts["po"].upper()
        assert len(said.lines) == int(facts["lines"])
        quantities = [part.partition(":")[2] for part in facts.get("ack", "").split("+") if part]
        assert [str(answer.quantity) for line in said.lines for answer in line.answers] == quantities
