"""The whole contract journey through the command line, each step printed, ending at the first that is not as it should be.

The officer registers a case and offers a contract; the contractor sets contacts, reviews, returns it once, gets the new
version, signs and submits; the officer countersigns; both download; independent programs judge the files. On the way every
trouble is rehearsed: it must end in its own typed error, lose nothing, and let the journey go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from econtract_practice import seed
from econtract_practice.environment import Environment
from econtract_practice.officer import Officer
from econtract_practice.oracle import judge
from econtract_practice.people import CONTRACTOR, OFFICER
from econtract_practice.program import Outcome, Program

_REASON = "工期の終期が公告と異なるため、令和9年6月30日に直してください。"
_STEPS = 39


class StepFailed(Exception):
    """A step did not go as the rules say."""


@dataclass
class Journey:
    """One journey. `say` prints a line."""

    environment: Environment
    report: Path
    say: Callable[[str], None]
    number: int = 0
    not_checked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.officer = Officer(self.environment)
        self.contractor = Program(self.environment.profile(CONTRACTOR), CONTRACTOR.pin)

    def step(self, actor: str, what: str, do: Callable[[], str | None]) -> None:
        """Run one step and print its line. Raises StepFailed."""
        self.number += 1
        began = time.monotonic()
        head = f"[{self.number:2}/{_STEPS}] {actor}: {what}"
        try:
            note = do()
        except StepFailed as failure:
            self.say(f"{head} … FAILED: {failure}")
            raise
        self.say(f"{head} … OK {time.monotonic() - began:.1f}s" + (f"  {note}" if note else ""))

    def run(self) -> list[Path]:
        """The verified files."""
        self._offer()
        self._return_once()
        self._troubles_before_signing()
        self._sign_and_submit()
        return self._conclude()

    # --- the parts

    def _offer(self) -> None:
        o = self.officer
        self.step("発注者", "カードでログイン login", lambda: good(o.program.run("login")))
        self.step("発注者", "案件を登録 register-case", lambda: good(o.register()))
        self.step("発注者", "契約書を作成(Typst, PDF/A) prepare-contract", lambda: good(o.prepare(1)[0]))
        self.step("発注者", "契約書を提示 offer", lambda: state(o.offer(seed.CASE_NUMBER, 1), "OFFERED"))

    def _return_once(self) -> None:
        c, case = self.contractor, seed.CASE_NUMBER
        self.step("受注者", "カードでログイン login", lambda: good(c.run("login")))
        self.step("受注者", "案件を見る case list", lambda: good(c.run("case", "list")))
        contact = ("--set", "山田 太郎,yamada@example.jp,03-0000-0000", "--set", "現場事務所,site@example.jp")
        self.step("受注者", "連絡先を決める case contacts", lambda: good(c.run("case", "contacts", case, *contact)))
        review = lambda: state(c.run("contract", "review", case), "UNDER_REVIEW")  # noqa: E731
        self.step("受注者", "第1版を確認 review", review)
        give_back = lambda: state(c.run("contract", "return", case, "--reason", _REASON), "DRAFTING")  # noqa: E731
        self.step("受注者", "理由を付けて差し戻し return", give_back)
        self.step("発注者", "第2版を作成して提示 offer", lambda: state(self.officer.offer(case, 2), "OFFERED"))
        self.step("受注者", "第2版を確認 review", review)

    def _troubles_before_signing(self) -> None:
        c, case = self.contractor, seed.CASE_NUMBER
        sign = ("contract", "sign", case)
        self.step("困りごと", "PIN番号の誤り", lambda: refused(c.run(*sign, pin="999999"), "ED-CARD-2101", 1))
        missing = lambda: refused(c.run(*sign, "--token", "no-such-card"), "ED-CARD-2001", 3)  # noqa: E731
        self.step("困りごと", "カードがない", missing)
        self.step("困りごと", "別の人のカードで署名", self._wrong_signer)
        self.step("困りごと", "手元の契約書が書き換えられた", self._altered)

    def _sign_and_submit(self) -> None:
        c, case = self.contractor, seed.CASE_NUMBER
        self.step("困りごと", "タイムスタンプが止まっているときに署名 sign", self._dead_tsa)
        self.step("受注者", "タイムスタンプが付いて自動で送られる sync", lambda: good(c.run("sync", "--once")))
        self.step("受注者", "署名済み show", lambda: state(c.run("case", "show", case), "SIGNING"))
        self.step("困りごと", "提出の途中でサーバーが止まる", self._server_gone)
        self.step("受注者", "送信待ちが届く sync", lambda: good(c.run("sync", "--once")))
        self.step("受注者", "提出済み submitted", lambda: state(c.run("case", "show", case), "SUBMITTED"))

    def _conclude(self) -> list[Path]:
        o, c, case = self.officer.program, self.contractor, seed.CASE_NUMBER
        self.step("発注者", "内容を確認 review", lambda: good(o.run("contract", "review", case)))
        countersign = lambda: state(o.run("officer", "countersign", case), "CONCLUDED")  # noqa: E731
        self.step("発注者", "署名して契約締結 countersign", countersign)
        files = []
        for who, program, name in (("受注者", c, "contractor"), ("発注者", o, "officer")):
            folder = self.report / name
            download = self._downloader(program, case, folder)
            self.step(who, "締結した契約書を保存 download", download)
            file = folder / f"{seed.DOCUMENT_TITLE}.pdf"
            self.step(who, "検証 verify", self._verifier(program, file))
            files.append(file)
        self.step("確認", "両者の控えは同じファイル", lambda: same(files))
        for file in files:
            self._judge(file)
        self.step("困りごと", "締結した契約書の改ざん", lambda: self._tampered(files[0]))
        return files

    # --- single steps

    def _downloader(self, program: Program, case: str, folder: Path) -> Callable[[], str]:
        return lambda: good(program.run("contract", "download", case, "--out", str(folder)))

    def _verifier(self, program: Program, file: Path) -> Callable[[], str]:
        def verify() -> str:
            outcome = program.run("verify", str(file))
            good(outcome)
            document = outcome.data["documents"][0]
            levels = [(s["signer"], s["level"]) for s in document["signatures"]]
            wanted = [(CONTRACTOR.person.name, "PAdES-B-T"), (OFFICER.person.name, "PAdES-B-T")]
            if document["verdict"] != "TOTAL-PASSED" or levels != wanted:
                raise StepFailed(f"{document['verdict']} {levels}")
            return f"{document['verdict']} {', '.join(f'{signer} {level}' for signer, level in levels)}"

        return verify

    def _judge(self, file: Path) -> None:
        ca = self.environment.authority
        roots = self.report / "signer-roots.pem"
        roots.write_bytes(ca.root.pem + ca.issuing.pem)
        tsa = ca.trust_dir / "practice-tsa-root.pem"
        for found in judge(file, self.report / "work", roots, tsa, 2):
            if found.ok is None:
                self.not_checked.append(found.said)
                continue

            def tell(ok: bool = found.ok, said: str = found.said) -> str:
                if not ok:
                    raise StepFailed(said)
                return said

            self.step("第三者", f"{file.parent.name}: {found.judge}", tell)

    def _wrong_signer(self) -> str:
        """The officer's card at the contractor's program, whose session is the contractor's."""
        card = next(card for card in self.environment.cards if card.holder == OFFICER.key and card.profile == "file")
        words = ("contract", "sign", seed.CASE_NUMBER, "--module", str(card.module))
        return refused(self.contractor.run(*words, pin=OFFICER.pin), "ED-CARD-2011", 3)

    def _dead_tsa(self) -> str:
        """The card's signature is kept and waits for its timestamp."""
        self.environment.responder.tsa_mode = "down"
        try:
            outcome = self.contractor.run("contract", "sign", seed.CASE_NUMBER)
        finally:
            self.environment.responder.tsa_mode = "ok"
        if outcome.status != 3 or outcome.data.get("timestamp_problem") != "ED-TIME-5101":
            raise StepFailed(f"exit status {outcome.status}: {outcome.said[-300:]}")
        return "カードの署名は残り、タイムスタンプを待っています"

    def _altered(self) -> str:
        """The kept copy is changed on the disk: it must not be signed; the true one is fetched again."""
        reviewed = self.contractor.run("contract", "review", seed.CASE_NUMBER)
        good(reviewed)
        path = Path(reviewed.data["files"][0]["path"])
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)
        again = self.contractor.run("contract", "review", seed.CASE_NUMBER)
        good(again)
        fetched = Path(again.data["files"][0]["path"]).read_bytes()
        if fetched == bytes(data):
            raise StepFailed("the altered copy was used")
        return "書き換えを見つけ、サーバーから取り直しました"

    def _server_gone(self) -> str:
        self.environment.stop_server()
        try:
            return refused(self.contractor.run("contract", "submit", seed.CASE_NUMBER), "ED-NET-5007", 3)
        finally:
            self.environment.start_server()

    def _tampered(self, file: Path) -> str:
        data = bytearray(file.read_bytes())
        data[len(data) // 3] ^= 1
        altered = self.report / "altered.pdf"
        altered.write_bytes(data)
        outcome = self.contractor.run("verify", str(altered))
        document = outcome.data["documents"][0]
        if outcome.status != 1 or document["verdict"] != "TOTAL-FAILED":
            raise StepFailed(f"{outcome.status} {document['verdict']}")
        return f"{document['verdict']} {document['sub_indication']}"


def run_journey(directory: Path, report: Path) -> int:
    """Print each step and, at the end, the verified files; non-zero where any step fails. A report that is there stays: the
    next one goes into a numbered folder inside."""
    report = fresh(report)
    with (report / "journey.log").open("w", encoding="utf-8") as log:

        def say(line: str) -> None:
            print(line, flush=True)
            print(line, file=log, flush=True)

        began = time.monotonic()
        say(f"体験モードを準備しています practice environment: {directory}")
        with Environment(directory) as environment:
            say(f"準備ができました ready: {environment.origin} {time.monotonic() - began:.1f}s")
            journey = Journey(environment, report, say)
            try:
                files = journey.run()
            except StepFailed:
                return 1
        for missing in sorted(set(journey.not_checked)):
            say(f"未確認 not checked: {missing}")
        say(f"すべての手順が終わりました all steps passed in {time.monotonic() - began:.1f}s")
        for file in files:
            say(str(file))
    return 0


def fresh(report: Path) -> Path:
    """`report`, or the first numbered folder in it that is not there yet."""
    if not report.exists() or not any(report.iterdir()):
        report.mkdir(parents=True, exist_ok=True)
        return report
    number = next(n for n in count(2) if not (report / str(n)).exists())
    (report / str(number)).mkdir()
    return report / str(number)


def good(outcome: Outcome) -> str:
    """Raises StepFailed unless the command did what it was asked."""
    if outcome.status != 0:
        told = f"{outcome.code} {outcome.error.get('message', '')} {outcome.error.get('detail', '')}"
        raise StepFailed(f"exit status {outcome.status}: {told if outcome.code else outcome.said[-500:]}")
    return ""


def state(outcome: Outcome, wanted: str) -> str:
    """Raises StepFailed unless the contract is in that state now."""
    good(outcome)
    found = outcome.data["case"]["contracts"][0]["state"]
    if found != wanted:
        raise StepFailed(f"{found}, not {wanted}")
    return str(found)


def refused(outcome: Outcome, code: str, status: int) -> str:
    """Raises StepFailed unless it ended in exactly this typed error."""
    if (outcome.code, outcome.status) != (code, status):
        raise StepFailed(
            f"{outcome.code} {outcome.status}, not {code} {status}: {outcome.error or outcome.said[-300:]}"
        )
    return f"{code} {outcome.error['message']}"


def same(files: list[Path]) -> str:
    if len({file.read_bytes() for file in files}) != 1:
        raise StepFailed("the two copies differ")
    return ""
