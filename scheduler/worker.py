"""A thread that runs on request, and regularly if an interval is set."""

import threading
from collections.abc import Callable


class Worker:
    """One run covers all requests that arrived before it. interval: seconds after which it runs without a request;
    None for never, and not at the start either. spacing: seconds from the end of one run to the next. work: must
    not raise.
    """

    def __init__(
        self, name: str, work: Callable[[], object], *, interval: float | None = None, spacing: float = 0.0
    ) -> None:
        self._work, self._interval, self._spacing = work, interval, spacing
        self._asked, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)

    def start(self) -> None:
        """Starts it."""
        self._thread.start()

    def ask(self) -> None:
        """Request a run soon. Any thread may call it; cheap."""
        self._asked.set()

    def stop(self) -> None:
        """End after a last run, which covers earlier requests."""
        self._stopping.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        if self._interval is None:
            self._asked.wait()
        while True:
            self._asked.clear()
            last = self._stopping.is_set()  # looked at after clearing: the end is never waited out
            self._work()
            if last:
                return
            self._stopping.wait(self._spacing)
            self._asked.wait(self._interval)
