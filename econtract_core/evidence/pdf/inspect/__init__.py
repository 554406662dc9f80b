"""Inspecting a PDF before it is signed: everything that may change what one sees, send data, speak of another file, or wait hidden.

`walk` looks at every object that can be reached, `pages` at what each page shows and what it does not, `structure` at the file's
bytes, `earlier` at the signatures that are there. `policy` alone judges. Source: ISO 32000-2; PDF/A forbids most of it.
"""

from __future__ import annotations

from pathlib import Path

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.inspect.earlier import check_earlier, locked_by, next_field_name
from econtract_core.evidence.pdf.inspect.fields import check_fields
from econtract_core.evidence.pdf.inspect.layers import check_layers
from econtract_core.evidence.pdf.inspect.pages import Pages
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.inspect.structure import check_structure
from econtract_core.evidence.pdf.inspect.walk import Walk
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.verdict import Inspection
from econtract_core.rules.errors import DocumentEncrypted, NotAPdf

__all__ = ["inspect_open", "inspect_pdf", "locked_by", "next_field_name"]


def inspect_pdf(path: Path) -> Inspection:
    """What a file hides; `safe_to_sign` when nothing of it is a reason to refuse. Raises FileNotReadable only."""
    try:
        with OpenPdf(path) as pdf:
            return inspect_open(pdf)
    except DocumentEncrypted:
        return _refused(path, "encryption", "")
    except NotAPdf as problem:
        return _refused(path, "broken", str(problem.facts.get("problem", "")))


def inspect_open(pdf: OpenPdf) -> Inspection:
    """The same for a file that is being read. Raises NotAPdf where it breaks off in the middle."""
    report = Report()
    with guarded(str(pdf.path)):
        walk = Walk(pdf, report)
        walk.run()
        pages = Pages(report, check_layers(pdf.reader.root, report))
        for leaf in walk.leaves:
            pages.read(leaf)
        check_fields(pages.widgets, report)
        check_structure(pdf, walk, report)
    if pdf.encrypted:
        report.find("encryption")
    if pdf.objection:
        report.find("read-leniently", problem=pdf.objection)
    check_earlier(pdf, report)
    return Inspection(str(pdf.path), walk.pages, not report.refuses, report.findings)


def _refused(path: Path, code: str, problem: str) -> Inspection:
    report = Report()
    if problem:
        report.find(code, problem=problem)
    else:
        report.find(code)
    return Inspection(str(path), None, False, report.findings)
