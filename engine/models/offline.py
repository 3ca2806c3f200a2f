"""Whether Graft may use the network. It may not until a person says so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import platformdirs

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
    try:
        settings = json.loads(settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(settings, dict) and settings.get("online") is True


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
