"""What came of a search, in sentences; and its best, ready for the next run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal

from engine.errors import GraftError
from engine.events import Event, LogLine, Stuck, Trial
from engine.freezing.presets import PRESETS
from engine.training.search_record import TrialRecord
from gui.training.notes import Notes
from gui.training.search_judging import Judged
from gui.training.trials import STATES
from gui.widgets.controls import button
from gui.widgets.words import count, duration

AMISS = ("trainable_text", "bad")  # looks of what a person should read


class SearchNotes(Notes):
    use_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("What came of it", "What each trial brought is said here.")
        tip = "Sets its learning rate, preset and augmentation for the next run"
        self.use = button("Use the best", "", tip)
        self.use.setAccessibleName("Use the best for the next run")
        self.use.clicked.connect(self.use_wanted)
        self.use.setEnabled(False)
        self.top.addWidget(self.use)

    def hear(self, event: Event) -> None:
        match event:
            case Trial():
                self._hear_trial(event)
            case LogLine(text=text, level="warning"):
                self.say(text, "trainable_text")
            case Stuck(seconds=seconds, doing=doing):
                self.say(
                    f"No sign of life for {duration(seconds)}. The last thing heard: {doing}. You "
                    "can wait, or stop the search; every trial so far stays.", "bad",
                )  # fmt: skip
            case _:
                pass  # what is said of a trial's run stays with the run

    def tell_trials(self, trials: Sequence[TrialRecord]) -> None:
        """What came of a search that is not at work; what was amiss in it stays."""
        amiss = [(words, look) for words, look, _ in self._said if look in AMISS]
        self.clear()
        states = Counter(STATES[one.state] for one in trials)
        said = ", ".join(f"{number} {state}" for state, number in states.items())
        self.say(f"{count(len(trials), 'trial')}: {said}.")
        for words, look in amiss:
            self.say(words, look)

    def conclude(self, judged: Judged) -> None:
        if judged.words not in self.lines:
            self.say(judged.words, "good" if judged.sure else "text")

    def failed(self, error: GraftError) -> None:
        self.say(f"The search ended with an error: {error.title}.", "bad")

    def _hear_trial(self, event: Trial) -> None:
        title, value = f"Trial {event.number + 1}", event.value
        figure = f"{value:.3f}" if value is not None else "no figure"
        with_what = f"{figure} with {choices_words(event.choices)}"
        if event.state == "finished" and event.best:
            self.say(f"{title} is the best so far: {with_what}.", "good")
        elif event.state == "finished":
            self.say(f"{title}: {with_what}.", "muted")
        elif event.state == "pruned":
            after = count(event.epoch, "epoch")
            self.say(f"{title} was behind the others after {after} and was stopped early.", "muted")
        elif event.state == "stopped":
            self.say(f"{title} was cut off by the end of the search.", "muted")


def choices_words(choices: dict[str, object]) -> str:
    """'last block, rate 3.1e-4, light augmentation'."""
    preset, rate = str(choices.get("preset", "")), choices.get("lr")
    parts = [PRESETS[preset].title.lower() if preset in PRESETS else preset]
    if isinstance(rate, float):
        parts.append(f"rate {rate:.1e}".replace("e-0", "e-"))
    augmentation = str(choices.get("augmentation", "none"))
    if augmentation != "none":
        parts.append(f"{augmentation} augmentation")
    return ", ".join(part for part in parts if part)
