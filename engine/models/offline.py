"""Whether Graft may use the network. It may not until a person says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

from engine.errors import ConfigurationError, StorageError
from engine.models.shelf import small_json

SWITCH = "GRAFT_ONLINE"
_ALWAYS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "TOKENIZERS_PARALLELISM": "false",  # its threads do not survive a forked data reader
}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def settings_file() -> Path:
    """Where what a person chose on this machine is kept, for all projects."""
    return Path(platformdirs.user_config_dir("Graft", appauthor=False)) / "settings.json"


def online() -> bool:
    """Whether a person has allowed downloads: GRAFT_ONLINE=1 or the setting `online`.

    A missing or damaged settings file means no.
    """
    said = os.environ.get(SWITCH)
    if said is not None:
        return said.strip().lower() in ("1", "true", "yes", "on")
    return (small_json.read(settings_file()) or {}).get("online") is True


def allow(downloads: bool) -> None:
    """Keeps a person's choice on this machine; it holds at once, in this process, too.

    Other settings stay. A damaged settings file is put aside as settings.damaged.json.

    Raises:
        StorageError: the settings file cannot be written.
        ConfigurationError: GRAFT_ONLINE says otherwise, and has the last word.
    """
    file = settings_file()
    try:
        settings = small_json.read(file)
        if settings is None and file.exists():
            os.replace(file, file.with_suffix(".damaged.json"))
        small_json.write(file, {**(settings or {}), "online": downloads})
    except OSError as error:
        raise StorageError(
            "The setting could not be kept",
            f"Writing {file} failed: {error.strerror or error}.",
            "Give yourself the right to write there, or free some space, and try again.",
        ) from error
    prepare()
    if online() != downloads:
        raise ConfigurationError(
            "The environment says otherwise",
            f"{SWITCH}={os.environ[SWITCH]} was set where Graft was started, and that has the "
            "last word. The setting is kept for when it is gone.",
            f"Start Graft without {SWITCH}.",
            subject="online",
        )


def prepare() -> None:
    """Tells the libraries, through the environment. Call it before any of them is imported.

    Child processes inherit it. Nothing is reported to anyone, online or not.
    """
    os.environ.update(_ALWAYS)
    if online():
        for name in _OFFLINE:
            os.environ.pop(name, None)
    else:
        os.environ.update(_OFFLINE)
    # It reads its switch when it loads, and a person may turn ours later.
    loaded = sys.modules.get("huggingface_hub.constants")
    if loaded is not None:
        setattr(loaded, "HF_HUB_OFFLINE", not online())  # noqa: B010 - a constant by its type
