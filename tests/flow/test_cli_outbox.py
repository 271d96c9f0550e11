"""`gateway batch cut` and `gateway outbox`: what goes now, what is on its way, why it waits, and another try."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import open_gateway
from gateway.cli.exits import Exit
from gateway.config import Workspace
from tests.business import ORDER
from tests.shop import Shop, Story, open_story

FILE = "PO_000001.xml"


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return Shop(tmp_path / "shop", sqlite_url)


@pytest.fixture
def story(shop: Shop) -> Iterator[Story]:
    with open_story(shop.url) as story:
        yield story.ordered()


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database, with orders that wait."""
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered()
    return shop


def outbox(shop: Shop) -> Path:
    return shop.root / "outbox/redpanda"


def only_item(shop: Shop) -> dict[str, object]:
    (item,) = shop.gateway("outbox", "list", "--json").json
    return dict(item)


def test_a_rehearsal_shows_what_would_go(shop: Shop, story: Story) -> None:
    planned = shop.gateway("batch", "cut", "257", "--dry-run", "--json").json
    assert [(it["channel"], it["order_number"], it["lines"], it["quantity"]) for it in planned] == [
        ("redpanda/orders", "AB10747", 2, 4),
        ("redpanda/orders", "AB10748", 2, 4),
    ]
    assert shop.gateway("batch", "list", "--json").json == []
    assert "AB10748" in shop.gateway("batch", "cut", "--dry-run").out


def test_a_batch_is_cut_and_sent_now(any_shop: Shop) -> None:
    (made,) = any_shop.gateway("batch", "cut", "redpanda", "--json").json
    assert (made["slot"]["state"], made["slot"]["done"]) == ("success", 1)
    assert [(it["kind"], it["file"], it["state"], it["ack"]) for it in made["items"]] == [("batch", FILE, "sent", "due")]
    assert b"AB10748" in (outbox(any_shop) / FILE).read_bytes()
    sheet = any_shop.gateway("batch", "show", "1", "--json").json
    assert (sheet["state"], sheet["orders"], sheet["item"]["file"]) == ("open", 2, FILE)
    item = any_shop.gateway("outbox", "list", "--kind", "batch", "--ack", "due", "--state", "sent", "--json").json[0]
    assert (item["attempts"], item["next_try_at"], item["why"]) == (1, None, "acknowledgement expected")


def test_when_nothing_waits_nothing_is_cut(shop: Shop, story: Story) -> None:
    assert "sent" in shop.gateway("batch", "cut").out
    again = shop.gateway("batch", "cut")
    assert (again.code, again.out) == (Exit.FINE, "Nothing waits to be sent.\n")
    assert shop.gateway("batch", "cut", "--json").json == []


def test_a_vendor_without_a_channel_cannot_be_sent_to(shop: Shop) -> None:
    done = shop.gateway("batch", "cut", "11")
    assert done.code == Exit.USAGE
    assert "no channel that is switched on sends new orders for 11" in done.err


@contextmanager
def served(shop: Shop) -> Iterator[None]:
    """A node serves the shop meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in shop.environment.items():
            patch.setenv(name, value)
        with open_gateway(Workspace.load(shop.root)) as gateway:
            node = gateway.node()
            serving = threading.Thread(target=node.serve)
            serving.start()
            try:
                yield
            finally:
                node.stop()
                serving.join()


def test_a_serving_node_does_the_work_that_is_asked_for(shop: Shop, story: Story) -> None:
    (outbox(shop) / FILE).write_text("somebody else's")
    with served(shop):
        made = shop.gateway("batch", "cut", "257", "--json")
        (item,) = made.json[0]["items"]
        (outbox(shop) / FILE).unlink()
        retried = shop.gateway("outbox", "retry", str(item["id"]), "--json")
    assert (made.code, retried.code) == (Exit.FINE, Exit.FINE), made.err + retried.err
    assert (item["file"], item["state"], retried.json[0]["after"]) == (FILE, "conflict", "sent")
    assert b"AB10748" in (outbox(shop) / FILE).read_bytes()


def test_what_waits_says_why_and_goes_when_it_is_tried_again(shop: Shop, story: Story) -> None:
    outbox(shop).rmdir()
    shop.gateway("batch", "cut")
    item = only_item(shop)
    assert item["state"] in {"waiting", "parked"}
    assert "redpanda" in str(item["why"])
    assert item["attempts"] >= 1
    outbox(shop).mkdir()
    told = shop.gateway("outbox", "retry", str(item["id"]), "--dry-run", "--json").json
    assert [(it["file"], it["before"], it["after"], it["dry_run"]) for it in told] == [(FILE, item["state"], "waiting", True)]
    assert only_item(shop)["state"] == item["state"]
    done = shop.gateway("outbox", "retry", str(item["id"])).out
    assert "acknowledgement expected" in done
    assert "Would be" not in done
    assert (outbox(shop) / FILE).exists()


def test_a_conflict_is_shown_and_ends_when_the_name_is_free(shop: Shop, story: Story) -> None:
    (outbox(shop) / FILE).write_text("somebody else's")
    shop.gateway("batch", "cut")
    item = only_item(shop)
    assert item["state"] == "conflict"
    assert "nothing was replaced" in str(item["why"])
    (outbox(shop) / FILE).unlink()
    assert shop.gateway("outbox", "retry", str(item["id"]), "--json").json[0]["after"] == "sent"
    sheet = shop.gateway("outbox", "show", str(item["id"]), "--json").json
    assert [it["result"] for it in sheet["attempts"]] == ["conflict", "sent"]
    assert [it["event"] for it in sheet["events"]] == ["made", "conflict", "released", "sent"]
    assert FILE in shop.gateway("outbox", "show", str(item["id"])).out


def test_what_was_sent_is_never_sent_again_by_a_retry(shop: Shop, story: Story) -> None:
    shop.gateway("batch", "cut")
    done = shop.gateway("outbox", "retry", str(only_item(shop)["id"]))
    assert done.code == Exit.DATA_REFUSED
    assert done.err.splitlines() == [
        f"GWY-20 outgoing file 1 ({FILE}): it is sent: it is with the partner; to send it once more: gateway outbox redeliver",
        "Look at what happened to it, then choose what fits.",
    ]


def test_what_stands_behind_another_file_says_so(shop: Shop, story: Story) -> None:
    shop.change("connectors/redpanda.yaml", "acknowledge:", "in_order: true\n    acknowledge:")
    outbox(shop).rmdir()
    shop.gateway("batch", "cut")
    story.office.receive(replace(ORDER, number="AB10749"))
    shop.gateway("batch", "cut")
    second, first = shop.gateway("outbox", "list", "--json").json
    assert (first["attempts"] >= 1, second["attempts"]) == (True, 0)  # the wait has full jitter and may be over at once
    assert second["why"] == f"waits behind {first['id']}, which goes first"
    assert second["why"] in shop.gateway("outbox", "show", str(second["id"])).out


def test_the_bytes_that_were_sent_can_be_had(shop: Shop, story: Story) -> None:
    shop.gateway("batch", "cut")
    assert shop.gateway("outbox", "show", "1", "--raw").out == (outbox(shop) / FILE).read_text()


def test_unfinished_files_are_those_somebody_has_to_do_with(shop: Shop, story: Story) -> None:
    outbox(shop).rmdir()
    shop.gateway("batch", "cut")
    assert len(shop.gateway("outbox", "list", "--unfinished", "--json").json) == 1
    outbox(shop).mkdir()
    shop.gateway("outbox", "retry", "1")
    assert shop.gateway("outbox", "list", "--unfinished", "--json").json == []
    assert shop.gateway("outbox", "list", "--connector", "redpanda", "--channel", "orders", "--json").json[0]["file"] == FILE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "99"], "See which there are: gateway outbox list"),
        (["retry", "99"], "there is no outgoing file 99"),
        (["list", "--state", "wating"], "did you mean 'waiting'?"),
        (["list", "--ack", "late"], "unknown acknowledgement 'late'"),
    ],
)
def test_what_is_not_there_is_wrong_use(shop: Shop, arguments: list[str], words: str) -> None:
    done = shop.gateway("outbox", *arguments)
    assert done.code == Exit.USAGE
    assert words in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("outbox", "list", "--connector", "redpand"), "unknown connector 'redpand'; did you mean 'redpanda'?"),
        (("outbox", "list", "--connector", "redpanda", "--channel", "order"), "unknown channel 'order'; did you mean 'orders'?"),
        (("outbox", "list", "--kind", "batsch"), "unknown kind 'batsch'; did you mean 'batch'?"),
        (("outbox", "hold", "--connector", "redpand", "--reason", "they are down"), "unknown connector 'redpand'"),
        (("outbox", "release", "--kind", "answers", "--reason", "they are back"), "unknown kind 'answers'; did you mean 'answer'?"),
        (("message", "list", "--connector", "redpand"), "unknown connector 'redpand'"),
        (("message", "list", "--channel", "order"), "unknown channel 'order'; did you mean 'orders'?"),
    ],
)
def test_a_slip_in_a_name_does_not_pass_for_an_empty_list(shop: Shop, words: tuple[str, ...], told: str) -> None:
    done = shop.gateway(*words)
    assert (done.code, told in done.err) == (2, True), done
