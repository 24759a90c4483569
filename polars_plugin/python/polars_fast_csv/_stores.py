"""Files in object stores: the crate ``object_store``, by way of its Python package obstore."""

from __future__ import annotations

import errno
import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import polars as pl

from polars_fast_csv._access import Access

# Which storage options say how to talk to a store, and not which one it is.
_CLIENT = frozenset(
    {
        "allow_http",
        "allow_invalid_certificates",
        "connect_timeout",
        "default_content_type",
        "default_headers",
        "http1_only",
        "http2_keep_alive_interval",
        "http2_keep_alive_timeout",
        "http2_keep_alive_while_idle",
        "http2_only",
        "pool_idle_timeout",
        "pool_max_idle_per_host",
        "proxy_ca_certificate",
        "proxy_excludes",
        "proxy_url",
        "randomize_addresses",
        "read_timeout",
        "root_certificate",
        "timeout",
        "user_agent",
    }
)
# Polars' own words for how often to try again.
_RETRY = frozenset(
    {"max_retries", "retry_timeout_ms", "retry_init_backoff_ms", "retry_max_backoff_ms", "retry_base_multiplier"}
)
# What Polars takes, and nothing here has: files are not kept.
_PASSED_OVER = frozenset({"file_cache_ttl"})
# Parts of names of options that are credentials: who gives some wants no others.
_OF_CREDENTIALS = ("key", "token", "secret", "anonymous", "skip_signature", "credential", "service_account", "sas")
# The bytes that are asked for at once.
_PIECE = 1 << 20


def needs_obstore(url: str) -> None:
    """
    See that obstore is there.

    Raises
    ------
    ModuleNotFoundError
        It is not.
    """
    if importlib.util.find_spec("obstore") is None:
        msg = f"reading {url} needs obstore, which pip install 'polars-fast-csv[cloud]' installs"
        raise ModuleNotFoundError(msg, name="obstore")


def open_object(start: str, access: Access, key: str) -> Chunks:
    """Open an object of the store at ``start``."""
    with _told(start + key):
        return Chunks(start + key, _obstore().get(_store(start, access), key).stream(min_chunk_size=_PIECE))


def list_objects(start: str, access: Access, folder: str) -> list[str]:
    """List the objects of a store whose names begin with a folder's; marks of empty folders are none."""
    with _told(start + folder):
        batches = _obstore().list(_store(start, access), prefix=folder or None)
        return [entry["path"] for batch in batches for entry in batch if not entry["path"].endswith("/")]


class Chunks:
    """What an object store gives, in pieces of its own size."""

    def __init__(self, url: str, chunks: Iterable[Any]) -> None:
        self._url, self._chunks = url, iter(chunks)

    def read(self, count: int, /) -> bytes:
        with _told(self._url):
            return bytes(next(self._chunks, b""))


def _obstore() -> Any:
    # Of unknown types, as it need not be installed.
    return importlib.import_module("obstore")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Raise what an object store says as Python says it of files."""
    said: Any = importlib.import_module("obstore.exceptions")
    try:
        yield
    except said.NotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "the object store has no such object", url) from error
    except (said.PermissionDeniedError, said.UnauthenticatedError) as error:
        raise PermissionError(errno.EACCES, "the object store refuses access", url) from error
    except said.BaseError as error:
        msg = f"{url}: {error}"
        raise OSError(msg) from error


def _store(start: str, access: Access) -> Any:
    scheme, _, rest = start.partition("://")
    options = access.storage_options
    said = {name: each for name, each in options.items() if name not in _RETRY | _PASSED_OVER}
    config = {name: each for name, each in said.items() if _bare(name) not in _CLIENT}
    config |= _credentials(scheme, access)
    root = ("gs" if scheme == "gcs" else scheme) + "://" + rest.rstrip("/")
    from_url: Any = importlib.import_module("obstore.store").from_url
    return from_url(
        root,
        config={name: each if isinstance(each, str | bool) else str(each) for name, each in config.items()},
        client_options={_bare(name): each for name, each in said.items() if _bare(name) in _CLIENT} or None,
        retry_config=_retrying(options) or None,
    )


def _bare(name: str) -> str:
    """The name of an option without its store's, as in ``aws_allow_http``."""
    return name.lower().removeprefix("aws_").removeprefix("google_").removeprefix("azure_")


def _retrying(options: Mapping[str, Any]) -> dict[str, Any]:
    """Polars' words for how often to try again as the crate's."""

    def milliseconds(names: dict[str, str]) -> dict[str, Any]:
        return {own: timedelta(milliseconds=int(options[name])) for name, own in names.items() if name in options}

    retry = milliseconds({"retry_timeout_ms": "retry_timeout"})
    backoff = milliseconds({"retry_init_backoff_ms": "init_backoff", "retry_max_backoff_ms": "max_backoff"})
    if "max_retries" in options:
        retry["max_retries"] = options["max_retries"]
    if "retry_base_multiplier" in options:
        backoff["base"] = float(options["retry_base_multiplier"])
    return retry | ({"backoff": backoff} if backoff else {})


def _credentials(scheme: str, access: Access) -> dict[str, Any]:
    """What the credential provider gives now; it is asked each time that a file is opened."""
    provider = access.credential_provider
    if provider is None:
        return {}
    if callable(provider):
        return dict(provider()[0])
    if any(word in name.lower() for name in access.storage_options for word in _OF_CREDENTIALS):
        return {}
    kinds: dict[str, Any] = {"s": pl.CredentialProviderAWS, "g": pl.CredentialProviderGCP}
    kind = kinds.get(scheme[0], pl.CredentialProviderAzure)
    try:
        return dict(kind()()[0])
    except (ImportError, getattr(kind, "EmptyCredentialError", ImportError)):
        # Without the library of the store's makers the environment says who asks, as in Polars.
        return {}
