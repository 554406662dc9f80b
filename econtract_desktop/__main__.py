"""The two entry points of one program: `econtract` (console) and `econtractw` (window, no standard output)."""

from __future__ import annotations

import sys


def console() -> int:
    """`econtract …`; without arguments the window."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:  # answered without loading anything: scripts ask for it often
        from econtract_core import __version__

        print(f"econtract {__version__}")
        return 0
    if arguments[:1] == ["--module-probe"]:  # the frozen program's probe process; nothing of the window is loaded
        from econtract_desktop.card.drivers import module_probe

        return module_probe.main(arguments[1:])
    if arguments[:1] == ["--card-worker"]:  # the frozen program's card process
        from econtract_desktop.card import worker

        return worker.main(arguments[1:])
    from econtract_desktop import bootstrap

    return bootstrap.console(arguments)


def window() -> int:
    """`econtractw …`"""
    from econtract_desktop import bootstrap

    return bootstrap.window(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(console())
