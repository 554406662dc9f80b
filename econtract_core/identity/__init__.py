"""Certificate → person, firm, role and CA. Client and server read a card alike."""

from econtract_core.identity.certificate import subject_public_key
from econtract_core.identity.holder import Holder, HolderRole, read_holder
from econtract_core.identity.likeness import Comparison, Likeness, compare_names, compare_romaji

__all__ = [
    "Comparison",
    "Holder",
    "HolderRole",
    "Likeness",
    "compare_names",
    "compare_romaji",
    "read_holder",
    "subject_public_key",
]
