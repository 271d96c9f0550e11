"""What became of a batch that was taken back or made anew, as an act on its order, its slips or itself tells it."""

from __future__ import annotations

from gateway.desk.acting import Mode
from gateway.desk.again import TakenBack
from gateway.web.acts import Effect


def effects_of(done: TakenBack, *, room: str) -> tuple[Effect, ...]:
    """The old batch, and the new one where there is one; `room` is where batches stand: /batches or /slips."""
    recalled = f"; its file {done.recalled} had not left and is cancelled" if done.recalled is not None else ""
    warning = "; ".join([*([f"Mind: {done.note}."] if done.note else []), *map(str, done.warnings)])
    told = f"{done.before} → {done.after}, {_lines(done.lines_removed)} off it{recalled}"
    old = Effect(name=f"batch {done.batch}", path=f"{room}/{done.batch}", told=told, warning=warning)
    if done.replaced_by is None:
        return (old,)
    # The number of a rehearsal is given again to whoever comes first.
    number, path = ("a new batch", "") if done.mode is Mode.REHEARSAL else (f"batch {done.replaced_by}", f"{room}/{done.replaced_by}")
    return (old, Effect(name=number, path=path, told=f"{_lines(done.lines_kept)} on it, in place of batch {done.batch}"))


def _lines(number: int) -> str:
    return f"{number} line{'' if number == 1 else 's'}"
