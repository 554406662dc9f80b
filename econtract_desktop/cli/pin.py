"""Asking for the PIN at a terminal, or reading it from a file descriptor. Bytes all the way; nothing is echoed."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from econtract_core.rules.errors import Cancelled, PinRequired, UsageError
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinRequest, half_width
from econtract_desktop.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 256


def make_prompt(texts: Texts, *, pin_fd: int | None, pin_env: str | None, practice: bool) -> PinPrompt:
    """--pin-fd before --pin-env before the terminal. `--pin-env` is for practice cards only. Raises UsageError."""
    if pin_fd is not None:
        return DescriptorPrompt(pin_fd)
    if pin_env is not None:
        if not practice:
            raise UsageError(problem="--pin-env: practice cards only")
        return EnvironmentPrompt(pin_env)
    return TerminalPrompt(texts)


class DescriptorPrompt:
    """One line a question; at the end of the stream there is nobody to ask. Before a card's last try the sentence of the window
    (texts "pin.sentence", either language) must come as a line of its own: no script locks a card unawares."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def ask(self, request: PinRequest) -> PinBuffer:
        try:
            stream = io.FileIO(self._descriptor, "rb", closefd=False)
        except OSError as problem:
            raise UsageError(problem=f"--pin-fd: {problem.strerror}") from None
        line = _line(lambda one: stream.readinto(one) or 0)
        if request.last_try:
            _check_sentence(line)
            line = _line(lambda one: stream.readinto(one) or 0)
        if not line:
            raise PinRequired()
        return PinBuffer(half_width(line))


class EnvironmentPrompt:
    """Answers once, and never a card's last try."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked = False

    def ask(self, request: PinRequest) -> PinBuffer:
        value = os.environ.get(self._name)
        if self._asked or not value or request.last_try:
            raise PinRequired()
        self._asked = True
        return PinBuffer(bytearray(value.encode()))


class TerminalPrompt:
    """Asks on the terminal itself, whatever standard input is."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def ask(self, request: PinRequest) -> PinBuffer:
        self._tell(request)
        if request.last_try:
            sentence = self._texts("pin.sentence")
            print(self._texts("pin.type_sentence", sentence=sentence), end=": ", file=sys.stderr, flush=True)
            _check_sentence(_typed())
        rule = request.rule
        asked = self._texts("cli.pin_ask", shortest=rule.min_length, longest=rule.max_length)
        print(asked, end=" ", file=sys.stderr, flush=True)
        typed = _typed()
        if not typed:
            raise Cancelled()
        return PinBuffer(half_width(typed))

    def _tell(self, request: PinRequest) -> None:
        say = self._texts
        lines = [say("cli.pin_who", holder=request.holder, organization=request.organization)]
        lines += [say("cli.pin_document", title=title) for title in request.purpose.documents]
        if request.purpose.server:
            lines.append(say("cli.pin_server", server=request.purpose.server))
        if request.last_error is not None:
            lines.append(say(f"cli.pin_error_{request.last_error[-4:]}"))
        if request.last_try:
            lines.append(say("cli.pin_last_try"))
        elif request.tries_left is not None:
            lines.append(say("cli.pin_tries", tries=request.tries_left))
        print("\n".join(lines), file=sys.stderr, flush=True)


def _typed() -> bytearray:
    """A line that is not echoed."""
    if sys.platform == "win32":  # mypy knows one of the two on each system
        return _from_console()
    return _from_terminal()


def _check_sentence(typed: bytearray) -> None:
    """Raises Cancelled where it is not the sentence of the last try; what was typed instead may be a PIN, and is wiped."""
    known = [Texts(language)("pin.sentence").encode() for language in LANGUAGES]
    right = any(typed == sentence for sentence in known)  # compared where it is: no copy
    typed[:] = bytes(len(typed))
    if not right:
        raise Cancelled("the last try was not confirmed")


def _line(read: Callable[[bytearray], int]) -> bytearray:
    """Bytes up to the end of the line, read one by one so that no other copy is made."""
    found, one = bytearray(), bytearray(1)
    while read(one) and one[0] not in b"\r\n" and len(found) < _LONGEST:
        found += one
    one[0] = 0
    return found


if sys.platform == "win32":  # pragma: no cover - tried on Windows by docs/windows-checklist.md

    def _from_console() -> bytearray:
        import msvcrt

        found = bytearray()
        while True:
            key = msvcrt.getwch()
            if key in ("\r", "\n"):
                break
            if key in ("\x03", "\x1b"):
                raise Cancelled()
            if key == "\b":
                del found[-1:]
            else:
                found += key.encode()
        print(file=sys.stderr)
        return found

else:

    def _from_terminal() -> bytearray:
        import termios

        try:
            descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError:
            raise PinRequired() from None
        try:
            before = termios.tcgetattr(descriptor)
            quiet = termios.tcgetattr(descriptor)
            quiet[3] &= ~termios.ECHO
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, quiet)
            try:
                with io.FileIO(descriptor, "rb", closefd=False) as stream:
                    return _line(lambda one: stream.readinto(one) or 0)
            finally:
                termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
                print(file=sys.stderr)
        finally:
            os.close(descriptor)
