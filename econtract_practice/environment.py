"""Everything practice mode needs, running on loopback under one folder: PKI, responder, server, cards, profiles.

The folder keeps people, cards and data, so that stopping and starting again goes on where it was. It is described in
`practice.json`; `stop` in it ends whoever holds it in the foreground.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from econtract_practice import children
from econtract_practice.authority import Authority
from econtract_practice.cards import PracticeCard, make_file_card, make_softhsm_card, softhsm_available
from econtract_practice.people import MEMBERS, Member
from econtract_practice.post import PostOffice
from econtract_practice.program import Program
from econtract_practice.responder import Responder
from econtract_practice.seed import registry

_START_LIMIT = 60.0  # seconds
STOP = "stop"
DESCRIPTION = "practice.json"


class Environment:
    """A context manager: inside the block everything answers."""

    def __init__(self, directory: Path, *, softhsm: bool = True, members: tuple[Member, ...] = MEMBERS) -> None:
        """`softhsm`: make SoftHSM cards too, where it is installed. `members`: who has a card, an account and a profile."""
        self.members = members
        self.directory = directory.resolve()
        self._softhsm = softhsm and softhsm_available() is not None
        self._ports = self._fixed_ports()
        self.authority = Authority.create(self.directory / "ca", f"http://127.0.0.1:{self._ports['responder']}")
        self.responder = Responder(self.authority, self._ports["responder"])
        self.cards = self._cards()
        self.examples: list[dict[str, object]] = []  # the cases that are there to begin with
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self._ports['server']}"

    def profile(self, member: Member) -> Path:
        return self.directory / "profiles" / member.key

    def __enter__(self) -> Environment:
        (self.directory / STOP).unlink(missing_ok=True)
        self.responder.start()
        self._post = PostOffice(self.directory / "mails").__enter__()
        try:
            self._profiles()
            self.start_server()
            self.show([])
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def show(self, examples: list[dict[str, object]]) -> None:
        """These cases are there now: for whoever looks into the folder."""
        self.examples = examples
        self._write(DESCRIPTION, self.description())

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop_server()
        self.responder.stop()
        self._post.__exit__()
        (self.directory / DESCRIPTION).unlink(missing_ok=True)

    def start_server(self) -> None:
        """The server program as a process of its own, over TLS; back when it answers. Raises RuntimeError with its last words."""
        folder = self.directory / "server"
        folder.mkdir(exist_ok=True)
        self._write(
            "server/seed.json",
            registry({m.key: [c.certificate_sha256 for c in self._of(m)] for m in self.members}, self.members),
        )
        self._write("server/config.json", self._server_config(folder))
        with (folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                children.command("econtract_server", "serve", "--config", str(folder / "config.json")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        context = ssl.create_default_context(cafile=str(self.authority.tls_ca_file))
        until = time.monotonic() + _START_LIMIT
        while True:
            try:
                with urlopen(f"{self.origin}/v1/about", timeout=5, context=context):  # noqa: S310 - https, our own
                    return
            except OSError:
                if self._server.poll() is not None or time.monotonic() > until:
                    said = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
                    self.stop_server()
                    raise RuntimeError(f"the practice server did not start:\n{said[-2000:]}") from None
                time.sleep(0.05)

    def stop_server(self) -> None:
        process, self._server = self._server, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def program(self, member: Member) -> Program:
        """This person at the program, with the card in their reader."""
        label = self._of(member)[0].token_label if member.beside else ""
        return Program(self.profile(member), member.pin, label)

    def label(self, member: Member, *, beside: bool = False) -> str:
        """Of the token in this person's reader; `beside`: of the other one they have, as it lies in a second reader (a file card: one
        driver is asked once)."""
        return self._of(member)[-1 if beside else 0].token_label

    def cards_in_readers(self) -> dict[str, str]:
        """Member key → SHA-256 of the certificate on the card that is in that member's reader."""
        return {member.key: self._of(member)[0].certificate_sha256 for member in self.members}

    def description(self) -> dict[str, Any]:
        """What `econtract practice start` prints."""
        return {
            "server": self.origin,
            "ca_file": str(self.authority.tls_ca_file),
            "trust_dir": str(self.authority.trust_dir),
            "tsa_url": self.responder.tsa_url,
            "ocsp_url": self.responder.ocsp_url,
            "crl_url": self.responder.crl_url,
            "mails": str(self._post.folder),
            "profiles": {m.key: str(self.profile(m)) for m in self.members},
            "cards": [self._card_line(m, card) for m in self.members for card in self._of(m)],
            "cases": self.examples,
        }

    def _card_line(self, member: Member, card: PracticeCard) -> dict[str, object]:
        return {
            "holder": member.person.name,
            "role": member.role,
            "member": member.key,
            "registered": member.registered,
            "profile": card.profile,
            "profile_dir": str(self.profile(member)),
            "module": str(card.module),
            "token_label": card.token_label,
            "reader": card.reader,
            "pin": card.pin,
            "env": card.environment,
            "certificate_sha256": card.certificate_sha256,
        }

    def _of(self, member: Member) -> list[PracticeCard]:
        return [card for card in self.cards if card.holder == member.key]

    def _cards(self) -> list[PracticeCard]:
        return [card for member in self.members for card in self._cards_of(member)]

    def _cards_of(self, member: Member) -> list[PracticeCard]:
        """The SoftHSM card where there is SoftHSM, and a file card; made once, remembered in `cards.json`."""
        folder = self.directory / "cards" / member.key
        known = folder / "cards.json"
        if known.is_file():
            lines = json.loads(known.read_text(encoding="utf-8"))
            return [PracticeCard(**{**line, "module": Path(line["module"])}) for line in lines]
        folder.mkdir(parents=True, exist_ok=True)
        cards = []
        if self._softhsm:
            key, certificate = self.authority.issue(member.person)
            label = f"practice-{member.key}"
            cards.append(make_softhsm_card(folder / "softhsm", label, member.pin, key, certificate))
        key, certificate = self.authority.issue(member.person)
        path = folder / f"practice-{member.key}-file.p12"
        cards.append(make_file_card(path, f"practice-{member.key}-file", member.pin, key, certificate))
        cards = [card.named(member.key, member.role) for card in cards]
        lines = [{**card.__dict__, "module": str(card.module)} for card in cards]
        known.write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
        return cards

    def _profiles(self) -> None:
        """A ready profile a person. Their first card is in the reader, for some another's is in a second one; other cards are for trying."""
        for member in self.members:
            cards = [self._of(member)[0], *(self._of(m)[-1] for m in self.members if m.key == member.beside)]
            settings = {
                "server": self.origin,
                "ca_file": str(self.authority.tls_ca_file),
                "tsa_urls": [self.responder.tsa_url],
                "trust_dir": str(self.authority.trust_dir),
                "practice": True,
                "cards": [{"module": str(card.module), "environment": card.environment} for card in cards],
            }
            self._write(f"profiles/{member.key}/settings.json", settings)

    def _server_config(self, folder: Path) -> dict[str, object]:
        return {
            "database_url": f"sqlite:///{folder / 'server.db'}",
            "files_dir": str(folder / "files"),
            "origin": self.origin,
            "host": "127.0.0.1",
            "port": self._ports["server"],
            "tls_cert": str(self.authority.tls_certificate_file),
            "tls_key": str(self.authority.tls_key_file),
            "seal_cert": str(self.authority.seal_certificate_file),
            "seal_key": str(self.authority.seal_key_file),
            "trust_dir": str(self.authority.trust_dir),
            "server_name": "電子契約サーバー(体験モード)",
            "seed": str(folder / "seed.json"),
            "smtp_host": "127.0.0.1",
            "smtp_port": self._post.port,
            "smtp_security": "none",
            "mail_from": "keiyaku@practice.example",
            "mail_every_seconds": 1,
            "worker_in_server": True,
        }

    def _fixed_ports(self) -> dict[str, int]:
        """The responder's port is in every certificate, so it stays; both are chosen once."""
        self.directory.mkdir(parents=True, exist_ok=True)
        known = self.directory / "ports.json"
        if known.is_file():
            ports: dict[str, int] = json.loads(known.read_text(encoding="utf-8"))
            return ports
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            two.bind(("127.0.0.1", 0))
            ports = {"responder": one.getsockname()[1], "server": two.getsockname()[1]}
        self._write("ports.json", ports)
        return ports

    def _write(self, name: str, data: object) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        fresh.replace(path)
