"""The version resource of the Windows programs, as Explorer shows it. Imported where PyInstaller is."""

from __future__ import annotations

from typing import Any

from econtract_core import __version__

_NEUTRAL, _JAPANESE, _UNICODE = 0x0000, 0x0411, 1200


def of(program: str) -> Any:
    """PyInstaller's VSVersionInfo of `econtract` or `econtractw`."""
    from PyInstaller.utils.win32 import versioninfo as v

    numbers = (*(int(part) for part in __version__.split(".")), 0)
    told = {
        "CompanyName": "econtract-desktop developers",
        "FileDescription": "電子契約デスクトップ",
        "FileVersion": __version__,
        "InternalName": program,
        "LegalCopyright": "MIT; see licences",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "電子契約デスクトップ",
        "ProductVersion": __version__,
    }
    table = v.StringTable(f"{_JAPANESE:04X}{_UNICODE:04X}", [v.StringStruct(name, text) for name, text in told.items()])
    return v.VSVersionInfo(
        ffi=v.FixedFileInfo(filevers=numbers, prodvers=numbers, mask=0x3F, OS=0x40004, fileType=1),
        kids=[
            v.StringFileInfo([table]),
            v.VarFileInfo([v.VarStruct("Translation", [_JAPANESE, _UNICODE])]),
        ],
    )
