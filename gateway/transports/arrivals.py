"""Tells that a file was closed or moved into a folder of this machine, the moment it happens.

Not watchdog's own choice of events: that one also hears of files that leave, waits half a second whether they arrive elsewhere, and
holds back everything behind them; we move every file out that we take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from watchdog.observers import Observer

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver

try:
    from watchdog.observers.api import BaseObserver as _BaseObserver
    from watchdog.observers.inotify import InotifyEmitter
    from watchdog.observers.inotify_c import InotifyConstants, InotifyFD, Mask

    class _Arrivals(InotifyEmitter):
        """Hears of what arrives and of nothing else."""

        def get_event_mask_from_filter(self) -> Mask:
            arrivals = InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVED_TO | InotifyConstants.IN_CREATE
            return Mask(arrivals | InotifyConstants.IN_DELETE_SELF)

    _HAS_INOTIFY = True
except (ImportError, OSError):  # another system, or another watchdog: its own choice, half a second later
    _HAS_INOTIFY = False


class ArrivalWatch:
    """One observer of one folder."""

    def __init__(self, path: str, handler: FileSystemEventHandler, events: list[type[FileSystemEvent]]) -> None:
        self._descriptor = InotifyFD() if _HAS_INOTIFY else None
        if self._descriptor is not None:
            self._descriptor.start()
            self._observer: BaseObserver = _BaseObserver(_Arrivals, inotify_fd=self._descriptor)
        else:
            self._observer = Observer()
        try:
            self._observer.schedule(handler, path, event_filter=events)
            self._observer.start()
        except BaseException:
            self._release()
            raise

    def close(self) -> None:
        """Stop the observer's threads and wait for them."""
        self._observer.stop()
        self._observer.join()
        self._release()

    def _release(self) -> None:
        if self._descriptor is not None:
            self._descriptor.stop()
            self._descriptor.join()
