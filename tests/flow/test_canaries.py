"""What belongs to a person, and what is secret, stands in files and in the store: in no log line, number, error or process list."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from gateway.simulator.sftp import Account, SftpServer
from tests.commands import PROGRAM, apart
from tests.town import Town

CANARY = re.compile("canary", re.IGNORECASE)
PATIENCE = 60.0
PERSONAL = (
    "first_name",
    "last_name",
    "company_name",
    "address_line_1",
    "address_line_2",
    "apartment",
    "city",
    "postal_code",
    "day_phone",
    "evening_phone",
    "email",
    "order_message",
    "gift_message",
    "order_line_message",
    "customization_message",
    "shipping_instructions",
    "buyer_name",
    "vendor_email",
)
BY_SFTP = """\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257"}}
endpoint: {{transport: sftp, host: 127.0.0.1, port: {port}, user: gateway, password: secret:panda, host_keys: ["{pin}"]}}
receive:
  - channel: shipments
    folder: /out
    files: SHIP_*.csv
    mapping: shipments-csv
    ready: {{stable_for: 0s}}
send:
  - channel: orders
    folder: /in
    mapping: batch-csv
    gather: {{new_orders: true, now: true}}
    file: "PO_{{batch:06}}.csv"
"""


def with_canaries(order: bytes) -> str:
    """The order with a bird in every field of a person."""
    number = count()
    return re.sub(rf"<({'|'.join(PERSONAL)})>[^<]*<", lambda found: f"<{found[1]}>canary{next(number)}<", order.decode())


def files(sample: bytes) -> dict[str, str]:
    """A good order, and all the ways in which one goes wrong near a bird."""
    good = with_canaries(sample)
    return {
        "good.xml": good,
        "other.xml": good.replace("<po_qty_ordered>3<", "<po_qty_ordered>4<").replace("canary0", "canary-other"),
        "long.xml": good.replace("ab10747", "ab10748").replace("canary1<", "canary" * 100 + "<"),
        "cut.xml": good[: good.index("canary5") + 3],
        "strange.xml": good.replace("ab10747", "ab10749").replace("<first_name>", "<canary_name>", 1),
        "nul.xml": good.replace("ab10747", "ab10750").replace("canary2<", "canary&#0;<"),
        "wrong.xml": good.replace("ab10747", "ab10751").replace("<po_qty_ordered>3<", "<po_qty_ordered>three<"),
    }


@pytest.fixture
def site(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town with an SFTP partner whose password is a bird, and a listener on any free port."""
    folder = tmp_path / "server"
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
    with SftpServer(folder, {"gateway": Account(password="canary-password")}) as server:
        town.declare("redpanda", BY_SFTP.format(port=server.port, pin=server.host_key_fingerprint))
        monkeypatch.setenv("GATEWAY_SECRET_PANDA", "canary-password")
        with (town.root / "gateway.toml").open("a") as settings:
            settings.write('[web]\nport = 0\n[log]\nlevel = "debug"\n')
        yield town


def test_a_story_full_of_canaries_leaves_none_where_none_belongs(site: Town, tmp_path: Path) -> None:
    (tmp_path / "server/out/SHIP_1.csv").write_text("po_number,po_line_number\ncanary,1\n")
    with process(site, tmp_path / "log") as serving:
        for name, text in files(site.sample("createdsorder.xml")).items():
            site.drop(f"in/oms/{name}", text)
        until(lambda: len(site.files("out/oms/responses")) == len(files(site.sample("createdsorder.xml"))))
        until(lambda: list((tmp_path / "server/in").glob("PO_*.csv")))
        numbers = [urlopen(serving.address + path).read().decode() for path in ("/metrics", "/health/partners", "/readyz", "/version")]
        processes = command_lines()
    shown = site.command("order", "show", "AB10747", "--json").out
    told = [site.command(*words, ends=ends).err for words, ends in ((("message", "list"), 0), (("message", "show", "99"), 2))]
    assert CANARY.search(shown), "the bird did not fly through the gateway"
    for place, text in {"log": serving.log(), "numbers": "".join(numbers), "process list": processes, "errors": "".join(told)}.items():
        assert not found_in(text), place


def test_a_defect_and_a_refused_password_sing_no_canary(site: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_PANDA", "canary-of-yesterday")
    monkeypatch.setenv("GATEWAY_FAILPOINT", "in.map.record:1+:raise:OSError:5,in.parse.record:2:raise:OSError:5")
    for name, text in files(site.sample("createdsorder.xml")).items():
        site.drop(f"in/oms/{name}", text)
    done = apart(site.root, "serve", "--once")
    assert "canary" not in done.err.lower()
    assert '"event":"poll_failed"' in done.err.replace(" ", "")


class Serving:
    """A gateway in a process of its own."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.address = ""

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log().splitlines() if line.endswith("}")]


@contextmanager
def process(town: Town, log: Path) -> Iterator[Serving]:
    command = [*PROGRAM, "--workspace", str(town.root), "serve"]
    with log.open("w") as errors, subprocess.Popen(command, stdout=errors, stderr=errors) as started:
        serving = Serving(log)
        try:
            serving.address = until(lambda: next((line["address"] for line in serving.lines() if line["event"] == "web_listening"), ""))
            yield serving
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(PATIENCE)
    assert started.returncode == 0


def command_lines() -> str:
    """What everybody on this machine can read about our processes."""
    ours = [Path(f"/proc/{os.getpid()}/cmdline"), *Path("/proc").glob("[0-9]*/cmdline")]
    found = []
    for path in ours:
        try:
            found.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(line for line in found if "gateway.cli" in line)


def found_in(text: str) -> list[str]:
    """The surroundings of every bird."""
    return [text[max(0, it.start() - 80) : it.end() + 40] for it in CANARY.finditer(text)]


def until(true: Callable[[], Any]) -> Any:
    """Until it is so; what never comes fails the test."""
    tick, end = threading.Event(), time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen in time"
        tick.wait(0.05)
    return found
