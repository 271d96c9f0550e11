"""Settings and secrets: the file, its twin in the environment, and what is told when one of them is wrong."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.secrets import Secrets
from gateway.config.settings import LogLevel, read_settings
from gateway.kernel.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("GATEWAY_") and "__" in name:
            monkeypatch.delenv(name)


def read(folder: Path, text: str) -> tuple[object, list[str]]:
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    settings, problems = read_settings(folder)
    return settings, [str(problem) for problem in problems]


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").touch()
    settings, problems = read_settings(tmp_path)
    assert problems == ()
    assert settings.database.url == "sqlite:///var/gateway.db"
    assert (settings.work.lease, settings.work.renew, settings.work.chunk_documents) == (timedelta(seconds=120), timedelta(seconds=30), 200)
    assert settings.retention.taken == timedelta(days=7)


def test_the_environment_wins_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gateway.toml").write_text('[log]\nlevel = "debug"\nformat = "json"\n[work]\nlease = "240s"\n')
    monkeypatch.setenv("GATEWAY_LOG__LEVEL", "error")
    monkeypatch.setenv("GATEWAY_WORK__RENEW", "60s")
    settings, problems = read_settings(tmp_path)
    assert problems == ()
    assert (settings.log.level, settings.log.format.value) == (LogLevel.ERROR, "json")
    assert (settings.work.lease, settings.work.renew) == (timedelta(seconds=240), timedelta(seconds=60))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[database]\nurl = "x"\n', "gateway.toml:2: database > url: is not a database address"),
        ('\n[databse]\nurl = "x"\n', "gateway.toml:2: databse: unknown word 'databse'; did you mean 'database'?"),
        ('[log]\nlevle = "info"\n', "gateway.toml:2: log > levle: unknown word 'levle'; did you mean 'level'?"),
        ('[log]\nlevel = "loud"\n', "gateway.toml:2: log > level: 'loud' is none of debug, info, warning, error"),
        ('[work]\nlease = "30s"\n', "gateway.toml:1: work: 'renew' must be at most half of 'lease'"),
        ("[work]\nlease = 30\n", "gateway.toml:2: work > lease: '30' is not a duration"),
        ('[node]\nname = "a b"\n', "gateway.toml:2: node > name: 'a b' is not a node name"),
        ("log = 3\n", "gateway.toml:1: log: must be a table"),
        ("[log\n", "gateway.toml:1: not TOML"),
    ],
)
def test_a_wrong_setting_is_told_with_file_line_key_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(read(tmp_path, text)[1])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GATEWAY_LOG__LEVEL", "loud", "environment: GATEWAY_LOG__LEVEL: 'loud' is none of"),
        ("GATEWAY_LOG__LEVLE", "info", "environment: GATEWAY_LOG__LEVLE: unknown word 'levle'; did you mean 'level'?"),
        ("GATEWAY_LGO__LEVEL", "info", "environment: GATEWAY_LGO__LEVEL: unknown section 'LGO'; did you mean 'LOG'?"),
        ("GATEWAY_PATHS__OUTSIDE", "/mnt", "environment: error parsing value"),
    ],
)
def test_a_wrong_twin_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    assert told in "\n".join(read(tmp_path, "")[1])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    _, problems = read_settings(tmp_path)
    assert [str(problem) for problem in problems] == ["gateway.toml: cannot be read: No such file or directory"]


def secret_file(folder: Path, text: str, mode: int = 0o600) -> Secrets:
    path = folder / "redpanda-ssh-key"
    path.write_text(text)
    path.chmod(mode)
    return Secrets(folder, {})


def test_a_secret_comes_from_the_environment_first(tmp_path: Path) -> None:
    secret_file(tmp_path, "from the file")
    found = Secrets(tmp_path, {"GATEWAY_SECRET_REDPANDA_SSH_KEY": "from the environment"}).get("secret:redpanda-ssh-key")
    assert found.reveal() == "from the environment"
    assert "environment" not in f"{found} {found!r} {[found]}"


def test_a_secret_of_one_line_loses_its_line_break_and_a_key_keeps_its_own(tmp_path: Path) -> None:
    assert secret_file(tmp_path, "hunter2\n").get("secret:redpanda-ssh-key").reveal() == "hunter2"
    assert secret_file(tmp_path, "BEGIN\nkey\nEND\n").get("secret:redpanda-ssh-key").reveal() == "BEGIN\nkey\nEND\n"


def test_a_secret_that_is_nowhere_says_where_it_could_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set GATEWAY_SECRET_ACME_KEY or write the file .*/acme-key \(mode 0600\)"):
        Secrets(tmp_path, {}).get("secret:acme-key")


@pytest.mark.parametrize(("text", "mode", "told"), [("x", 0o640, "others may read"), ("x", 0o604, "chmod 600"), (" \n", 0o600, "is empty")])
def test_a_secret_file_that_is_not_safe_is_refused(tmp_path: Path, text: str, mode: int, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        secret_file(tmp_path, text, mode).get("secret:redpanda-ssh-key")


def test_a_secret_that_is_a_link_is_refused(tmp_path: Path) -> None:
    secrets = secret_file(tmp_path, "x")
    (tmp_path / "linked").symlink_to(tmp_path / "redpanda-ssh-key")
    with pytest.raises(ConfigError, match="cannot be read"):
        secrets.get("secret:linked")


def test_the_wrong_content_of_a_secret_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(b"hunter2\xff")
    path.chmod(0o600)
    assert "hunter2" not in str(Secrets(tmp_path, {}).problem("secret:bad"))
