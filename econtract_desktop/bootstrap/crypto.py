"""Signing and proof, as the settings choose them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from econtract_desktop import config
from econtract_desktop.bootstrap.parts import Lazy
from econtract_desktop.config import Settings

if TYPE_CHECKING:
    from econtract_desktop.crypto.installed_trust import InstalledTrust
    from econtract_desktop.crypto.revocation import HttpRevocation
    from econtract_desktop.crypto.timestamps import HttpTimestamper
    from econtract_desktop.ports.clock import Clock
    from econtract_desktop.ports.forms import Forms
    from econtract_desktop.ports.http import FileHttp
    from econtract_desktop.ports.signer import Signer, Verifier
    from econtract_desktop.ports.signing_journal import SigningJournals
    from econtract_desktop.ports.timestamps import Passwords
    from econtract_desktop.ports.trust import TrustAnchors
    from econtract_desktop.ports.waiting_timestamps import WaitingTimestamps


class Around(Protocol):
    """What signing and proof need of the other adapters."""

    @property
    def clock(self) -> Clock: ...
    @property
    def http(self) -> FileHttp: ...
    @property
    def passwords(self) -> Passwords: ...
    @property
    def forms(self) -> Forms: ...


class CryptoAdapters:
    """Trust, revocation, timestamps, signing, verifying."""

    def __init__(self, settings: Settings, around: Around) -> None:
        self._settings = settings
        self._around = around
        self._lazy = Lazy()

    @property
    def anchors(self) -> TrustAnchors:
        return self._lazy.get("anchors", lambda: _kept_anchors(self._settings))

    @property
    def trust(self) -> InstalledTrust:
        """The profile's chosen folder, what the program ships, and the signed list."""
        from econtract_desktop.crypto.installed_trust import InstalledTrust

        chosen = self._settings.trust_dir
        folders = (*([chosen] if chosen else []), shipped_trust())
        return self._lazy.get("trust", lambda: InstalledTrust(*folders, listed=self.anchors.in_force))

    @property
    def revocation(self) -> HttpRevocation:
        from econtract_desktop.crypto.revocation import HttpRevocation

        kept = self._settings.profile / "revocation"
        return self._lazy.get("revocation", lambda: HttpRevocation(lambda: self._around.http, kept, self.trust))

    @property
    def timestamper(self) -> HttpTimestamper:
        from econtract_desktop.crypto.timestamps import HttpTimestamper

        services = config.timestamp_services(self._settings)
        return self._lazy.get(
            "timestamper",
            lambda: HttpTimestamper(
                self._around.http, services, self.trust, self._around.clock.now, self._around.passwords
            ),
        )

    @property
    def signer(self) -> Signer:
        return self._lazy.get("signer", self._make_signer)

    def _make_signer(self) -> Signer:
        from econtract_desktop.crypto.asic.signer import AsicSigner
        from econtract_desktop.crypto.pades.signer import PadesSigner
        from econtract_desktop.crypto.signers import AnySigner

        # Typst is loaded with the first mark, not with the signer.
        pictures = lambda *words: self._around.forms.mark(*words)  # noqa: E731, PLW0108
        pdf = PadesSigner(self.timestamper, self.revocation, self.trust, pictures=pictures)
        return AnySigner(pdf, AsicSigner(self.timestamper, self.revocation, self.trust))

    @property
    def verifier(self) -> Verifier:
        from econtract_desktop.crypto.verifier import EvidenceVerifier

        return self._lazy.get("verifier", lambda: EvidenceVerifier(self.trust, lambda: self.revocation))

    @property
    def signing_files(self) -> tuple[SigningJournals, WaitingTimestamps]:
        """What signing keeps in the profile."""
        from econtract_desktop.store.signing_journal import FileSigningJournals
        from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps

        folder = self._settings.profile / "signing"
        return self._lazy.get("signing", lambda: (FileSigningJournals(folder), FileWaitingTimestamps(folder)))

    def built_signer(self) -> object | None:
        """None where nothing was signed."""
        return self._lazy.built("signer")


def _kept_anchors(settings: Settings) -> TrustAnchors:
    """The signed list of trust anchors. Practice mode has keys of its own, in its folder of anchors."""
    from econtract_desktop.store.trust_anchors import KeptAnchors

    own = settings.trust_dir if settings.practice else None
    return KeptAnchors(own if own is not None else shipped_trust(), settings.profile)


def shipped_trust() -> Path:
    """The trust anchors inside the program."""
    from importlib.resources import files

    return Path(str(files("resources") / "trust"))
