"""Pictures of every screen with made-up data: ja/en, light/dark (high contrast too), 100 % and 150 %.

`python -m econtract_desktop.ui.gallery --out DIR [--only NAME…]`. Off the screen; no desk, no network, no card.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SIZES = {1.0: (1366, 768), 1.5: (1280, 720)}  # logical pixels: a small notebook; a Full HD screen at 150 %
LANGUAGES = ("ja", "en")
THEMES = ("light", "dark", "contrast")


def main(arguments: list[str] | None = None) -> int:
    """Each scale in a process of its own: Qt reads QT_SCALE_FACTOR once."""
    parser = argparse.ArgumentParser(prog="econtract_desktop.ui.gallery")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--scale", type=float)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.scale is None:
        for scale in SIZES:
            env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)}
            command = [sys.executable, "-m", "econtract_desktop.ui.gallery", "--out", str(options.out)]
            command += ["--scale", str(scale), *(["--only", *options.only] if options.only else [])]
            done = subprocess.run(command, env=env, check=False)  # noqa: S603  (this very module)
            if done.returncode:
                return done.returncode
        return 0
    complaints = listen_to_qt()
    count = sum(1 for _ in pictures(options.out, options.scale, tuple(options.only)))
    print(f"{count} pictures at {round(options.scale * 100)} %")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints or not count else 0


def listen_to_qt() -> list[str]:
    """What Qt warns of from now on, besides what the offscreen platform says of every dialog. GUI thread."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    heard: list[str] = []

    def hear(kind: QtMsgType, _: QMessageLogContext, words: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and "propagateSizeHints" not in words:
            heard.append(words)

    qInstallMessageHandler(hear)
    return heard


def pictures(out: Path, scale: float, only: tuple[str, ...] = ()) -> Iterator[Path]:
    """Render them one after the other; each file is yielded as it is written. Needs no QApplication yet."""
    from PySide6.QtWidgets import QApplication

    from econtract_desktop.texts import Texts
    from econtract_desktop.ui.fonts import load_interface_font
    from econtract_desktop.ui.gallery_shots import Studio
    from econtract_desktop.ui.icons import Icons
    from econtract_desktop.ui.look import Look
    from econtract_desktop.ui.theme import Theme

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["gallery"])
    load_interface_font()
    theme = Theme(app, "light")
    look = Look(theme, Icons(theme))
    with tempfile.TemporaryDirectory(prefix="econtract-gallery-") as folder:
        for mode in THEMES:
            theme.choose(mode)
            for language in LANGUAGES:
                if mode == "contrast" and (language == "en" or scale != 1.0):
                    continue
                studio = Studio(look, Texts(language), SIZES[scale], Path(folder))
                for name in studio.names:
                    if only and name not in only:
                        continue
                    path = out / f"{name}-{language}-{mode}-{round(scale * 100)}.png"
                    studio.shoot(name).save(str(path))
                    yield path
                studio.close()


if __name__ == "__main__":
    sys.exit(main())
