"""Plans that come from elsewhere or go there: saved ones, advice, and remedies of one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.freezing.carrying import carry
from engine.freezing.presets import Phase, Stage
from gui.layers.editor import Editor
from gui.layers.edits import Edits
from gui.layers.saved import SavedCard
from gui.layers.studies import Studies
from gui.session import Session

if TYPE_CHECKING:
    from engine.freezing.price import Remedy
    from engine.store.plans import SavedPlan
    from engine.store.project import Project


class Keeping:
    def __init__(
        self, session: Session, editor: Editor, edits: Edits, studies: Studies, card: SavedCard
    ) -> None:
        self._session, self._editor, self._edits = session, editor, edits
        self._studies, self._card = studies, card
        card.saved.connect(self.save)
        card.used.connect(self.use)
        card.deleted.connect(self.delete)

    def save(self, name: str) -> None:
        """Keeps the phases under a name; one of the same name is replaced."""
        facts = self._session.facts
        if facts is None or facts.model is None or not self._editor.phases:
            return
        model = str(facts.model["name"])
        phases = [phase.to_wire() for phase in self._editor.phases]
        stages = [(stage.title, stage.modules) for stage in self._editor.stages]

        def work(project: Project) -> None:
            from engine.store import plans

            plans.save(project, name, model, phases, stages)

        self._session.change(work, done=lambda _: self._card.tell([f"Saved as {name.strip()}."]))
        self._card.name.clear()

    def use(self, plan: SavedPlan | None) -> None:
        """Takes a saved plan, carried to the present model where it was made for another."""
        network = self._studies.network
        if network is None or plan is None:
            return
        phases = [Phase.from_wire(wire) for wire in plan.phases]
        source = [Stage(title, modules) for title, modules in plan.stages]
        carried = carry(phases, source, network.outline)
        self._editor.take(f"Use {plan.name}", self._editor.draft.preset, carried.phases)
        facts = self._session.facts
        same = facts is not None and facts.model is not None and facts.model["name"] == plan.model
        self._card.tell([] if same and not carried.lost else
                        [f"{plan.name} was made for {plan.model}.", *carried.words])  # fmt: skip

    def delete(self, plan: SavedPlan | None) -> None:
        if plan is None:
            return
        id, name = plan.id, plan.name

        def work(project: Project) -> None:
            from engine.store import plans

            plans.delete(project, id)

        self._session.change(work, done=lambda _: self._card.tell([f"{name} was deleted."]))

    def rename(self, stage: str, title: str) -> None:
        """Gives a stage of the present model a name; an empty one is its own again."""
        facts = self._session.facts
        if facts is None or facts.model is None or facts.readonly:
            return
        model = str(facts.model["name"])

        def work(project: Project) -> None:
            stored = project.setting("stage_titles", {})
            titles = {**stored.get(model, {}), stage: title}
            kept = {own: given for own, given in titles.items() if given and given != own}
            project.settings_set(stage_titles={**stored, model: kept})

        self._session.change(work)

    def take_advice(self, advice: dict[str, Any]) -> None:
        phases = [Phase.from_wire(wire) for wire in advice.get("phases") or ()]
        preset = str(advice.get("preset") or self._editor.draft.preset)
        if phases:
            self._editor.take(f"Take the advice: {advice['title']}", preset, phases)
        else:
            self._editor.choose_preset(preset)

    def take_remedy(self, remedy: Remedy) -> None:
        """What makes a plan fit: a boundary nearer to the head, or fields of the recipe."""
        changes = dict(remedy.changes)
        if "boundary" in changes:
            self._edits.stage_boundary(int(changes.pop("boundary")))
        if changes:
            self._session.set_recipe(changes)
