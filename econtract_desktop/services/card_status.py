"""Who is in the readers: every card with its holder, as far as it shows without a PIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from econtract_desktop.ports.card import CardListing, Cards, PinState, TokenInfo


@dataclass(frozen=True)
class CardView:
    """One certificate on one card. `holder` 氏名, `organization` 商号 as the certificate says.

    `layout` "unknown": nobody knows this CA's way of writing names; show `subject_dn` (RFC 4514) beside what was read.
    `doubts`: codes of `econtract_core.identity`; empty where nothing had to be decided.
    """

    reader: str
    module: str
    label: str
    serial: str
    certificate_sha256: str
    holder: str
    organization: str
    corporate_number: str
    title: str
    not_after: datetime
    usage: tuple[str, ...]
    key_algorithm: str
    tries_left: int | None
    state: PinState
    layout: str = "unknown"
    role: str = "unknown"  # representative, agent, individual, unknown
    issuer: str = ""
    subject_dn: str = ""
    doubts: tuple[str, ...] = ()


class CardStatus:
    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def raw(self) -> CardListing:
        return self._cards.listing()

    def listing(self) -> tuple[CardView, ...]:
        """No PIN, no network."""
        return tuple(view for token in self._cards.listing().tokens for view in views(token))


def views(token: TokenInfo) -> tuple[CardView, ...]:
    from econtract_core.identity import read_holder

    found = []
    for certificate in token.certificates:
        holder = read_holder(certificate.der)
        found.append(
            CardView(
                reader=token.reader,
                module=token.module,
                label=token.label,
                serial=token.serial,
                certificate_sha256=certificate.sha256,
                holder=holder.name,
                organization=holder.organization,
                corporate_number=holder.corporate_number,
                title=holder.title,
                not_after=holder.not_after,
                usage=holder.usage,
                key_algorithm=holder.key_algorithm,
                tries_left=token.pin.tries_left,
                state=token.pin.state,
                layout=holder.layout,
                role=holder.role.value,
                issuer=holder.issuer,
                subject_dn=holder.subject_dn,
                doubts=holder.doubts,
            )
        )
    return tuple(found)
