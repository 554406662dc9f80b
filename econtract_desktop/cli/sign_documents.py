"""econtract sign FILE… --out DIR"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.ports.signer import SignedDocument, SignOptions
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=texts("cli.arg_files"))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=texts("cli.opt_out"))
    parser.add_argument("--level", choices=("B-B", "B-T"), default="B-T", help=texts("cli.opt_level"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_sign_reason"))
    parser.add_argument("--tsa", action="append", metavar="URL", help=texts("cli.opt_tsa"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))


def run(command: str, call: Call) -> Result:
    started = time.monotonic()
    o = call.options
    signed = call.desk.sign_documents.sign(
        tuple(o.files), o.out, SignOptions(o.level, o.reason), (call.selector, call.prompt), call.progress
    )
    data: dict[str, object] = {
        "documents": [_document(d) for d in signed.documents],
        "pins_asked": signed.pins_asked,
        "signatures_made": signed.signatures_made,
        "seconds": round(time.monotonic() - started, 3),
    }
    return Result(data, [call.texts("cli.signed", path=d.output, level=d.level) for d in signed.documents])


def _document(d: SignedDocument) -> dict[str, object]:
    return {
        "input": str(d.inputs[0]),
        "inputs": [str(i) for i in d.inputs],
        "output": str(d.output),
        "format": d.format,
        "level": d.level,
        "sha256": d.sha256,
        "signed_at": d.signed_at.isoformat(),
        "timestamp": d.timestamp.isoformat() if d.timestamp else None,
        "state": d.state.value,
    }
