"""The outside world, as the settings choose it. Adapters are imported when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_desktop import config
from econtract_desktop.bootstrap.crypto import CryptoAdapters
from econtract_desktop.bootstrap.parts import Lazy, PracticeHere, SystemClock, TimeOrderedIds
from econtract_desktop.config import Settings

if TYPE_CHECKING:
    from econtract_desktop.api.line import ServerLine
    from econtract_desktop.api.tls import ClientCertificate
    from econtract_desktop.ports.card import Cards, CardWatch
    from econtract_desktop.ports.drivers import Drivers
    from econtract_desktop.ports.forms import Forms
    from econtract_desktop.ports.http import FileHttp
    from econtract_desktop.ports.lanes import Lanes
    from econtract_desktop.ports.practice import Practice
    from econtract_desktop.ports.server import Server
    from econtract_desktop.ports.store import Outbox, Store
    from econtract_desktop.ports.timestamps import Passwords


class Adapters:
    """The outside world, as the settings choose it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lazy = Lazy()
        self.clock = SystemClock()
        self.ids = TimeOrderedIds()
        self.practice: Practice = PracticeHere()
        self.crypto = CryptoAdapters(settings, self)

    @property
    def cards(self) -> Cards:
        from econtract_desktop.card.cards import DriverCards

        return self._lazy.get("cards", lambda: DriverCards(self._settings, self.drivers))

    @property
    def watch(self) -> CardWatch:
        from econtract_desktop.card.watcher import ReaderWatch

        return self._lazy.get("watch", lambda: ReaderWatch(self._settings))

    @property
    def drivers(self) -> Drivers:
        from econtract_desktop.card.drivers.installed import InstalledDrivers

        return self._lazy.get("drivers", lambda: InstalledDrivers(self._settings))

    @property
    def http(self) -> FileHttp:
        from econtract_desktop.api.http import RequestsHttp

        return self._lazy.get(
            "http",
            lambda: RequestsHttp(
                ca_file=self._settings.ca_file, certificates=client_certificates(self._settings, self)
            ),
        )

    @property
    def server(self) -> Server:
        from econtract_desktop.api.server import HttpsServer

        return self._lazy.get(
            "server",
            lambda: HttpsServer(self.line, lambda: self.crypto.trust()),  # noqa: PLW0108 - loaded when a proof comes
        )

    @property
    def line(self) -> ServerLine:
        from econtract_desktop.api.line import ServerLine

        return self._lazy.get("line", lambda: ServerLine(self.http, self._settings.server, self.store, self.clock.now))

    @property
    def store(self) -> Store:
        return self._opened[0]

    @property
    def outbox(self) -> Outbox:
        return self._opened[1]

    @property
    def _opened(self) -> tuple[Store, Outbox]:
        from econtract_desktop.store.keys import FileKeys, KeyringKeys
        from econtract_desktop.store.store import open_store

        profile = self._settings.profile
        keys = FileKeys(profile) if self._settings.practice else KeyringKeys(profile)
        return self._lazy.get("store", lambda: open_store(profile, keys))

    @property
    def forms(self) -> Forms:
        from econtract_desktop.forms.typst_forms import TypstForms

        return self._lazy.get("forms", TypstForms)

    @property
    def passwords(self) -> Passwords:
        from econtract_desktop.store.passwords import KeyringPasswords

        return self._lazy.get("passwords", KeyringPasswords)

    @property
    def lanes(self) -> Lanes:
        from econtract_desktop.crypto.lanes import ThreadLanes

        return self._lazy.get("lanes", ThreadLanes)

    def close(self) -> None:
        for part in (self._lazy.built("cards"), self.crypto.built_signer(), self._lazy.built("store")):
            if isinstance(part, tuple):
                part[0].close()
            elif part is not None:
                part.close()  # type: ignore[attr-defined]


def client_certificates(settings: Settings, world: Adapters) -> tuple[ClientCertificate, ...]:
    """Those that timestamp services ask for; their passwords are asked of the key store when they are needed."""
    from urllib.parse import urlsplit

    from econtract_desktop.api.tls import ClientCertificate

    def of(service: config.TimestampService) -> ClientCertificate:
        prefix = f"https://{urlsplit(service.url).netloc}/"
        file = settings.profile / service.client_certificate  # an absolute path stays as it is
        return ClientCertificate(prefix, file, lambda: world.passwords.password(service.url, "client certificate"))

    return tuple(of(s) for s in settings.tsa if s.client_certificate)
