"""Where the work runs, how precisely, and in how many processes."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from engine.models.network import Network
from engine.models.trace import trace
from engine.training.recipe import Recipe

_RECORDED = ("torch", "torchvision", "transformers", "accelerate", "numpy", "pillow")


def accelerator(recipe: Recipe) -> Accelerator:
    """For this process; torchrun's variables, where set, make it one of several."""
    chosen = recipe.precision
    if chosen == "fp16" and not torch.cuda.is_available():
        chosen = "no"  # no processor computes in it; what learned so is judged all the same
    if chosen == "auto":
        chosen = "no"
        if torch.cuda.is_available():
            chosen = "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    # accelerate holds to the first precision of a process; another run may have another.
    AcceleratorState._reset_state()
    made = Accelerator(mixed_precision=chosen, cpu=not torch.cuda.is_available() and not _mps())
    # Writing over fresh memory before use finds faults and costs a tenth of the time.
    deterministic: Any = torch.utils.deterministic
    deterministic.fill_uninitialized_memory = False
    torch.use_deterministic_algorithms(made.device.type == "cpu", warn_only=True)
    return made


def place(network: Network, accelerator: Accelerator) -> None:
    """Moves a network to where it will run, in the order of numbers that is quickest there.

    Convolutions are up to a quarter quicker with the channels of a place side by side. Code of
    a library that counts on the other order would fail, so one run tells.
    """
    network.to(accelerator.device)
    if network.kind != "image":
        return
    network.to(memory_format=torch.channels_last)
    try:
        trace(network)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:
        network.to(memory_format=torch.contiguous_format)


def workers(recipe: Recipe, accelerator: Accelerator) -> int:
    """Threads that read files. On the CPU more would take what the network needs."""
    if recipe.workers:
        return recipe.workers
    if accelerator.device.type == "cpu":
        return 2
    share = (os.cpu_count() or 2) // max(1, int(accelerator.num_processes))
    return min(8, max(1, share - 1))


def describe(accelerator: Accelerator) -> str:
    if accelerator.device.type == "cuda":
        name = torch.cuda.get_device_name(accelerator.device)
    elif accelerator.device.type == "cpu":
        name = f"CPU, {torch.get_num_threads()} threads"
    else:
        name = accelerator.device.type
    times = f", {accelerator.num_processes} processes" if accelerator.num_processes > 1 else ""
    return name + times


def versions() -> dict[str, str]:
    found = {name: version(name) for name in _RECORDED}
    # torch's own word says for which device it was built.
    return {"python": platform.python_version(), **found, "torch": torch.__version__}


def _mps() -> bool:
    return torch.backends.mps.is_available()
