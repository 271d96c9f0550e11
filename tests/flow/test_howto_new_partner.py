"""The page on a new partner is true: its files are written and its commands run, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.frame import run

PAGE = Path(__file__).resolve().parents[2] / "docs/howto/new-partner.md"
BLOCK = re.compile(r"^```(console|yaml|\{code-block\} text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"(?:# |:caption: )(\S+\.\w+)")


def test_a_new_partner_is_connected_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = 0
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "console":
            for line in text.splitlines():
                commands += _obeyed(line, monkeypatch, capsys)
        else:
            _written(text)
    assert commands >= 8
    assert Path("connectors/acme.yaml").is_file()


def _obeyed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> int:
    program, *arguments = shlex.split(line)
    if program == "cd":
        monkeypatch.chdir(arguments[0])
        return 0
    assert program == "gateway"
    code = run(arguments)
    assert code == Exit.FINE, f"{line}\n{''.join(capsys.readouterr())}"
    return 1


def _written(text: str) -> None:
    """A block whose first line names a file is that file; for organization.yaml it is added at the end."""
    heading, _, body = text.partition("\n")
    name = HEADING.fullmatch(heading)
    if name is None:
        return
    path = Path(name[1])
    before = path.read_text(encoding="utf-8") if path.name == "organization.yaml" else ""
    path.write_text(before + body.lstrip("\n"), encoding="utf-8")
