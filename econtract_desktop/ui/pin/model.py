"""What the PIN dialog shows, made from the card's request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from econtract_desktop.ports.pin import PinRequest, PinRule
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats

_USUAL_TRIES = 3


@dataclass(frozen=True)
class PinModel:
    """`people`: label and value, the person first. `tries_left` None: the card does not tell, so no dots."""

    title: str
    documents_head: str
    documents: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    rule: PinRule
    rule_text: str
    tries_left: int | None
    tries_total: int
    last_try: bool
    problem: str
    button: str


def pin_model(request: PinRequest, texts: Texts, formats: Formats, most_tries: int = _USUAL_TRIES) -> PinModel:
    """`most_tries`: the most tries this card was seen to have."""
    signing = request.purpose.kind == "sign"
    count = len(request.purpose.documents)
    people = [
        (texts("pin.person"), request.holder or request.token_label),
        (texts("pin.firm"), request.organization),
        (texts("pin.card"), _card(request, texts, formats)),
        (texts("pin.receiver"), request.purpose.server),
    ]
    left = request.tries_left
    return PinModel(
        title=texts("pin.title_sign" if signing else "pin.title_login"),
        documents_head=texts("pin.documents", count=count),
        documents=request.purpose.documents if signing else (),
        people=tuple((name, value) for name, value in people if value),
        rule=request.rule,
        rule_text=_rule_text(request.rule, texts),
        tries_left=left,
        tries_total=max(most_tries, left or 0),
        last_try=request.last_try,
        problem=_problem(request.last_error, texts),
        button=texts("pin.sign", count=count) if signing else texts("pin.login"),
    )


def _card(request: PinRequest, texts: Texts, formats: Formats) -> str:
    try:
        day = formats.plain_day(date.fromisoformat(request.not_after))
    except ValueError:
        return request.token_label
    return texts("pin.valid_until", day=day)


def _rule_text(rule: PinRule, texts: Texts) -> str:
    if rule.min_length == rule.max_length:
        key = "pin.rule_digits_exact" if rule.digits_only else "pin.rule_letters_exact"
    else:
        key = "pin.rule_digits" if rule.digits_only else "pin.rule_letters"
    return texts(key, least=rule.min_length, most=rule.max_length)


def _problem(code: str | None, texts: Texts) -> str:
    known = {
        "ED-CARD-2101": "pin.error_2101",
        "ED-CARD-2103": "pin.error_2103",
        "ED-CARD-2105": "pin.error_2105",
    }
    return texts(known[code]) if code in known else ""
