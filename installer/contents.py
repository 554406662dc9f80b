"""What the frozen program holds, and what of its libraries it leaves out. Read by `econtract.spec`; standard library only."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath

PROGRAMS = ("econtract_core", "econtract_desktop", "econtract_server", "econtract_practice")
# Found by name at run time, so no import shows them.
BY_NAME = (
    *PROGRAMS, "pyhanko.sign", "pyhanko.pdf_utils", "pyhanko_certvalidator", "uvicorn", "keyring.backends", "pkcs11",
)  # fmt: skip
# Never asked for by the program; some are found through optional imports of a library.
LEFT_OUT = (
    "tkinter", "unittest", "pydoc_data", "lib2to3", "idlelib", "turtle", "test", "setuptools", "pkg_resources", "pip", "pytest",
    "_pytest", "hypothesis", "IPython", "numpy", "PIL", "matplotlib", "uvloop", "watchfiles", "httptools", "websockets",
    "psycopg", "psycopg2", "mako.testing", "sqlalchemy.testing", "alembic.testing", "PySide6.QtTest", "PySide6.QtQml",
    "PySide6.QtQuick", "PySide6.QtOpenGL", "smartcard.wx", "smartcard.pyro", "smartcard.test", "reportlab", "uharfbuzz", "fontTools",
)  # fmt: skip
# Inside the folder of libraries; the first pattern that fits decides. Qt's own names are the same on all systems but for lib and .so.
_KEPT = (
    "*/plugins/platforms/*windows.dll",
    "*/plugins/platforms/*offscreen.*",
    "*/plugins/platforms/*xcb.so",
    "*/plugins/imageformats/*qsvg.*",
    "*/plugins/imageformats/*qico.*",
    "*/plugins/iconengines/*qsvgicon.*",
    "*/plugins/styles/*",
    "*/plugins/platforminputcontexts/*ibus*",
    "*/plugins/platforminputcontexts/*compose*",
    "*/translations/qtbase_ja.qm",
)
_DROPPED = (
    "*/plugins/*",
    "*/translations/*.qm",
    "*/opengl32sw.dll",
    "*/d3dcompiler_*.dll",
    "*Qt6Qml*",
    "*Qt6Quick*",
    "*Qt6OpenGL*",
    "*Qt6VirtualKeyboard*",
    "*Qt6Wayland*",
    "*Qt6Eglfs*",
    "*Qt6EglFS*",
    "*QtOpenGL.*",
    "*Qt6Test*",
    "*Qt6Pdf*",
    "*Qt6Network*",
    "*QtNetwork.*",
    "smartcard/doc/*",
)


def is_wanted(name: str, *, network: bool = False) -> bool:
    """Is this file (its place in the folder) part of the program? `network`: the window uses Qt's local sockets."""
    path = "/" + PurePosixPath(name.replace("\\", "/")).as_posix()
    if network and fnmatch.fnmatch(path, "*QtNetwork.*|*Qt6Network*"):
        return True
    if any(fnmatch.fnmatch(path, pattern) for pattern in _KEPT):
        return True
    return not any(fnmatch.fnmatch(path, pattern) for pattern in _DROPPED)
