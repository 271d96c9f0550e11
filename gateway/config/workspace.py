"""A workspace: the folder with gateway.toml, organization.yaml, connectors/ and mappings/, read and checked as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gateway.config.calendars import read_calendars
from gateway.config.checks import ORGANIZATION, calendar_faults, cross_faults, local_folders, secret_faults
from gateway.config.connector import Connector
from gateway.config.endpoint import MemoryEndpoint
from gateway.config.loader import Source, Unread, read_source
from gateway.config.organization import OrganizationFile, as_reference, faults
from gateway.config.problems import Problem, refuse
from gateway.config.secrets import Secrets
from gateway.config.settings import FILE, Settings, read_settings
from gateway.domain.reference import Organization, Reference
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

SQLITE = "sqlite:///"
BY_THEMSELVES = ("connectors/", "calendars/")
"""Files of which one can be wrong while everything else is right."""


class Paths(Struct, frozen=True, kw_only=True):
    """Where things lie, all absolute."""

    root: Path
    var: Path
    archive: Path
    secrets: Path
    log: Path
    connectors: Path
    mappings: Path
    samples: Path
    schemas: Path
    notices: Path


class Workspace(Struct, frozen=True, kw_only=True):
    """Everything that is configured. Made by `Workspace.load`: then it is right; or by `Workspace.read`: right but for `left_out`."""

    settings: Settings
    reference: Reference
    connectors: Mapping[str, Connector]
    paths: Paths
    sources: tuple[Source[Connector], ...]
    organization: Source[OrganizationFile] | None = None
    calendars: Mapping[str, frozenset[date]] = {}
    """Days on which nothing is expected, by the name of their file."""
    left_out: tuple[Problem, ...] = ()
    """What is wrong with connectors that are missing here for it, and with calendars; only `Workspace.read` leaves anything out."""

    @classmethod
    def find(cls, start: Path) -> Path:
        """The root of the workspace that `start` lies in."""
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / FILE).is_file():
                return folder
        raise ConfigError(f"no {FILE} in {start} or above: go to a workspace, name one with --workspace, or make one: gateway init DIR")

    @classmethod
    def load(cls, root: Path) -> Workspace:
        """Read and check everything; one ConfigError with all problems of all files."""
        workspace, problems = examine(root)
        refuse([*problems, *_memory(workspace)])
        return workspace

    @classmethod
    def read(cls, root: Path) -> Workspace:
        """The same for who only looks: a connector that something is wrong with is left out, the others are there.

        ConfigError where the settings or the organization are wrong: then nobody knows which store it is, or whose.
        """
        workspace, problems = examine(root)
        return _without_wrong(workspace, (*problems, *_memory(workspace)))

    @classmethod
    def read_again(cls, root: Path) -> Workspace:
        """The same for a process that a node starts while somebody may be writing in a connector; with whatever transports the node has."""
        return _without_wrong(*examine(root))

    @classmethod
    def load_for_tests(cls, root: Path) -> Workspace:
        """The same with the transport `memory` allowed."""
        workspace, problems = examine(root)
        refuse(problems)
        return workspace

    @property
    def database_url(self) -> str:
        """The address of the store, with an absolute path for SQLite."""
        url = self.settings.database.url
        if not url.startswith(SQLITE):
            return url
        return f"{SQLITE}{self.paths.root / url.removeprefix(SQLITE)}"

    @property
    def database_file(self) -> Path | None:
        """The file of the store on SQLite; None where a server has it."""
        return Path(self.database_url.removeprefix(SQLITE)) if self.database_url.startswith(SQLITE) else None

    @property
    def enabled(self) -> tuple[Connector, ...]:
        """The connectors that are at work."""
        return tuple(connector for connector in self.connectors.values() if connector.enabled)

    @property
    def partner_names(self) -> Mapping[str, str]:
        """The names of the partners by connector."""
        return {name: connector.partner.name for name, connector in self.connectors.items()}

    @property
    def secrets(self) -> Secrets:
        """Where secrets are looked up."""
        return Secrets(self.paths.secrets)

    @property
    def absent(self) -> frozenset[str]:
        """The connectors that are left out; what is theirs waits until their files are mended."""
        return frozenset(Path(it.file).stem for it in self.left_out if it.file.startswith("connectors/"))

    def connector(self, name: str) -> Connector:
        """The connector of that name; ConfigError with what is wrong with its file, or with the nearest one."""
        if name not in self.connectors:
            refuse(problem for problem in self.left_out if problem.file == f"connectors/{name}.yaml")
            raise ConfigError(unknown(name, self.connectors, what="connector"))
        return self.connectors[name]

    def source(self, name: str) -> Source[Connector]:
        """The file a connector came from, to say where in it something is wrong."""
        return next(source for source in self.sources if source.value.connector == name)

    def partner_values(self, connector: Connector) -> Mapping[str, str]:
        """What mappings read as `$partner.x`: the account and the vendor system of the organization, then the partner's own words."""
        system = self.reference.vendor_system
        common = {"account": self.reference.organization.account, "vendor_system": system.code if system else ""}
        return {**common, **connector.partner.values}

    def make_folders(self, *connectors: Connector) -> None:
        """Create the folders of these folder connectors inside the workspace; those outside are somebody else's."""
        for connector in connectors:
            for folder in local_folders(connector, self.paths.root):
                folder.mkdir(parents=True, exist_ok=True)

    def secret_problems(self, *connectors: Connector) -> tuple[Problem, ...]:
        """Secrets of these connectors that cannot be had, with the line that names them."""
        wanted = {connector.connector for connector in connectors}
        return tuple(secret_faults([source for source in self.sources if source.value.connector in wanted], self.secrets))

    def require_secrets(self, *connectors: Connector) -> None:
        """Refuse to go on while one of these connectors names a secret that cannot be had."""
        refuse(self.secret_problems(*connectors))


def _without_wrong(workspace: Workspace, problems: tuple[Problem, ...]) -> Workspace:
    """The workspace without the connectors that something is wrong with."""
    if any(not problem.file.startswith(BY_THEMSELVES) for problem in problems):
        refuse(problems)  # nothing starts: then everything is told at once
    wrong = {problem.file for problem in problems}
    sources = tuple(source for source in workspace.sources if source.file not in wrong)
    connectors = {source.value.connector: source.value for source in sources}
    return replace(workspace, sources=sources, connectors=connectors, left_out=problems)


def examine(root: Path) -> tuple[Workspace, tuple[Problem, ...]]:
    """What could be read, and everything that is wrong with it."""
    root = root.resolve()
    settings, found = read_settings(root)
    problems: list[Problem] = list(found)
    organization = _organization(root, problems)
    reference = as_reference(organization.value) if organization is not None else None
    calendars = read_calendars(root, problems)
    sources = _connectors(root, calendars, problems)
    problems += cross_faults(sources, reference, settings, root)
    workspace = Workspace(
        settings=settings,
        reference=reference or Reference(organization=Organization(code="")),
        connectors={source.value.connector: source.value for source in sources},
        paths=paths_of(root, settings),
        sources=tuple(sources),
        calendars=calendars,
        organization=organization,
    )
    return workspace, tuple(problems)


def paths_of(root: Path, settings: Settings) -> Paths:
    """The folders of a workspace."""
    return Paths(
        root=root,
        var=root / settings.paths.var,
        archive=root / settings.paths.archive,
        secrets=root / settings.paths.secrets,
        log=root / settings.log.file,
        connectors=root / "connectors",
        mappings=root / "mappings",
        samples=root / "samples",
        schemas=root / "schemas",
        notices=root / "notices",
    )


def _organization(root: Path, problems: list[Problem]) -> Source[OrganizationFile] | None:
    try:
        source = read_source(root / ORGANIZATION, OrganizationFile, root=root)
    except Unread as error:
        problems += error.problems
        return None
    problems += faults(source)
    return source


def _connectors(root: Path, calendars: Collection[str], problems: list[Problem]) -> list[Source[Connector]]:
    sources: list[Source[Connector]] = []
    for path in sorted((root / "connectors").glob("*.yaml")):
        try:
            source = read_source(path, Connector, root=root)
        except Unread as error:
            problems += error.problems
            tree = error.tree
        else:
            sources.append(source)
            tree = source.tree
        if tree is not None:
            problems += calendar_faults(path.relative_to(root).as_posix(), tree, calendars)
    return sources


def _memory(workspace: Workspace) -> list[Problem]:
    return [
        source.problem(("endpoint", "transport"), "'memory' is for tests; use folder or sftp")
        for source in workspace.sources
        if isinstance(source.value.endpoint, MemoryEndpoint)
    ]
