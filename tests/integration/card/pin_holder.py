"""A process that handles a PIN it gets on the descriptor PIN_FD, and stops at each stage until it is told to go on.

`python -m tests.integration.card.pin_holder cards MODULE CERTIFICATE` or `… window`. Prints JSON lines: {"stage", "card_pid"}.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

PIN_FROM = int(os.environ["PIN_FD"])


def stage(name: str, card_pid: int | None = None) -> None:
    print(json.dumps({"stage": name, "card_pid": card_pid}), flush=True)
    sys.stdin.readline()


def with_cards(module: str, certificate: str) -> None:
    from econtract_desktop.card.cards import DriverCards
    from econtract_desktop.cli.pin import DescriptorPrompt
    from econtract_desktop.config import CardSettings, Settings
    from econtract_desktop.ports.card import CardSelector
    from econtract_desktop.ports.pin import PinPurpose

    environment = tuple((n, os.environ[n]) for n in ("PCSCLITE_CSOCK_NAME", "OPENSC_CONF") if n in os.environ)
    cards = DriverCards(Settings(profile=Path(), cards=(CardSettings(module, environment),), card_timeout=20.0))
    with cards.open(CardSelector(certificate=certificate)) as token:
        token.log_in(DescriptorPrompt(PIN_FROM), PinPurpose("sign", ("書類",)))
        token.sign(b"message")
        process = cards.processes()[0]
        stage("logged in", process.pid)
        process.call("log_out", slot=token._slot)
        stage("logged out", process.pid)
    stage("closed", process.pid)
    cards.close()


def with_window() -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from econtract_desktop.ports.pin import PinRule
    from econtract_desktop.ui.fonts import load_interface_font
    from econtract_desktop.ui.icons import Icons
    from econtract_desktop.ui.look import Look
    from econtract_desktop.ui.pin.field import PinField
    from econtract_desktop.ui.theme import Theme

    app = QApplication([])
    load_interface_font()
    theme = Theme(app, "light")
    field = PinField(Look(theme, Icons(theme)), PinRule())
    field.show()
    one = bytearray(1)
    with io.FileIO(PIN_FROM, "rb", closefd=False) as source:
        while source.readinto(one) and one[0] != 0x0A:
            QTest.keyClick(field, chr(one[0]))
    field.reveal(True)
    app.processEvents()
    field.grab()
    stage("typed")
    with field.take():
        pass
    stage("taken")


if __name__ == "__main__":
    if sys.argv[1] == "window":
        with_window()
    else:
        with_cards(sys.argv[2], sys.argv[3])
