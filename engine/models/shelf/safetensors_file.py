"""A safetensors file looked at without torch: is it whole, and what does it hold?"""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from engine.errors import ModelError

Shape = tuple[int, ...]


def shapes(path: Path) -> dict[str, Shape]:
    """Shape by name of every tensor. The library checks that the file is as long as it says.

    Raises:
        ModelError: damaged, cut off, or a pickle under a false name.
    """
    try:
        with safe_open(path, framework="np") as held:
            return {name: tuple(held.get_slice(name).get_shape()) for name in held.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise refusal(path, error) from error


def refusal(path: Path, error: Exception) -> ModelError:
    """Why the library could not read a file of that name."""
    if _is_pickle(path):
        return ModelError(
            "The weights file was refused",
            f"{path.name} is called safetensors, but it holds a Python pickle, and loading one "
            "can run code.",
            "Ask for the weights as real .safetensors. If you know it to be a PyTorch file, name "
            "it .pth: then Graft reads its tensors and nothing else.",
            subject=str(path),
        )
    return ModelError(
        "The weights file is damaged",
        f"{path.name} is not a complete safetensors file.",
        "It may have been cut off while it was copied. Get the file again.",
        details=str(error),
        subject=str(path),
    )


def _is_pickle(path: Path) -> bool:
    """A pickle says so in its first bytes, bare or in the archive that PyTorch writes."""
    with path.open("rb") as stream:
        begins = stream.read(4)
    # The third byte, too: a cut off safetensors file may begin with that byte by chance.
    bare = begins[:1] == b"\x80" and begins[2:3] in (b"\x95", b"}", b"]", b"(", b"c")
    return bare or begins == b"PK\x03\x04"
