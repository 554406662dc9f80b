"""The frame's presenter: builds each screen at its first visit, follows the session, knows the way back after log-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from econtract_core.rules.dates import in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.context import Context, HoldsFile, Place, Screen
from econtract_desktop.ui.contract_words import role_name, todo_count
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.session import Known, Session
from econtract_desktop.ui.shell.model import Account, Command, Light, NavEntry, ShellModel
from econtract_desktop.ui.shell.view import ShellView

_NAV = (
    ("home", "task_list_ltr", False),
    ("cases", "folder", False),
    ("inspection", "receipt", False),
    ("delegation", "people_swap", False),
    ("notices", "alert", False),
    ("sign_files", "signature", True),
    ("verify", "document_search", True),
    ("card", "contact_card", True),
    ("diagnosis", "stethoscope", True),
    ("settings", "settings", True),
    ("help", "question_circle", True),
)
_SLIM = frozenset({"review"})
_UNDER = {"case": "cases", "review": "cases", "signing": "cases"}
_FREE = frozenset(
    {"card", "settings", "help", "diagnosis", "notices", "sign_files", "verify"}
)  # nobody needs to be logged in for these


def nav_entries(texts: Texts, *, logged_in: bool, todo: int) -> tuple[NavEntry, ...]:
    """The navigation as it stands; what needs a log-in is grey without one."""
    return tuple(
        NavEntry(
            screen,
            icon,
            texts(f"shell.nav_{screen}"),
            badge=todo if screen == "home" else 0,
            enabled=logged_in or screen in _FREE,
            below_line=below,
        )
        for screen, icon, below in _NAV
    )


def starting_shell(texts: Texts) -> ShellModel:
    """Before the desk is ready."""
    light = Light(texts("shell.preparing"), "off")
    return ShellModel(nav_entries(texts, logged_in=False, todo=0), Account(nobody=""), (light,))


def shell_model(known: Known, texts: Texts, formats: Formats, session: Session) -> ShellModel:
    """Numbers, account and lights of this moment."""
    who = known.who
    account = Account(nobody=texts("shell.nobody"))
    if who is not None:
        account = Account(who.organization, who.user, role_name(who.role, texts))
    nav = nav_entries(
        texts, logged_in=who is not None, todo=todo_count(known.cases or (), who) if who is not None else 0
    )
    return ShellModel(nav, account, _lights(known, texts, formats, session))


def _lights(known: Known, texts: Texts, formats: Formats, session: Session) -> tuple[Light, ...]:
    card = session.own_card()
    if card is not None:
        month = formats.month(in_japan(card.not_after).date())
        words = Light(texts("shell.card", name=card.holder or card.label, month=month), "ok")
    elif known.cards is not None and known.cards.tokens:
        words = Light(texts("shell.card_hidden", name=known.cards.tokens[0].label), "ok")
    else:
        words = Light(texts("shell.card_none" if known.cards is not None else "shell.card_looking"), "off")
    if known.online is None:
        line = Light(texts("shell.not_tried"), "off")
    elif known.online:
        time = formats.clock(known.synced_at) if known.synced_at is not None else ""
        line = Light(texts("shell.online_synced", time=time) if time else texts("shell.online"), "ok")
    else:
        line = Light(texts("shell.offline"), "warn")
    waiting = texts("shell.waiting", count=known.waiting) if known.waiting else texts("shell.waiting_none")
    stamp = {"ok": "shell.stamp_ok", "warn": "shell.stamp_down"}.get(known.timestamp, "shell.stamp_unknown")
    return (words, line, Light(waiting, icon="send_20_regular"), Light(texts(stamp), known.timestamp))


class ShellPresenter:
    """`factories`: a screen's name → how it is made. Made once the desk is ready."""

    def __init__(self, view: ShellView, context: Context, factories: dict[str, Callable[[], Screen]]) -> None:
        self._view = view
        self._context = context
        self._factories = factories
        self._screens: dict[str, Screen] = {}
        self._place = Place("card")
        self._wanted = Place("home")
        view.chosen.connect(lambda screen: self.go(Place(screen)))
        view.command.connect(self._command)
        view.top_bar.log_out.connect(context.session.log_out)
        context.session.changed.connect(self._follow)
        context.session.login_needed.connect(self._door)

    @property
    def place(self) -> Place:
        """Where one is."""
        return self._place

    def go(self, place: Place) -> None:
        """Show a place. Without a log-in only some can be shown; the wish is remembered."""
        logged_in = self._context.session.known.who is not None
        if not logged_in and place.screen not in _FREE:
            self._wanted = place
            place = Place("card")
        before = self._screens.get(self._place.screen)
        if before is not None and place.screen != self._place.screen:
            before.leave()
        self._place = place
        screen = self._screens.get(place.screen)
        if screen is None:
            screen = self._screens[place.screen] = self._factories[place.screen]()
        self._view.show_page(screen.view, slim=place.screen in _SLIM)
        screen.enter(place)
        self._view.nav.mark(_UNDER.get(place.screen, place.screen))

    def close(self) -> None:
        """The window goes: screens that hold a file let it go."""
        for screen in self._screens.values():
            if isinstance(screen, HoldsFile):
                screen.close()

    def find(self, typed: str) -> tuple[Command, ...]:
        """What the search field offers: screens by name, cases by number and title."""
        texts, known = self._context.texts, self._context.session.known
        words = typed.casefold().split()
        logged_in = known.who is not None
        found = [
            Command(f"screen:{screen}", texts(f"shell.nav_{screen}"), texts("shell.command_open"))
            for screen, _, _ in _NAV
            if logged_in or screen in _FREE
        ]
        for case in known.cases or ():
            for contract in case.contracts:
                found.append(Command(f"case:{contract.contract_id}", case.title, case.number))
        return tuple(c for c in found if all(word in f"{c.words} {c.hint}".casefold() for word in words))

    def _command(self, key: str) -> None:
        kind, _, value = key.partition(":")
        self.go(Place(value) if kind == "screen" else Place("case", value))

    def _follow(self) -> None:
        context, known = self._context, self._context.session.known
        model = shell_model(known, context.texts, context.formats, context.session)
        current = _UNDER.get(self._place.screen, self._place.screen)
        self._view.show_model(model, current)
        if known.who is not None and known.asked and self._place.screen == "card" and self._wanted.screen:
            wanted, self._wanted = self._wanted, replace(self._wanted, screen="")
            self.go(wanted)

    def _door(self) -> None:
        """The session has ended: the card door, and back afterwards."""
        if self._place.screen not in _FREE:
            self._wanted = self._place
        elif not self._wanted.screen:
            self._wanted = Place("home")
        self.go(Place("card"))
