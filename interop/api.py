"""The API as its own description says it: schemathesis makes requests of every kind from it, and judges each answer."""

import functools
import os
import subprocess
import sys
from pathlib import Path

from harness import SERVER_PORTS, Skipped, check, free_ports

PACKAGE = "schemathesis==4.32.5"
# Requests of each kind for each operation.
EXAMPLES = 10
SECONDS = 300


@functools.cache
def installed():
    """schemathesis, installed once and kept in the user's cache; or why there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ringback-interop" / f"{PACKAGE}-py{sys.version_info.major}.{sys.version_info.minor}"
    program = folder / "bin" / "schemathesis"
    with_limit = {"capture_output": True, "timeout": 180}
    try:
        if program.exists() and subprocess.run([program, "--version"], **with_limit).returncode == 0:
            return program, None
        if os.environ.get("RINGBACK_INSTALL", "1") != "1":
            return None, f"{PACKAGE} is not installed, and RINGBACK_INSTALL forbids it"
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, **with_limit)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--only-binary", ":all:", PACKAGE], check=True, **with_limit)
    except (subprocess.SubprocessError, OSError) as why:
        said = (getattr(why, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()
        return None, f"{PACKAGE} cannot be installed by pip: {said[-1] if said else why}"
    return program, None


def api_keeps_its_description(world):
    """schemathesis: no request of its kinds breaks the server, and every answer is as the OpenAPI description says."""
    program, why_not = installed()
    if why_not:
        raise Skipped(why_not)
    port = free_ports(1, "127.0.0.1", SERVER_PORTS)
    server = world.serve(extra=f'[console]\naddress = "127.0.0.1:{port}"\n')
    made = subprocess.run(
        [world.ringback, "token", "add", "schemathesis", "--scope", "admin", "--config", server.config],
        capture_output=True,
        timeout=30,
        check=False,
    )
    check(made.returncode == 0, f"`ringback token add` succeeds: {made.stderr.decode()}")
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
    # Events never end, and so would the wait for them.
    command = [program, "run", f"http://127.0.0.1:{port}/api/v1/openapi.json", "--checks", checks]
    command += ["--header", f"Authorization: Bearer {made.stdout.decode().strip()}", "--exclude-path", "/events"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"]
    command += ["--request-timeout", "30", "--generation-database", "none"]
    done = world.run(command, "schemathesis", SECONDS)
    check(done == 0, f"schemathesis finds no fault: it ended with {done}")


ALL = [api_keeps_its_description]
