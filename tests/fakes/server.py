"""FakeServer: the port Server in memory. Several clients may be connected to one central; each has its own session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TypeVar

from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import NONCE_PREFIX, About, Who
from econtract_core.messages.cases import CaseData, Operation, OperationAnswer
from econtract_core.rules.errors import (
    CardUnknown,
    DocumentAltered,
    FileNotReadable,
    LoginRequired,
    ServerBusy,
    ServerUnreachable,
)
from econtract_desktop.ports.card import CardToken
from econtract_desktop.ports.clock import Clock
from tests.fakes.central import Central, FakePerson

__all__ = ["FakePerson", "FakeServer"]

T = TypeVar("T")


class FakeServer:
    """`ports.server.Server`. `failure` None, or one of:

    * "unreachable": nothing arrives;
    * "lost_answer": everything arrives and takes effect, and no answer comes back;
    * "busy": the server says so and does nothing.
    """

    def __init__(
        self,
        people: Sequence[FakePerson],
        clock: Clock,
        *,
        origin: str = "https://server.test",
        central: Central | None = None,
    ) -> None:
        self.central = central or Central(tuple(people), clock)
        self.failure: str | None = None
        self.calls: list[str] = []  # the port's methods that were called, failed ones too
        self._failures_left: int | None = None
        self._origin = origin
        self._clock = clock
        self._session: FakePerson | None = None

    def connect(self) -> FakeServer:
        """Another client of the same central, with no session and no failures."""
        return FakeServer((), self._clock, origin=self._origin, central=self.central)

    def fail(self, failure: str | None, times: int | None = None) -> None:
        """From now on, for `times` calls (None: until told otherwise)."""
        self.failure, self._failures_left = failure, times

    def end_session(self) -> None:
        """As when it has run out."""
        self._session = None

    def sit_down(self, user_id: str) -> None:
        """Begin a session without a card, for tests that are about something else."""
        self._session = next(p for p in self.central.people if p.user_id == user_id)

    @property
    def origin(self) -> str:
        return self._origin

    def about(self) -> About:
        lost = self._arrive("about")
        about = About(
            server_id="fake",
            epoch="1",
            protocol=PROTOCOL_VERSION,
            version="0",
            name="電子契約 (fake)",
            time=self._clock.now(),
        )
        return self._answer(about, lost)

    def log_in(self, card: CardToken) -> Who:
        lost = self._arrive("log_in")
        nonce = NONCE_PREFIX + hash_of(str(len(self.calls)).encode()).hexdigest()
        # The fake believes the card; that it is asked to sign at all shows whether it is logged in.
        card.sign(hash_of(self._origin.encode()).digest() + hash_of(nonce.encode()).digest())
        for person in self.central.people:
            if person.certificate_sha256 == card.certificate.sha256:
                if not lost:
                    self._session = person
                return self._answer(self._who(person), lost)
        raise CardUnknown(holder="")

    def who(self) -> Who:
        lost = self._arrive("who")
        return self._answer(self._who(self._person()), lost)

    def log_out(self) -> None:
        self.calls.append("log_out")
        self._session = None

    def cases(self) -> tuple[CaseData, ...]:
        lost = self._arrive("cases")
        return self._answer(self.central.seen_by(self._person()), lost)

    def case(self, case_id: str) -> CaseData:
        lost = self._arrive("case")
        return self._answer(self.central.case_data(self._person(), case_id), lost)

    def operate(self, operation: Operation) -> OperationAnswer:
        lost = self._arrive("operate")
        return self._answer(self.central.operate(self._person(), operation), lost)

    def upload(self, file: Path, sha256: str) -> None:
        try:
            data = file.read_bytes()
        except OSError as problem:
            raise FileNotReadable(path=str(file), problem=str(problem.strerror)) from None
        found = hash_of(data).hexdigest()
        if found != sha256:
            raise DocumentAltered(file=file.name, expected=sha256, found=found)
        lost = self._arrive("upload")
        self._person()
        self.central.store(data, sha256)
        self._answer(None, lost)

    def download(self, contract_id: str, sha256: str, destination: Path) -> None:
        lost = self._arrive("download")
        data = self.central.file(self._person(), contract_id, sha256)
        self._answer(None, lost)
        found = hash_of(data).hexdigest()
        if found != sha256:
            raise DocumentAltered(file=destination.name, expected=sha256, found=found)
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(data)

    def _arrive(self, call: str) -> bool:
        """True where the answer will be lost."""
        self.calls.append(call)
        if self._failures_left is not None:
            if self._failures_left == 0:
                self.fail(None)
            else:
                self._failures_left -= 1
        if self.failure == "unreachable":
            raise ServerUnreachable(host="server.test", problem="refused")
        if self.failure == "busy":
            raise ServerBusy(retry_after=1)
        return self.failure == "lost_answer"

    def _answer(self, answer: T, lost: bool) -> T:
        if lost:
            raise ServerUnreachable(host="server.test", problem="timeout")
        return answer

    def _person(self) -> FakePerson:
        if self._session is None:
            raise LoginRequired()
        return self._session

    def _who(self, person: FakePerson) -> Who:
        return Who(
            user_id=person.user_id,
            user=person.user,
            organization_id=person.organization_id,
            organization=person.organization,
            contractor_number=person.contractor_number,
            role=person.role,
            side=person.side,
            certificate_sha256=person.certificate_sha256,
            expires=self._clock.now() + timedelta(hours=8),
        )
