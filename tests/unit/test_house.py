"""The order of the house: layers, doors, names, locks, versions."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import gateway

ROOT = Path(__file__).parents[2]
ROOMS = sorted(ROOT.glob("gateway/**/__init__.py"))
FOLDERS = sorted({module.parent for module in ROOT.glob("gateway/**/*.py")})
MODULES = sorted(path for room in ("gateway", "benchmarks", "tests") for path in ROOT.glob(f"{room}/**/*.py"))
LOCKS = sorted(ROOT.glob("requirements/*.txt"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base2"}


def within(path: Path) -> str:
    return str(path.relative_to(ROOT))


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: Path) -> set[str]:
    """The lines of a lock that name a package, with version and condition."""
    return {line.removesuffix(" \\") for line in lock.read_text(encoding="utf-8").splitlines() if re.match(r"\w", line)}


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by the alphabet."""
    return (0 if name.isupper() else 1 if name.lstrip("_")[:1].isupper() else 2, name)


def test_rooms_look_down_only() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=within)
def test_every_folder_of_code_is_a_room_with_a_door(folder: Path) -> None:
    assert (folder / "__init__.py").is_file()


@pytest.mark.parametrize("door", ROOMS, ids=within)
def test_a_door_says_what_it_is_for_and_what_it_lets_through(door: Path) -> None:
    tree = ast.parse(door.read_text(encoding="utf-8"))
    exported = {
        ast.unparse(statement.targets[0]): ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"
    }
    assert ast.get_docstring(tree)
    assert exported["__all__"] == sorted(set(exported["__all__"]), key=as_ruff_sorts)


@pytest.mark.parametrize("module", MODULES, ids=within)
def test_a_module_says_what_it_is_for_and_has_a_name_of_its_own(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    assert not VAGUE & {module.stem, *module.relative_to(ROOT).parts}


@pytest.mark.parametrize("lock", LOCKS, ids=within)
def test_a_lock_names_packages_and_hashes_but_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)
    assert all(f"\n{entry} \\\n    --hash=sha256:" in f"\n{text}" for entry in pins(lock))


def test_what_runs_is_what_was_tested() -> None:
    assert pins(ROOT / "requirements/run.txt") <= pins(ROOT / "requirements/dev.txt")


def test_every_requirement_is_locked() -> None:
    declared = project()
    extras = [requirement for extra in declared["project"]["optional-dependencies"].values() for requirement in extra]
    wanted = {re.match(r"[\w-]+", requirement)[0] for requirement in [*declared["project"]["dependencies"], *extras]}  # type: ignore[index]
    assert wanted <= {pin.partition("==")[0] for pin in pins(ROOT / "requirements/run.txt")}


def test_the_version_is_the_same_everywhere() -> None:
    assert gateway.__version__ == project()["project"]["version"] == importlib.metadata.version("vendor-gateway")


@pytest.mark.parametrize("page", ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md"])
def test_the_house_has_its_papers(page: str) -> None:
    assert (ROOT / page).stat().st_size > 500


def test_the_changelog_knows_this_version_or_what_comes_next() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in text or f"## {gateway.__version__}" in text
