"""Log-in by card (Web eID authentication token, format `web-eid:1.0`) and who one is afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.base import Identifier, Line, Message, Moment, Sha256Hex
from econtract_core.rules.contract import Side

# The nonce the card signs always starts with this, so that no server can have a document's hash signed as a log-in.
NONCE_PREFIX = "KEIYAKU-LOGIN-v1:"


class About(Message):
    """Who the server is. Clients pin `server_id`."""

    server_id: Identifier
    epoch: Identifier
    protocol: int
    version: str
    name: Line
    time: Moment
    seals: bool = False  # it gives a proof of arrival 到達証明 with every operation that is done


class Challenge(Message):
    challenge_id: Identifier
    nonce: Annotated[str, Field(min_length=44, max_length=300)]
    expires: Moment


class AuthToken(Message):
    """Web eID authentication token. The card signs hash(origin) ‖ hash(nonce); neither travels in the token.

    Names are the specification's. ECDSA signatures are raw R‖S, both base64. Source: web-eid-system-architecture-doc.
    """

    unverifiedCertificate: Annotated[str, Field(max_length=10_000)]  # noqa: N815
    algorithm: Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
    signature: Annotated[str, Field(max_length=2_000)]
    format: Literal["web-eid:1.0"] = "web-eid:1.0"
    appVersion: str = ""  # noqa: N815


class LoginRequest(Message):
    challenge_id: Identifier
    token: AuthToken


class Who(Message):
    """The person of a session. `role` is the server's: representative, agent, officer …"""

    user_id: Identifier
    user: Line
    organization_id: Identifier
    organization: Line
    contractor_number: str | None
    role: Line
    side: Side
    certificate_sha256: Sha256Hex
    expires: Moment


class LoginAnswer(Message):
    session_token: str
    who: Who
