"""Kinds of transport by name, and options from the keys of a connector."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from gateway.kernel.errors import ConfigError
from gateway.kernel.secret import Secret
from gateway.transports import Deadlines, FolderOptions, Kind, SftpOptions, kind_of, kinds, known_kinds, options_for
from tests import third_party_transport

PIN = "SHA256:" + "A" * 43
SFTP = {"host": "sftp.redpanda.example", "user": "gateway", "host_keys": [PIN], "password": Secret("hunter2")}


def test_the_built_in_kinds_are_known() -> None:
    assert {"folder", "sftp"} <= set(known_kinds())
    assert kind_of("sftp").options is SftpOptions


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'sfpt' is not known .*did you mean 'sftp'\?"):
        kind_of("sfpt")


def test_options_come_from_a_connectors_keys() -> None:
    assert options_for("sftp", {**SFTP, "port": "2222", "deadlines": {"progress": 5}}) == SftpOptions(
        host="sftp.redpanda.example",
        user="gateway",
        host_keys=(PIN,),
        password=Secret("hunter2"),
        port=2222,
        deadlines=Deadlines(progress=timedelta(seconds=5)),
    )
    assert options_for("folder", {"root": "/srv/exchange"}) == FolderOptions(root=Path("/srv/exchange"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hosts": "x"}, "hosts"),
        ({"host": ""}, "host: the name or address"),
        ({"user": ""}, "user: the account"),
        ({"port": 0}, "port: 0 is not a port number"),
        ({"port": 65_536}, "port: 65536 is not a port number"),
        ({"port": "many"}, "port"),
        ({"host_keys": []}, "host keys are never learned"),
        ({"host_keys": ["MD5:aa:bb"]}, "'MD5:aa:bb' is not a fingerprint"),
        ({"host_keys": [PIN + "A"]}, "is not a fingerprint"),
        ({"password": None}, "key or password"),
        ({"passphrase": Secret("x")}, "passphrase: given without a key"),
        ({"rename": "quick"}, "quick"),
    ],
)
def test_a_wrong_option_is_a_fault_of_the_configuration(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        options_for("sftp", {**SFTP, **changes})


def test_all_faults_of_the_options_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as wrong:
        SftpOptions(host="", user="", host_keys=())
    assert len(wrong.value.problems) == 4


def test_no_secret_shows_in_the_options() -> None:
    assert "hunter2" not in repr(options_for("sftp", SFTP))


def test_another_package_may_bring_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("carrier-pigeon", "tests.third_party_transport:PIGEON", kinds.GROUP)
    broken = EntryPoint("broken", "tests.third_party_transport:NOTHING", kinds.GROUP)
    monkeypatch.setattr(kinds, "entry_points", EntryPoints([entry, broken]).select)
    assert "carrier-pigeon" in known_kinds()
    assert kind_of("carrier-pigeon") is third_party_transport.PIGEON
    assert isinstance(third_party_transport.PIGEON, Kind)
    with pytest.raises(ConfigError, match="gives no Kind but NoneType"):
        kind_of("broken")


def test_the_room_is_cheap_until_a_transport_is_opened() -> None:
    code = "import gateway.transports, sys; sys.exit(bool({'paramiko', 'watchdog', 'cryptography'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
