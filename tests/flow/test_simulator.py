"""The simulated partners: whoever is killed goes on, hands everything over once, and notices what comes twice."""

from __future__ import annotations

import socket
import stat
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import asyncssh
import pytest

from gateway.config import SftpEndpoint, Workspace
from gateway.config.shipped import copy_workspace
from gateway.kernel.errors import AlreadyRunning
from gateway.simulator.cast import open_servers, prepare
from gateway.simulator.createdsorder import order_file
from gateway.simulator.diary import Deed, Diary
from gateway.simulator.goods import ordered
from gateway.simulator.keys import host_key, write_private
from gateway.simulator.mail import Letter, Mail
from gateway.simulator.partner import Garbled, Partner
from gateway.simulator.play import only_one_play

TODAY = date(2026, 11, 21)


class Echo:
    """Answers every file with one that says how many it has heard."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.heard = 0

    def wants(self, box: str, name: str) -> bool:
        return not name.startswith("other")

    def begin(self, what: str, *, on: date) -> Sequence[Letter]:
        return [Letter("out", what, b"begun")]

    def hear(self, box: str, name: str, body: bytes, *, on: date) -> Sequence[Letter]:
        if body == b"?":
            raise Garbled("it is a question")
        self.heard += 1
        return [Letter("out", f"{name}.reply", str(self.heard).encode())]

    def open_matters(self) -> Sequence[str]:
        return []


class Home:
    """A partner's folders."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.outbox, self.diary = folder / "in", folder / "out", folder / "diary.jsonl"

    def partner(self) -> Partner:
        """The partner, wakened."""
        mail = Mail(leaves={"out": self.outbox}, finds={"in": self.inbox})
        return Partner("echo", Echo(), mail, Diary(self.diary), today=lambda: TODAY)

    def replies(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.outbox.iterdir() if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    copy_workspace(tmp_path / "w")
    path = tmp_path / "w" / "connectors" / "redpanda.yaml"
    path.write_text(path.read_text().replace("enabled: false", "enabled: true"))
    return Workspace.load(tmp_path / "w")


def test_a_torn_last_line_of_a_diary_was_never_written(home: Home) -> None:
    home.diary.parent.mkdir(exist_ok=True)
    diary = Diary(home.diary)
    diary.write(Deed.GOT, "in", "a.csv", on=TODAY)
    with home.diary.open("ab") as file:
        file.write(b'{"deed": "put", "box": "out", "na')
    (entry,) = Diary(home.diary).entries
    assert (entry.deed, entry.name, entry.on) == (Deed.GOT, "a.csv", TODAY)
    Diary(home.diary).write(Deed.PUT, "out", "b.csv", on=TODAY)
    assert [entry.name for entry in Diary(home.diary).entries] == ["a.csv", "b.csv"]


def test_a_partner_answers_what_it_finds_and_clears_it_away(home: Home) -> None:
    partner = home.partner()
    (home.inbox / "a.csv").write_bytes(b"hello")
    (home.inbox / ".b.csv.7.1.part").write_bytes(b"unfinished")
    (home.inbox / "other.csv").write_bytes(b"for somebody else")
    assert partner.step()
    assert not partner.step()
    assert home.replies() == {"a.csv.reply": b"1"}
    assert sorted(path.name for path in home.inbox.iterdir()) == [".b.csv.7.1.part", ".picked", "other.csv"]


def test_a_reply_that_was_meant_and_not_handed_over_is_handed_over_by_the_next_life(home: Home) -> None:
    home.partner()
    (home.inbox / "a.csv").write_bytes(b"hello")
    Diary(home.diary).write(Deed.GOT, "in", "a.csv", on=TODAY)  # killed here: nothing picked, nothing handed over
    home.partner()
    assert home.replies() == {"a.csv.reply": b"1"}
    assert (home.inbox / ".picked" / "a.csv").exists()


@pytest.mark.parametrize(
    "place", ["a.csv.reply", ".taken/out/0011223344556677.a.csv.reply", ".taken/out/done/0011223344556677.a.csv.reply"]
)
def test_a_reply_that_was_handed_over_before_the_kill_is_not_handed_over_again(home: Home, place: str) -> None:
    home.partner()
    (home.inbox / "a.csv").write_bytes(b"hello")
    Diary(home.diary).write(Deed.GOT, "in", "a.csv", on=TODAY)
    (home.outbox / place).parent.mkdir(parents=True, exist_ok=True)
    (home.outbox / place).write_bytes(b"1")  # killed here: handed over, and not written down
    home.partner()
    assert [path.name for path in home.outbox.rglob("*.reply")] == [Path(place).name]


def test_a_partner_that_wakes_again_says_nothing_twice(home: Home) -> None:
    partner = home.partner()
    partner.begin("first")
    (home.inbox / "a.csv").write_bytes(b"hello")
    partner.step()
    for path in home.outbox.iterdir():
        path.unlink()  # whatever became of them
    again = home.partner()
    assert home.replies() == {}
    assert [letter.name for letter in again.given] == ["first", "a.csv.reply"]
    (home.inbox / "b.csv").write_bytes(b"hello")
    again.step()
    assert home.replies() == {"b.csv.reply": b"2"}


def test_a_file_that_comes_twice_is_complained_about(home: Home) -> None:
    partner = home.partner()
    for _ in range(2):
        (home.inbox / "a.csv").write_bytes(b"hello")
        partner.step()
    assert partner.complaints == ["echo got a.csv twice"]
    assert home.replies() == {"a.csv.reply": b"1"}


def test_a_file_that_cannot_be_read_is_complained_about(home: Home) -> None:
    partner = home.partner()
    (home.inbox / "a.csv").write_bytes(b"?")
    partner.step()
    assert partner.complaints == ["echo cannot read a.csv: it is a question"]


def test_a_seed_gives_the_same_order_file_to_the_byte() -> None:
    files = {
        seed: order_file(
            [ordered(seed, nth, vendors=["257", "310"], on=TODAY) for nth in range(5)], name="f", system="OMS", account="X", on=TODAY
        )
        for seed in (1, 2)
    }
    again = [ordered(1, nth, vendors=["257", "310"], on=TODAY) for nth in range(5)]
    assert order_file(again, name="f", system="OMS", account="X", on=TODAY) == files[1] != files[2]


def test_the_secrets_of_a_simulated_partner_are_made_once_for_their_owner_alone(workspace: Workspace) -> None:
    workspace.paths.secrets.mkdir(parents=True, exist_ok=True)
    prepare(workspace)
    workspace.require_secrets(*workspace.enabled)
    made = {path.name: path.read_bytes() for path in workspace.paths.secrets.iterdir()}
    assert set(made) == {"redpanda-ssh-key", "redpanda-host-key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in workspace.paths.secrets.iterdir()} == {0o600}
    prepare(workspace)
    assert {path.name: path.read_bytes() for path in workspace.paths.secrets.iterdir()} == made


def test_a_login_key_that_is_there_is_used(workspace: Workspace) -> None:
    own = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    write_private(workspace.paths.secrets / "redpanda-ssh-key", own)
    prepare(workspace)
    assert (workspace.paths.secrets / "redpanda-ssh-key").read_bytes() == own


def test_a_new_host_key_is_pinned_anew(workspace: Workspace) -> None:
    prepare(workspace)
    pinned = workspace.secrets.get("secret:redpanda-host-key")
    (workspace.paths.var / "sim" / "redpanda" / "host-key").unlink()
    connector = workspace.connector("redpanda")
    assert isinstance(connector.endpoint, SftpEndpoint)
    host_key(workspace, connector, connector.endpoint)
    assert workspace.secrets.get("secret:redpanda-host-key") != pinned


def test_a_port_that_is_taken_is_named(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = workspace.paths.connectors / "redpanda.yaml"
        path.write_text(path.read_text().replace("port: 2257", f"port: {port}"))
        again = Workspace.load(workspace.paths.root)
        prepare(again)
        with pytest.raises(AlreadyRunning, match=f"port {port}.*redpanda"), open_servers(again):
            pass


def test_the_partners_of_a_workspace_play_once_at_a_time(workspace: Workspace) -> None:
    with only_one_play(workspace), pytest.raises(AlreadyRunning, match="plays the simulated partners"), only_one_play(workspace):
        pass
