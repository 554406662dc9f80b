"""What lies where on one page, in the order it was painted: text, and what was painted over it or under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from econtract_core.evidence.pdf.inspect.budget import Budget
from econtract_core.evidence.pdf.inspect.geometry import Box, Matrix, box_under

Color = tuple[float, float, float]
PAPER: Color = (1.0, 1.0, 1.0)
_BAND = 32.0  # points; runs are kept by the band of the page their middle lies in
_THIN = 3.0  # points; what is thinner is a line, no background
_SAME = 0.04  # colours that differ by less are not told apart on paper
_COVERED = 0.9  # of a run's area
_MOST_BACKGROUNDS = 4_000
_TINY = 1.0  # points
_SCAN = 0.8  # of the page's area, by one picture


class Run:
    """Text shown by one operator. Its box is worked out when it is asked for."""

    __slots__ = ("_box", "color", "hidden", "invisible", "matrix", "measure", "owner", "size")

    def __init__(self, matrix: Matrix, size: float, measure: Callable[[], tuple[float, bool, bool]]) -> None:
        """`matrix`: text to page. `measure`: (the width in text space, whether it runs downwards, whether it is only spaces)."""
        self.matrix = matrix
        self.size = size
        self.measure = measure
        self.owner = ""  # the page itself, else the annotation that shows it
        self.color: Color | None = None  # None: not known, or painted with a pattern
        self.invisible = False
        self.hidden = ""  # the code of why it is not seen
        self._box: Box | None = None

    @property
    def box(self) -> Box:
        if self._box is None:
            width, downwards, _ = self.measure()
            size = self.size
            own = (-0.5 * size, -width, 0.5 * size, 0.0) if downwards else (0.0, -0.2 * size, width, 0.8 * size)
            self._box = box_under(self.matrix, own)
        return self._box

    @property
    def blank(self) -> bool:
        return self.measure()[2]

    @property
    def middle(self) -> float:
        """The height of its middle on the page."""
        if self.matrix[1] == 0 and self._box is None:
            return self.matrix[5] + 0.3 * self.size * self.matrix[3]
        return (self.box.y0 + self.box.y1) / 2


@dataclass
class Seen:
    """Findings of one code on a page, put together."""

    count: int
    box: Box


class Canvas:
    """One page. `visible`: its crop box within its media box."""

    def __init__(self, visible: Box, budget: Budget) -> None:
        self.visible = visible
        self.owner = ""
        self.words: list[str | None] = []  # what the current owner's text says, None where that cannot be told
        self._budget = budget
        self._bands: dict[int, list[Run]] = {}
        self._runs = 0
        self._backgrounds: list[tuple[Box, Color | None]] = []
        self._colors: set[Color] = {PAPER}
        self._scan: Box | None = None
        self._found: list[tuple[str, str, Box]] = []
        self._invisible: list[Run] = []
        self.covered_by: dict[str, set[str]] = {}  # annotation → annotations whose text it hides

    # --- text ---

    def text(self, run: Run, clip: Box) -> None:
        """`clip`: nothing outside of it is painted."""
        run.owner = self.owner
        code = run.hidden or ("invisible" if run.invisible else self._unseen(run, clip))
        if not code:
            self._runs += 1
            self._bands.setdefault(int(run.middle // _BAND), []).append(run)
        elif not run.blank:
            if run.invisible:
                self._invisible.append(run)
            else:
                self._tell(code, run)

    def _unseen(self, run: Run, clip: Box) -> str:
        matrix, visible = run.matrix, self.visible
        x, y = matrix[4], matrix[5]
        if not (visible.x0 <= x <= visible.x1 and visible.y0 <= y <= visible.y1) and run.box.overlap(visible) is None:
            return "text-outside-page"
        if not (clip.x0 <= x <= clip.x1 and clip.y0 <= y <= clip.y1) and run.box.overlap(clip) is None:
            return "clipped-text"
        if run.color is not None:
            if abs(run.size) * (abs(matrix[2]) + abs(matrix[3])) < _TINY:
                return "tiny-text"
            if self._on_its_own_color(run):
                return "same-color-text"
        return ""

    def _on_its_own_color(self, run: Run) -> bool:
        color = run.color
        assert color is not None
        if color not in self._colors and not any(_alike(color, other) for other in self._colors):
            return False
        if not self._backgrounds:
            return True
        x, y = (run.box.x0 + run.box.x1) / 2, (run.box.y0 + run.box.y1) / 2
        self._budget.spend(len(self._backgrounds) // 8)
        for box, below in reversed(self._backgrounds):
            if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
                return below is not None and _alike(color, below)
        return _alike(color, PAPER)

    def readable(self) -> Iterator[Run]:
        """Text that can be seen."""
        return (run for runs in self._bands.values() for run in runs if not run.hidden)

    # --- what is painted ---

    def paint(self, box: Box, color: Color | None, *, covers: bool, picture: bool) -> None:
        """An area painted with `color` (None: a picture, a pattern, or not known). `covers`: nothing below shows through and it
        fills all of `box`."""
        if picture and box.share_in(self.visible) > 0 and self.visible.share_in(box) >= _SCAN:
            self._scan = box
        if min(box.x1 - box.x0, box.y1 - box.y0) < _THIN:
            return  # a line
        if color is not None:
            self._colors.add(color)
        if len(self._backgrounds) < _MOST_BACKGROUNDS:
            self._backgrounds.append((box, color))
        else:
            self._backgrounds[-1] = (self.visible, None)
        if covers and self._runs:
            self._cover(box, picture)

    def _cover(self, box: Box, picture: bool) -> None:
        bands = range(int(box.y0 // _BAND), int(box.y1 // _BAND) + 1)
        for band in bands if len(bands) <= len(self._bands) else list(self._bands):
            runs = self._bands.get(band)
            if not runs:
                continue
            self._budget.spend(len(runs) // 4)
            covered = [r for r in runs if box.y0 < r.middle < box.y1 and r.box.share_in(box) >= _COVERED]
            for run in covered:
                run.hidden = self._cover_code(run, picture)
                if not run.blank:
                    self._tell(run.hidden, run)
            if covered:
                self._bands[band] = [run for run in runs if not run.hidden]

    def _cover_code(self, run: Run, picture: bool) -> str:
        if self.owner and self.owner != run.owner:
            if run.owner:
                self.covered_by.setdefault(self.owner, set()).add(run.owner)
                return "text-under-annotation"
            return "text-under-field" if self.owner.startswith("field ") else "text-under-annotation"
        return "text-under-image" if picture else "text-under-shape"

    # --- what was found ---

    def _tell(self, code: str, run: Run) -> None:
        self._found.append((code, run.owner, run.box))

    def result(self) -> dict[str, Seen]:
        """By code. Invisible text over a scan of the page is its text layer."""
        for run in self._invisible:
            over = self._scan is not None and run.box.share_in(self._scan) > 0.5
            self._tell("text-layer" if over else "invisible-text", run)
        self._invisible = []
        seen: dict[str, Seen] = {}
        for code, _, box in self._found:
            known = seen.get(code)
            seen[code] = Seen(known.count + 1, known.box.join(box)) if known else Seen(1, box)
        return seen


def _alike(one: Color, other: Color) -> bool:
    return all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))
