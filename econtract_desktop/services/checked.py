"""Data that a person wrote, as a message: with the field's name where it is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from econtract_core.rules.errors import ValueInvalid

if TYPE_CHECKING:
    from pydantic import BaseModel

    M = TypeVar("M", bound=BaseModel)


def checked(kind: type[M], data: dict[str, object]) -> M:
    """Raises ValueInvalid naming the first field that is wrong."""
    from pydantic import ValidationError

    try:
        return kind.model_validate_json(json.dumps(data))
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        raise ValueInvalid(field=".".join(str(p) for p in first["loc"]), problem=str(first["msg"])) from None
