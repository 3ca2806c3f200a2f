"""What a Hugging Face hub has of a model: its files at one commit, with sizes and checksums."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
from huggingface_hub import HfApi, ModelInfo, constants, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from engine.errors import ModelError
from engine.models import answers, plain_names
from engine.models.fetching import Source
from engine.models.line import SILENCE, Busy, Line
from engine.models.needed import Needed, needed

_LARGEST_SMALL = 256 << 20  # bytes of a file beside the weights


@dataclass(frozen=True)
class Listing:
    """The files that Graft takes of a model."""

    commit: str
    sources: dict[str, Source]  # by name, with '/' between parts
    needed: Needed


def listing(name: str, line: Line, endpoint: str | None = None) -> Listing:
    """Asks the hub, once, and again while it is busy.

    Args:
        endpoint: address of a hub, None: the one that the library is set to.

    Raises:
        ModelError: no such model, not given out, no weights Graft reads, or no answer.
        Cancelled: the person asked for the end.
    """
    address = (endpoint or constants.ENDPOINT).rstrip("/")
    try:
        info = line.patiently(lambda: _info(name, line, address))
    except HFValidationError as error:
        raise answers.refused(404, address, name) from error
    except HfHubHTTPError as error:
        raise answers.refused(error.response.status_code, address, name) from error
    except (httpx2.HTTPError, Busy) as error:
        raise answers.lost(error, name) from error
    sizes = {file.rfilename: file for file in info.siblings or []}
    chosen = needed(file for file in sizes if not plain_names.objection(file))
    _refuse_unusable(name, chosen)
    sources: dict[str, Source] = {}
    for file in chosen.files:
        said = sizes[file]
        if file in chosen.small and (said.size or 0) > _LARGEST_SMALL:
            continue
        url = hf_hub_url(name, file, revision=info.sha, endpoint=address)
        large = said.lfs.sha256 if said.lfs else ""
        sources[file] = Source(url, said.size, large, "" if large else said.blob_id or "")
    return Listing(info.sha or "", sources, chosen)


def _info(name: str, line: Line, address: str) -> ModelInfo:
    api = HfApi(endpoint=address, token=False)
    try:
        return line.call(
            lambda: api.model_info(name, files_metadata=True, timeout=SILENCE, token=False)
        )
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (408, 425, 429) or status >= 500:
            raise Busy(status) from error
        raise


def _refuse_unusable(name: str, chosen: Needed) -> None:
    if "config.json" not in chosen.small or not chosen.weights:
        lacking = "config.json" if chosen.weights else "weights in a form that Graft reads"
        raise ModelError(
            "The model cannot be used",
            f"There is no {lacking} in {name}. Graft reads model.safetensors, or "
            "pytorch_model.bin where that is all there is.",
            "Choose another model of its family.",
            subject=name,
        )
