"""Optional content (ISO 32000-2 8.11): which layers there are, which are off, which change by themselves."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.reading import dictionary_of, look

_MOST = 10_000


def check_layers(root: Any, report: Report) -> frozenset[Any]:
    """Findings; returns the references of the layers that are off when the document opens."""
    optional = dictionary_of(root, "/OCProperties")
    groups = _references(look(optional, "/OCGs")) if optional is not None else []
    if not groups:
        return frozenset()
    report.find("optional-content", "document")
    default = dictionary_of(optional, "/D")
    if default is None:
        return frozenset()
    if isinstance(look(default, "/AS"), list) and len(look(default, "/AS")):
        report.find("layer-by-use", "document")
    base_off = look(default, "/BaseState") == "/OFF"
    off = set(groups) - set(_references(look(default, "/ON"))) if base_off else set(_references(look(default, "/OFF")))
    if off:
        report.find("hidden-layer", "document", count=str(len(off)))
    return frozenset(off)


def _references(value: Any) -> list[Any]:
    items = list.copy(value)[:_MOST] if isinstance(value, list) else []
    return [item.reference for item in items if isinstance(item, generic.IndirectObject)]
