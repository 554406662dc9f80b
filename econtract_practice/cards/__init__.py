"""Practice cards: SoftHSM2 tokens, PKCS#12 files with a PIN counter, and virtual cards on the real PC/SC stack (`virtual`)."""

from econtract_practice.cards.making import (
    PracticeCard,
    make_file_card,
    make_softhsm_card,
    make_virtual_card,
    softhsm_available,
)

__all__ = ["PracticeCard", "make_file_card", "make_softhsm_card", "make_virtual_card", "softhsm_available"]
