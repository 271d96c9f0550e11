"""The charts of the first page: what moved hour by hour, how old what waits is, how near lines are to their due date."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.desk.flow import HOURS, flow
from gateway.store.messages import MessageState
from tests.reader import add_people, console
from tests.town import Town


def test_the_first_page_shows_what_moves(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.drop("in/oms/CDSO_2.xml", b"<CreateDSOrders>")
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        now = gateway.clock.now()
        found = flow(gateway.store, now=now, today=now.date())
        assert len(found.hours) == HOURS
        assert [sum(getattr(it, word) for it in found.hours) for word in ("came", "booked")] == [2, 1]
        assert sum(it.left for it in found.hours) >= 2
        assert (found.is_cut, sum(found.waiting)) == (False, 0)
        assert (found.due.very_late, found.due.late, found.due.soon, found.due.later) == (2, 0, 0, 0)
        assert found.not_taken == {MessageState.REFUSED: 1}
        old = flow(gateway.store, now=now + timedelta(days=3), today=now.date())
        assert sum(it.came for it in old.hours) == 0
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            reader.post("/outbox/acts/redeliver?id=1", {"reason": "the partner asked"})
            page = reader.get("/").text
            assert 'aria-label="Files that wait to go, by age: up to 15 min 1,' in page
            assert "in 2</title>" in page
            assert '<a href="/messages?state=refused">1 refused</a>' in page
            assert 'aria-label="Open lines by due date: very late 2,' in page
