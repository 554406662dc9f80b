"""Commands to a card and its answers. Source: ISO/IEC 7816-4 (command and response pairs, 5.3 short and extended lengths)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

OK = 0x9000
PIN_LEFT = 0x63C0  # plus the tries that are left
WRONG_LENGTH = 0x6700
CHAINING_BROKEN = 0x6883
SECURITY_NOT_SATISFIED = 0x6982
PIN_BLOCKED = 0x6983
CONDITIONS_NOT_SATISFIED = 0x6985
NO_CURRENT_FILE = 0x6986
WRONG_DATA = 0x6A80
FILE_NOT_FOUND = 0x6A82
WRONG_P1_P2 = 0x6A86
REFERENCE_NOT_FOUND = 0x6A88
PAST_THE_END = 0x6B00
INS_UNKNOWN = 0x6D00
CLA_UNKNOWN = 0x6E00
BROKEN = 0x6F00


class Kind(StrEnum):
    """What a command is for, over all layouts; a fault may wait for the n-th of a kind."""

    SELECT = "select"
    READ = "read"  # READ BINARY, GET DATA
    PIN_STATUS = "pin_status"  # an empty VERIFY: asks for the tries left and costs none
    VERIFY = "verify"  # with a PIN
    PREPARE = "prepare"  # MANAGE SECURITY ENVIRONMENT
    SIGN = "sign"
    MORE = "more"  # GET RESPONSE
    LOG_OUT = "log_out"
    OTHER = "other"


class Malformed(ValueError):
    """The bytes are no command. A card answers `status`."""

    status = WRONG_LENGTH


class Refused(Exception):
    """Raised inside a card: the answer is this status word and no data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


@dataclass(frozen=True)
class Command:
    """`le`: how many bytes may come back; None where the command asks for none. `repr` tells no data: it may be a PIN."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    @property
    def p1p2(self) -> int:
        return self.p1 << 8 | self.p2

    @property
    def chained(self) -> bool:
        """More of this command follows (ISO/IEC 7816-4 5.3.3)."""
        return bool(self.cla & 0x10)

    @property
    def kind(self) -> Kind:
        if self.ins == 0x20:
            return Kind.LOG_OUT if self.p1 == 0xFF else Kind.VERIFY if self.data else Kind.PIN_STATUS
        return {
            0xA4: Kind.SELECT,
            0xB0: Kind.READ,
            0xCA: Kind.READ,
            0xCB: Kind.READ,
            0x22: Kind.PREPARE,
            0x2A: Kind.SIGN,
            0x87: Kind.SIGN,
            0xC0: Kind.MORE,
            0x2E: Kind.LOG_OUT,
        }.get(self.ins, Kind.OTHER)


@dataclass(frozen=True)
class Answer:
    """A status word and what came with it."""

    status: int
    data: bytes = field(default=b"", repr=False)

    @property
    def raw(self) -> bytes:
        return self.data + self.status.to_bytes(2, "big")


def parse(raw: bytes) -> Command:
    """Raises Malformed."""
    if len(raw) < 4:
        raise Malformed(f"{len(raw)} bytes")
    head, body = bare(raw), raw[4:]
    if not body:
        return head
    data, le = _short(body) if body[0] or len(body) == 1 else _extended(body[1:])
    return replace(head, data=data, le=le)


def bare(raw: bytes) -> Command:
    """The header alone, of whatever came."""
    cla, ins, p1, p2 = raw[:4].ljust(4, b"\0")
    return Command(cla, ins, p1, p2)


def kind_of(raw: bytes) -> Kind:
    """What these bytes are for, as far as they can be read."""
    try:
        return parse(raw).kind
    except Malformed:
        return Kind.OTHER


def _short(body: bytes) -> tuple[bytes, int | None]:
    if len(body) == 1:
        return b"", body[0] or 256
    length = body[0]
    data, rest = body[1 : 1 + length], body[1 + length :]
    if len(data) < length or len(rest) > 1:
        raise Malformed(f"Lc {length}, {len(body) - 1} bytes follow")
    return data, (rest[0] or 256) if rest else None


def _extended(body: bytes) -> tuple[bytes, int | None]:
    if len(body) < 2:
        raise Malformed("half a length")
    length = int.from_bytes(body[:2], "big")
    if len(body) == 2:
        return b"", length or 65536
    data, rest = body[2 : 2 + length], body[2 + length :]
    if not length or len(data) < length or len(rest) not in (0, 2):
        raise Malformed(f"Lc {length}, {len(body) - 2} bytes follow")
    return data, (int.from_bytes(rest, "big") or 65536) if rest else None
