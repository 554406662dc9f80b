"""Everything practice mode needs, running on loopback under one folder: PKI, responder, server, cards, profiles.

The folder keeps people, cards and data, so that stopping and starting again goes on where it was. It is described in
`practice.json`; `stop` in it ends whoever holds it in the foreground.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from econtract_practice.authority import Authority
from econtract_practice.cards import PracticeCard, make_file_card, make_softhsm_card, softhsm_available
from econtract_practice.people import MEMBERS, Member
from econtract_practice.responder import Responder
from econtract_practice.seed import registry

_START_LIMIT = 60.0  # seconds
_STOP = "stop"
_DESCRIPTION = "practice.json"


class Environment:
    """A context manager: inside the block everything answers."""

    def __init__(self, directory: Path, *, softhsm: bool = True) -> None:
        """`softhsm`: make SoftHSM cards too, where it is installed."""
        self.directory = directory.resolve()
        self._softhsm = softhsm and softhsm_available() is not None
        self._ports = self._fixed_ports()
        self.authority = Authority.create(self.directory / "ca", f"http://127.0.0.1:{self._ports['responder']}")
        self.responder = Responder(self.authority, self._ports["responder"])
        self.cards = self._cards()
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self._ports['server']}"

    def profile(self, member: Member) -> Path:
        return self.directory / "profiles" / member.key

    def __enter__(self) -> Environment:
        (self.directory / _STOP).unlink(missing_ok=True)
        self.responder.start()
        try:
            self._profiles()
            self.start_server()
            self._write(_DESCRIPTION, self.description())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop_server()
        self.responder.stop()
        (self.directory / _DESCRIPTION).unlink(missing_ok=True)

    def start_server(self) -> None:
        """The server program as a process of its own, over TLS; back when it answers. Raises RuntimeError with its last words."""
        folder = self.directory / "server"
        folder.mkdir(exist_ok=True)
        self._write("server/seed.json", registry({m.key: [c.certificate_sha256 for c in self._of(m)] for m in MEMBERS}))
        self._write("server/config.json", self._server_config(folder))
        with (folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "econtract_server", "serve", "--config", str(folder / "config.json")],
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

    def description(self) -> dict[str, Any]:
        """What `econtract practice start` prints."""
        return {
            "server": self.origin,
            "ca_file": str(self.authority.tls_ca_file),
            "trust_dir": str(self.authority.trust_dir),
            "tsa_url": self.responder.tsa_url,
            "ocsp_url": self.responder.ocsp_url,
            "crl_url": self.responder.crl_url,
            "profiles": {m.key: str(self.profile(m)) for m in MEMBERS},
            "cards": [self._card_line(m, card) for m in MEMBERS for card in self._of(m)],
            "cases": [],
        }

    def _card_line(self, member: Member, card: PracticeCard) -> dict[str, object]:
        return {
            "holder": member.person.name,
            "role": member.role,
            "member": member.key,
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
        return [card for member in MEMBERS for card in self._cards_of(member)]

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
        """A ready profile a person. Their first card is in the reader; the others are for trying."""
        for member in MEMBERS:
            card = self._of(member)[0]
            settings = {
                "server": self.origin,
                "ca_file": str(self.authority.tls_ca_file),
                "tsa_urls": [self.responder.tsa_url],
                "trust_dir": str(self.authority.trust_dir),
                "practice": True,
                "cards": [{"module": str(card.module), "environment": card.environment}],
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
            "trust_dir": str(self.authority.trust_dir),
            "server_name": "電子契約サーバー(体験モード)",
            "seed": str(folder / "seed.json"),
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


def run_until_stopped(directory: Path, ready: Callable[[dict[str, object]], None], *, officer: bool = False) -> None:
    """Start everything, tell `ready`, stay until `request_stop`, Ctrl-C or SIGTERM. `officer`: the one who answers too."""
    over = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: over.set())
    with Environment(directory) as environment:
        ready(environment.description())
        if officer:
            from econtract_practice.officer import Officer

            threading.Thread(target=Officer(environment).answer_until, args=(over,), daemon=True).start()
        stop = environment.directory / _STOP
        try:
            while not over.wait(0.2) and not stop.exists():
                pass
        except KeyboardInterrupt:
            pass
        over.set()


def request_stop(directory: Path) -> bool:
    """Ask the one that runs under `directory` to end, and wait for it; False where none runs."""
    description = directory / _DESCRIPTION
    if not description.exists():
        return False
    (directory / _STOP).touch()
    until = time.monotonic() + 20
    while description.exists() and time.monotonic() < until:
        time.sleep(0.1)
    (directory / _STOP).unlink(missing_ok=True)
    return not description.exists()


def start_beside(directory: Path, parent: int) -> None:
    """Start practice mode with an answering officer as a process of its own, which ends with process `parent`; back when it
    answers. Does nothing where one runs. Raises RuntimeError."""
    description = directory / _DESCRIPTION
    if description.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "practice.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "econtract_practice",
                "start",
                "--dir",
                str(directory),
                "--officer",
                "--parent",
                str(parent),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    until = time.monotonic() + _START_LIMIT
    while not description.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"practice mode did not start; see {directory / 'practice.log'}")
        time.sleep(0.1)


def is_running(process: int) -> bool:
    """Does a process of this number live?"""
    if sys.platform == "win32":
        seen = subprocess.run(
            ["tasklist", "/FI", f"PID eq {process}", "/NH"], capture_output=True, check=False, text=True
        )
        return str(process) in seen.stdout
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
