"""What the catalog and the form's dictionary say of the whole document (ISO 32000-2 7.7.2, 12.7.3)."""

from __future__ import annotations

from typing import Any

from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.reading import dictionary_of, look


def check_catalog(root: Any, report: Report) -> None:
    """XFA, calculations, scripts by name, attachments, portfolios."""
    form = dictionary_of(root, "/AcroForm")
    if form is not None:
        if "/XFA" in form:
            report.find("xfa", "document")
        order = look(form, "/CO")
        if isinstance(order, list) and order:
            report.find("form-calculation", "document")
        if _true(form, "/NeedAppearances") and look(form, "/Fields"):
            report.find("form-appearance", "document")
    names = dictionary_of(root, "/Names")
    if names is not None and "/JavaScript" in names:
        report.find("script", "document")
    if (names is not None and "/EmbeddedFiles" in names) or "/AF" in root:
        report.find("attachment", "document")
    if "/Collection" in root:
        report.find("attachment", "document", judged_as="portfolio")
    if _true(root, "/NeedsRendering"):
        report.find("xfa", "document")


def check_page_count(root: Any, pages: int, report: Report) -> None:
    """/Count of the tree's root against the pages that are there."""
    tree = dictionary_of(root, "/Pages")
    count = look(tree, "/Count") if tree is not None else None
    if pages and count != pages:
        report.find("page-count", "document", said=str(count)[:20], found=str(pages))


def _true(holder: Any, key: str) -> bool:
    return bool(getattr(look(holder, key), "value", False))
