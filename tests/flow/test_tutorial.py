"""The tutorial is true: from its second part on its files are written and its commands run, in the order of the page."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gateway.cli.frame import run

PAGE = Path(__file__).resolve().parents[2] / "docs/tutorial.md"
BY_HAND = "## 2. Be the retailer"
BLOCK = re.compile(r"^```(console|yaml|\{code-block\} text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"(?:# |:caption: )(\S+\.\w+)")
ENDING = re.compile(r"ends with (\d)")
TOLD = {
    "gateway message list": "duplicate",
    "gateway message list --state partly_booked": "SHIP_1.csv",
    "cat redpanda/results/SHIP_1.csv.result.csv": "2,AB10747,2,9,REJECTED,3044",
    "cat outbox/oms/responses/again.xml.resp.xml": "DSO-006",
    "cat outbox/oms/invoices/DSPST_00000001.xml": 'total="56.94"',
}
"""What a newcomer must see."""


@pytest.mark.slow
def test_a_newcomer_sees_what_the_tutorial_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: dict[str, str] = {}
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8").partition(BY_HAND)[2]):
        if kind == "console":
            for line in text.splitlines():
                seen[line] = _obeyed(line, monkeypatch, capsys)
        else:
            _written(text)
    assert all(words in seen[command] for command, words in TOLD.items()), seen
    assert "Held" in seen["gateway invoice show RP-2201"]
    assert "Posted" in seen["gateway invoice show RP-2201"]


def _obeyed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says; it must end as the page says."""
    program, *arguments = shlex.split(line, comments=True)
    if program == "cd":
        monkeypatch.chdir(arguments[0])
        return ""
    if program != "gateway":
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
    expected = ENDING.search(line)
    code = run(arguments)
    said = capsys.readouterr()
    assert code == (int(expected[1]) if expected else 0), line + "\n" + said.out + said.err
    return said.out


def _written(text: str) -> None:
    """A block whose first line names a file is that file."""
    heading, _, body = text.partition("\n")
    name = HEADING.fullmatch(heading)
    assert name is not None, heading
    Path(name[1]).write_text(body, encoding="utf-8")
