"""A process that runs jobs, to be killed: ``python -m tests.core.job_worker LOG``.

The data folder and the database come from the environment. Each run of a handler
adds a line to LOG (one short write, so lines of several processes do not mix).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import django

from lucarne.core import jobs


def main(log: Path) -> None:
    django.setup()
    me = os.getpid()

    def note(word: str, key: str) -> None:
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{word} {key} {me}\n".encode())
        os.close(file)

    @jobs.handler("test.work", queue="encode")
    def work(context: jobs.JobContext, *, hold_ms: int) -> None:
        note("began", context.key)
        if context.cancelled.wait(hold_ms / 1000):
            note("left", context.key)
            raise InterruptedError
        effect = log.parent / f"effect-{context.key}"
        # Whoever is second finds it done: the effect is idempotent, as ours must be.
        try:
            effect.touch(exist_ok=False)
        except FileExistsError:
            return
        note("effect", context.key)

    @jobs.handler("test.poison")
    def poison(context: jobs.JobContext) -> None:
        note("began", context.key)
        os.kill(me, signal.SIGKILL)

    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    jobs.start_workers(2)
    note("ready", "-")
    while not over.wait(1):
        pass
    jobs.stop_workers(5)
    note("stopped", "-")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
