"""econtract inspect FILE…"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.verify import finding
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=texts("cli.arg_files"))


def run(command: str, call: Call) -> Result:
    documents: list[dict[str, object]] = []
    lines = []
    for file in call.options.files:
        found = call.desk.verify.inspect(file)
        findings = [finding(f, call.texts) for f in found.findings]
        documents.append(
            {
                "file": found.file,
                "safe_to_sign": found.safe_to_sign,
                "pages": found.pages,
                "findings": [{"kind": f["code"], **{k: f[k] for k in ("where", "severity", "text")}} for f in findings],
            }
        )
        key = "cli.inspect_safe" if found.safe_to_sign else "cli.inspect_unsafe"
        lines.append(call.texts(key, file=file))
        lines += [f"  - {f['text']} {f['where']}".rstrip() for f in findings]
    safe = all(d["safe_to_sign"] for d in documents)
    return Result({"documents": documents}, lines, 0 if safe else 1)
