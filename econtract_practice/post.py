"""A mail server for practice, on loopback: takes every mail (RFC 5321, no more than is needed) and keeps it as a file."""

from __future__ import annotations

import socketserver
import threading
from pathlib import Path

_LARGEST = 1_000_000  # bytes of a mail


class PostOffice:
    """A context manager; `folder` holds one .eml a mail, in the order they came."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = threading.Lock()
        self._count = len(list(folder.glob("*.eml")))
        self._server = _Server(("127.0.0.1", port), _Talk)
        self._server.office = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> PostOffice:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def keep(self, data: bytes) -> None:
        with self._lock:
            self._count += 1
            (self.folder / f"{self._count:05}.eml").write_bytes(data)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    office: PostOffice


class _Talk(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        self._say("220 practice")
        while line := self.rfile.readline(2_000):
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                self.server.office.keep(self._letter())
                self._say("250 kept")
            elif verb in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP"):
                self._say("250 practice")
            else:
                self._say("502 not here")

    def _letter(self) -> bytes:
        """Up to the line with a single dot; dots at the beginning were doubled (RFC 5321 4.5.2)."""
        found = bytearray()
        while (line := self.rfile.readline(2_000)) not in (b".\r\n", b""):
            if len(found) < _LARGEST:
                found += line[1:] if line.startswith(b".") else line
        return bytes(found)

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
