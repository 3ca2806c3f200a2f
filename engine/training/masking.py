"""A storage's address without what opens it: what is shown is copied into mails."""

from __future__ import annotations

import re
from urllib.parse import unquote

_IN_FRONT = re.compile(r"://[^:/@]*:(.+)@")  # up to the last '@': a password may hold one
_AS_OPTION = re.compile(r"[?&;][^=&;]*(?:pass|pwd|secret|token)[^=&;]*=([^&;]+)", re.IGNORECASE)


def masked(text: str, url: str) -> str:
    """`text`, which may quote `url` or what a driver made of it, without its passwords."""
    written = {*_IN_FRONT.findall(url), *_AS_OPTION.findall(url)}
    secrets = {*written, *map(unquote, written)}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
