"""The server as a process of its own, started by its command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import requests

from econtract_server.config import ServerConfig


def written(config: ServerConfig, folder: Path) -> Path:
    """The configuration as a file."""
    path = folder / "config.json"
    path.write_text(json.dumps(asdict(config)), encoding="utf-8")
    return path


@contextmanager
def serving(config_file: Path, origin: str, ca_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Until the block ends; it answers when the block begins."""
    process = started(config_file)
    try:
        await_answer(process, origin, ca_file)
        yield process
    finally:
        ended(process)


def started(config_file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "econtract_server", "serve", "--config", str(config_file)]
    # A file: nobody reads a pipe, and one that is full would stop the server.
    with config_file.with_suffix(".log").open("w") as said:
        return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, text=True)


def await_answer(process: subprocess.Popen[str], origin: str, ca_file: Path) -> None:
    for _ in range(600):
        try:
            requests.get(f"{origin}/v1/about", verify=str(ca_file), timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None, process.args
            time.sleep(0.05)
        else:
            return


def ended(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM if os.name == "posix" else signal.CTRL_BREAK_EVENT)
    process.wait()
