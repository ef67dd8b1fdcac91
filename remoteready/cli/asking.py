"""The questions of `check --ask`: what no program can see, asked in the terminal one by one."""

import sys
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import typer

from remoteready.exits import EndedEarly, UnusableInput
from remoteready.language import mark, text, tr

if TYPE_CHECKING:
    from remoteready.check.facts import Fact
    from remoteready.check.profile import Rule

ANSWERS = {True: mark("yes"), False: mark("no"), None: mark("later")}


def stated(rules: Iterable["Rule"], *, ask: bool, recorded: bool, day: date) -> dict[str, "Fact"]:
    """The facts that people state: asked for now, or unknown. Those of a recorded workstation nobody here can tell."""
    from remoteready.check import attestations

    asked = [rule for rule in rules if rule.ask]
    if not asked or recorded:
        return attestations.facts(asked, {}, day, attended=False)
    path = attestations.place()
    answers = attestations.load(path)
    open_ = attestations.to_ask(asked, answers, day) if ask else []
    if open_:
        typer.echo(tr("Answer yes, no or later. Ctrl-C ends it; what you answered is kept."), err=True)
    before = dict(answers)
    for number, rule in enumerate(open_, 1):
        try:
            said = _answer(f"{number}/{len(open_)}  {text(rule.ask or {})}")
        except typer.Abort:
            typer.echo(err=True)
            if answers != before:  # it was not for nothing, as the end of other commands would have it
                raise EndedEarly from None
            raise
        if said is not None:
            answers[attestations.question(rule)] = attestations.answer(rule, said, day)
            attestations.save(path, answers)  # at once: whoever ends it here need not say it again
    return attestations.facts(asked, answers, day, attended=ask)


def check_possible(*, recorded: bool) -> None:
    """Refuse to ask where nobody can answer: UnusableInput."""
    if recorded:
        raise UnusableInput("--ask: nobody at a workstation that was recorded can be asked; leave out --ask")
    if sys.stdin is None or not sys.stdin.isatty():
        raise UnusableInput("--ask: needs a terminal to ask in; without --ask such rules are shown as unknown")


def _answer(question: str) -> bool | None:
    """Yes or no; None for later."""
    words = {said: (name, _bare(tr(name))) for said, name in ANSWERS.items()}
    while True:
        typed = _bare(typer.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True).strip())
        fits = [said for said, names in words.items() if typed and any(name.startswith(typed) for name in names)]
        if len(fits) == 1:
            return fits[0]
        typer.echo(tr("Answer yes, no or later."), err=True)


def _bare(word: str) -> str:
    """A word in small letters without accents: whoever types "si" means "sí"."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))
