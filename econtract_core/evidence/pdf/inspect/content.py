"""Following a content stream (ISO 32000-2 8 and 9) far enough to know where text stands and what lies over it.

Bounded by the document's Budget, by the depth of forms in forms and of saved states. Glyphs, curves and pictures are not drawn.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget
from econtract_core.evidence.pdf.inspect.canvas import Canvas, Run
from econtract_core.evidence.pdf.inspect.fonts import Face
from econtract_core.evidence.pdf.inspect.geometry import (
    IDENTITY,
    Box,
    Matrix,
    box_of,
    box_under,
    matrix_of,
    number_of,
    times,
    upright,
)
from econtract_core.evidence.pdf.inspect.graphics import Names, State, color_of
from econtract_core.evidence.pdf.inspect.streams import Unreadable, decoded
from econtract_core.evidence.pdf.inspect.tokens import Array, InlineImage, operators, parts_of
from econtract_core.evidence.pdf.reading import dictionary_of, look, resolve

_DEEPEST = 12  # forms in forms
_MOST_SAVED = 256
_UNSEEN_ALPHA = 0.05
_STEPS_OF_A_FORM = 250
_BATCH = 256  # operators between two looks at the budget
_NOTHING, _CLIP_ONLY = 3, 7  # text rendering modes
_Action = Callable[["Painter", list[Any]], None]


class Page:
    """What the streams of one page share."""

    def __init__(
        self,
        canvas: Canvas,
        budget: Budget,
        faces: dict[int, Face],
        hidden: frozenset[Any],
        trouble: Callable[[str], object],
    ) -> None:
        """`trouble`: told of what could not be read."""
        self.canvas = canvas
        self.budget = budget
        self.trouble = trouble
        self.plain_face = Face(None, budget)
        self._faces = faces
        self._hidden = hidden

    def names(self, resources: Any) -> Names:
        return Names(resources, self._faces, self.budget, self._hidden)


class _Text:
    """The operand of a showing operator with what its width depends on."""

    __slots__ = ("_letter", "_measured", "_operand", "_parts", "_scale", "_size", "_word", "face")

    def __init__(self, operand: Any, face: Face, state: State) -> None:
        self._operand = operand
        self.face = face
        self._size, self._letter, self._word, self._scale = state.size, state.letter, state.word, state.scale
        self._parts: list[float | bytes] | None = None
        self._measured: tuple[float, bool, bool] | None = None

    @property
    def parts(self) -> list[float | bytes]:
        if self._parts is None:
            operand = self._operand
            self._parts = (
                parts_of(operand) if isinstance(operand, Array) else [operand] if isinstance(operand, bytes) else []
            )
        return self._parts

    def measure(self) -> tuple[float, bool, bool]:
        """(its width in text space, whether it runs downwards, whether it is only spaces). Raises TooMuch."""
        if self._measured is None:
            text = b"".join(part for part in self.parts if isinstance(part, bytes))
            apart = sum(part for part in self.parts if isinstance(part, float))
            count = len(text) // 2 if self.face.wide else len(text)
            width = (self.face.advance(text) - apart) / 1000 * self._size
            width += count * self._letter + text.count(b" ") * self._word
            if not self.face.downwards:
                width *= self._scale
            self._measured = (width if math.isfinite(width) else 0.0, self.face.downwards, self.face.blank(text))
        return self._measured


class Painter:
    """One content stream being followed. Raises TooMuch."""

    def __init__(self, page: Page, resources: Any, state: State, above: tuple[int, ...] = ()) -> None:
        """`above`: the forms (by identity) this stream is drawn from."""
        self.page = page
        self.names = page.names(resources)
        self.resources = resources
        self.state = state
        self.above = above
        self.saved: list[State] = []
        self.text: Matrix = IDENTITY
        self.line: Matrix = IDENTITY
        self.shown: _Text | None = None  # since the last move
        self.path: list[Box] = []  # rectangles
        self.corners: list[tuple[float, float]] = []  # of a path drawn with lines
        self.other: Box | None = None  # around anything else in the path
        self.clipping = False
        self.marked: list[bool] = []  # open marked contents: whether each is a layer that is off
        self.off = 0

    def run(self, data: bytes) -> None:
        budget, count = self.page.budget, 0
        find = _OPERATORS.get
        for operator, operands in operators(data):
            count += 1
            if count >= _BATCH:
                budget.spend(3 * count)
                count = 0
            action = find(operator)
            if action is not None:
                try:
                    action(self, operands)
                except (IndexError, TypeError, ValueError, OverflowError):
                    continue  # operands that do not fit: viewers leave such an operator out
        budget.spend(3 * count)

    # --- paths ---

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        self.path.append(box_under(self.state.ctm, (x, y, x + width, y + height)))
        if not upright(self.state.ctm):
            self.other = self.path[-1] if self.other is None else self.other.join(self.path[-1])

    def curve(self, numbers: list[Any]) -> None:
        xs, ys = numbers[::2], numbers[1::2]
        box = box_under(self.state.ctm, (min(xs), min(ys), max(xs), max(ys)))
        self.other = box if self.other is None else self.other.join(box)

    def boxes(self) -> tuple[list[Box], Box | None]:
        """(the path's plain rectangles, the box around the rest)."""
        corners, self.corners = self.corners, []
        if len(corners) > 1:
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            box = box_under(self.state.ctm, (min(xs), min(ys), max(xs), max(ys)))
            plain = len(corners) in (4, 5) and upright(self.state.ctm) and _is_rectangle(corners)
            if plain:
                self.path.append(box)
            else:
                self.other = box if self.other is None else self.other.join(box)
        return self.path, self.other

    def end_path(self, *, filled: bool) -> None:
        plain, other = self.boxes()
        state = self.state
        if filled and not self.off:
            solid = state.alpha >= 0.999 and not state.strange and state.fill is not None
            for box in plain:
                self.area(box, state.fill, covers=solid and other is None, picture=False)
            if other is not None:
                self.area(other, None, covers=False, picture=False)
        if self.clipping:
            self.clip(plain, other)
        self.path, self.other, self.clipping = [], None, False

    def area(self, box: Box, color: Any, *, covers: bool, picture: bool) -> None:
        state = self.state
        seen = box.overlap(state.clip)
        if seen is not None and state.alpha > _UNSEEN_ALPHA:
            certain = color if state.alpha >= 0.999 and not state.strange and state.clip_exact else None
            self.page.canvas.paint(seen, certain, covers=covers and state.clip_exact, picture=picture)

    def clip(self, plain: list[Box], other: Box | None) -> None:
        state = self.state
        around = other
        for box in plain:
            around = box if around is None else around.join(box)
        if around is None:
            return
        state.clip = around.overlap(state.clip) or Box(around.x0, around.y0, around.x0, around.y0)
        state.clip_exact = state.clip_exact and other is None and len(plain) == 1

    # --- text ---

    def show(self, operand: Any) -> None:
        """Text, or an array of texts and distances. How wide it is matters only where more text follows at its end."""
        self.end_of_text()
        state = self.state
        text = _Text(operand, state.face or self.page.plain_face, state)
        self.shown = text
        if self.off:
            return
        canvas = self.page.canvas
        run = Run(times(self.text, state.ctm), state.size, text.measure)
        if state.mode == _NOTHING:
            run.invisible = True
        elif state.mode in (0, 4) and not state.strange and not text.face.type3:
            run.color = state.fill
        if state.alpha <= _UNSEEN_ALPHA and state.mode in (0, 2, 4, 6):
            run.hidden = "transparent-text"
        if not all(map(math.isfinite, run.matrix)):
            return
        canvas.text(run, state.clip)
        if canvas.owner and state.mode != _NOTHING:
            canvas.words += [text.face.read(part) for part in text.parts if isinstance(part, bytes)]

    def end_of_text(self) -> None:
        """Move to the end of what was shown last, if nothing has moved since."""
        text, self.shown = self.shown, None
        if text is None:
            return
        width = text.measure()[0]
        x, y = (0.0, -width) if text.face.downwards else (width, 0.0)
        a, b, c, d, e, f = self.text
        self.text = (a, b, c, d, a * x + c * y + e, b * x + d * y + f)

    def next_line(self, x: float, y: float) -> None:
        self.shown = None
        a, b, c, d, e, f = self.line
        self.line = self.text = (a, b, c, d, a * x + c * y + e, b * x + d * y + f)

    # --- forms and pictures ---

    def draw(self, name: str) -> None:
        thing = self.names.xobject(name)
        self.page.budget.spend(20)
        if not isinstance(thing, generic.StreamObject) or self.off or self.names.is_off(dict.get(thing, "/OC")):
            return
        if look(thing, "/Subtype") == "/Image":
            masked = any(key in thing for key in ("/SMask", "/Mask")) or number_of(look(thing, "/SMaskInData")) > 0
            self.picture(masked or _true(thing, "/ImageMask"))
        elif look(thing, "/Subtype") == "/Form":
            self.form(thing)

    def picture(self, masked: bool) -> None:
        state = self.state
        solid = not masked and state.alpha >= 0.999 and not state.strange and upright(state.ctm)
        self.area(box_under(state.ctm, (0.0, 0.0, 1.0, 1.0)), None, covers=solid, picture=True)

    def form(self, thing: Any) -> None:
        """Draw a form XObject with the present state. A form within itself is left out, as viewers do."""
        if id(thing) in self.above or len(self.above) >= _DEEPEST:
            return
        self.page.budget.spend(_STEPS_OF_A_FORM)
        state = self.state.saved()
        state.ctm = times(matrix_of(thing, "/Matrix"), state.ctm)
        bounds = box_of(thing, "/BBox")
        if bounds is not None:
            state.clip = box_under(state.ctm, bounds).overlap(state.clip) or Box(0, 0, 0, 0)
            state.clip_exact = state.clip_exact and upright(state.ctm)
        resources = dictionary_of(thing, "/Resources")
        painter = Painter(
            self.page, resources if resources is not None else self.resources, state, (*self.above, id(thing))
        )
        painter.follow(thing)

    def follow(self, stream: Any) -> None:
        """Read and run a stream; what cannot be read is told."""
        try:
            data = decoded(stream, self.page.budget)
        except Unreadable as reason:
            self.page.trouble(str(reason))
            return
        self.run(data)


def _is_rectangle(corners: list[tuple[float, float]]) -> bool:
    if len(corners) == 5:
        if corners[4] != corners[0]:
            return False
        corners = corners[:4]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    return (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0) or (y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0)


def _true(holder: Any, key: str) -> bool:
    return bool(getattr(look(holder, key), "value", False))


# --- operators ----------------------------------------------------------------------------------------------------------


def _save(p: Painter, _: list[Any]) -> None:
    if len(p.saved) < _MOST_SAVED:
        p.saved.append(p.state.saved())


def _restore(p: Painter, _: list[Any]) -> None:
    if p.saved:
        p.state = p.saved.pop()


def _concatenate(p: Painter, n: list[Any]) -> None:
    a, b, c, d, e, f = n if len(n) == 6 else n[-6:]
    p.state.ctm = times((a + 0.0, b + 0.0, c + 0.0, d + 0.0, e + 0.0, f + 0.0), p.state.ctm)


def _graphics_state(p: Painter, n: list[Any]) -> None:
    entries = p.names.state(n[-1])
    if not isinstance(entries, generic.DictionaryObject):
        return
    if "/ca" in entries:
        p.state.alpha = number_of(look(entries, "/ca"), 1.0)
    blend, mask = look(entries, "/BM"), look(entries, "/SMask")
    if blend is not None or mask is not None:
        strange = blend not in (None, "/Normal", "/Compatible") or mask not in (None, "/None")
        p.state.strange = strange
    font = look(entries, "/Font")
    if isinstance(font, list) and len(font) == 2:
        p.state.face, p.state.size = Face(resolve(font[0]), p.page.budget), number_of(font[1])


def _gray(p: Painter, n: list[Any]) -> None:
    p.state.space, p.state.fill = 1, color_of(n[-1:])


def _rgb(p: Painter, n: list[Any]) -> None:
    p.state.space, p.state.fill = 3, color_of(n[-3:])


def _cmyk(p: Painter, n: list[Any]) -> None:
    p.state.space, p.state.fill = 4, color_of(n[-4:])


def _space(p: Painter, n: list[Any]) -> None:
    p.state.space = p.names.space(n[-1])
    p.state.fill = (0.0, 0.0, 0.0) if p.state.space else None


def _color(p: Painter, n: list[Any]) -> None:
    p.state.fill = color_of(n) if len(n) == p.state.space else None


def _start(p: Painter, n: list[Any]) -> None:
    if len(p.corners) > 1:
        p.boxes()
    p.corners = [(n[0], n[1])]


def _draw_line(p: Painter, n: list[Any]) -> None:
    p.corners.append((n[0], n[1]))


def _curve(p: Painter, n: list[Any]) -> None:
    p.curve(n)


def _close(p: Painter, _: list[Any]) -> None:
    if p.corners:
        p.corners.append(p.corners[0])


def _rectangle(p: Painter, n: list[Any]) -> None:
    x, y, width, height = n[-4:]
    p.rectangle(x, y, width, height)


def _stroke(p: Painter, _: list[Any]) -> None:
    p.end_path(filled=False)


def _fill(p: Painter, _: list[Any]) -> None:
    p.end_path(filled=True)


def _clip(p: Painter, _: list[Any]) -> None:
    p.clipping = True


def _shading(p: Painter, _: list[Any]) -> None:
    if not p.off:
        p.area(p.state.clip, None, covers=False, picture=False)


def _begin_text(p: Painter, _: list[Any]) -> None:
    p.shown = None
    p.text = p.line = IDENTITY


def _font(p: Painter, n: list[Any]) -> None:
    p.state.face, p.state.size = p.names.face(n[-2]), n[-1] + 0.0


def _text_matrix(p: Painter, n: list[Any]) -> None:
    a, b, c, d, e, f = n if len(n) == 6 else n[-6:]
    p.shown = None
    p.text = p.line = (a + 0.0, b + 0.0, c + 0.0, d + 0.0, e + 0.0, f + 0.0)


def _text_move(p: Painter, n: list[Any]) -> None:
    p.next_line(n[-2], n[-1])


def _text_move_leading(p: Painter, n: list[Any]) -> None:
    p.state.leading = -n[-1]
    p.next_line(n[-2], n[-1])


def _text_line(p: Painter, _: list[Any]) -> None:
    p.next_line(0.0, -p.state.leading)


def _mode(p: Painter, n: list[Any]) -> None:
    p.state.mode = int(n[-1])


def _letter(p: Painter, n: list[Any]) -> None:
    p.state.letter = n[-1] + 0.0


def _word(p: Painter, n: list[Any]) -> None:
    p.state.word = n[-1] + 0.0


def _scale(p: Painter, n: list[Any]) -> None:
    p.state.scale = n[-1] / 100


def _leading(p: Painter, n: list[Any]) -> None:
    p.state.leading = n[-1] + 0.0


def _show(p: Painter, n: list[Any]) -> None:
    p.show(n[-1])


def _show_line(p: Painter, n: list[Any]) -> None:
    _text_line(p, n)
    p.show(n[-1])


def _show_spaced(p: Painter, n: list[Any]) -> None:
    p.state.word, p.state.letter = n[-3] + 0.0, n[-2] + 0.0
    _show_line(p, n)


def _draw(p: Painter, n: list[Any]) -> None:
    p.draw(n[-1])


def _inline(p: Painter, n: list[Any]) -> None:
    entries = n[0].entries if isinstance(n[0], InlineImage) else ()
    mask = any(key in ("/IM", "/ImageMask") and value is True for key, value in itertools.pairwise(entries))
    if not p.off:
        p.picture(mask)


def _mark(p: Painter, n: list[Any]) -> None:
    off = len(n) > 1 and n[-2] == "/OC" and p.names.off(n[-1])
    if len(p.marked) < _MOST_SAVED:
        p.marked.append(off)
        p.off += off


def _unmark(p: Painter, _: list[Any]) -> None:
    if p.marked:
        p.off -= p.marked.pop()


_OPERATORS: dict[bytes, _Action] = {
    b"q": _save, b"Q": _restore, b"cm": _concatenate, b"gs": _graphics_state,
    b"g": _gray, b"rg": _rgb, b"k": _cmyk, b"cs": _space, b"sc": _color, b"scn": _color,
    b"m": _start, b"l": _draw_line, b"c": _curve, b"v": _curve, b"y": _curve, b"h": _close, b"re": _rectangle,
    b"S": _stroke, b"s": _stroke, b"n": _stroke, b"f": _fill, b"F": _fill, b"f*": _fill, b"B": _fill, b"B*": _fill,
    b"b": _fill, b"b*": _fill, b"W": _clip, b"W*": _clip, b"sh": _shading,
    b"BT": _begin_text, b"Tf": _font, b"Tm": _text_matrix, b"Td": _text_move, b"TD": _text_move_leading,
    b"T*": _text_line, b"Tr": _mode, b"Tc": _letter, b"Tw": _word, b"Tz": _scale, b"TL": _leading,
    b"Tj": _show, b"TJ": _show, b"'": _show_line, b'"': _show_spaced,
    b"Do": _draw, b"EI": _inline, b"BMC": _mark, b"BDC": _mark, b"EMC": _unmark,
}  # fmt: skip
