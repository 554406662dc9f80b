"""/v1/cases, /v1/ops"""

from __future__ import annotations

from fastapi import APIRouter, Response

from econtract_core.messages.cases import CaseData, CaseList, MailList, Operation, OperationAnswer
from econtract_server.routes.access import TheMember, TheOffice
from econtract_server.services import mailing
from econtract_server.services.operations import Operations
from econtract_server.services.views import Views

router = APIRouter(prefix="/v1", tags=["cases"])


@router.get("/cases")
def cases(office: TheOffice, member: TheMember) -> CaseList:
    with office.database.reading() as session:
        return CaseList(cases=Views(session, member, office.now()).cases())


@router.get("/cases/{case_id}")
def case(office: TheOffice, member: TheMember, case_id: str) -> CaseData:
    with office.database.reading() as session:
        return Views(session, member, office.now()).case(case_id)


@router.get("/cases/{case_id}/mails")
def mails(office: TheOffice, member: TheMember, case_id: str) -> MailList:
    """What was sent, or is to be, to one's own organisation's contacts of this case."""
    with office.database.reading() as session:
        return mailing.delivered(session, member, case_id)


@router.post("/ops", response_model=OperationAnswer)
def operate(office: TheOffice, member: TheMember, operation: Operation) -> Response:
    """One operation, once. The body decides; Idempotency-Key and If-Match are for what stands between."""
    answer = Operations(office).perform(member, operation)
    return Response(answer.body, answer.status, media_type="application/json")
