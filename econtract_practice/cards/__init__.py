"""Practice cards: SoftHSM2 tokens, and PKCS#12 files with a PIN counter."""

from econtract_practice.cards.making import PracticeCard, make_file_card, make_softhsm_card, softhsm_available

__all__ = ["PracticeCard", "make_file_card", "make_softhsm_card", "softhsm_available"]
