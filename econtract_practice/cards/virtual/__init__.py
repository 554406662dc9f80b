"""Virtual cards on the real PC/SC stack: an emulator of our own behind vpcd, a pcscd in namespaces of its own, scripted faults."""

from econtract_practice.cards.virtual.apdu import Kind
from econtract_practice.cards.virtual.card import Entry
from econtract_practice.cards.virtual.emulator import RigError, RigUnavailable, rig_lacks
from econtract_practice.cards.virtual.faults import Deed, Fault
from econtract_practice.cards.virtual.opensc import opensc_module
from econtract_practice.cards.virtual.pin import PinStats
from econtract_practice.cards.virtual.plan import CardPlan
from econtract_practice.cards.virtual.rig import CardRig, CardStats

__all__ = [
    "CardPlan",
    "CardRig",
    "CardStats",
    "Deed",
    "Entry",
    "Fault",
    "Kind",
    "PinStats",
    "RigError",
    "RigUnavailable",
    "opensc_module",
    "rig_lacks",
]
