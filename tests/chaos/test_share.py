"""A share of `make chaos`, drawn anew in every run by a seed that is printed: `GATEWAY_CHAOS_SEED` plays it again."""

from __future__ import annotations

import os
from random import SystemRandom

import pytest

from gateway.kernel.failpoints import POINTS
from tests.chaos import campaign
from tests.chaos.world import Quarry

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(900)]
SECONDS = float(os.environ.get("GATEWAY_CHAOS_SECONDS", "120"))


def test_nothing_is_lost_and_nothing_doubled_whatever_is_done_to_it(quarry: Quarry, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("GATEWAY_CHAOS_SEED") or SystemRandom().randrange(1 << 20))
    result = campaign.run(quarry, seed=seed, seconds=SECONDS)
    with capsys.disabled():
        print(f"\n{result.headline} (chaos of {result.seconds:.0f} s, seed {seed}: GATEWAY_CHAOS_SEED={seed} plays it again)")
    assert result.failed == [], f"GATEWAY_CHAOS_SEED={seed} plays it again"


def test_the_undisturbed_days_reach_every_failpoint(quarry: Quarry) -> None:
    reached, days = campaign.reached(quarry, 1)
    assert [str(finding) for _, outcome in days for finding in outcome.findings] == []
    assert set(POINTS) - {point for hits in reached.values() for point in hits} == set()
