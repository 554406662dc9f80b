"""The two entry points of one program: `econtract` (console) and `econtractw` (window, no standard output)."""

from __future__ import annotations

import sys

_PARTS = (
    "econtract_practice",
    "econtract_practice.cards.fill",
    "econtract_practice.cards.virtual.host",
    "econtract_server",
)


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
    if arguments[:1] == ["--part"]:  # the frozen program's other parts: practice mode and its server
        return _part(arguments[1], arguments[2:])
    from econtract_desktop import bootstrap

    return bootstrap.console(arguments)


def window() -> int:
    """`econtractw …`; the hidden words of `econtract` too, since children are started by the name of their parent."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["--module-probe"], ["--card-worker"], ["--part"]):
        return console()
    from econtract_desktop import bootstrap

    return bootstrap.window(arguments)


def _part(module: str, arguments: list[str]) -> int:
    """What `python -m MODULE …` does from source. Only these: a link or a shortcut must not run anything else."""
    import runpy

    if module not in _PARTS:
        print(f"econtract: no such part: {module}", file=sys.stderr)
        return 2
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(console())
