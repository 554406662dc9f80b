"""econtract trust list · econtract trust show FILE · econtract trust update FILE | --url URL"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.evidence.trust_package import AnchorSet
    from econtract_desktop.services.trust_anchors import KnownAnchor


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", choices=("list", "update", "show"), help=texts("cli.arg_trust_what"))
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=texts("cli.arg_trust_file"))
    parser.add_argument("--url", metavar="URL", help=texts("cli.opt_trust_url"))


def run(command: str, call: Call) -> Result:
    """Exit status 1 where nothing is trusted, or a package is refused."""
    o, here = call.options, call.desk.trust_anchors
    if o.what == "list":
        state = here.state()
        data: dict[str, object] = {
            "anchors": [_plain(anchor) for anchor in state.anchors],
            "list": _set(state.in_force) if state.in_force is not None else None,
        }
        lines = [_head(state.in_force, "cli.trust_in_force", call.texts)] if state.in_force is not None else []
        lines += [_line(anchor, call.texts) for anchor in state.anchors] or [call.texts("cli.trust_none")]
        return Result(data, lines, 0 if state.anchors else 1)
    if o.what == "show":
        if o.file is None or o.url:
            raise UsageError(problem="show FILE")
        found = here.read(o.file)
        return Result(_set(found), [_head(found, "cli.trust_holds", call.texts), *_content(found, call.texts)])
    if (o.file is None) == (o.url is None):
        raise UsageError(problem="update FILE | --url URL")
    taken = here.update(o.file) if o.file is not None else here.update_from(o.url)
    return Result(_set(taken), [_head(taken, "cli.trust_taken", call.texts)])


def _plain(a: KnownAnchor) -> dict[str, object]:
    return {
        "sha256": a.sha256,
        "name": a.name,
        "not_after": a.not_after.isoformat(),
        "from": "list" if a.listed else "folder",
        "purposes": list(a.purposes),
        "distrusted_after": a.distrusted_after.isoformat() if a.distrusted_after else None,
    }


def _set(s: AnchorSet) -> dict[str, object]:
    return {
        "serial": s.serial,
        "valid_from": s.valid_from.isoformat(),
        "expires": s.expires.isoformat(),
        "keys_version": s.roots.version,
        "anchors": [
            {
                "sha256": a.sha256,
                "purposes": sorted(a.purposes),
                "added": a.added.isoformat(),
                "distrusted_after": a.distrusted_after.isoformat() if a.distrusted_after else None,
                "reason": a.reason,
            }
            for a in s.anchors
        ],
        "removed": [{"sha256": r.sha256, "at": r.at.isoformat(), "reason": r.reason} for r in s.removed],
    }


def _head(s: AnchorSet, key: str, say: Texts) -> str:
    begin, end = (f"{in_japan(moment):%Y-%m-%d}" for moment in (s.valid_from, s.expires))
    return say(key, serial=s.serial, count=len(s.anchors), begin=begin, end=end)


def _content(s: AnchorSet, say: Texts) -> list[str]:
    lines = []
    for a in s.anchors:
        until = f"{in_japan(a.distrusted_after):%Y-%m-%d %H:%M}" if a.distrusted_after else "—"
        lines.append(
            say("cli.trust_item", sha256=a.sha256, purposes=" ".join(sorted(a.purposes)), until=until, reason=a.reason)
        )
    return lines + [
        say("cli.trust_removed", sha256=r.sha256, day=f"{in_japan(r.at):%Y-%m-%d}", reason=r.reason) for r in s.removed
    ]


def _line(a: KnownAnchor, say: Texts) -> str:
    key = "cli.trust_listed" if a.listed else "cli.trust_folder"
    line = say(key, name=a.name, day=f"{in_japan(a.not_after):%Y-%m-%d}", sha256=a.sha256[:16])
    if a.distrusted_after is None:
        return line
    return f"{line} {say('cli.trust_until', until=f'{in_japan(a.distrusted_after):%Y-%m-%d %H:%M}')}"
