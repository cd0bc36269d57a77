"""What a worker does not load until it uses it: each of these takes 5 to 40 MB and up to a second."""

from __future__ import annotations

import json
import subprocess
import sys

ON_DEMAND = {"PIL", "aiohttp", "aiobotocore", "asyncssh", "azure", "openpyxl", "pymediainfo", "saxonche", "soundfile"}

PROGRAM = """
import json, sys
import distro_core.worker
from distro_core.plugins.discovery import find_plugins, import_plugin
plugins = [import_plugin(found)[1]() for found in find_plugins() if found.built_in]
transports = [transport.key for plugin in plugins for transport in plugin.register_transports()]
print(json.dumps([transports, sorted(sys.modules)]))
"""


def test_a_worker_with_every_plugin_loads_no_client_library_before_it_is_used() -> None:
    # given a process of its own, for this one has used them all
    # when it loads the worker and every plugin of the platform
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    transports, modules = json.loads(run.stdout.splitlines()[-1])

    # then the transports are there, and what they deliver with is not
    assert {"azure-blob", "google-cloud", "http-put", "s3", "sftp"} <= set(transports)
    assert ON_DEMAND.isdisjoint(modules)
