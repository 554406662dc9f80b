"""`python -m tests.integration.pdf_corpus [--twice] [--jobs N] [--list OUTCOME] DIR…`: sign every PDF below the folders or refuse it.

Each file is signed at B-B with a key card and what comes out is judged by our verifier, by `additions`, and where they are installed
by pdfsig and qpdf; or it is refused by a typed error and nothing is left. An untyped error, more than 5 s for a step, more than 500 MB
or an output that a judge does not accept is a failure. Prints counts by outcome and each failure; exit status 1 where there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, Queue
from shutil import which
from threading import Thread
from typing import IO, Any, TypeVar

from econtract_core.evidence.pdf.additions import besides_signature
from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import EcontractError
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench

_SLOW = 5.0  # seconds a step may take
_HUNG = 90.0  # seconds after which the worker is ended
_LARGEST = 500  # MB a worker may have
_FRESH_AFTER = 200  # files of one worker
_T = TypeVar("_T")


class Wrong(Exception):
    """A failure: what was seen."""


class Judge:
    """Signs or refuses one file after the other."""

    def __init__(self, folder: Path, *, twice: bool = False) -> None:
        self._pki = TestPki.make()
        self._bench = Bench(self._pki, self._pki.person(), folder)
        self._second = self._pki.person("佐藤 花子")
        self._folder = folder
        self._twice = twice

    def outcome(self, source: Path) -> str:
        """ "signed", or "refused: CODE" with the error's name. Raises Wrong; anything else that comes out is a failure too."""
        for old in self._folder.glob("signed*.pdf"):
            old.unlink()
        inspection = _timed("inspect", lambda: inspect_pdf(source))
        try:
            _timed("sign", lambda: self._bench.sign(source, level="B-B"))
        except EcontractError as refused:
            if (self._folder / "signed.pdf").exists():
                raise Wrong("refused, and there is an output") from None
            if self._passes(source):
                raise Wrong("refused, and it verifies as TOTAL-PASSED") from None
            kinds = refused.facts.get("kinds")
            told = ",".join(sorted(kinds)) if isinstance(kinds, list) else str(refused.facts.get("problem", ""))
            return f"refused: {type(refused).__name__} {told}".strip()
        if not inspection.safe_to_sign:
            raise Wrong("signed though the inspection refuses it")
        self._judge(source, self._folder / "signed.pdf", 1)
        return self._again() if self._twice else "signed"

    def _again(self) -> str:
        """Another person signs what came out; refusing that is no failure, but worth a line."""
        try:
            self._bench.sign(self._folder / "signed.pdf", "signed-2.pdf", level="B-B", person=self._second)
        except EcontractError as refused:
            return f"once: {type(refused).__name__} {refused.facts.get('kinds', refused.facts.get('problem', ''))}"
        self._judge(self._folder / "signed.pdf", self._folder / "signed-2.pdf", 2)
        return "signed"

    def _passes(self, source: Path) -> bool:
        return _timed("verify", lambda: self._bench.verify(source)).verdict is Verdict.TOTAL_PASSED

    def _judge(self, source: Path, signed: Path, ours: int) -> None:
        if not signed.read_bytes().startswith(source.read_bytes()):
            raise Wrong("the original's bytes were changed")
        verdict = _timed("verify", lambda: self._bench.verify(signed))
        for signature in verdict.signatures[-ours:]:
            if signature.verdict is not Verdict.TOTAL_PASSED:
                raise Wrong(f"own verdict {signature.verdict} {signature.sub_indication}: {verdict.findings}")
        if not verdict.signatures or not verdict.signatures[-1].covers_whole_document:
            raise Wrong("the last signature does not cover the file")
        besides = _timed("additions", lambda: besides_signature(source, signed))
        if besides:
            raise Wrong(f"additions: {besides}")
        _ask_pdfsig(signed)
        _ask_qpdf(source, signed)


def _timed(step: str, work: Callable[[], _T]) -> _T:
    began = time.monotonic()
    try:
        return work()
    finally:
        spent = time.monotonic() - began
        if spent > _SLOW:
            raise Wrong(f"{step} took {spent:.1f} s")


def _ask_pdfsig(signed: Path) -> None:
    if which("pdfsig") is None:
        return
    command = ["pdfsig", "-nocert", signed]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, errors="replace")
    whole = [part for part in done.stdout.split("Signature #")[1:] if "- Total document signed" in part]
    if not any("Signature is Valid." in part for part in whole):
        raise Wrong(f"pdfsig: {done.stdout[-400:]!r} {done.stderr[-200:]!r}")


def _ask_qpdf(source: Path, signed: Path) -> None:
    if which("qpdf") is None:
        return
    before, after = (
        subprocess.run(["qpdf", "--check", file], capture_output=True, check=False, timeout=60).returncode
        for file in (source, signed)
    )
    if after > before and not (before, after) == (2, 3):
        raise Wrong(f"qpdf --check ends with {after}, before signing with {before}")


# --- workers -------------------------------------------------------------------------------------------------------------


def _worker(twice: bool) -> None:
    """Paths on standard input, an outcome for each on standard output."""
    import resource

    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        judge = Judge(Path(name), twice=twice)
        for line in sys.stdin:
            source = Path(json.loads(line))
            began = time.monotonic()
            try:
                answer = {"outcome": judge.outcome(source)}
            except Wrong as wrong:
                answer = {"failure": str(wrong)}
            except EcontractError as problem:
                answer = {"failure": f"typed, but out of place: {type(problem).__name__} {problem.facts}"}
            except Exception as problem:  # noqa: BLE001 - an untyped error is what is looked for
                answer = {"failure": f"UNTYPED {type(problem).__name__}: {problem}"[:400]}
            size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(json.dumps({**answer, "seconds": time.monotonic() - began, "size": size}), flush=True)


class _Worker:
    """A process that judges; ended where it hangs."""

    def __init__(self, twice: bool) -> None:
        command = [sys.executable, "-m", "tests.integration.pdf_corpus", "--worker", *(["--twice"] if twice else [])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answers: Queue[str] = Queue()
        assert self._process.stdout is not None
        self._listener = Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()
        self.files = 0

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            self._answers.put(line)
        self._answers.put("")

    def ask(self, path: Path) -> dict[str, Any]:
        self.files += 1
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(str(path)) + "\n")
        self._process.stdin.flush()
        try:
            line = self._answers.get(timeout=_HUNG)
        except Empty:
            return {"failure": f"hung for {_HUNG:.0f} s", "seconds": _HUNG, "size": 0, "gone": True}
        if not line:
            return {"failure": "the process died", "seconds": 0.0, "size": 0, "gone": True}
        answer: dict[str, Any] = json.loads(line)
        if answer["size"] > _LARGEST:
            answer |= {"failure": f"{answer['size']} MB; {answer.get('failure', '')}", "gone": True}
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _lane(files: Queue[Path], twice: bool) -> list[tuple[Path, dict[str, Any]]]:
    worker, results = _Worker(twice), []
    try:
        while True:
            try:
                path = files.get_nowait()
            except Empty:
                return results
            answer = worker.ask(path)
            results.append((path, answer))
            if answer.get("gone") or worker.files >= _FRESH_AFTER:
                worker.close()
                worker = _Worker(twice)
    finally:
        worker.close()


def run(files: list[Path], *, twice: bool = False, jobs: int = 1) -> list[tuple[Path, dict[str, Any]]]:
    """(file, {"outcome" or "failure", "seconds", "size"}) of each, sorted."""
    queue: Queue[Path] = Queue()
    for path in files:
        queue.put(path)
    with ThreadPoolExecutor(jobs) as pool:
        lanes = [pool.submit(_lane, queue, twice) for _ in range(jobs)]
        return sorted((item for lane in lanes for item in lane.result()), key=lambda item: item[0])


def _report(results: list[tuple[Path, dict[str, Any]]], listed: str | None) -> Iterator[str]:
    words = Counter(" ".join(r["outcome"].split()[:2]) if "outcome" in r else "FAILURE" for _, r in results)
    for path, result in results:
        if "failure" in result:
            yield f"FAILURE {path}: {result['failure']}"
        elif listed is not None and listed in result["outcome"]:
            yield f"{path}: {result['outcome']}"
    yield ", ".join(f"{count} {word}" for word, count in words.most_common())
    slowest = max(results, key=lambda item: item[1]["seconds"])
    largest = max(result["size"] for _, result in results)
    yield f"{len(results)} files; slowest {slowest[1]['seconds']:.1f} s ({slowest[0].name}); largest process {largest} MB"


def main() -> int:
    parser = argparse.ArgumentParser(prog="pdf_corpus")
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--twice", action="store_true", help="another person signs after the first")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", metavar="WORD", help="name the files whose outcome holds WORD")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        _worker(options.twice)
        return 0
    files = sorted(path for folder in options.folders for path in folder.rglob("*") if path.suffix.lower() == ".pdf")
    if not files:
        parser.error("no PDF there")
    results = run(files, twice=options.twice, jobs=options.jobs)
    print("\n".join(_report(results, options.list)))
    return 1 if any("failure" in result for _, result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
