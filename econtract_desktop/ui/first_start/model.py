"""What the card door shows, made from what is in the readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.rules.dates import in_japan
from econtract_desktop.ports.card import CardSelector, PinState
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.session import Known

if TYPE_CHECKING:
    from econtract_desktop.services.card_status import CardView


@dataclass(frozen=True)
class CheckRow:
    """`state`: ok, wait, none (does not matter), warn. `value` at the right."""

    state: str
    name: str
    value: str


@dataclass(frozen=True)
class CardChoice:
    """A card one can log in with. `title` who, `lines` firm and validity, `button` the way on (empty: it is in use now)."""

    selector: CardSelector
    title: str
    lines: tuple[str, ...]
    button: str
    enabled: bool = True
    mine: bool = False


@dataclass(frozen=True)
class CardDoorModel:
    """`starting`: the program is still getting ready."""

    title: str
    lead: str
    card_in: bool
    checks: tuple[CheckRow, ...]
    cards: tuple[CardChoice, ...]
    hint: str
    starting: bool = False


def starting_model(texts: Texts) -> CardDoorModel:
    """Before the desk is ready."""
    return CardDoorModel(texts("door.starting"), texts("door.starting_lead"), False, (), (), "", starting=True)


def door_model(known: Known, texts: Texts, formats: Formats) -> CardDoorModel:
    """By what is in the readers now."""
    cards = known.cards
    if cards is None:
        checks = (CheckRow("wait", texts("door.reader"), texts("door.looking")),)
        return CardDoorModel(texts("door.title"), texts("door.lead"), False, checks, (), "")
    choices = tuple(_choice(view, known, texts, formats) for view in cards.views)
    seen = {view.label for view in cards.views}
    choices += tuple(
        CardChoice(
            CardSelector(reader=token.reader, module=token.module, token=token.label),
            token.label,
            (texts("door.hidden"),),
            texts("door.use"),
        )
        for token in cards.tokens
        if token.label not in seen and not token.certificates
    )
    mine = known.who is not None
    title = texts("door.title") if not choices else texts("door.title_yours" if mine else "door.title_card")
    lead = texts("door.lead") if not choices else texts("door.lead_yours" if mine else "door.lead_card")
    return CardDoorModel(title, lead, bool(choices), _checks(known, texts, bool(choices)), choices, texts("door.hint"))


def _checks(known: Known, texts: Texts, card_in: bool) -> tuple[CheckRow, ...]:
    cards = known.cards
    assert cards is not None
    readers = [reader.name for reader in cards.readers if not reader.built_in] or [
        token.reader for token in cards.tokens
    ]
    reader = (
        CheckRow("ok", texts("door.reader"), texts("door.reader_found", name=readers[0]))
        if readers
        else CheckRow("wait", texts("door.reader"), texts("door.reader_none"))
    )
    card = (
        CheckRow("ok", texts("door.card"), texts("door.card_in"))
        if card_in
        else CheckRow("wait", texts("door.card"), texts("door.card_waiting"))
    )
    line = {
        True: CheckRow("ok", texts("door.server"), texts("door.online")),
        False: CheckRow("warn", texts("door.server"), texts("door.offline")),
        None: CheckRow("none", texts("door.server"), texts("door.not_tried")),
    }[known.online]
    return (reader, card, line)


def _choice(view: CardView, known: Known, texts: Texts, formats: Formats) -> CardChoice:
    mine = known.who is not None and known.who.certificate_sha256 == view.certificate_sha256
    locked = view.state is PinState.LOCKED
    until = texts("door.valid_until", day=formats.plain_day(in_japan(view.not_after).date()))
    lines = [view.organization, until]
    if locked:
        lines.append(texts("door.locked"))
    elif view.tries_left is not None:
        lines.append(texts("door.tries", left=view.tries_left))
    return CardChoice(
        CardSelector(view.reader, view.module, view.label, view.certificate_sha256),
        " ".join(part for part in (view.holder, view.title) if part),
        tuple(part for part in lines if part),
        "" if mine else texts("door.use"),
        enabled=not locked,
        mine=mine,
    )
