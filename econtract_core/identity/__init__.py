"""Certificate → person, firm, role, CA. Client and server read a card alike."""

from econtract_core.identity.holder import Holder, read_holder

__all__ = ["Holder", "read_holder"]
