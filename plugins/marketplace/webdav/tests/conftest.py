"""A real WebDAV server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "label", "pässword"
_folders = count()


@dataclass
class DavServer:
    """A running WsgiDAV. `root`: its folder; `before`: sees each request, and may answer it instead."""

    root: Path
    port: int
    before: Callable[[dict[str, Any], Callable[..., Any]], Any] | None = None

    def collection(self) -> tuple[str, Path]:
        """The address of a fresh empty collection, and its folder."""
        folder = self.root / f"c{next(_folders)}"
        folder.mkdir()
        return f"http://127.0.0.1:{self.port}/{folder.name}", folder


@contextmanager
def run_dav_server(root: Path) -> Iterator[DavServer]:
    """Serve a folder on a free port of this machine."""
    application = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "lock_storage": None,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )

    def answer(environment: dict[str, Any], start: Callable[..., Any]) -> Any:
        faulty = running.before(environment, start) if running.before else None
        return application(environment, start) if faulty is None else faulty

    server = wsgi.Server(("127.0.0.1", 0), answer, numthreads=8)
    server.prepare()
    running = DavServer(root, int(server.bind_addr[1]))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.stop()
        thread.join(5)


@pytest.fixture(scope="session")
def dav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with run_dav_server(tmp_path_factory.mktemp("dav")) as server:
        yield server


@pytest.fixture
def dav(dav_server: DavServer) -> Iterator[DavServer]:
    yield dav_server
    dav_server.before = None
