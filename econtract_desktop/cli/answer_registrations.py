"""econtract officer registrations|approve-registration|return-registration|approve-renewal|return-renewal"""

from __future__ import annotations

from econtract_core.rules.errors import UsageError
from econtract_core.rules.registration import Action
from econtract_desktop.cli.account_lines import account_lines
from econtract_desktop.cli.call import Call, Result

_ACTIONS = {
    "approve-registration": Action.APPROVE,
    "return-registration": Action.RETURN,
    "approve-renewal": Action.APPROVE_RENEWAL,
    "return-renewal": Action.RETURN_RENEWAL,
}
DEEDS = ("registrations", *_ACTIONS)


def run(deed: str, call: Call) -> Result:
    """One deed of the body; `registrations` lists what waits."""
    service, options = call.desk.accounts.answers, call.options
    if deed == "registrations":
        found = service.waiting()
        lines = [line for one in found for line in account_lines(one, call.texts)]
        data: dict[str, object] = {"accounts": [one.model_dump(mode="json") for one in found]}
        return Result(data, lines or [call.texts("account.none")])
    if options.case is None:
        raise UsageError(problem=f"{deed} USER")
    account = service.act(options.case, _ACTIONS[deed], options.reason)
    return Result(account.model_dump(mode="json"), account_lines(account, call.texts))
