"""Every port has an adapter or a fake that offers what it asks for; the check is seen to fail."""

from __future__ import annotations

from tests.house import no_complaints, ports
from tests.house.sources import Source, python_files

PORTS = python_files("econtract_desktop/ports")
ADAPTERS = [s for s in python_files("econtract_desktop", "tests/fakes") if "/ports/" not in s.path]

PORT = Source(
    "ports/clock.py", "class Clock(Protocol):\n    def now(self): ...\n    @property\n    def zone(self): ...\n"
)


def test_every_port_has_an_adapter() -> None:
    no_complaints(complaint for port in PORTS for complaint in ports.without_adapter(port, ADAPTERS))


def test_the_ports_are_seen() -> None:
    assert {"CardToken", "Signer", "Store", "Server"} <= {name for port in PORTS for name in ports.protocols(port)}


def test_a_port_without_adapter_is_seen() -> None:
    other = Source("a.py", "class Wall:\n    def now(self): ...\n")
    assert ports.without_adapter(PORT, [other]) == ["ports/clock.py: nothing offers Clock (now, zone)"]


def test_an_adapter_is_known_by_what_it_offers() -> None:
    inherited = Source("a.py", "class Base:\n    def now(self): ...\nclass Wall(Base):\n    zone: str\n")
    assert ports.without_adapter(PORT, [inherited]) == []
