"""OddWeb: a real web server on loopback, over TLS where asked, that behaves well or badly by the path one asks for."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.pki import Issued

FILE = bytes(range(256)) * 800  # what /file gives
FILE_SHA256 = sha256(FILE).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.served = 0  # requests on this connection
        self.number = self.server.count()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def parse_request(self) -> bool:
        good = super().parse_request()
        if good:
            self.served += 1
            self.server.heard.append((self.number, self.command, self.path))
        return good

    def do_GET(self) -> None:
        name = urlsplit(self.path).path.strip("/").replace("-", "_")
        act: Callable[[], None] = getattr(self, f"path_{name}", lambda: self.send(b"no such page", status=404))
        act()

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Type": "text/plain", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_rudely(self) -> None:
        """Reset the connection instead of closing it."""
        self.wfile.flush()
        raw: Any = self.connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    # --- good manners

    def path_hello(self) -> None:
        self.send(b"hello", X_Odd="1")

    def path_echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        heard = {name.lower(): value for name, value in self.headers.items()}
        said = {"method": self.command, "headers": heard, "sha256": sha256(body).hexdigest(), "size": len(body)}
        self.send(json.dumps(said).encode())

    def path_file(self) -> None:
        self.send(FILE)

    def path_cookie(self) -> None:
        self.send(b"", Set_Cookie="a=b; Path=/")

    # --- bad manners

    def path_redirect(self) -> None:
        self.send(b"", status=302, Location="/hello")

    def path_big(self) -> None:
        self.send(b"x" * 5000)

    def path_big_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(5):
            self.wfile.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def path_silent(self) -> None:
        self.server.over.wait()
        self.close_connection = True

    def path_trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.over.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                break
        self.close_connection = True

    def path_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 100)
        self.end_rudely()

    def path_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 100)
        self.close_connection = True

    def path_garbage(self) -> None:
        self.wfile.write(b"this is not HTTP\r\n\r\n")
        self.close_connection = True

    def path_gzip(self) -> None:
        self.send(b"\x1f\x8b", Content_Encoding="gzip")

    def path_second_dropped(self) -> None:
        """Closes a kept connection at its second request, without a word."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.served > 1:
            self.close_connection = True
        else:
            self.send(b"kept")

    def path_file_in_two(self) -> None:
        """The first time it stops in the middle; then it goes on from where one asks."""
        asked = self.headers.get("Range", "")
        if asked:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            self.server.ranges.append(start)
            self.send(FILE[start:], 206, Content_Range=f"bytes {start}-{len(FILE) - 1}/{len(FILE)}")
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(FILE)))
            self.end_headers()
            self.wfile.write(FILE[:70000])
            self.end_rudely()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.over = threading.Event()
        self.heard: list[tuple[int, str, str]] = []  # (connection, method, path)
        self.ranges: list[int] = []
        self._tls = tls
        self._connections = 0
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def count(self) -> int:
        with self._lock:
            self._connections += 1
            return self._connections

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is not None:
            try:
                request = self._tls.wrap_socket(request, server_side=True)
            except OSError:
                return  # the client does not trust us
        with request:
            super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that go away are what this server is for


class OddWeb:
    """A context manager. `url("hello")` is an address on it."""

    def __init__(self, issued: Issued | None = None, folder: Path | None = None, clients: Issued | None = None) -> None:
        """`issued`: the certificate to show, kept under `folder`; None speaks plain HTTP. `clients`: who must have issued the
        certificate that a client shows."""
        tls = None
        if issued is not None and folder is not None:
            chain = folder / "server.pem"
            chain.write_bytes(issued.pem + issued.key_pem)
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(chain)
            if clients is not None:
                tls.load_verify_locations(cadata=clients.pem.decode())
                tls.verify_mode = ssl.CERT_REQUIRED
        self._scheme = "https" if tls else "http"
        self._server = _Server(tls)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def heard(self) -> list[tuple[int, str, str]]:
        return self._server.heard

    @property
    def ranges(self) -> list[int]:
        """Where downloads were asked to go on from."""
        return self._server.ranges

    def url(self, name: str, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}/{name}"

    def __enter__(self) -> OddWeb:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
