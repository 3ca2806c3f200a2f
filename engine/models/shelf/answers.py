"""What a server's answer means, or its silence, in a person's words."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import httpx2

from engine.errors import ConfigurationError, GraftError, ModelError
from engine.models import catalogue, offline
from engine.models.shelf.line import Busy

BY_HAND = (
    "On a machine with a browser, download the model's files into one folder, carry the folder "
    "here, and add it: 'models add FOLDER', or drop it on the Model page."
)


def refuse_offline(what: str, allowed: bool | None) -> None:
    """Raises ConfigurationError unless downloads are allowed; None: as the person has set it."""
    if not (offline.online() if allowed is None else allowed):
        raise ConfigurationError(
            "Graft is offline",
            f"Getting {what} needs the network, and Graft opens no connection until a person "
            "allows it.",
            "Allow downloads in the settings or with 'models online on', or bring the model in "
            "from a file, a folder or a model pack with 'models add'.",
            subject="online",
        )


def refused(status: int, url: str, name: str) -> GraftError:
    """A status that trying again does not better."""
    said, entry = urlsplit(url), catalogue.find(name)
    host = said.netloc.rpartition("@")[2]  # without the password that may stand before it
    page = entry.link if entry else f"{said.scheme}://{host}/{name}"
    details = f"{status} from {said.scheme}://{host}{said.path}"
    if status in (401, 403):
        return ModelError(
            "The server does not give the model out",
            f"{name} may need terms to be accepted or an account ({status}), or there is no model "
            "of that name.",
            f"Check the name. If it is right, open {page} in a browser, sign in and accept the "
            f"terms there. {BY_HAND}",
            details=details,
            subject=name,
        )
    if status in (404, 410):
        return ModelError(
            "The server does not have the model",
            f"Nothing lies at the address of {name} ({status}).",
            "Check the name; 'models list' shows the known ones. If it was moved or taken down, "
            "get it from elsewhere and add it with 'models add'.",
            details=details,
            subject=name,
        )
    return ModelError(
        "The server's answer cannot be used",
        f"Asked for {name}, it answered {status}.",
        f"Try again later. {BY_HAND}",
        details=details,
        subject=name,
    )


def no_listing(address: str, name: str, error: Exception) -> ModelError:
    return ModelError(
        "The server's answer cannot be used",
        f"What {address} answered about {name} is no listing of a model. It may be no hub, or a "
        "network answered in its place that wants a person to sign in first.",
        f"Open {address} in a browser on this machine and see what it says. {BY_HAND}",
        details=f"{type(error).__name__}: {error}",
        subject=name,
    )


def lost(error: httpx2.HTTPError | Busy, name: str) -> GraftError:
    """All tries failed; what arrived is kept."""
    if isinstance(error, Busy):
        return ModelError(
            "The server is busy or broken",
            f"It answered {error.status} each time {name} was asked for.",
            "Try again later: what has arrived is kept, and the download goes on from there.",
            subject=name,
        )
    if _of_certificate(error):
        return ModelError(
            "The server could not prove who it is",
            "Its certificate is signed by nobody whom this machine trusts. In many hospitals and "
            "firms a firewall opens all connections and signs them itself.",
            "Ask your administrator to install that certificate on this machine, or name its file "
            "in SSL_CERT_FILE. Graft does not go on without.",
            details=str(error),
            subject=name,
        )
    return ModelError(
        "The connection was lost",
        f"{name} did not arrive whole, although it was tried several times.",
        "Check the network and, where there is one, the proxy (HTTPS_PROXY). Then try again: what "
        "has arrived is kept, and the download goes on from there.",
        details=f"{type(error).__name__}: {error}",
        subject=name,
    )


def wrong_bytes(name: str, said: str) -> ModelError:
    return ModelError(
        "What arrived is not what was published",
        f"The checksum of {name} is another than its publisher gives. It was damaged on the way, "
        "or somebody changed it. It was deleted.",
        f"Try again. If it happens again, do not use that source. {BY_HAND}",
        details=f"published checksum: {said}",
        subject=name,
    )


def wrong_length(name: str, said: int, found: int) -> ModelError:
    return ModelError(
        "The server sends another file than it listed",
        f"{name} should have {said:,} bytes; the server says {found:,}.",
        "The model was probably changed just now: try again in a moment.",
        subject=name,
    )


def wrong_address(url: str) -> ConfigurationError:
    return ConfigurationError(
        "This address cannot be used",
        f"{url!r} is no http or https address, or leads from an encrypted to an open one.",
        "Give an address that begins with https://.",
        subject="url",
    )


def _of_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
