"""Who plays in a workspace: the connectors marked `simulated: true` and switched on, each with its mind, folders and server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from msgspec import Struct

from gateway.config import Connector, FolderEndpoint, SftpEndpoint, Workspace
from gateway.kernel.errors import AlreadyRunning, ConfigError
from gateway.simulator.diary import Diary
from gateway.simulator.keys import host_key, login_key
from gateway.simulator.mail import Mail
from gateway.simulator.partner import Mind, Partner
from gateway.simulator.retailer import Retailer
from gateway.simulator.sftp import Account, SftpServer
from gateway.simulator.vendor import Vendor, Ways
from gateway.simulator.ways_csv import CsvWays
from gateway.simulator.ways_json import JsonWays

DIARY = "diary.jsonl"


class Cast(Struct, frozen=True):
    """Everybody who plays: the partners by connector, and the minds of those whose minds matter to others."""

    partners: Mapping[str, Partner]
    retailers: Mapping[str, Retailer]
    vendors: Mapping[str, Vendor]


def simulated(workspace: Workspace) -> tuple[Connector, ...]:
    """The connectors whose partners are played."""
    return tuple(connector for connector in workspace.enabled if connector.simulated)


def home(workspace: Workspace, connector: Connector) -> Path:
    """Where a simulated partner keeps what is its own."""
    return workspace.paths.var / "sim" / connector.connector


def prepare(workspace: Workspace) -> None:
    """Make the folders and secrets of all simulated partners, so that the workspace can be served."""
    for connector in simulated(workspace):
        _mail(workspace, connector)
        if isinstance(connector.endpoint, SftpEndpoint):
            login_key(workspace, connector.endpoint)
            host_key(workspace, connector, connector.endpoint)


@contextmanager
def open_servers(workspace: Workspace) -> Iterator[None]:
    """The SFTP servers of simulated partners answer while the body runs."""
    with ExitStack() as stack:
        for connector in simulated(workspace):
            if isinstance(connector.endpoint, SftpEndpoint):
                stack.enter_context(serve_partner(workspace, connector, connector.endpoint, port=connector.endpoint.port))
        yield


@contextmanager
def serve_partner(workspace: Workspace, connector: Connector, endpoint: SftpEndpoint, *, port: int) -> Iterator[SftpServer]:
    """One server on the loopback address; AlreadyRunning when its port is taken. Port 0 is any free one."""
    account = Account(public_key=login_key(workspace, endpoint))
    key = host_key(workspace, connector, endpoint)
    server = SftpServer(home(workspace, connector) / "server", {endpoint.user: account}, port=port, host_key=key)
    try:
        server.start()
    except OSError as error:
        server.stop()
        raise AlreadyRunning(
            f"port {port} of the simulated partner {connector.connector} is taken ({error.strerror}): another gateway with simulated "
            f"partners runs, or change endpoint.port in connectors/{connector.connector}.yaml"
        ) from error
    try:
        yield server
    finally:
        server.stop()


def gather_cast(workspace: Workspace, *, seed: int, most: int | None, today: Callable[[], date]) -> Cast:
    """Wake everybody; each goes on where its diary ends."""
    found = simulated(workspace)
    retailers: dict[str, Retailer] = {}
    vendors: dict[str, Vendor] = {}
    sold_by = [connector.partner.vendor for connector in found if connector.partner.vendor is not None]
    for connector in found:
        if connector.partner.system is not None:
            account = workspace.reference.organization.account
            system = connector.partner.system
            retailers[connector.connector] = Retailer(seed=seed, system=system, account=account, vendors=sold_by, most=most)
        else:
            vendors[connector.connector] = Vendor(
                seed=seed, ways=_ways(workspace, connector), acknowledges=connector.sending("orders").acknowledge.required
            )
    minds: dict[str, Mind] = {**retailers, **vendors}
    partners = {
        connector.connector: Partner(
            connector.connector,
            minds[connector.connector],
            _mail(workspace, connector),
            Diary(home(workspace, connector) / DIARY),
            today=today,
        )
        for connector in found
    }
    return Cast(partners, retailers, vendors)


def _ways(workspace: Workspace, connector: Connector) -> Ways:
    """A vendor's files look as its layouts say: rows or JSON."""
    vendor = connector.partner.vendor or ""
    prefix = connector.connector[:2].upper()
    mapping = connector.sending("orders").mapping
    match mapping:
        case "batch-csv":
            return CsvWays(vendor, prefix=prefix)
        case "batch-json":
            words = workspace.partner_values(connector)
            name = connector.connector.upper()
            return JsonWays(vendor, prefix=prefix, account=words["account"], system=words["vendor_system"], name=name)
        case _:
            raise ConfigError(f"connector {connector.connector}: simulated vendors know batch-csv and batch-json, not {mapping}")


def _mail(workspace: Workspace, connector: Connector) -> Mail:
    """The folders of the connector's channels, where the partner finds them."""
    base = _base(workspace, connector)
    answers = connector.answer_folders(connector.receive)
    finds = {channel.channel: _inside(base, channel.folder) for channel in connector.send}
    finds.update({f"answers-{number}": _inside(base, folder) for number, folder in enumerate(answers, 1)})
    return Mail(leaves={channel.channel: _inside(base, channel.folder) for channel in connector.receive}, finds=finds)


def _base(workspace: Workspace, connector: Connector) -> Path:
    match connector.endpoint:
        case SftpEndpoint():
            return home(workspace, connector) / "server"
        case FolderEndpoint(root=root):
            return workspace.paths.root / root
        case _:
            raise ConfigError(f"connector {connector.connector}: only partners by folder or SFTP are simulated")


def _inside(base: Path, folder: str) -> Path:
    return base / folder.strip("/")
