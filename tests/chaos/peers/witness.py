"""What the server's own evidence says about the gateway: what it asked for that it must never ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.chaos import ledger
from tests.chaos.findings import Finding, Invariant
from tests.chaos.peers.evidence import Deed
from tests.chaos.world import INBOXES, OUTBOXES, World

IN = frozenset(INBOXES.values())
OUT = frozenset(OUTBOXES.values())
RENAMES = frozenset({"rename", "posix_rename"})
VENDOR = "redpanda"


def misdeeds(world: World, deeds: Iterable[Deed]) -> list[Finding]:
    """Everything that a gateway which keeps its promises does not do, in the order in which it was done."""
    told = list(deeds)
    findings = [found for deed in told for found in _wrong(deed)]
    return [*findings, *_deliveries(world, told), *_takings(told)]


def _wrong(deed: Deed) -> Iterator[Finding]:
    """What one request alone shows."""
    folder, name = _split(deed.path)
    match deed.op:
        case "open_write" if not name.startswith("."):
            yield Finding(Invariant.I5, f"{deed.path} was opened for writing under its final name")
        case "remove" if folder in IN | OUT and not (name.startswith(".") and name.endswith(".part")):
            yield Finding(Invariant.I4, f"{deed.path} was removed, which is no temporary file of ours")
        case "remove" if "/.taken/" in deed.path and not folder.endswith("/done") and not name.startswith("."):
            yield Finding(Invariant.I4, f"{deed.path} was removed before it was filed away")
        case "open_read" if folder in IN:
            yield Finding(Invariant.I4, f"{deed.path} was read before it was taken")
        case "open_read" if folder.endswith("/done"):
            yield Finding(Invariant.I2, f"{deed.path} was read again after it was filed away")
        case "rename" | "posix_rename" if not _is_allowed(deed):
            yield Finding(Invariant.I4, f"{deed.path} was renamed to {deed.to}")


def _is_allowed(deed: Deed) -> bool:
    """A file of ours gets its final name; a partner's is taken; a taken one is filed away. Hidden names are our own business."""
    source, name = _split(deed.path)
    target, new = _split(deed.to)
    if target in OUT:
        return source == target and name.startswith(f".{new}.") and name.endswith(".part")
    if source in IN:
        return target.startswith(f"{source}/.taken/")
    return (target == f"{source}/done" and name == new) or (name.startswith(".") and new.startswith("."))


def _deliveries(world: World, deeds: Iterable[Deed]) -> Iterator[Finding]:
    """Each final name of the vendor's is the result of one rename a round, with the bytes that were recorded."""
    renamed: dict[str, list[str]] = {}
    for deed in deeds:
        if deed.op in RENAMES and deed.done and _split(deed.to)[0] in OUT:
            renamed.setdefault(_split(deed.to)[1], []).append(deed.sha256)
    for item in ledger.read(world)["outbox"]:
        if item["connector"] != VENDOR:
            continue
        name = ledger.name(item)
        seen = renamed.pop(name, [])
        if len(seen) != item["round"]:
            yield Finding(Invariant.I5, f"{name} got its name by {len(seen)} renames in {item['round']} rounds")
        if any(it != item["sha256"] for it in seen):
            yield Finding(Invariant.I5, f"{name} got its name with other bytes than the recorded ones")
    for name in renamed:
        yield Finding(Invariant.I5, f"{name} got its name and no item says so")


def _takings(deeds: Iterable[Deed]) -> Iterator[Finding]:
    """A file is taken once and filed away once."""
    moved = Counter(deed.path for deed in deeds if deed.op in RENAMES and deed.done and _split(deed.to)[0] not in OUT)
    for path, count in moved.items():
        if count > 1:
            yield Finding(Invariant.I2, f"{path} was taken or filed away {count} times")


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.strip("/").rpartition("/")
    return folder, name
