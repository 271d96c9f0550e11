"""Drafts by hand that never became an order lose the data in them: on demand when they are cancelled, by age in any case (sdf 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from gateway.domain.history import SYSTEM
from gateway.domain.privacy import Answer
from gateway.privacy.erase import Kit
from gateway.privacy.journal import Erasure
from gateway.privacy.people import Told
from gateway.store import Tx, privacy_drafts, privacy_log
from gateway.store.privacy_drafts import Draft
from gateway.store.privacy_log import Act, Subject


def look(draft: Draft) -> Told:
    """Whether a draft may lose its data: it stands for itself, whatever sales order it names."""
    if not draft.is_cancelled:
        why = f"a draft by hand that is open; end it with: gateway order draft cancel {draft.number}"
        return Told(kind=Subject.ORDER, subject=draft.number, answer=Answer.OPEN_ORDERS, why=why)
    answer = Answer.ALREADY_ANONYMIZED if draft.is_erased else Answer.ELIGIBLE
    return Told(kind=Subject.ORDER, subject=draft.number, answer=answer)


def forget(kit: Kit, drafts: Sequence[Draft], *, actor: str, reason: str) -> tuple[Told, ...]:
    """Erase those that may lose it."""
    told = [look(draft) for draft in drafts]
    chosen = [draft for draft, it in zip(drafts, told, strict=True) if it.answer is Answer.ELIGIBLE]
    done = set(erase(kit, chosen, actor=actor, reason=reason))
    return tuple(Told(kind=it.kind, subject=it.subject, answer=Answer.DONE) if it.subject in done else it for it in told)


def purge(kit: Kit, cutoff: datetime, *, actor: str, reason: str, run_id: int) -> int:
    """Erase those that were cancelled before the cutoff, and end and erase those that nobody has touched since; answers how many."""
    with kit.tools.store.reading() as connection:
        found = privacy_drafts.old(connection, cutoff=cutoff)
    return len(erase(kit, found, actor=actor, reason=reason, run_id=run_id, untouched_since=cutoff))


def again(kit: Kit, erased: dict[str, datetime], *, reason: str) -> None:
    """After a restore: drafts of these numbers that were there when these were erased, cancelled then or an order already."""
    with kit.tools.store.reading() as connection:
        found = privacy_drafts.by_number(connection, kit.organization.code, erased)
    chosen = [it for it in found if it.made_at <= erased[it.number] and not (it.is_cancelled and it.is_erased)]
    erase(kit, chosen, actor=SYSTEM, reason=reason, untouched_since=max(erased.values(), default=None))


def erase(
    kit: Kit,
    drafts: Collection[Draft],
    *,
    actor: str,
    reason: str,
    run_id: int | None = None,
    untouched_since: datetime | None = None,
) -> list[str]:
    """Mask them in one transaction, after it was written down beside the archive; answers their numbers."""
    if not drafts:
        return []
    clock, ids = kit.tools.clock, [it.id for it in drafts]
    numbers = tuple(sorted(it.number for it in drafts))
    kit.journal.note(Erasure(at=clock.now(), kind=Subject.ORDER.value, org=kit.organization.code, subjects=numbers))

    def act(tx: Tx) -> list[str]:
        now = clock.now()
        erased = privacy_drafts.erase(tx, ids, now=now, untouched_since=untouched_since)
        answer = Answer.DONE.value
        privacy_log.note(tx, Act.ERASED, Subject.ORDER, erased, answer=answer, actor=actor, reason=reason, now=now, run_id=run_id)
        return erased

    return kit.tools.store.attempt(act, at="desk.act")
