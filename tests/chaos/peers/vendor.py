"""The vendor of a world behind a real SFTP server and a proxy: its folders are those of the world, so that robot and checker see them.

Only the gateway goes through the server; what it asks for is in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from tests.chaos.peers.proxy import Proxy
from tests.chaos.peers.rules import Rule
from tests.chaos.peers.server import PASSWORD, USER, RuledServer
from tests.chaos.world import RED_PANDA, World

ENDPOINT = """\
{{transport: sftp, host: 127.0.0.1, port: {port}, user: {user}, password: secret:redpanda-password, host_keys: ["{pin}"],
  deadlines: {{connect: 3s, login: 3s, progress: 2s}}}}"""


class Vendor(Struct, frozen=True):
    """The server and the way to it."""

    server: RuledServer
    proxy: Proxy


@contextmanager
def by_sftp(world: World, *rules: Rule, seed: int = 0) -> Iterator[Vendor]:
    """From now on the vendor of this world is reached by SFTP."""
    _keep_secret(world, "redpanda-password", PASSWORD)
    server = RuledServer(world.root, rules=rules, log=world.root / "var" / "evidence.jsonl")
    with server, Proxy(server.port, seed=seed) as proxy:
        endpoint = ENDPOINT.format(port=proxy.port, user=USER, pin=server.host_key_fingerprint)
        world.declare("redpanda", RED_PANDA.replace("ENDPOINT", endpoint))
        yield Vendor(server, proxy)


def struck(rules: Iterable[Rule]) -> list[str]:
    """The kinds of faults that these rules were, as the figures count them."""
    return [f"peer: {rule.do.value}" for rule in rules]


def _keep_secret(world: World, name: str, value: str) -> None:
    file = world.root / "var" / "secrets" / name
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(0o600)
    file.write_text(value)
