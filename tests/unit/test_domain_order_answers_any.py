"""Whatever a vendor answers, and however often: no line is lost, nothing of the retailer's is changed, and the same again does nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.documents import Answer, AnswerLine, OrderAnswer
from gateway.domain.outcome import Verdict
from tests.business import World
from tests.unit.test_domain_order_answer import asked, world

ANSWERS = st.builds(
    Answer,
    status=st.sampled_from(("accepted", "changed", "backordered", "part", "held", "rejected", "none")),
    change=st.sampled_from((None, "any", "price", "quantity", "substitution", "date")),
    quantity=st.sampled_from((None, 0, 1, 2, 3, 4)),
    on=st.sampled_from((None, date(2022, 6, 25), date(2022, 7, 10))),
    reason=st.sampled_from((None, "No stock")),
)
LINES = st.builds(
    AnswerLine,
    number=st.sampled_from((None, 1, 2, 3)),
    item=st.sampled_from((None, "BX100 RED", "KT200", "other")),
    unit_cost=st.sampled_from((None, Decimal("8.98"), Decimal("9.50"))),
    answers=st.lists(ANSWERS, max_size=3).map(tuple),
)
DOCUMENTS = st.builds(
    OrderAnswer,
    order_number=st.just("AB10747"),
    about=st.sampled_from((None, "order", "change")),
    request_id=st.sampled_from((None, None, "R-1", "R-9")),
    status=st.sampled_from((None, "accepted", "changed", "backordered", "held", "rejected", "lines")),
    lines=st.lists(LINES, max_size=3).map(tuple),
)
REQUESTS = st.lists(st.sampled_from(("cancel", "address")), unique=True, max_size=2)


def fixed(it: World) -> list[tuple[int, Decimal, int]]:
    return [(line.ordered, line.unit_cost, line.shipped) for line in it.order().lines]


@given(st.lists(DOCUMENTS, min_size=1, max_size=3), REQUESTS, st.booleans())
def test_an_answer_changes_nothing_that_is_the_retailers(documents: list[OrderAnswer], kinds: list[str], acknowledged: bool) -> None:
    it = world(acknowledged=acknowledged)
    asked(it, *kinds)
    before, cancelled = fixed(it), sum(line.cancelled for line in it.order().lines)
    for document in documents:
        history = len(it.history)
        outcome = it.answer(document)
        assert fixed(it) == before
        if outcome.verdict is Verdict.REFUSED:
            assert len(it.history) == history
            assert all(issue.text and issue.code for issue in outcome.issues)
            continue
        told = len(it.history)
        assert it.answer(document).verdict in {Verdict.DUPLICATE, Verdict.BOOKED}
        assert len(it.history) == told
    answers_changes = any(it.about == "change" or it.request_id for it in documents)
    assert answers_changes or sum(line.cancelled for line in it.order().lines) == cancelled
