"""The desktop program as practice mode sees it: from outside, by its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from econtract_practice import children


@dataclass(frozen=True)
class Outcome:
    """What one command answered."""

    status: int
    data: dict[str, Any]
    said: str

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data.get("error", {})
        return found

    @property
    def code(self) -> str:
        return str(self.error.get("code", ""))


class Program:
    """One person at the program: a profile and a card's PIN. `token`: which card, where there are several."""

    def __init__(self, profile: Path, pin: str, token: str = "") -> None:
        self.profile = profile
        self.pin = pin
        self.token = token

    def run(self, *words: str, pin: str | None = None) -> Outcome:
        """Run one command with `--json`. The PIN goes through a pipe (Windows: practice cards take it from a variable)."""
        command = children.command("econtract_desktop", *words, "--json", "--profile", str(self.profile))
        if self.token and "--old" not in words:
            command += ["--token", self.token]
        environment = {**os.environ, "PYTHONUTF8": "1"}
        secret = self.pin if pin is None else pin
        with tempfile.TemporaryFile() as errors:
            if sys.platform == "win32":
                environment["ECONTRACT_PRACTICE_PIN"] = secret
                command += ["--pin-env", "ECONTRACT_PRACTICE_PIN"]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=errors, check=False)
            else:
                read, write = os.pipe()
                cards = 2 if "--old" in words and "--new" in words else 1
                os.write(write, (secret.encode() + b"\n") * cards)
                os.close(write)
                command += ["--pin-fd", str(read)]
                done = subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, stderr=errors, check=False, pass_fds=(read,)
                )
                os.close(read)
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")
        text = done.stdout.decode("utf-8", "replace").strip()
        try:
            data = json.loads(text.splitlines()[-1]) if text else {}
        except ValueError:
            data = {}
        return Outcome(done.returncode, data, said or text)
