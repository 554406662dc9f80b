"""The root of the error tree, and how an error is found by its code."""

from __future__ import annotations

from typing import ClassVar

Fact = str | int | float | bool | None | list[str]


class EcontractError(Exception):
    """Root. Subclasses with a code of their own are found by `error_from_code`."""

    code: ClassVar[str] = "ED-BUG-9999"
    retriable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, detail: str = "", **facts: Fact) -> None:
        """`detail` is a technical remark in English for the folded part of the error panel; `facts` fill the texts."""
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return (
            f"{self.code} {type(self).__name__}"
            + (f" ({facts})" if facts else "")
            + (f": {self.detail}" if self.detail else "")
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (error_from_code, (self.code, self.detail, self.facts))


def error_types() -> dict[str, type[EcontractError]]:
    """Every code with its class. A code belongs to one class (a test holds this)."""
    found: dict[str, type[EcontractError]] = {}
    waiting = list(EcontractError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found[kind.code] = kind
    return found


def error_from_code(code: str, detail: str, facts: dict[str, Fact]) -> EcontractError:
    """The error that another process (card process, server) named by its code; an unknown code becomes `InternalError`."""
    kind = error_types().get(code)
    if kind is None:
        return InternalError(detail, unknown_code=code)
    return kind(detail, **facts)


class InternalError(EcontractError):
    """A defect of ours. Facts: where."""

    code = "ED-BUG-9999"
