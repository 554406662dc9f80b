"""The graphics state (ISO 32000-2 8.4) as far as it decides what can be seen, and what names in a stream stand for."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget
from econtract_core.evidence.pdf.inspect.canvas import Color
from econtract_core.evidence.pdf.inspect.fonts import Face
from econtract_core.evidence.pdf.inspect.geometry import EVERYTHING, IDENTITY, Box, Matrix, number_of
from econtract_core.evidence.pdf.reading import dictionary_of, look, resolve

_BLACK: Color = (0.0, 0.0, 0.0)
_FAMILIES = {
    "/DeviceGray": 1, "/G": 1, "/CalGray": 1, "/DeviceRGB": 3, "/RGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4, "/CMYK": 4,
}  # fmt: skip


class State:
    """What q keeps and Q brings back."""

    __slots__ = (
        "alpha", "clip", "clip_exact", "ctm", "face", "fill", "leading", "letter", "mode", "scale", "size", "space", "strange",
        "word",
    )  # fmt: skip

    def __init__(self, ctm: Matrix = IDENTITY, clip: Box = EVERYTHING) -> None:
        self.ctm = ctm
        self.clip = clip
        self.clip_exact = True  # the clipping path is just this box
        self.fill: Color | None = _BLACK
        self.space = 1  # numbers a fill colour has; 0: a space whose colours cannot be told
        self.alpha = 1.0
        self.strange = False  # a blend mode or a soft mask: what shows cannot be told
        self.face: Face | None = None
        self.size = 0.0
        self.mode = 0
        self.letter = self.word = self.leading = 0.0
        self.scale = 1.0

    def saved(self) -> State:
        other = State.__new__(State)
        other.ctm, other.clip, other.clip_exact = self.ctm, self.clip, self.clip_exact
        other.fill, other.space, other.alpha, other.strange = self.fill, self.space, self.alpha, self.strange
        other.face, other.size, other.mode = self.face, self.size, self.mode
        other.letter, other.word, other.leading, other.scale = self.letter, self.word, self.leading, self.scale
        return other


class Names:
    """Resources of one stream; fonts are kept for the document by their dictionaries."""

    def __init__(self, resources: Any, faces: dict[int, Face], budget: Budget, hidden: frozenset[Any]) -> None:
        """`hidden`: references of layers that are off."""
        self._resources = resources
        self._faces = faces
        self._budget = budget
        self._hidden = hidden
        self._spaces: dict[str, int] = {}
        self._named: dict[str, Face | None] = {}

    def face(self, name: str) -> Face | None:
        if name not in self._named:
            self._named[name] = self._face(name)
        return self._named[name]

    def _face(self, name: str) -> Face | None:
        font = self._entry("/Font", name)
        if not isinstance(font, generic.DictionaryObject):
            return None
        face = self._faces.get(id(font))
        if face is None:
            face = self._faces[id(font)] = Face(font, self._budget)
        return face

    def xobject(self, name: str) -> Any:
        return self._entry("/XObject", name)

    def state(self, name: str) -> Any:
        return self._entry("/ExtGState", name)

    def space(self, name: str) -> int:
        """How many numbers a colour of this space has; 0 where its colours cannot be told."""
        known = _FAMILIES.get(name)
        if known is not None:
            return known
        if name not in self._spaces:
            self._spaces[name] = _components(self._entry("/ColorSpace", name))
        return self._spaces[name]

    def off(self, properties: Any) -> bool:
        """Whether a marked-content property list (by name) is a layer that is off."""
        listed = dictionary_of(self._resources, "/Properties")
        return listed is not None and isinstance(properties, str) and self.is_off(dict.get(listed, properties))

    def is_off(self, layer: Any) -> bool:
        """Whether an optional content group, or a membership of one, is off. Visibility expressions count as on."""
        if not self._hidden or layer is None:
            return False
        if getattr(layer, "reference", None) in self._hidden:
            return True
        member = resolve(layer)
        groups = dict.get(member, "/OCGs") if isinstance(member, generic.DictionaryObject) else None
        listed = resolve(groups)
        if isinstance(listed, list):
            names = [getattr(item, "reference", None) for item in list.copy(listed)[:1000]]
            return bool(names) and all(name in self._hidden for name in names)
        return getattr(groups, "reference", None) in self._hidden

    def _entry(self, kind: str, name: str) -> Any:
        listed = dictionary_of(self._resources, kind)
        return look(listed, name) if listed is not None else None


def _components(space: Any) -> int:
    if isinstance(space, str):
        return _FAMILIES.get(space, 0)
    if isinstance(space, list) and len(space) > 0:
        family = resolve(space[0])
        if family == "/ICCBased" and len(space) > 1:
            count = int(number_of(look(resolve(space[1]), "/N")))
            return count if count in (1, 3, 4) else 0
        if isinstance(family, str):
            return _FAMILIES.get(family, 0)
    return 0


def color_of(numbers: list[Any]) -> Color | None:
    """Gray, RGB or CMYK by the count, as a screen shows it; None for anything else."""
    if not all(isinstance(n, float) for n in numbers):
        return None
    parts = [max(0.0, min(1.0, n)) for n in numbers]
    if len(parts) == 1:
        return (parts[0], parts[0], parts[0])
    if len(parts) == 3:
        return (parts[0], parts[1], parts[2])
    if len(parts) == 4:
        rest = 1 - parts[3]
        return ((1 - parts[0]) * rest, (1 - parts[1]) * rest, (1 - parts[2]) * rest)
    return None
