"""Runs the service that signs a contract, asks nothing itself: the PIN dialog and the card do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.contract import Action
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import EcontractError, OfflineQueued, TimestampError
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.signing.model import Proof, RunModel, begun, finished, moved, proven
from econtract_desktop.ui.signing.view import SigningView
from econtract_desktop.ui.tasks import Endings, Moment, Task

if TYPE_CHECKING:
    from econtract_desktop.services.sign_contract import SignedContract
    from econtract_desktop.services.signed_contracts import SignedFile


def _pending(files: tuple[SignedFile, ...]) -> bool:
    return any(file.proven_at is None for file in files)


class SigningPresenter:
    """One run at a time; leaving the screen does not stop it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = SigningView(context.look, context.texts)
        self.view.stopped.connect(self._stop)
        self.view.went_on.connect(self._go_on)
        self._key = ""
        self._model: RunModel | None = None
        self._task: Task[SignedContract] | None = None
        self._countersigns = False
        self._seen: frozenset[str] = frozenset()
        context.stamps.changed.connect(self._stamped)

    def enter(self, place: Place) -> None:
        """`place.key`: the contract to sign. While a run is under way, it is shown."""
        if self._task is not None and self._task.running:
            return
        waits = self._model is not None and self._model.ended == "pending"
        if waits and place.key == self._key and self._context.stamps.now.contract(self._key) is not None:
            return
        self._key = place.key or self._key
        self._seen = place.seen
        self._run()

    def leave(self) -> None:
        """The run goes on."""

    def _run(self) -> None:
        context, key, seen = self._context, self._key, self._seen
        found = self._context.session.find(self._key)
        if found is None:
            context.go(Place("home"))
            return
        case, contract = found
        self._countersigns = Action.COUNTERSIGN in contract.allowed
        titles = tuple(document.title for document in contract.documents if document.needs_signature)
        self.view.clear_notices()
        self._show(begun(titles, case.title, self._foot(), context.texts))
        context.session.busy_card = True
        selector, prompt, desk = context.session.selector(), context.prompt, context.desk
        self._task = context.tasks.start(
            lambda progress: desk.sign_contract.sign(key, selector, prompt, progress, seen),
            Endings(done=self._done, failed=self._failed, cancelled=self._cancelled, step=self._told),
            "card",
        )

    def _foot(self) -> str:
        card = self._context.session.own_card()
        texts = self._context.texts
        if card is None:
            return texts("signing.foot_plain")
        day = self._context.formats.plain_day(in_japan(card.not_after).date())
        return texts("signing.foot", name=card.holder or card.label, day=day)

    def _show(self, model: RunModel) -> None:
        self._model = model
        self.view.show_model(model)

    def _told(self, moment: Moment) -> None:
        if self._model is not None and not self._model.ended:
            time = self._context.formats.clock(self._context.now())
            self._show(moved(self._model, moment.key, moment.subject, time, self._context.texts))

    def _end(self, ended: str) -> None:
        self._context.session.busy_card = False
        self._context.session.look_at_cards()
        if self._model is not None:
            time = self._context.formats.clock(self._context.now())
            self._show(finished(self._model, ended, time, self._context.texts, countersigned=self._countersigns))

    def _done(self, signed: SignedContract) -> None:
        self._end("done")
        self._prove(signed.files)
        self._context.session.told_timestamp("ok" if signed.arrived_at or not _pending(signed.files) else "warn")
        self._context.session.keep(signed.case)
        self._context.stamps.complete()

    def _prove(self, files: tuple[SignedFile, ...]) -> None:
        """When each was signed, and when that is proven."""
        if self._model is None or tuple(file.title for file in files) != tuple(d.title for d in self._model.documents):
            return
        context, clock = self._context, self._context.formats.clock
        proofs = tuple(
            Proof(file.title, clock(file.signed_at), clock(file.proven_at) if file.proven_at is not None else "")
            for file in files
        )
        mine = {file.file for file in files}
        deadlines = [waiting.deadline for waiting in context.stamps.now.files if waiting.file in mine]
        until = context.formats.deadline(min(deadlines)) if deadlines else ""
        self._show(proven(self._model, proofs, until, context.texts))

    def _stamped(self) -> None:
        """What waited for a timestamp may have it now, and may have been sent."""
        if self._model is None or self._model.ended != "pending":
            return
        stamps = self._context.stamps.now
        waits, went = stamps.contract(self._key), stamps.arrived(self._key)
        if waits is not None:
            self._prove(waits.files)
            if went is not None and went.problem is not None:
                texts, now = self._context.texts, self._context.now()
                self.view.show_error(error_model(went.problem, texts, now), self._run)
        elif went is not None and went.case is not None:
            self._end("done")
            self._prove(went.signed.files)

    def _cancelled(self) -> None:
        self._end("stopped")

    def _failed(self, error: EcontractError) -> None:
        if isinstance(error, OfflineQueued):  # signed and kept; the sending goes on by itself
            self._end("done")
        else:
            self._end("failed")
        if isinstance(error, TimestampError):
            self._context.session.told_timestamp("warn")
        act = self._context.session.refresh if isinstance(error, OfflineQueued) else self._run
        self.view.show_error(error_model(error, self._context.texts, self._context.now()), act)

    def _stop(self) -> None:
        if self._task is not None and self._task.running:
            self._task.cancel()
            self.view.show_notice("info", self._context.texts("signing.stopping"))

    def _go_on(self) -> None:
        if self._model is not None and self._model.ended in ("stopped", "failed"):
            self._run()
        else:
            self._context.go(Place("case", self._key))
