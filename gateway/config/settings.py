"""gateway.toml: the settings of a workspace. Every key has a twin in the environment, GATEWAY_SECTION__KEY, which wins."""

from __future__ import annotations

import os
import platform
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway.config.jobs import JobsSettings
from gateway.config.loader import Place, known_words, shown, words
from gateway.config.problems import Problem
from gateway.config.values import Count, Duration, Flag, Model, SecretRef, Size, Whole, read_duration
from gateway.domain.authority import USER_ID
from gateway.kernel.database import Failover, Pooling
from gateway.kernel.yaml_text import unknown

FILE = "gateway.toml"
PREFIX = "GATEWAY_"
DATABASE = re.compile(r"(?:sqlite:///.+|postgresql(?:\+psycopg)?://.+)", re.DOTALL)
HIGHEST_PORT = 65535
NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def _networks(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        try:
            ip_network(word)
        except ValueError as error:
            raise ValueError(f"'{word}' is no address of a proxy; write 10.0.0.7 or 10.0.0.0/24") from error
    return words


class LogForm(StrEnum):
    """How log lines look: `auto` is console at a terminal and JSON elsewhere."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severity that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _database(text: str) -> str:
    if not DATABASE.fullmatch(text):
        raise ValueError("is not a database address; write sqlite:///var/gateway.db or postgresql://user@host/name")
    return text


def _node(text: str) -> str:
    if not NODE.fullmatch(text):
        raise ValueError(f"'{text}' is not a node name; use letters, digits and . _ -")
    return text


def _port(number: int) -> int:
    if number > HIGHEST_PORT:
        raise ValueError(f"{number} is not a port; use 0 to {HIGHEST_PORT}")
    return number


class DatabaseSettings(Model):
    """Where the store is. A relative SQLite path counts from the workspace."""

    url: Annotated[str, AfterValidator(_database)] = "sqlite:///var/gateway.db"
    """sqlite:///FILE or postgresql://USER@HOST/NAME."""
    connections: Count = 10
    """The most connections to the database."""
    failover: Failover = Failover.HOLD
    """When another server takes over: hold puts everything that goes out on hold until a person has compared; synchronous goes on, \
for servers where only a synchronous standby is ever promoted."""
    pooling: Pooling = Pooling.DIRECT
    """What stands before the server: direct, or a pooler that gives connections for a transaction only (transaction)."""
    allow_unsafe: Flag = False
    """Accept a database that may forget a commit when the power fails; for tests."""


class PathSettings(Model):
    """Folders; relative ones count from the workspace."""

    var: Path = Path("var")
    """What the gateway keeps for itself."""
    archive: Path = Path("var/archive")
    """Every byte in and out."""
    secrets: Path = Path("var/secrets")
    """One file a secret, readable by its owner alone."""
    outside: tuple[Path, ...] = ()
    """Absolute folders outside the workspace that folder connectors may use as `root`."""


class NodeSettings(Model):
    """This process."""

    name: Annotated[str, AfterValidator(_node)] = platform.node() or "gateway"
    """How this process is called in tables and logs; by default the machine."""
    workers: Count = 2
    """Threads that read and book, and as many that deliver."""


class WorkSettings(Model):
    """How work is cut and held."""

    chunk_documents: Count = 200
    """The most documents in one commit."""
    lease: Duration = read_duration("120s")
    """How long a claim on work holds."""
    renew: Duration = read_duration("30s")
    """How often it is renewed."""
    attempts: Count = 3
    """A file is parked when reading it has killed its reader so many times; from the second time on a limited process reads it."""

    @model_validator(mode="after")
    def _renewed_in_time(self) -> WorkSettings:
        if self.renew * 2 > self.lease:
            raise ValueError("'renew' must be at most half of 'lease'")
        return self


class ReaderSettings(Model):
    """The limited process that reads a file again after its reader died."""

    memory: Size = 1_000_000_000
    """Address space."""
    time: Duration = read_duration("60s")
    """Processor time for one file; larger ones get a second more for each 250 KB."""


class RetrySettings(Model):
    """The wait between two tries: from `first`, doubling up to `longest`, with full jitter."""

    first: Duration = read_duration("5s")
    """After the first failure."""
    longest: Duration = read_duration("15m")
    """The longest wait."""


class ConnectionSettings(Model):
    """Caps of all nodes together."""

    per_host: Count = 5
    """To one host at one time, by all nodes that share the database; to one folder endpoint, by this node."""


class RetentionSettings(Model):
    """How long things are kept."""

    taken: Duration = read_duration("7d")
    """Decided files in a channel's private folder at the partner's."""
    runs: Duration = read_duration("30d")
    """The log of the runs of timed jobs; the last run and the last success of each job are always kept."""
    archive: Duration = read_duration("30d")
    """Bytes in the archive that nothing refers to; what something refers to is never removed."""
    slips: Duration = read_duration("30d")
    """Pack slips, pull sheets and CSV extracts; they can be made again later."""


class DiskSettings(Model):
    """When no file is taken any more: on each disk that holds the archive, `var` or a SQLite database, whichever asks for more."""

    percent: Whole = 5
    """So many hundredths must be free; at most 40."""
    free: Size = 1_000_000_000
    """So much must be free, but no more than a tenth of the disk. Files are taken again when there is twice as much."""
    reserve: Size = 16_000_000
    """Room kept beside a SQLite database and given up when its disk is full; 0B keeps none."""

    @model_validator(mode="after")
    def _sensible(self) -> DiskSettings:
        if self.percent > 40:
            raise ValueError("'percent' must be at most 40: files are taken again only when twice as much is free")
        return self


class PrintingSettings(Model):
    """What pack slips and pull sheets are printed with."""

    fonts: tuple[Path, ...] = ()
    """TrueType files (.ttf, .ttc) of this machine for letters that our own type (Latin, Greek, Cyrillic) lacks, in this order.

    Without one that has them, Chinese, Japanese and Korean letters are left to the fonts of whoever opens the page.
    """


class LogSettings(Model):
    """What the log looks like. `file` takes tracebacks of the command line."""

    format: LogForm = LogForm.AUTO
    """auto, console or json."""
    level: LogLevel = LogLevel.INFO
    """The least severity that is written."""
    file: Path = Path("var/log/gateway.log")
    """Where the tracebacks of defects go."""


def _issuer(text: str) -> str:
    told = urlsplit(text)
    is_here = told.scheme == "http" and told.hostname in {"127.0.0.1", "::1", "localhost"}
    if text and ((told.scheme != "https" and not is_here) or not told.hostname or told.query or told.fragment or told.username):
        raise ValueError(f"'{text}' is not the address of an issuer: https://HOST/..., without query")
    return text


def _people(entries: tuple[str, ...]) -> tuple[str, ...]:
    subjects = [entry.rpartition(":")[0] for entry in entries]
    wrong = next((entry for entry in entries if not entry.rpartition(":")[0] or not USER_ID.fullmatch(entry.rpartition(":")[2])), None)
    if wrong is not None:
        raise ValueError(f"'{wrong}' is not SUBJECT:USER")
    if len(set(subjects)) != len(subjects):
        raise ValueError("a subject stands twice")
    return entries


class WebSettings(Model):
    """The listener of `gateway serve`: console, API, health and metrics."""

    enabled: Flag = True
    """Listen at all."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Annotated[Whole, AfterValidator(_port)] = 8420
    """The port; 0 takes a free one, which the log names."""
    hosts: tuple[str, ...] = ()
    """Further names under which it may be asked; the address itself and localhost always may."""
    proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    """Addresses of proxies of ours, such as 10.0.0.7 or 10.0.0.0/24: what they say of who asks is believed."""
    certificate: Path | None = None
    """A certificate chain (PEM), for HTTPS without a proxy; with `key`."""
    key: Path | None = None
    """The private key of the certificate (PEM)."""
    calls: Count = 600
    """So many calls a minute may a key make of the API, at each node."""

    @model_validator(mode="after")
    def _both(self) -> WebSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("'certificate' and 'key' go together: give both, or neither")
        return self


class OidcSettings(Model):
    """Login at an issuer of the organization (OpenID Connect) beside the password; off without an issuer."""

    issuer: Annotated[str, AfterValidator(_issuer)] = ""
    """The address of the issuer, as it names itself; https, or http on this machine."""
    client: str = ""
    """The client id that the issuer has given us."""
    secret: SecretRef | None = None
    """The secret of the client, by reference."""
    title: str = "our organization"
    """What the button says: Sign in with ..."""
    people: Annotated[tuple[str, ...], AfterValidator(_people)] = ()
    """Who is who: SUBJECT:USER of each, the subject as the issuer tells it, the user as here. Nobody else comes in this way."""

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client and self.secret):
            raise ValueError("'issuer' needs 'client' and 'secret' too")
        return self

    def user_of(self, subject: str) -> str | None:
        """The user that a subject of the issuer is."""
        return next((user for one, _, user in (entry.rpartition(":") for entry in self.people) if one == subject), None)


class Settings(BaseSettings):
    """All sections. Absent sections and keys have their defaults."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True)

    database: DatabaseSettings = DatabaseSettings()
    paths: PathSettings = PathSettings()
    node: NodeSettings = NodeSettings()
    work: WorkSettings = WorkSettings()
    reader: ReaderSettings = ReaderSettings()
    retry: RetrySettings = RetrySettings()
    connections: ConnectionSettings = ConnectionSettings()
    retention: RetentionSettings = RetentionSettings()
    jobs: JobsSettings = JobsSettings()
    disk: DiskSettings = DiskSettings()
    printing: PrintingSettings = PrintingSettings()
    log: LogSettings = LogSettings()
    web: WebSettings = WebSettings()
    oidc: OidcSettings = OidcSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the library's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (no such source)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (no such source)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what stood in the file."""
        return (env_settings, init_settings)


def read_settings(root: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings of a workspace, and everything that is wrong with them; wrong sections have their defaults."""
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        return Settings.model_construct(), (Problem(FILE, 0, "", f"cannot be read: {error.strerror}"),)
    except UnicodeDecodeError:
        return Settings.model_construct(), (Problem(FILE, 0, "", "not UTF-8; save the file in that encoding"),)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        return Settings.model_construct(), (Problem(FILE, int(line[1]) if line else 0, "", f"not TOML: {error}"),)
    strangers = _strangers(os.environ)
    try:
        return Settings(**found), strangers
    except SettingsError as error:
        return Settings.model_construct(), (*strangers, Problem("environment", 0, "", f"{error}; lists are written as JSON"))
    except ValidationError as error:
        return Settings.model_construct(), (*strangers, *(_problem(finding, text) for finding in error.errors()))


def _strangers(environment: Mapping[str, str]) -> tuple[Problem, ...]:
    """Twins of sections that there are not: a slip there would be silent otherwise."""
    sections = {name.upper(): name for name in Settings.model_fields}
    found = (name for name in environment if name.startswith(PREFIX) and "__" in name)
    return tuple(
        Problem("environment", 0, name, unknown(name.removeprefix(PREFIX).split("__")[0], sections, what="section"))
        for name in found
        if name.removeprefix(PREFIX).split("__")[0] not in sections
    )


def _problem(finding: ErrorDetails, text: str) -> Problem:
    place = finding["loc"]
    twin = PREFIX + "__".join(str(part) for part in place).upper()
    said = words(finding, known_words(Settings, place[:-1]))
    if twin in os.environ:
        return Problem("environment", 0, twin, said)
    return Problem(FILE, _line(text, place), shown(place), said)


def _line(text: str, place: Place) -> int:
    """The line of a key in its section; tomllib keeps none."""
    section, key = str(place[0]), str(place[1]) if len(place) > 1 else ""
    if re.search(rf"^\s*\[\s*{re.escape(section)}\.{re.escape(key)}\s*\]", text, re.MULTILINE):
        section, key = f"{section}.{key}", str(place[2]) if len(place) > 2 else ""
    inside, start = False, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.fullmatch(r"\s*\[\s*([^\]]+?)\s*\]\s*(?:#.*)?", line)
        if header:
            inside = header[1] == section
            start = number if inside else start
        elif key and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line) and inside:
            return number
        elif re.match(rf'\s*"?{re.escape(section)}"?(?:\.{re.escape(key)})?\s*=', line) and not start:
            start = number
    return start
