"""What can be done with a contract. The rules are `econtract_core.rules.contract`; here they get the server's facts."""

from __future__ import annotations

from datetime import datetime

from econtract_core.messages.cases import ActOnContract, OfferContract, Operation, SignContract
from econtract_core.rules import contract as rules
from econtract_core.rules.contract import Action, Contract, ContractDocument
from econtract_core.rules.errors import (
    BlobMissing,
    DocumentError,
    EcontractError,
    NotFound,
    RuleError,
    ServerBusy,
    ValueInvalid,
)
from econtract_server.repository import blobs, cases
from econtract_server.repository.registry import Member
from econtract_server.services.deed import Deed, VerifiedFiles
from econtract_server.services.office import Office
from econtract_server.services.submitted_files import SubmittedFiles

_MOST_FILES = 200


class ContractDeeds:
    """Each deed checks the rules first and returns the contract as it is afterwards. Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._files = SubmittedFiles(office)

    def act(self, deed: Deed, before: Contract, payload: ActOnContract) -> Contract:
        rules.check_revision(before, deed.operation.base_revision)
        return rules.act(before, payload.action, deed.member.actor, deed.at, payload.reason)

    def offer(self, deed: Deed, before: Contract, payload: OfferContract, verified: VerifiedFiles | None) -> Contract:
        rules.check_revision(before, deed.operation.base_revision)
        rules.check(before, Action.OFFER, deed.member.actor)
        sizes = _sizes(before, verified)
        documents = tuple(
            ContractDocument(
                document_id=file.document_id,
                title=file.title,
                media_type=file.media_type,
                size=sizes[file.sha256],
                sha256=file.sha256,
                needs_signature=file.needs_signature,
                current_sha256=file.sha256,
                current_size=sizes[file.sha256],
            )
            for file in payload.files
        )
        return rules.offer(before, documents, deed.member.actor, deed.at, payload.deadline)

    def sign(self, deed: Deed, before: Contract, payload: SignContract, verified: VerifiedFiles | None) -> Contract:
        rules.check_revision(before, deed.operation.base_revision)
        rules.check(before, payload.action, deed.member.actor)
        sizes = _sizes(before, verified)
        files = tuple((document_id, digest, sizes[digest]) for document_id, digest in payload.files.items())
        actor = deed.member.actor
        # The certificate in the files was compared with the session's when they were verified.
        who = (actor.certificate_sha256, False, deed.delegation_id)
        return rules.sign(before, payload.action, actor, deed.at, files, *who)

    def verify_files(self, member: Member, operation: Operation) -> VerifiedFiles | None:
        """Look at what an operation brings. None where it brings nothing, or may not: then the rules will say so. Raises
        BlobMissing."""
        payload = operation.payload
        if not isinstance(payload, OfferContract | SignContract):
            return None
        named = [f.sha256 for f in payload.files] if isinstance(payload, OfferContract) else [*payload.files.values()]
        action = Action.OFFER if isinstance(payload, OfferContract) else payload.action
        with self._office.database.reading() as session:
            try:
                before = cases.find_contract(session, operation.object_id, member.organization_id)
                rules.check_revision(before, operation.base_revision)
                rules.check(before, action, member.actor)
            except (NotFound, RuleError, DocumentError):
                return None
            sizes = {digest: blobs.size_of(session, digest, member.organization_id) for digest in named}
        sent = {digest: size for digest, size in sizes.items() if size is not None}
        for digest in named:
            if digest not in sent:
                raise BlobMissing(sha256=digest)
        problem, signed_at = self._look(member, payload, before)
        return VerifiedFiles(before.revision, problem, sent, signed_at)

    def _look(
        self, member: Member, payload: OfferContract | SignContract, before: Contract
    ) -> tuple[EcontractError | None, tuple[datetime, ...]]:
        """What is wrong, and when its signatures were made."""
        signed_at: list[datetime] = []
        try:
            if isinstance(payload, OfferContract):
                self._look_at_offer(payload)
            else:
                for document in before.documents:
                    if document.needs_signature and document.document_id in payload.files:
                        digest = payload.files[document.document_id]
                        proven = self._files.check_signed(document, digest, member.certificate_sha256)
                        signed_at += [proven] if proven is not None else []
        except BlobMissing:
            raise
        except EcontractError as problem:
            return problem, ()
        return None, tuple(signed_at)

    def _look_at_offer(self, payload: OfferContract) -> None:
        if len(payload.files) > _MOST_FILES:
            raise ValueInvalid(field="files", problem=f"more than {_MOST_FILES}")
        if len({file.document_id for file in payload.files}) != len(payload.files):
            raise ValueInvalid(field="files", problem="twice the same document_id")
        for file in payload.files:
            self._files.check_offered(file.sha256, file.title, file.media_type)


def _sizes(before: Contract, verified: VerifiedFiles | None) -> dict[str, int]:
    """Raises what is wrong with the files; ServerBusy where they were looked at against another revision than this one."""
    if verified is None or verified.revision != before.revision:
        raise ServerBusy("the contract changed while its files were verified", retry_after=1)
    if verified.problem is not None:
        raise verified.problem
    return verified.sizes
