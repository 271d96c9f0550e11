"""`gateway demo`: the whole story with simulated partners in a workspace of its own, told line by line, ended by a table and checks."""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import Form, complain, say, show_json, show_rows, tell
from gateway.cli.session import AsJson, Session, session_of
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.runtime import Node
    from gateway.simulator.demo import Ended
    from gateway.simulator.stage import Script

ORDERS = 12
SEED = 1
INTERRUPTED = 130


def demo(
    context: typer.Context,
    *,
    orders: Annotated[
        int | None, typer.Option("--orders", help=f"How many orders are placed; {ORDERS} by default.", min=1, max=10_000)
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help=f"Another seed is another story; {SEED} by default.")] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Where it plays: a new folder, or one in which to go on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play the whole story with simulated partners in a new folder below var/demo, and check what came of it.

    Exits with 7 when something is not as it must be.
    """
    require_simulator()
    from gateway.config.logs import configure_logs
    from gateway.config.settings import LogLevel, LogSettings
    from gateway.simulator.demo import perform_demo

    configure_logs(LogSettings(level=LogLevel.ERROR))
    form = Form.of(as_json)
    place, script = _place(session_of(context), folder, orders, seed)
    announce = complain if form is Form.JSON else tell
    announce(f"{script.orders} orders with seed {script.seed} in {place}. Stop it at any moment; go on with: gateway demo --dir {place}")
    stopped: list[int] = []
    ended = perform_demo(place, announce, ready=lambda node: _stop_on_signals(node, stopped))
    if ended.audit is None:
        announce(f"Stopped. Go on with: gateway demo --dir {place}")
        raise typer.Exit(INTERRUPTED)
    _show(ended, place, form)
    if not ended.audit.is_fine:
        raise typer.Exit(Exit.DIFFERENCES)


def require_simulator() -> None:
    """Refuse to start where the extra that simulated partners need is not installed."""
    if find_spec("asyncssh") is None:
        raise ConfigError("simulated partners need the package asyncssh: pip install 'vendor-gateway[demo]'")


def _place(session: Session, folder: Path | None, orders: int | None, seed: int | None) -> tuple[Path, Script]:
    """The workspace of the demo, made when there is none, and its script."""
    from gateway.simulator.stage import Script, is_stage, next_stage, read_script, stage

    wanted = Script(seed=SEED if seed is None else seed, orders=orders or ORDERS)
    if folder is None:
        return next_stage(_surroundings(session) / "var" / "demo", wanted), wanted
    if not is_stage(folder):
        stage(folder, wanted)
        return folder, wanted
    begun = read_script(folder) or wanted
    if begun.orders is None:
        raise ConfigError(f"{folder} is no demo: somebody works there, with simulated partners that play every day; name another folder")
    if (orders is not None and orders != begun.orders) or (seed is not None and seed != begun.seed):
        raise ConfigError(f"the demo in {folder} was begun with --orders {begun.orders} --seed {begun.seed}; leave both out to go on")
    return folder, begun


def _surroundings(session: Session) -> Path:
    """The workspace around us, else the current folder."""
    try:
        return session.root
    except ConfigError:
        return Path.cwd()


def _stop_on_signals(node: Node, stopped: list[int]) -> None:
    def stop(number: int, _: object) -> None:
        stopped.append(number)
        node.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _show(ended: Ended, place: Path, form: Form) -> None:
    """The table and the checks."""
    found = ended.audit
    if found is None:
        return
    if form is Form.JSON:
        checks = [{"promise": check.promise, "kept": check.is_kept, "found": check.found} for check in found.checks]
        show_json(
            {
                "folder": str(place),
                "seed": ended.script.seed,
                "orders": ended.script.orders,
                "seconds": round(ended.seconds, 1),
                "happened": found.happened,
                "checks": checks,
                "fine": found.is_fine,
            }
        )
        return
    say("")
    rows = [{"what": what, "count": count} for what, count in found.happened.items()]
    show_rows(rows, form, columns={"what": "What happened", "count": "How often"}, none="nothing")
    for check in found.checks:
        say(f"{'yes' if check.is_kept else 'NO '}  {check.promise}")
        for one in check.found:
            say(f"       {one}")
    say("")
    say(f"{ended.seconds:.0f} seconds. Look around: gateway -w {place} order list")
    sys.stdout.flush()
