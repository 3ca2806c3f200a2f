"""The same work in transformers.Trainer, in fastai, and in the shortest loop that does it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benchmarks.material import Pictures, Result, Work, accuracy, learning, network

Batches = Callable[[int], Iterable[tuple[Tensor, Tensor]]]  # those of an epoch


def bare_loop(work: Work, batches: Batches | None = None) -> Result:
    """What a person would write by hand, and no line more.

    Args:
        batches: where they come from; None reads with torch's own loader.
    """
    train, held = Pictures("train"), Pictures("validation")
    place = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = network(work, len(train.classes)).to(place)
    started = time.perf_counter()
    loader = DataLoader(train, work.batch, shuffle=True, num_workers=work.workers)
    optimizer = torch.optim.AdamW(learning(net), work.lr)
    steps = work.epochs * len(loader)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    stepping = 0.0
    for epoch in range(work.epochs):
        net.train()
        begun = time.perf_counter()
        for pixels, targets in batches(epoch) if batches else loader:
            optimizer.zero_grad()
            functional.cross_entropy(net(pixels.to(place)), targets.to(place)).backward()
            optimizer.step()
            schedule.step()
        stepping += time.perf_counter() - begun
    found = accuracy(net, held, work)
    pace = work.epochs * len(train) / stepping
    return Result(time.perf_counter() - started, found, pace)


def trainer(work: Work) -> Result:
    """transformers.Trainer with nothing switched on that costs time."""
    from transformers import Trainer, TrainingArguments
    from transformers.utils import logging

    logging.set_verbosity_error()
    train, held = Pictures("train"), Pictures("validation")
    net = network(work, len(train.classes))
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place,
            num_train_epochs=work.epochs,
            per_device_train_batch_size=work.batch,
            learning_rate=work.lr,
            lr_scheduler_type="cosine",
            dataloader_num_workers=work.workers,
            save_strategy="no",
            eval_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=work.seed,
            use_cpu=not torch.cuda.is_available(),
        )
        made = Trainer(_WithLoss(net), arguments, train_dataset=_Named(train), data_collator=_stack)
        started = time.perf_counter()
        made.train()
        found = accuracy(net, held, work)
        return Result(time.perf_counter() - started, found)


def fastai(work: Work) -> Result:
    """fastai's Learner on plain data loaders; it too has its bar and recorder off."""
    from fastai.callback import schedule  # gives Learner its one-cycle training
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.optimizer import Adam

    train, held = Pictures("train"), Pictures("validation")
    net = network(work, len(train.classes))
    loaders = DataLoaders(
        DataLoader(train, work.batch, shuffle=True, num_workers=work.workers, drop_last=False),
        DataLoader(held, work.batch, num_workers=work.workers),
    )
    learner = Learner(loaders, net, loss_func=CrossEntropyLossFlat(), opt_func=Adam)
    learner.remove_cbs([cb for cb in learner.cbs if type(cb).__name__ in ("ProgressCallback",)])
    assert schedule.Learner is Learner
    started = time.perf_counter()
    # Validation after each epoch is its default; off, it does no more than the others.
    with learner.no_logging():
        loaders.valid = DataLoader(_Nothing(held), work.batch)
        learner.fit_one_cycle(work.epochs, work.lr)
    found = accuracy(net, held, work)
    return Result(time.perf_counter() - started, found)


class _WithLoss(nn.Module):
    """Trainer wants a network that tells its loss."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.net(pixels)
        return {"loss": functional.cross_entropy(logits, labels), "logits": logits}


class _Named(Dataset[dict[str, Any]]):
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, place: int) -> dict[str, Any]:
        pixels, target = self._pictures[place]
        return {"pixels": pixels, "labels": target}


class _Nothing(Dataset[tuple[Tensor, int]]):
    """One item, so that an epoch's validation costs nothing to speak of."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return 1

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self._pictures[0]


def _stack(items: list[dict[str, Any]]) -> dict[str, Tensor]:
    return {
        "pixels": torch.stack([item["pixels"] for item in items]),
        "labels": torch.tensor([item["labels"] for item in items]),
    }
