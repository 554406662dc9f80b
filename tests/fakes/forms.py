"""FakeForms: the contract form without Typst: the same checks of the data, one blank page that carries the data as a comment."""

from __future__ import annotations

import json
from pathlib import Path

from econtract_core.rules.errors import FileNotWritable
from econtract_desktop.forms.typst_forms import contract_words


class FakeForms:
    """`ports.forms.Forms`. The same data gives the same bytes, other data gives others."""

    def contract(self, data: dict[str, object], output: Path) -> None:
        words = json.dumps(contract_words(data), ensure_ascii=True, sort_keys=True)
        fresh = output.with_name(output.name + ".part")
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(_blank_page(words.encode("ascii")))
            fresh.replace(output)
        except OSError as problem:
            fresh.unlink(missing_ok=True)
            raise FileNotWritable(path=str(output), problem=problem.strerror or type(problem).__name__) from None


def _blank_page(remark: bytes) -> bytes:
    """The least PDF (ISO 32000-2, 7.5) with one empty A4 page and a comment line."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>",
    )
    pdf = b"%PDF-1.7\n%" + remark + b"\n"
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return pdf + b"xref\n0 4\n%strailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(pdf))
