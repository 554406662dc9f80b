"""RealServer: the server program itself, over TLS on loopback, with a PKI of its own. For contract tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import pytest

from tests.fakes.pki import Issued, issue, make_authority


@dataclass(frozen=True)
class RealServer:
    """`cards`: the officer's (u-sato), the contractor's (u-yamada), and one of nobody who is registered."""

    origin: str
    ca_file: Path
    cards: tuple[Issued, Issued, Issued]

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[RealServer]:
        pytest.importorskip("econtract_server.app", reason="the server program is not there")
        raise NotImplementedError


_ = (json, threading, time, socket, AF_INET, SOCK_STREAM, issue, make_authority)
