"""A folder of mappings for tests: write one, read with it, write with it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from textwrap import dedent

from gateway.documents import Document
from gateway.kernel import Issue
from gateway.mapping import Library, Mapping, Preflight, Reading, Values

PARTNER = {"brand": "1", "system": "OMS", "location": "100", "vendor": "257", "carrier": "50"}


class House:
    """Mappings in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mappings"
        (self.folder / "tables").mkdir(parents=True)
        self.values = Values(partner=PARTNER)

    @property
    def library(self) -> Library:
        return Library(self.folder)

    def keep(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")

    def table(self, name: str, text: str) -> None:
        (self.folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")

    def mapping(self, text: str, name: str = "layout") -> Mapping:
        self.keep(name, text if "mapping:" in text else f"mapping: {name}\nversion: 1\n" + dedent(text))
        return self.library.get(name)

    def problems(self, text: str, name: str = "layout") -> list[str]:
        self.keep(name, text if "mapping:" in text else f"mapping: {name}\nversion: 1\n" + dedent(text))
        return [str(problem) for problem in self.library.problems(name)]

    def read(self, mapping: Mapping, text: str | bytes) -> list[Reading]:
        return list(mapping.read(BytesIO(text.encode() if isinstance(text, str) else text), self.values))

    def preflight(self, mapping: Mapping, text: str | bytes) -> Preflight:
        return mapping.preflight(BytesIO(text.encode() if isinstance(text, str) else text), self.values)

    def write(self, mapping: Mapping, *documents: Document) -> tuple[str, tuple[Issue, ...]]:
        target = BytesIO()
        issues = mapping.write(documents, target, self.values)
        return target.getvalue().decode(), issues


def found(readings: list[Reading]) -> list[tuple[str, str, str]]:
    """Kind, place and field of every issue, in order."""
    return [(issue.kind, issue.where, issue.field) for reading in readings for issue in reading.issues]
