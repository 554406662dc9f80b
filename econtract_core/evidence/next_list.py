"""When a CA's next revocation list is due."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509


def next_update(crls: tuple[bytes, ...]) -> datetime | None:
    """The earliest nextUpdate (RFC 5280 5.1.2.5) of these lists (DER), in UTC; None where none says one or can be read."""
    times = [time for crl in crls if (time := _of(crl)) is not None]
    return min(times, default=None)


def _of(crl: bytes) -> datetime | None:
    try:
        return x509.load_der_x509_crl(crl).next_update_utc
    except ValueError:
        return None
