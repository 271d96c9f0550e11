"""Where guides are found: those that come with the product, and the folder of a workspace with those of partners."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from gateway.formats.edi.guide import Guide, Usage, Use
from gateway.formats.edi.guide_extend import extend
from gateway.formats.edi.guide_file import Dictionary, read_dictionary, read_guide
from gateway.formats.edi.segments import Standard
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Node, Scalar, Table, load_yaml_text, parse_yaml_text, unknown

RELEASES = {Standard.X12: ("004010", "005010"), Standard.EDIFACT: ("D.96A - D.01B",)}
DATA = files("gateway.formats.edi") / "guides"


class Shelf:
    """The guides of a workspace. Every file is read once a shelf; ours are read once a process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._own: dict[tuple[str, str], Guide] = {}

    @cached_property
    def own(self) -> dict[str, Path]:
        """The guides of partners by their names, which are those of their files."""
        folder = self._folder
        return {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder is not None and folder.is_dir() else {}

    def names(self) -> tuple[str, ...]:
        """All guides: ours as `x12/850`, then those of partners."""
        return (*shipped_names(), *self.own)

    def named(self, name: str, version: str = "") -> Guide:
        """A guide by its name; ConfigError when there is none or it is wrong."""
        if name in shipped_names():
            return shipped(name, nearest_release(Standard(name.partition("/")[0]), version))
        if name not in self.own:
            raise ConfigError(unknown(name, self.names(), what="guide"))
        return self._read(name, version, ())

    def find(self, standard: Standard, kind: str, version: str = "") -> Guide | None:
        """Our guide for a kind of set in the release nearest to a version; nothing when we have none."""
        name = f"{standard.value}/{kind.lower()}"
        return shipped(name, nearest_release(standard, version)) if name in shipped_names() else None

    def loose(self, standard: Standard, version: str = "") -> Guide:
        """A guide without order for sets that we have none for: their segments are looked into one by one."""
        return loose(standard, nearest_release(standard, version))

    def check(self) -> list[str]:
        """Everything that is wrong with the guides of partners."""
        problems: list[str] = []
        for name in self.own:
            try:
                self.named(name)
            except ConfigError as error:
                problems += error.problems
        return problems

    def _read(self, name: str, version: str, seen: tuple[str, ...]) -> Guide:
        path = self.own[name]
        if name in seen:
            raise ConfigError(f"{path}: extends itself: {' -> '.join((*seen, name))}")
        node = load_yaml_text(path)
        base_name, line = _extended(node, str(path))
        if base_name in shipped_names():
            standard = Standard(base_name.partition("/")[0])
            base = shipped(base_name, nearest_release(standard, version))
        elif base_name in self.own:
            base = self._read(base_name, version, (*seen, name))
        else:
            raise ConfigError(f"{path}:{line}: " + unknown(base_name, self.names(), what="guide"))
        key = (name, base.release)
        if key not in self._own:
            self._own[key] = extend(node, str(path), base, dictionary(base.standard, base.release))
        return self._own[key]


def nearest_release(standard: Standard, version: str) -> str:
    """The release we have that reads a version best: the latest that is not later, else the first."""
    known = RELEASES[standard]
    if standard is Standard.EDIFACT:
        return known[0]
    return max((release for release in known if release <= version[:6]), default=known[0])


@cache
def shipped_names() -> tuple[str, ...]:
    """The names of our guides."""
    return tuple(
        f"{standard.value}/{name}"
        for standard in Standard
        for name in sorted(one.name.removesuffix(".yaml") for one in (DATA / standard.value).iterdir())
        if name != "segments"
    )


@cache
def shipped(name: str, release: str) -> Guide:
    """One of our guides in one of our releases."""
    standard = Standard(name.partition("/")[0])
    return read_guide(_node(name), f"{name}.yaml", release, dictionary(standard, release))


@cache
def loose(standard: Standard, release: str) -> Guide:
    """Our segments without an order."""
    root = Use("", Usage.MANDATORY)
    return Guide(f"{standard.value}", "any set", standard, "", release, root, dictionary(standard, release).segments)


@cache
def dictionary(standard: Standard, release: str) -> Dictionary:
    """Our elements and segments of a standard."""
    name = f"{standard.value}/segments"
    return read_dictionary(_node(name), f"{name}.yaml", release)


@cache
def _node(name: str) -> Node:
    return parse_yaml_text((DATA / f"{name}.yaml").read_text(encoding="utf-8"), name=f"{name}.yaml")


def _extended(node: Node, source: str) -> tuple[str, int]:
    if isinstance(node, Table):
        for entry in node:
            if entry.key == "extends" and isinstance(entry.value, Scalar):
                return entry.value.value, entry.line
    raise ConfigError(f"{source}:{node.line}: a guide of a partner says what it extends: 'extends: x12/850'")


def all_guides() -> Iterator[Guide]:
    """Every guide of ours in every release."""
    for name in shipped_names():
        for release in RELEASES[Standard(name.partition("/")[0])]:
            yield shipped(name, release)
