"""The last 2 of 6 encoder layers of MiniLM, 1,000 texts of banking77, 10 epochs."""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from benchmarks import material
from benchmarks.few import minilm
from benchmarks.graft import accuracy
from benchmarks.material import Result
from engine.exchange.importing import import_source
from engine.store.project import Project
from engine.training.recipe import Recipe
from engine.training.run import train

TEXTS = material.DATA / "text_banking77" / "train.csv"
COUNT, HELD, EPOCHS, BATCH, LR = 1000, 500, 10, 32, 5e-4
LAYERS = 2


def main() -> None:
    if not TEXTS.is_file():
        sys.exit(f"This benchmark reads {TEXTS}, which is not on this machine.")
    rows = _rows()
    results = {"Graft": _graft(rows)}
    results["transformers.Trainer"] = _trainer(rows)
    results["fastai"] = _fastai(rows)
    material.table(
        f"Last {LAYERS} of 6 layers, {EPOCHS} epochs, {COUNT} texts (wanted: 0.4)", results
    )


def _rows() -> list[tuple[str, str, str]]:
    """Text, label, split: every sixth text, so that all intents are there."""
    with TEXTS.open(encoding="utf-8", newline="") as stream:
        read = [(row["text"], row["category"]) for row in csv.DictReader(stream)]
    chosen = [read[place * len(read) // (COUNT + HELD)] for place in range(COUNT + HELD)]
    return [
        (text, label, "validation" if place % 3 == 2 else "train")
        for place, (text, label) in enumerate(chosen)
    ]


def _graft(rows: list[tuple[str, str, str]]) -> Result:
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "texts.csv"
        with table.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("text", "label", "split"), *rows])
        with Project.create(Path(place) / "bank", "text-classification") as project:
            import_source(project, table)
            with project.writing() as db:
                db.execute("UPDATE item SET split = 'train' WHERE split = 'test'")
            stages = ["bert.encoder.layer.4", "bert.encoder.layer.5", "bert.pooler"]
            rules: dict[str, Any] = {"": [False, 1.0], "dropout": [True, 1.0]}
            rules |= {part: [True, 1.0] for part in (*stages, "classifier")}
            phase = {"title": "Last layers", "plan": rules, "epochs": EPOCHS, "lr": LR}
            recipe = Recipe(
                model=str(minilm()), weights=str(minilm()), phases=(phase,), batch_size=BATCH
            )
            from engine.models import from_transformers  # noqa: F401 - loaded before the clock

            started = time.perf_counter()
            ended = train(project, recipe)
            seconds = time.perf_counter() - started
            assert ended.state == "finished", ended.error
            return Result(seconds, accuracy(project, ended.run), ended.samples_per_second)


class _Material:
    """What the others learn from: the same network, texts and freezing."""

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        torch.manual_seed(0)
        self.names = sorted({label for _, label, _ in rows})
        self.tokenizer = AutoTokenizer.from_pretrained(minilm())
        self.model: nn.Module = AutoModelForSequenceClassification.from_pretrained(
            minilm(), num_labels=len(self.names)
        )
        self.model.requires_grad_(False)
        bert: Any = self.model
        for part in (*bert.bert.encoder.layer[-LAYERS:], bert.bert.pooler, bert.classifier):
            part.requires_grad_(True)
        self.train = [self._item(row) for row in rows if row[2] == "train"]
        self.held = [self._item(row) for row in rows if row[2] == "validation"]

    def _item(self, row: tuple[str, str, str]) -> dict[str, Any]:
        found = self.tokenizer(row[0], truncation=True, max_length=128)
        return {**found, "labels": self.names.index(row[1])}

    def collate(self, items: list[dict[str, Any]]) -> dict[str, Tensor]:
        from transformers import DataCollatorWithPadding

        made: dict[str, Tensor] = DataCollatorWithPadding(self.tokenizer)(items).data
        return made

    def accuracy(self) -> float:
        self.model.eval()
        right = 0
        with torch.no_grad():
            for batch in DataLoader(self.held, BATCH, collate_fn=self.collate):
                said = self.model(**batch).logits.argmax(1)
                right += int((said == batch["labels"]).sum())
        return right / len(self.held)


def _trainer(rows: list[tuple[str, str, str]]) -> Result:
    from transformers import Trainer, TrainingArguments

    had = _Material(rows)
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place, num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH,
            learning_rate=LR, lr_scheduler_type="cosine", save_strategy="no", eval_strategy="no",
            logging_strategy="no", report_to=[], disable_tqdm=True, seed=0,
            use_cpu=not torch.cuda.is_available(),
        )  # fmt: skip
        made = Trainer(had.model, arguments, train_dataset=had.train, data_collator=had.collate)
        started = time.perf_counter()
        made.train()
        found = had.accuracy()
        return Result(time.perf_counter() - started, found)


def _fastai(rows: list[tuple[str, str, str]]) -> Result:
    from fastai.callback import schedule
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import Adam

    had = _Material(rows)

    def pair(items: list[dict[str, Any]]) -> tuple[Tensor, Tensor, Tensor]:
        batch = had.collate(items)
        return batch["input_ids"], batch["attention_mask"], batch["labels"]

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = had.model

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            logits: Tensor = self.model(input_ids=ids, attention_mask=mask).logits
            return logits

    loaders = DataLoaders(
        DataLoader(had.train, BATCH, shuffle=True, collate_fn=pair),
        DataLoader(had.held[:1], BATCH, collate_fn=pair),  # so that its validation costs nothing
    )
    loaders.n_inp = 2
    learner = Learner(loaders, Whole(), loss_func=functional.cross_entropy, opt_func=Adam)
    learner.remove_cbs([cb for cb in learner.cbs if type(cb).__name__ == "ProgressCallback"])
    assert schedule.Learner is Learner
    started = time.perf_counter()
    with learner.no_logging():
        learner.fit_one_cycle(EPOCHS, LR)
    found = had.accuracy()
    return Result(time.perf_counter() - started, found)


if __name__ == "__main__":
    main()
