"""What the signing run shows, and how a service's steps move it on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from econtract_desktop.texts import Texts

# Which points are done, under way and waiting at each step the service tells: card, timestamp, check, done.
_POINTS = {
    "card-sign": ("now", "waiting", "waiting", "waiting"),
    "timestamp": ("done", "now", "waiting", "waiting"),
    "verify": ("done", "done", "now", "waiting"),
    "done": ("done", "done", "done", "done"),
}
_WAITING = ("waiting",) * 4


@dataclass(frozen=True)
class DocumentRun:
    """One document. `tone` of the words: support, now, ok, info, warn, error."""

    title: str
    case: str
    points: tuple[str, ...] = _WAITING
    state: str = ""
    hint: str = ""
    tone: str = "support"
    here: bool = False
    icon: str = "document_pdf_24_regular"


@dataclass(frozen=True)
class RunModel:
    """`ended`: done, stopped, failed or empty while it runs. `foot`: the line about card and PIN."""

    title: str
    lead: str
    documents: tuple[DocumentRun, ...]
    overall: float
    counted: str
    foot: str
    ended: str = ""
    button: str = ""


def begun(titles: tuple[str, ...], case: str, foot: str, texts: Texts) -> RunModel:
    """Nothing has happened yet."""
    documents = tuple(DocumentRun(title, case, state=texts("signing.queued")) for title in titles)
    return RunModel(
        title=texts("signing.title"),
        lead=texts("signing.lead"),
        documents=documents,
        overall=0.0,
        counted=texts("signing.counted", total=len(titles), done=0),
        foot=foot,
    )


def moved(model: RunModel, key: str, subject: str, time: str, texts: Texts) -> RunModel:
    """The service told a step of the document called `subject`; other steps are for all of them."""
    if key in ("placed", "pins"):
        return model
    if key not in _POINTS:
        return replace(model, lead=texts(f"signing.lead_{key.replace('-', '_')}", seconds=subject))
    documents = tuple(
        replace(
            each,
            points=_POINTS[key],
            state=texts("signing.done_at", time=time) if key == "done" else texts("progress." + key) + "…",
            tone="ok" if key == "done" else "now",
            here=key != "done",
        )
        if each.title == subject
        else replace(each, here=False)
        for each in model.documents
    )
    return _counted(replace(model, documents=documents, lead=texts("signing.lead")), texts)


def finished(model: RunModel, ended: str, time: str, texts: Texts, *, countersigned: bool = False) -> RunModel:
    """`ended`: done, stopped or failed. What was done stays done."""
    documents = model.documents
    if ended == "done":
        documents = tuple(
            replace(
                each,
                points=("done",) * 4,
                here=False,
                tone="ok",
                state=each.state if each.tone == "ok" else texts("signing.done_at", time=time),
            )
            for each in documents
        )
    else:
        documents = tuple(
            each
            if each.tone == "ok"
            else replace(
                each,
                points=_stopped(each.points, ended),
                here=False,
                tone="support",
                state=texts(f"signing.row_{ended}"),
            )
            for each in documents
        )
    which = "concluded" if ended == "done" and countersigned else ended
    model = replace(
        model,
        documents=documents,
        ended=ended,
        title=texts(f"signing.title_{which}"),
        lead=texts(f"signing.lead_{which}"),
        button=texts(f"signing.button_{which}"),
    )
    return _counted(model, texts)


@dataclass(frozen=True)
class Proof:
    """When a document was signed by this PC's clock, and when that was proven; "" while its timestamp is missing."""

    title: str
    signed: str
    proven: str


def proven(model: RunModel, proofs: tuple[Proof, ...], deadline: str, texts: Texts) -> RunModel:
    """Everything is signed; what lacks its timestamp is shown as just that. `deadline`: until when, in words."""
    pending = any(not proof.proven for proof in proofs)
    documents = tuple(
        replace(
            each,
            here=False,
            points=("done",) * 4 if proof.proven else ("done", "pending", "waiting", "waiting"),
            tone="ok" if proof.proven else "info",
            state=texts("signing.proven_at", proven=proof.proven)
            if proof.proven
            else texts("signing.signed_at", signed=proof.signed),
            hint=texts("signing.signed_hint", signed=proof.signed) if proof.proven else texts("signing.pending_hint"),
        )
        for each, proof in zip(model.documents, proofs, strict=True)
    )
    model = replace(model, documents=documents)
    if pending:
        lead = texts("signing.lead_pending", until=deadline) if deadline else texts("signing.lead_pending_plain")
        title, button = texts("signing.title_pending"), texts("signing.button_done")
        model = replace(model, ended="pending", title=title, lead=lead, button=button)
    return _counted(model, texts)


def _stopped(points: tuple[str, ...], ended: str) -> tuple[str, ...]:
    return tuple("failed" if p == "now" and ended == "failed" else "waiting" if p == "now" else p for p in points)


def _counted(model: RunModel, texts: Texts) -> RunModel:
    done = sum(each.tone == "ok" for each in model.documents)
    total = max(len(model.documents), 1)
    parts = sum(point == "done" for each in model.documents for point in each.points)
    return replace(
        model,
        overall=parts / (4 * total),
        counted=texts("signing.counted", total=len(model.documents), done=done),
    )
