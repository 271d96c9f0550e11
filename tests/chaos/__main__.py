"""`make chaos`: play faults on both stores for so long, tell what happened, and end with 1 when anything was lost, doubled or stuck.

python -m tests.chaos --seconds 3600                     for an hour
python -m tests.chaos --seed 7 --only points/plain:out   the cases of a seed whose name holds these words
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.chaos import campaign
from tests.chaos.case import STORES
from tests.chaos.faults import FAMILIES
from tests.chaos.world import ROOT, Quarry

KILLS, FAULTS = 250, 600
"""What a whole run must reach on both stores together."""
RECOVERY = 10.0
"""Seconds within which nineteen of twenty recoveries must be done."""


def main() -> int:
    """Read the options, run, tell."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 20)
    print(f"seed {seed}: play it again with --seed {seed}", flush=True)
    stores = options.store or list(STORES)
    postgres.make_home()
    try:
        server = postgres.shared_server()
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder, Quarry(Path(folder) / "quarry", server) as quarry:
            result = campaign.run(
                quarry,
                seed=seed,
                seconds=options.seconds,
                stores=stores,
                families=options.family or (),
                most=options.cases,
                only=options.only,
                tell=(lambda line: print(line, flush=True)) if options.verbose else _only_wrong,
            )
    finally:
        postgres.remove_home()
    for name, told in result.rows():
        print(f"{name:32} {told}")
    for failed in result.failed:
        print(f"\n{failed.case}", *failed.findings[:20], failed.said, sep="\n  ")
    campaign.write(result, options.report)
    print(result.headline)
    return _judged(result, is_whole=not (options.family or options.only or options.cases or options.store or options.seconds < 600))


def _only_wrong(line: str) -> None:
    if "fine" not in line:
        print(line, flush=True)


def _judged(result: campaign.Result, *, is_whole: bool) -> int:
    """A whole run must have done enough to mean something."""
    if is_whole and (result.figures.kills < KILLS or result.faults < FAULTS):
        print(f"too little to mean anything: a whole run has at least {KILLS} kills and {FAULTS} faults; give it more --seconds")
        return 1
    if is_whole and result.recovery > RECOVERY:
        print(f"too slow: one recovery in twenty took longer than {result.recovery:.1f} s, {RECOVERY:g} s are allowed")
        return 1
    return 1 if result.failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Faults of every kind on small worlds whose truth is known.")
    parser.add_argument("--seconds", type=float, default=660, help="begin no case after so long (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="play the cases of this seed")
    parser.add_argument("--store", action="append", choices=STORES, help="only on this store; may be repeated")
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES), help="only faults of this kind; may be repeated")
    parser.add_argument("--only", default="", metavar="WORDS", help="only cases whose name holds these words")
    parser.add_argument("--cases", type=int, metavar="N", help="at most so many cases")
    parser.add_argument("--report", type=Path, default=ROOT / "var/chaos.json", help="where the figures go")
    parser.add_argument("--verbose", action="store_true", help="tell every case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
