"""OpenSC: where its PKCS#11 module lies, and the configuration the rig's card processes read.

Source: opensc.conf(5). `disconnect_action = reset`: without it a card stays verified for every other program after our process has ended;
`card_drivers`: without it 29 commands of other drivers' probing come before the first of ours;
`max_virtual_slots`: each reader takes four, and the default of 16 ends after the fourth reader.
"""

from __future__ import annotations

from pathlib import Path

_MODULES = (
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/arm-linux-gnueabihf/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
    "/usr/lib/pkcs11/opensc-pkcs11.so",
    "/usr/local/lib/opensc-pkcs11.so",
)
CONFIGURATION = """\
app default {
    card_drivers = jpki, PIV-II, myeid;
    reader_driver pcsc {
        disconnect_action = reset;
    }
    framework pkcs15 {
        use_file_caching = no;
    }
}
app opensc-pkcs11 {
    pkcs11 {
        max_virtual_slots = 64;
    }
}
"""


def opensc_module() -> Path | None:
    """The PKCS#11 module, where OpenSC is installed."""
    return next((Path(module) for module in _MODULES if Path(module).is_file()), None)
