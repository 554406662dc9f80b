"""The worker: what the server does by itself and not for an answer. E-mail and its reminders, for now."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from econtract_core.rules.errors import SettingsUnreadable
from econtract_server.config import ServerConfig
from econtract_server.repository.database import Database
from econtract_server.services.mailing import MailWorker
from econtract_server.services.office import system_clock
from econtract_server.smtp import Relay

log = logging.getLogger("econtract_server.worker")


def work(
    config: ServerConfig,
    over: threading.Event,
    *,
    once: bool = False,
    now: Callable[[], datetime] = system_clock,
) -> None:
    """Until `over`. Raises SettingsUnreadable where there is nothing to do."""
    if not config.smtp_host:
        raise SettingsUnreadable(path="", problem="smtp_host")
    database = Database(config.database_url)
    try:
        database.migrate()
        worker = MailWorker(database, Relay(config), now)
        while True:
            _round(worker, over)
            if once or over.wait(config.mail_every_seconds):
                return
    finally:
        database.close()


def _round(worker: MailWorker, over: threading.Event) -> None:
    try:
        worker.run_once(over.is_set)
    except Exception:
        log.exception("a round of the worker failed")  # the next one may do better; nothing is lost


@contextmanager
def beside(config: ServerConfig) -> Iterator[None]:
    """In a thread of the server, where the configuration says so."""
    if not (config.worker_in_server and config.smtp_host):
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=work, args=(config, over), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)
