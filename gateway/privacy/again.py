"""After a restore: what was erased since the backup was made is erased again, before anybody works on the store."""

from __future__ import annotations

from contextlib import suppress

import structlog

from gateway.domain.history import SYSTEM
from gateway.domain.privacy import Answer, standing
from gateway.kernel.errors import RuleBroken
from gateway.privacy import drafts
from gateway.privacy.erase import Kit, erase_each
from gateway.privacy.journal import erasures
from gateway.privacy.people import forget
from gateway.privacy.scrub import scrub
from gateway.store import installation, privacy_files, privacy_rows
from gateway.store.installation import Fact
from gateway.store.privacy_log import Subject

log = structlog.get_logger()
REASON = "erased before the store was restored"


def _people(kit: Kit, kind: Subject, name: str) -> None:
    """A vendor or user once more; one that stands in organization.yaml again is a person's business."""
    with suppress(RuleBroken):
        forget(kit, kind, name, actor=SYSTEM, reason=REASON)


def catch_up(kit: Kit) -> int:
    """Erase again what the journal beside the archive tells, if the store was restored since; answers how many orders."""
    store = kit.tools.store
    with store.reading() as connection:
        if installation.recall(connection, Fact.ERASE_AGAIN) is None:
            return 0
        told = {number: it.at for it in erasures(kit.tools.archive.folder) if it.kind == Subject.ORDER for number in it.subjects}
        org = kit.organization.code
        named = set(privacy_rows.sales_orders(connection, org, numbers=told).values())
        found = privacy_rows.members(connection, {(org, name) for name in named})
    drafts.again(kit, told, reason=REASON)
    for it in erasures(kit.tools.archive.folder):
        for name in it.subjects if it.kind in {Subject.VENDOR, Subject.USER} else ():
            _people(kit, Subject(it.kind), name)
    groups = [[it.id for it in members] for members in found.values() if standing(members) is Answer.ELIGIBLE]
    done, failed, why = erase_each(kit, groups, actor=SYSTEM, reason=REASON)
    if failed:
        log.error("erasure_not_repeated", failed=failed, reason=why)
    erased = list(kit.tools.archive.erased())
    store.attempt(lambda tx: privacy_files.due(tx, erased, now=kit.tools.clock.now()))
    scrub(kit)
    if not failed:
        store.attempt(lambda tx: installation.forget(tx, Fact.ERASE_AGAIN))
    log.info("erased_again", orders=done, failed=failed)
    return done
