"""The rig on a real pcscd, with OpenSC's own tools as the other program: log-in, signatures that openssl verifies, counters, faults, restarts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from econtract_practice.cards.virtual import CardPlan, CardRig, Deed, Fault, Kind, RigError, fastpoll
from tests.fakes.card_rig import JPKI_PINS, USER_PIN, PlanMaker


class Tool:
    """pkcs11-tool against a rig."""

    def __init__(self, rig: CardRig) -> None:
        self._command = ["pkcs11-tool", "--module", str(rig.module)]
        self._environment = {**os.environ, **rig.environment, "LC_ALL": "C"}

    def run(self, *words: str, pin: str | None = None, slot: str = "0") -> subprocess.CompletedProcess[str]:
        """`pin`: log in with it, through standard input's place in the environment of the tool."""
        environment = {**self._environment, "PRACTICE_PIN": pin or ""}
        login = ["--login", "--pin", "env:PRACTICE_PIN"] if pin else []
        command = [*self._command, "--slot-index", slot, *words, *login]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def flags(self, label: str) -> str:
        """The token's flags as the listing shows them."""
        shown = self.run("-L").stdout
        found = re.search(rf"token label *: {re.escape(label)}\n(?:.*\n)*? *token flags *: (.*)\n", shown)
        return found.group(1) if found else ""


@pytest.fixture
def tool(rig: CardRig) -> Tool:
    return Tool(rig)


def put(rig: CardRig, plan: CardPlan, reader: int = 0) -> str:
    rig.insert(reader, rig.make(plan))
    return plan.name


def openssl_verifies(folder: Path, certificate: bytes, message: Path, signature: Path) -> bool:
    key = x509.load_der_x509_certificate(certificate).public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(pem)
    command = ["openssl", "dgst", "-sha256", "-verify", folder / "key.pem", "-signature", signature, message]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("kind", "slot", "pin", "place", "identifier", "mechanism"),
    [
        ("jpki", "0", JPKI_PINS["auth"], "auth", "01", "SHA256-RSA-PKCS"),
        ("jpki", "1", JPKI_PINS["sign"], "sign", "02", "SHA256-RSA-PKCS"),
        ("piv", "0", USER_PIN, "9A", "01", "SHA256-RSA-PKCS"),
        ("piv", "0", USER_PIN, "9C", "02", "SHA256-RSA-PKCS"),
        ("piv-rsa3072", "0", USER_PIN, "9C", "02", "SHA256-RSA-PKCS"),
        ("piv-p256", "0", USER_PIN, "9C", "02", "ECDSA-SHA256"),
        ("ebid", "0", USER_PIN, "sign", "45", "SHA256-RSA-PKCS"),
        ("ebid-every-time", "0", USER_PIN, "sign", "45", "SHA256-RSA-PKCS"),
    ],
)
def test_opensc_signs_and_openssl_verifies(
    rig: CardRig,
    tool: Tool,
    plan: PlanMaker,
    tmp_path: Path,
    kind: str,
    slot: str,
    pin: str,
    place: str,
    identifier: str,
    mechanism: str,
) -> None:
    card = plan(kind)
    put(rig, card)
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(b"contract")
    words = ("--sign", "--id", identifier, "--mechanism", mechanism, "--signature-format", "openssl")
    done = tool.run(*words, "-i", str(message), "-o", str(signature), pin=pin, slot=slot)
    assert done.returncode == 0, done.stderr
    assert openssl_verifies(tmp_path, card.keys[place][1], message, signature)
    message.write_bytes(b"another contract")
    assert not openssl_verifies(tmp_path, card.keys[place][1], message, signature)


def test_the_jpki_signing_certificate_shows_after_log_in_only(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    put(rig, plan("jpki"))
    assert "Digital Signature Certificate\n" not in tool.run("-O", slot="1").stdout
    assert "Digital Signature Certificate\n" in tool.run("-O", pin=JPKI_PINS["sign"], slot="1").stdout


@pytest.mark.parametrize(
    ("kind", "slot", "label", "flags"),
    [
        (
            "jpki",
            "0",
            "JPKI (User Authentication PIN)",
            ["user PIN count low", "final user PIN try", "user PIN locked"],
        ),
        ("piv", "0", "Taro Yamada", ["", "final user PIN try", "user PIN locked"]),
    ],
)
def test_wrong_pins_lock_and_the_count_survives_being_pulled(
    rig: CardRig, tool: Tool, plan: PlanMaker, kind: str, slot: str, label: str, flags: list[str]
) -> None:
    name = put(rig, plan(kind))
    pin = "auth" if kind == "jpki" else "user"
    wrong = "9999" if kind == "jpki" else "999999"
    for left, flag in zip((2, 1, 0), flags, strict=True):
        tool.run("-O", pin=wrong, slot=slot)
        rig.remove(0)
        rig.insert(0, name)
        assert rig.stats(name).pins[pin].left == left
        assert flag in tool.flags(label)
    right = JPKI_PINS["auth"] if kind == "jpki" else USER_PIN
    assert "CKR_PIN_LOCKED" in tool.run("-O", pin=right, slot=slot).stderr
    told = rig.stats(name).pins[pin]
    assert (told.wrong, told.repeated, told.right) == (3, 2, 0)


def test_no_pin_is_in_the_log(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    name = put(rig, plan("ebid"))
    tool.run("-O", pin=USER_PIN)
    log = rig.log(name)
    assert [entry.pin for entry in log if entry.kind is Kind.VERIFY or entry.kind == "verify"] == ["user"]
    assert USER_PIN.encode().hex() not in repr(log)
    assert USER_PIN not in repr(log) + (rig.root / "pcscd.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [Kind.SELECT, Kind.VERIFY, Kind.SIGN])
@pytest.mark.parametrize("executed", [False, True])
def test_a_card_pulled_at_a_command(
    rig: CardRig, tool: Tool, plan: PlanMaker, tmp_path: Path, kind: Kind, executed: bool
) -> None:
    name = put(rig, plan("ebid"))
    rig.fault(0, Fault(Deed.PULL, kind=kind, executed=executed))
    (tmp_path / "message").write_bytes(b"contract")
    words = ("--sign", "--id", "45", "-m", "SHA256-RSA-PKCS", "-i", str(tmp_path / "message"), "-o", os.devnull)
    assert tool.run(*words, pin=USER_PIN).returncode != 0
    rig.wait_empty(0)
    assert rig.cards() == (None, None)
    (struck,) = (entry for entry in rig.log(name) if entry.fault == "pull")
    assert struck.kind == kind
    assert (struck.status != "0000") is executed
    rig.insert(0, name)
    assert tool.run(*words, pin=USER_PIN).returncode == 0
    assert rig.stats(name).pins["user"].wrong == 0


def test_a_card_swapped_for_another_at_a_command(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    first, second = put(rig, plan("ebid")), rig.make(plan("ebid"))
    rig.fault(0, Fault(Deed.SWAP, at=5, other=second))
    tool.run("-L")
    rig.wait_present(0)
    assert rig.cards() == (second, None)
    assert second in tool.run("-L").stdout
    assert rig.stats(first).commands == 5


def test_a_reset_ends_the_log_in(rig: CardRig, tool: Tool, plan: PlanMaker, tmp_path: Path) -> None:
    name = put(rig, plan("piv"))
    rig.fault(0, Fault(Deed.RESET, kind=Kind.SIGN))
    (tmp_path / "message").write_bytes(b"contract")
    words = ("--sign", "--id", "01", "-m", "SHA256-RSA-PKCS", "-i", str(tmp_path / "message"), "-o", os.devnull)
    tool.run(*words, pin=USER_PIN)
    assert "6982" in [entry.status for entry in rig.log(name) if entry.kind == "sign"]
    assert rig.stats(name).pins["user"].wrong == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Deed.STATUS, kind=Kind.READ, times=0),
        Fault(Deed.FLIP, kind=Kind.READ, times=0, amount=3),
        Fault(Deed.TRUNCATE, kind=Kind.READ, times=0, amount=20),
        Fault(Deed.TRUNCATE, kind=Kind.READ, times=0, amount=9999),
        Fault(Deed.LENGTHEN, kind=Kind.READ, times=0, amount=300),
    ],
    ids=lambda fault: f"{fault.deed}-{fault.amount}",
)
def test_spoiled_answers_and_the_card_is_whole_afterwards(
    rig: CardRig, tool: Tool, plan: PlanMaker, fault: Fault
) -> None:
    name = put(rig, plan("ebid"))
    rig.fault(0, fault)
    assert name not in tool.run("-L").stdout
    rig.clear_faults(0)
    rig.wait_present(0)
    assert name in tool.run("-L").stdout


def test_a_card_that_hangs_goes_on_when_released(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    name = put(rig, plan("ebid"))
    rig.fault(0, Fault(Deed.HANG, at=3))
    command = [*tool._command, "-L"]
    with subprocess.Popen(command, env=tool._environment, stdout=subprocess.PIPE, text=True) as process:
        rig.wait_hanging(0)
        assert process.poll() is None
        rig.release(0)
        shown, _ = process.communicate()
    assert name in shown


def test_a_hanging_card_can_be_pulled(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    name = put(rig, plan("ebid"))
    rig.fault(0, Fault(Deed.HANG, at=3))
    with subprocess.Popen([*tool._command, "-L"], env=tool._environment, stdout=subprocess.PIPE, text=True) as process:
        rig.wait_hanging(0)
        rig.remove(0)
        shown, _ = process.communicate()
    assert name not in shown
    assert rig.stats(name).commands == 3


def test_delays_add_up(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    name = put(rig, plan("ebid"))
    rig.delay(0, 20)
    rig.fault(0, Fault(Deed.DELAY, at=2, amount=200))
    started = time.monotonic()
    assert name in tool.run("-L").stdout
    assert time.monotonic() - started >= 0.2 + 0.02 * rig.stats(name).commands


@pytest.mark.parametrize("kill", [False, True])
def test_pcscd_restarts_and_the_card_is_still_in(rig: CardRig, tool: Tool, plan: PlanMaker, kill: bool) -> None:
    name = put(rig, plan("ebid"))
    rig.stop_pcscd(kill=kill)
    assert name not in tool.run("-L").stdout
    rig.remove(0)
    rig.insert(0, name)
    rig.start_pcscd()
    assert name in tool.run("-L").stdout


def test_two_cards_and_two_readers(rig: CardRig, tool: Tool, plan: PlanMaker) -> None:
    put(rig, plan("jpki"), 0)
    other = put(rig, plan("ebid"), 1)
    shown = tool.run("-L").stdout
    assert [shown.count(label) for label in ("JPKI (", other)] == [2, 1]
    assert all(reader in shown for reader in rig.readers)


def test_what_cannot_be_done_is_said(rig: CardRig, plan: PlanMaker) -> None:
    card = plan("ebid")
    put(rig, card)
    with pytest.raises(RigError, match="there is a card"):
        rig.make(card)
    with pytest.raises(RigError, match="in the reader"):
        rig.insert(0, card.name)
    with pytest.raises(RigError, match="no card nobody"):
        rig.insert(1, "nobody")
    with pytest.raises(RigError, match="no card nobody"):
        rig.fault(0, Fault(Deed.SWAP, other="nobody"))
    with pytest.raises(RigError, match="did not follow"):
        rig.wait_empty(0, seconds=0.05)


def test_two_rigs_do_not_meet(rig: CardRig, plan: PlanMaker) -> None:
    here = put(rig, plan("ebid"))
    with CardRig(readers=3) as other:
        there = put(other, plan("ebid"), 2)
        assert len(other.readers) == 3
        assert here in Tool(rig).run("-L").stdout
        shown = Tool(other).run("-L").stdout
        assert there in shown
        assert here not in shown


@pytest.mark.usefixtures("running_rig")  # skips where there is none
def test_the_emulator_ends_by_itself_when_its_owner_has_done() -> None:
    with CardRig() as rig:
        process = rig._process
    assert process is not None
    assert process.returncode == 0  # not killed


def test_without_a_compiler_it_is_only_slower(running_rig: CardRig, plan: PlanMaker) -> None:
    assert running_rig.fast
    with CardRig(readers=1, fast=False) as slow:
        assert not slow.fast
        name = put(slow, plan("ebid"))
        assert name in Tool(slow).run("-L").stdout
        slow.remove(0)


def test_no_compiler_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fastpoll.build(tmp_path) is None


_OWNER = """
import sys
from econtract_practice.cards.virtual import CardRig
with CardRig() as rig:
    print(rig.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.usefixtures("running_rig")  # skips where there is none
def test_nothing_runs_on_after_its_owner_was_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    emulator = int(owner.stdout.readline())
    children = Path(f"/proc/{emulator}/task/{emulator}/children").read_text(encoding="ascii").split()
    assert children  # pcscd
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert owner.stdin is not None
    owner.stdin.close()
    owner.stdout.close()
    _gone([emulator, *map(int, children)])


@pytest.mark.usefixtures("running_rig")  # skips where there is none
def test_pcscd_does_not_outlive_a_killed_emulator() -> None:
    with CardRig() as rig:
        children = Path(f"/proc/{rig.pid}/task/{rig.pid}/children").read_text(encoding="ascii").split()
        os.kill(rig.pid, signal.SIGKILL)
        _gone([int(child) for child in children])
        with pytest.raises(RigError, match="ended"):
            rig.cards()


def _gone(processes: list[int]) -> None:
    """Wait until none of them runs; a zombie does not."""
    until = time.monotonic() + 10
    while any(_runs(process) for process in processes):
        assert time.monotonic() < until, f"still running: {processes}"
        time.sleep(0.01)


def _runs(process: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
