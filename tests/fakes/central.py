"""The central server's business in memory: people, cases, contracts and files, ruled by `econtract_core.rules.contract`.

Used through `tests.fakes.server.FakeServer`. What it does not do: look into files. A signed file is one that begins with the
bytes of the file before it and is longer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from econtract_core.messages.cases import (
    ActOnContract,
    CaseData,
    ContactData,
    ContractData,
    DeedData,
    DocumentData,
    OfferContract,
    Operation,
    OperationAnswer,
    Party,
    RegisterCase,
    SetContacts,
    SignatureData,
    SignContract,
)
from econtract_core.rules import contract as rules
from econtract_core.rules.case import Case, Contact
from econtract_core.rules.contract import Action, Actor, Contract, ContractDocument, ContractKind, Side, Signature
from econtract_core.rules.errors import (
    BlobMissing,
    DocumentAltered,
    NotFound,
    NotYourTurn,
    RevisionConflict,
    SignatureInvalid,
    ValueInvalid,
)
from econtract_desktop.ports.clock import Clock


@dataclass(frozen=True)
class FakePerson:
    """Somebody with a card. `certificate_sha256`: hex of the certificate's DER, by which the card is known."""

    user_id: str
    user: str
    organization_id: str
    organization: str
    side: Side
    certificate_sha256: str
    role: str = "representative"
    contractor_number: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.side, self.organization_id, self.user_id, self.certificate_sha256)


@dataclass
class Central:
    """Shared by every client that is connected to it."""

    people: tuple[FakePerson, ...]
    clock: Clock
    cases: dict[str, Case] = field(default_factory=dict)
    case_revisions: dict[str, int] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, tuple[str, OperationAnswer]] = field(
        default_factory=dict
    )  # by operation: (what was sent, answer)

    def operate(self, person: FakePerson, operation: Operation) -> OperationAnswer:
        """The same operation has the same answer, however often it comes."""
        sent = operation.model_dump_json()
        known = self.answers.get(operation.operation_id)
        if known is not None:
            if known[0] != sent:
                raise ValueInvalid(field="operation_id", problem="used for something else")
            return known[1]
        now = self.clock.now()
        case_id = self._apply(person, operation, now)
        answer = OperationAnswer(
            operation_id=operation.operation_id, case=self.case_data(person, case_id), arrived_at=now
        )
        self.answers[operation.operation_id] = (sent, answer)
        return answer

    def seen_by(self, person: FakePerson) -> tuple[CaseData, ...]:
        return tuple(self.case_data(person, case_id) for case_id in self.cases if self._is_party(person, case_id))

    def case_data(self, person: FakePerson, case_id: str) -> CaseData:
        """As this person may see it. Raises NotFound."""
        if not self._is_party(person, case_id):
            raise NotFound(wanted=case_id)
        case = self.cases[case_id]
        return CaseData(
            case_id=case_id,
            number=case.number,
            title=case.title,
            kind=case.kind,
            place=case.place,
            body=self._party(case.body_id),
            contractors=tuple(self._party(o) for o in case.contractor_ids),
            amount=case.amount,
            tax=case.tax,
            term_from=case.term_from,
            term_to=case.term_to,
            contacts=tuple(ContactData(**asdict(c)) for c in case.contacts),
            revision=self.case_revisions[case_id],
            contracts=tuple(self._contract_data(person, c) for c in self.contracts.values() if c.case_id == case_id),
        )

    def file(self, person: FakePerson, contract_id: str, digest: str) -> bytes:
        """A contract's file. Raises NotFound."""
        contract = self._contract(person, contract_id)
        signatures = (*contract.signatures, *(s for _, s in contract.void_signatures))
        known = {d.sha256 for d in contract.documents} | {h for s in signatures for _, h in s.files}
        if digest not in known | {d.current_sha256 for d in contract.documents}:
            raise NotFound(wanted=digest)
        return self.blobs[digest]

    def store(self, data: bytes, digest: str) -> None:
        found = sha256(data).hexdigest()
        if found != digest:
            raise DocumentAltered(file=digest, expected=digest, found=found)
        self.blobs[digest] = data

    def _apply(self, person: FakePerson, operation: Operation, now: datetime) -> str:
        payload = operation.payload
        if isinstance(payload, RegisterCase):
            return self._register(person, operation, payload)
        if isinstance(payload, SetContacts):
            return self._set_contacts(person, operation, payload)
        contract = self._contract(person, operation.object_id)
        rules.check_revision(contract, operation.base_revision)
        actor = person.actor
        if isinstance(payload, OfferContract):
            fresh = rules.offer(contract, self._offered(payload), actor, now, payload.deadline)
        elif isinstance(payload, ActOnContract):
            fresh = rules.act(contract, payload.action, actor, now, payload.reason)
        else:
            assert isinstance(payload, SignContract)  # further contracts of a case: on the real server only
            fresh = self._sign(contract, payload, actor, now)
        self.contracts[contract.contract_id] = fresh
        return contract.case_id

    def _register(self, person: FakePerson, operation: Operation, payload: RegisterCase) -> str:
        if person.side is not Side.OFFICER:
            raise NotYourTurn(action="register", side=Side.OFFICER.value)
        case_id = operation.object_id
        if case_id in self.cases:
            raise RevisionConflict(expected=operation.base_revision, found=self.case_revisions[case_id])
        for organization in payload.contractor_ids:
            self._party(organization)
        self.cases[case_id] = Case(
            case_id,
            payload.number,
            payload.title,
            payload.case_kind,
            payload.place,
            person.organization_id,
            payload.contractor_ids,
            payload.amount,
            payload.tax,
            payload.term_from,
            payload.term_to,
        )
        self.case_revisions[case_id] = 1
        contract_id = f"{case_id}-C0"
        self.contracts[contract_id] = Contract(
            contract_id, case_id, ContractKind.ORIGINAL, 0, person.organization_id, payload.contractor_ids
        )
        return case_id

    def _set_contacts(self, person: FakePerson, operation: Operation, payload: SetContacts) -> str:
        case_id = operation.object_id
        if not self._is_party(person, case_id):
            raise NotFound(wanted=case_id)
        if operation.base_revision != self.case_revisions[case_id]:
            raise RevisionConflict(expected=operation.base_revision, found=self.case_revisions[case_id])
        own = person.organization_id
        others = tuple(c for c in self.cases[case_id].contacts if c.organization_id != own)
        contacts = tuple(Contact(c.name, c.email, c.phone, own) for c in payload.contacts)
        self.cases[case_id] = replace(self.cases[case_id], contacts=others + contacts)
        self.case_revisions[case_id] += 1
        return case_id

    def _offered(self, payload: OfferContract) -> tuple[ContractDocument, ...]:
        return tuple(
            ContractDocument(
                f.document_id,
                f.title,
                f.media_type,
                len(self._blob(f.sha256)),
                f.sha256,
                f.needs_signature,
                f.sha256,
                len(self._blob(f.sha256)),
            )
            for f in payload.files
        )

    def _sign(self, contract: Contract, payload: SignContract, actor: Actor, now: datetime) -> Contract:
        rules.check(contract, payload.action, actor)
        before = {d.document_id: d.current_sha256 for d in contract.documents}
        files = []
        for document_id, digest in payload.files.items():
            data = self._blob(digest)
            old = self.blobs[before[document_id]] if document_id in before else b""
            if not data.startswith(old) or len(data) <= len(old):
                raise SignatureInvalid(file=document_id, verdict="TOTAL-FAILED", sub_indication="FORMAT_FAILURE")
            files.append((document_id, digest, len(data)))
        signed = rules.sign(contract, payload.action, actor, now, tuple(files), actor.certificate_sha256)
        if payload.action is not Action.COUNTERSIGN:
            return signed
        return rules.act(signed, Action.CONCLUDE, Actor(Side.SYSTEM, "", "", ""), now)

    def _blob(self, digest: str) -> bytes:
        if digest not in self.blobs:
            raise BlobMissing(sha256=digest)
        return self.blobs[digest]

    def _contract(self, person: FakePerson, contract_id: str) -> Contract:
        contract = self.contracts.get(contract_id)
        if contract is None or not self._is_party(person, contract.case_id):
            raise NotFound(wanted=contract_id)
        return contract

    def _is_party(self, person: FakePerson, case_id: str) -> bool:
        case = self.cases.get(case_id)
        return case is not None and person.organization_id in (case.body_id, *case.contractor_ids)

    def _party(self, organization_id: str) -> Party:
        for person in self.people:
            if person.organization_id == organization_id:
                return Party(organization_id=organization_id, organization=person.organization)
        raise NotFound(wanted=organization_id)

    def _name(self, user_id: str) -> str:
        return next((p.user for p in self.people if p.user_id == user_id), "-")

    def _organization(self, organization_id: str) -> str:
        return self._party(organization_id).organization if organization_id else "-"

    def _contract_data(self, person: FakePerson, contract: Contract) -> ContractData:
        signatures = [(s, None) for s in contract.signatures] + [(s, v) for v, s in contract.void_signatures]
        return ContractData(
            contract_id=contract.contract_id,
            case_id=contract.case_id,
            kind=contract.kind,
            number=contract.number,
            state=contract.state,
            version=contract.version,
            revision=contract.revision,
            deadline=contract.deadline,
            concluded_at=contract.concluded_at,
            documents=tuple(
                DocumentData(
                    document_id=d.document_id,
                    title=d.title,
                    media_type=d.media_type,
                    size=d.size,
                    sha256=d.sha256,
                    needs_signature=d.needs_signature,
                    current_sha256=d.current_sha256,
                    current_size=d.current_size,
                )
                for d in contract.documents
            ),
            signatures=tuple(self._signature_data(s, version) for s, version in signatures),
            unsigned_contractor_ids=contract.unsigned_contractors,
            history=tuple(
                DeedData(
                    at=d.at,
                    action=d.action,
                    side=d.side,
                    organization=self._organization(d.organization_id),
                    user=self._name(d.user_id),
                    version=d.version,
                    reason=d.reason,
                )
                for d in contract.history
            ),
            allowed=rules.allowed_actions(contract, person.actor),
            turn=rules.whose_turn(contract),
        )

    def _signature_data(self, signature: Signature, void_version: int | None) -> SignatureData:
        return SignatureData(
            side=signature.side,
            organization_id=signature.organization_id,
            organization=self._organization(signature.organization_id),
            user=self._name(signature.user_id),
            certificate_sha256=signature.certificate_sha256,
            signed_at=signature.signed_at,
            files=dict(signature.files),
            void_version=void_version,
        )
