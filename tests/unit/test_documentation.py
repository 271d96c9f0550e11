"""The documentation is true: what it shows runs, what there is is described, what is referred to is there."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.frame import command_line, run
from gateway.config.master import FORMS
from gateway.domain.master import MasterKind
from gateway.kernel.codes import CODES
from gateway.mapping.codecs import known

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAPERS = [ROOT / name for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "connectors/README.md")]
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
RUN_BY = {"docs/tutorial.md": "tests/flow/test_tutorial.py", "docs/howto/new-partner.md": "tests/flow/test_howto_new_partner.py"}
"""Pages that have a test of their own."""
WITH_COMMANDS = [
    path
    for path in (*PAGES, ROOT / "README.md")
    if "```console" in path.read_text(encoding="utf-8") and str(path.relative_to(ROOT)) not in RUN_BY
]

BLOCK = re.compile(r"^```(console|yaml|\{code-block\} text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"(?:# |:caption: )(\S+\.\w+)")
MAPPING = re.compile(r"mapping: (\S+)")
ENDING = re.compile(r"\s+# ends with (\d)(?::.*)?$")
REMARK = re.compile(r"\s+# .*$")
PROGRAMS = frozenset({"cat", "cmp", "cp", "echo", "mkdir", "mv", "python3", "rm", "sed"})
ELSEWHERE = {
    "make run": "never ends; the demo below it is the same and has tests of its own",
    "make test": "is what runs this test",
    "make check": "is run beside the tests, and takes as long",
    "make bench": "takes minutes; a test of its own runs every row of it with little data",
    "GATEWAY_NODE__NAME=gateway-2 gateway serve": "never ends; the tests of several nodes start such processes",
    "gateway serve --only poll,web": "the same",
    "gateway serve --only book --only deliver": "the same",
    'gateway outbox release --all-outbound --reason "compared with the partners"': "nothing is held there; a test of its own releases",
    "make chaos": "takes twelve minutes; a share of it is a test of its own",
    "make chaos SECONDS=3600": "takes an hour",
    "python -m tests.chaos --seed 42 --only points/plain:out.rename": "a part of the same",
    "GATEWAY_FAILPOINT=out.rename.after:1:kill gateway serve --once": "would kill the tests",
    "createuser gateway": "needs the rights of a database administrator",
    "createdb --owner gateway gateway": "needs the rights of a database administrator",
}
"""Commands that are shown and not run here, with the reason."""
EXAMPLES = frozenset({"gateway.toml"})
"""Files shown that must not replace the one of the workspace: they name servers that are not there."""


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    if not next(block for kind, block in blocks if kind == "console").startswith("gateway init"):
        assert run(["init", "site"]) == 0
        monkeypatch.chdir("site")
    for kind, block in blocks:
        if kind == "console":
            for line in block.splitlines():
                _obey(line, monkeypatch, capfd)
        else:
            _write(block)


def _obey(line: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    ending = ENDING.search(line)
    expected = int(ending[1]) if ending else 0
    command = REMARK.sub("", line).strip()
    if not command or command in ELSEWHERE:
        return
    program, *arguments = shlex.split(command)
    if program == "cd":
        monkeypatch.chdir(arguments[0])
        return
    if Path(program).name == "gateway" and ">" not in command:
        code = run(arguments)
    else:
        assert program in PROGRAMS or Path(program).name == "gateway", f"{command}: say in ELSEWHERE why this is not run"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        code = subprocess.run(["sh", "-c", command], env={**os.environ, "PATH": path}, check=False).returncode
    said = "".join(capfd.readouterr())
    assert code == expected, f"{command}\n{said}"


def _write(block: str) -> None:
    """A block that names its file is that file; a mapping without a file name is one by its name; anything else is an example."""
    heading, _, body = block.partition("\n")
    named, mapping = HEADING.fullmatch(heading), MAPPING.match(heading)
    if named is not None and named[1] not in EXAMPLES:
        path = Path(named[1])
        before = path.read_text(encoding="utf-8") if path.name == "organization.yaml" else ""
        path.write_text(before + body.lstrip("\n"), encoding="utf-8")
    elif mapping is not None:
        Path("mappings", f"{mapping[1]}.yaml").write_text(block, encoding="utf-8")


def test_the_mappings_of_the_language_page_are_right_and_give_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["init", str(tmp_path / "site")]) == 0
    monkeypatch.chdir(tmp_path / "site")
    names = []
    for kind, block in BLOCK.findall((DOCS / "reference/mapping-language.md").read_text(encoding="utf-8")):
        if kind == "yaml":
            _write(block)
            names += MAPPING.findall(block.partition("\n")[0])
    assert len(names) >= 6
    assert run(["mapping", "check"]) == 0
    assert run(["mapping", "test", *names]) == 0


def test_what_is_shown_and_not_run_is_shown_somewhere() -> None:
    shown = {REMARK.sub("", line).strip() for page in WITH_COMMANDS for line in page.read_text(encoding="utf-8").splitlines()}
    assert not ELSEWHERE.keys() - shown


def test_pages_that_are_run_elsewhere_are() -> None:
    assert all((ROOT / page).is_file() and Path(page).name in (ROOT / test).read_text(encoding="utf-8") for page, test in RUN_BY.items())


def test_every_command_argument_and_option_has_its_words() -> None:
    def wordless(command: object, path: str) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if inner:
            for name, one in inner.items():
                yield from wordless(one, f"{path} {name}")
            return
        if not getattr(command, "help", ""):
            yield path
        yield from (f"{path} {it.name}" for it in getattr(command, "params", ()) if it.name != "help" and not it.help)

    assert not list(wordless(command_line(), "gateway"))


def test_every_codec_is_described() -> None:
    page = (DOCS / "reference/codecs.md").read_text(encoding="utf-8")
    ours = {name for name, maker in known().items() if getattr(maker, "__module__", "") == "gateway.mapping.codecs"}
    assert not {name for name in ours if f"\n## {name}\n" not in page}


def test_every_code_that_is_told_has_its_meaning() -> None:
    form = re.compile(r"(?:DSO|DSC)-\d{3}|(?:INV|SHP|MAP|GWY|MAN)-\d{2}|30[0-5]\d")
    told = {node.value for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not {text for text in told if form.fullmatch(text)} - CODES.keys()


def test_links_lead_somewhere() -> None:
    link = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in (*PAGES, *PAPERS)
        for target in link.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists() and not target.startswith("#") and "." in target
    ]
    assert not lost


def test_nothing_names_a_place_of_one_machine_or_a_package_registry() -> None:
    unwanted = re.compile("|".join(("/wor" + "k/", "/roo" + "t/", r"py" + r"pi\.", "pythonhos" + "ted", "--index" + "-url")))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unwanted.search(line)
    ]
    assert not found


def test_every_record_of_a_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("0*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_what_the_code_cites_is_a_section_of_a_page() -> None:
    pages = {name: (DOCS / f"reference/{name}.md").read_text(encoding="utf-8") for name in ("edi", "sdf", "store", "mapping-language")}
    sections = {name: set(re.findall(r"^#+ ([0-9.]+?)\.? ", text, re.MULTILINE)) for name, text in pages.items()}
    choices = set(re.findall(r"^\| (Q\d+) \|", pages["sdf"], re.MULTILINE))
    records = {path.name[:4] for path in (DOCS / "decisions").glob("0*.md")}
    number = r"[0-9]+(?:\.[0-9]+)*"
    lists = re.compile(rf"\b(edi|sdf|store\.md|mapping-language\.md) ({number}(?:(?:,| to| and) {number})*)")
    lost = set()
    for path in _files():
        if path.suffix != ".py":
            continue
        text = path.read_text(encoding="utf-8")
        for page, cited in lists.findall(text):
            lost |= {f"{path.name}: {page} {one}" for one in re.findall(number, cited) if one not in sections[page.removesuffix(".md")]}
        lost |= {f"{path.name}: {one}" for one in re.findall(r"\bsdf 11, (Q\d+)", text) if one not in choices}
        lost |= {f"{path.name}: decision {one}" for one in re.findall(r"\bdecision (\d+)", text) if one not in records}
        lost |= {
            f"{path.name}: {one}" for one in re.findall(r"\bpromises? [A-Z]?\d[\d.]*|\b\w+_mod" + r"el\.py|(?<![\w-])mapping\.md", text)
        }
    assert not lost


def test_the_page_says_of_every_word_of_master_data_where_it_acts() -> None:
    page = (DOCS / "reference/organization.md").read_text(encoding="utf-8").partition("## Where each word acts")[2]
    told = {part.partition("\n")[0]: re.findall(r"^\| `(\w+)` \| .+ \|$", part, re.MULTILINE) for part in page.split("### Of ")[1:]}
    named = {f"the {kind}" if kind is MasterKind.ORGANIZATION else f"a {kind}": list(form.model_fields) for kind, form in FORMS.items()}
    assert told == named


def _trees() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def _files() -> Iterator[Path]:
    """The text files of the repository that people write."""
    for folder in ("gateway", "docs", "tests", "benchmarks", "mappings", "connectors", "samples", ".ci", "schemas"):
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.is_file()
                and not {"_build", "__pycache__", "data"} & set(path.parts)
                and path.suffix in {".py", ".md", ".yaml", ".toml", ".csv", ".json", ".xml", ""}
            ):
                yield path
    yield from (
        ROOT / name
        for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "Makefile", "pyproject.toml", "gateway.toml", "organization.yaml")
    )
