"""The manners of all messages: frozen, no unknown fields, strict about time zones."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

Moment = AwareDatetime
Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_NO_NUL = r"^[^\x00]*$"  # no database keeps it
Text = Annotated[str, StringConstraints(max_length=2000, pattern=_NO_NUL)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_NO_NUL)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
