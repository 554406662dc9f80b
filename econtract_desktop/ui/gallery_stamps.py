"""The gallery's pictures of missing timestamps: at home and at the end of a signing run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtWidgets import QDialog, QWidget

from econtract_core.rules.contract import Side
from econtract_desktop.ports.waiting_timestamps import WaitingFile
from econtract_desktop.texts import Texts
from econtract_desktop.ui import samples
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.home.model import home_model, stamps_model
from econtract_desktop.ui.home.view import HomeView
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.signing.model import Proof, begun, finished, proven
from econtract_desktop.ui.signing.view import SigningView
from econtract_desktop.ui.waiting_stamps import Stamps

Shot = tuple[QWidget, QDialog | None, str]


def home_waiting(look: Look, texts: Texts, *, near: bool) -> Shot:
    """Three files wait; `near`: two of them not for long any more."""
    view, words = HomeView(look, texts), (texts, Formats(texts))
    left = timedelta(days=2 if near else 20)
    files = tuple(
        WaitingFile(
            Path(f"/{n}.pdf"), "0" * 64, "B-T", samples.NOW - timedelta(hours=n), samples.NOW + left + timedelta(days=n)
        )
        for n in (1, 2, 3)
    )
    stamps = Stamps(files=files, warned=frozenset({Path("/1.pdf"), Path("/2.pdf")}) if near else frozenset())
    model = home_model(samples.cases(Side.CONTRACTOR), samples.CONTRACTOR, samples.NOW, words)
    view.show_model(replace(model, stamps=stamps_model(stamps, words)))
    return view, None, "home"


def signing_pending(look: Look, texts: Texts, *, proved: bool) -> Shot:
    """The first document is proven, the others wait; `proved`: all are."""
    view, case = SigningView(look, texts), samples.case()
    titles = tuple(document.title for document in case.contracts[0].documents)
    day = Formats(texts).plain_day(samples.card().not_after.date())
    model = finished(
        begun(titles, case.title, texts("signing.foot", name="山田 太郎", day=day), texts), "done", "14:02", texts
    )
    proofs = tuple(Proof(title, "14:02", "14:31" if proved or n == 0 else "") for n, title in enumerate(titles))
    until = Formats(texts).deadline(samples.NOW + timedelta(days=20))
    view.show_model(proven(model, proofs, until, texts))
    return view, None, "cases"
