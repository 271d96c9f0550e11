"""Days that a world can have. Together, undisturbed, they reach every failpoint there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from msgspec.structs import replace

from tests.chaos.stage import Stage, Strike
from tests.chaos.truth import Offer
from tests.chaos.world import OMS, OUTBOXES
from tests.postgres import free_port

Day = Callable[[Stage], None]
NOWHERE = (
    '{{transport: sftp, host: 127.0.0.1, port: {port}, user: nobody, password: secret:nobody, host_keys: ["SHA256:' + "A" * 43 + '"]}}'
)


def plain(stage: Stage) -> None:
    """Orders in the morning; at noon what goes wrong, and the vendor's answers; the books are closed in the evening."""
    _morning(stage)
    _noon(stage)
    stage.settle()


def shuffled(stage: Stage) -> None:
    """The vendor's files come in the wrong order: the invoice before the shipment, the shipment before the acknowledgement."""
    stage.robot.shuffled = True
    _morning(stage)
    held, stage.robot.held_back = stage.robot.held_back, []
    for box in ("invoices", "shipments"):
        _hand_over(stage, held, box)
        stage.run()
    _hand_over(stage, held, "acknowledgements")
    stage.robot.shuffled = False
    _noon(stage)
    stage.settle()


def outage(stage: Stage) -> None:
    """The vendor's folder is away when the first batch is to leave; changes go by the clock."""
    folder = stage.world.root / OUTBOXES["batches"]
    stage.world.declare("oms", OMS.replace("gather: {changes: true, now: true}", "gather: {changes: true, every: 1s}"))
    folder.rmdir()
    _morning(stage)
    folder.mkdir()
    _noon(stage)
    stage.settle()


def tended(stage: Stage) -> None:
    """A week later the house is put in order, after a crash had left something in the archive."""
    plain(stage)
    stage.tend()
    stage.settle()


def interrupted(stage: Stage) -> None:
    """An upload is finished and nobody knows it any more: the next attempt clears it away."""
    stage.strike_first(Strike("out.bless.before_commit"))
    plain(stage)


def born(stage: Stage) -> None:
    """The world begins without a database."""
    stage.raze()
    plain(stage)


def _morning(stage: Stage) -> None:
    for offer in stage.truth.morning:
        stage.robot.offer(offer)
    stage.run_until_decided()
    stage.robot.act()
    stage.heed_canary(stage.truth.morning)


def _noon(stage: Stage) -> None:
    for offer in stage.truth.noon:
        stage.robot.offer(offer)
    stage.run()
    stage.robot.act()
    stage.heed_canary(stage.truth.noon)


def dark(stage: Stage) -> None:
    """The vendor's server is gone for longer than its files have time; then it is back, and a person lets them go on."""
    stage.has_canary = True
    partner = stage.world.connector("redpanda")
    (stage.world.root / "var/secrets").mkdir(mode=0o700, exist_ok=True)
    (stage.world.root / "var/secrets/nobody").write_text("listens\n")
    (stage.world.root / "var/secrets/nobody").chmod(0o600)
    away = partner.replace("{transport: folder}", NOWHERE.format(port=free_port()))
    stage.world.declare("redpanda", away + "    retry: {budget: 1h}\n")
    _morning(stage)
    stage.run()
    stage.run()
    stage.fate = replace(stage.fate, shift=timedelta(hours=2))
    stage.run()
    stage.world.declare("redpanda", partner)
    stage.run(replace(stage.fate, act="decide"))
    stage.run()
    stage.robot.act()
    _noon(stage)
    stage.settle()


def _hand_over(stage: Stage, held: list[Offer], box: str) -> None:
    for offer in held:
        if offer.box == box:
            stage.robot.offer(offer)


DAYS: Mapping[str, Day] = MappingProxyType(
    {"plain": plain, "shuffled": shuffled, "outage": outage, "tended": tended, "interrupted": interrupted, "born": born, "dark": dark}
)
