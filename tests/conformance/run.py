#!/usr/bin/env python3
"""Runs the official MCP conformance suite against our client, our server, or our server behind Convoke's gateway:
run.py {client|server|gateway} REVISION BUILD_FOLDER.

Every scenario has to pass, also those the suite runs without scoring them (the extensions: tasks, client credentials,
DPoP, workload identity, enterprise-managed authorization); there is no list of expected failures. Besides the suite's
own exit status, its report, kept under BUILD_FOLDER/conformance/, must hold no failure and no warning.

The gateway looks after tasks itself and makes none of its own, so it gets the suite without the extensions; and it does not
tell of a list that is the same again when it has looked, of which the suite warns.
"""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "test-tools"
NODE = TOOLS / "python" / "bin" / "node"
SUITE = TOOLS / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
TIMEOUT_SECONDS = 240


def run_suite(*arguments: str) -> int:
    finished = subprocess.run([NODE, SUITE, *arguments], timeout=TIMEOUT_SECONDS, check=False)
    return finished.returncode


def complaints(report: pathlib.Path, faults: tuple[str, ...] = ("FAILURE", "WARNING")) -> list[str]:
    """What the suite found fault with, in any scenario."""
    found = []
    for checks in sorted(report.rglob("checks.json")):
        for check in json.loads(checks.read_text()):
            if check["status"] in faults:
                found.append(f"{checks.parent.name}: {check['id']}: {check['status']}: {check.get('errorMessage')}")
    return found


def test_client(build: pathlib.Path, revision: str, report: pathlib.Path) -> int:
    program = build / "conformance_client"
    return run_suite("client", "--command", str(program), "--requirements", revision, "-o", str(report))


def test_server(build: pathlib.Path, revision: str, report: pathlib.Path) -> int:
    server = subprocess.Popen([build / "conformance_server", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stderr.readline())[0]
        return run_suite("server", "--url", url, "--requirements", revision, "-o", str(report))
    finally:
        server.terminate()
        server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_gateway(build: pathlib.Path, revision: str, report: pathlib.Path) -> int:
    """Our server, behind the gateway of `convoke serve`."""
    folder = report.with_suffix(".gateway")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = subprocess.Popen([build / "conformance_server", "--port", "0"], stderr=subprocess.PIPE, text=True)
    port = free_port()
    (folder / "config.yaml").write_text(f"chat: {{websocket: {{port: {port}}}}}\n")
    try:
        url = re.search(r"http://\S+", server.stderr.readline())[0]
        behind = {"suite": {"type": "http", "url": url, "allowSampling": True}}
        (folder / "servers_config.json").write_text(json.dumps({"mcpServers": behind}))
        log = folder / "log"
        gateway = subprocess.Popen([build / "convoke", "serve"], cwd=folder, stderr=log.open("w"))
        try:
            while "server.ready" not in log.read_text():
                if gateway.poll() is not None:
                    return 1
                time.sleep(0.05)
            which = ("--suite", "all", "--spec-version", revision)
            return run_suite("server", "--url", f"http://127.0.0.1:{port}/mcp", *which, "-o", str(report))
        finally:
            gateway.terminate()
            gateway.wait(timeout=20)
    finally:
        server.terminate()
        server.wait(timeout=10)


def main() -> int:
    side, revision, build = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    report = build / "conformance" / f"{side}-{revision}"
    shutil.rmtree(report, ignore_errors=True)
    if side == "gateway":
        status = test_gateway(build, revision, report)
        faults = complaints(report, ("FAILURE",))
        print(*faults, sep="\n")
        return status or (1 if faults else 0)
    status = {"client": test_client, "server": test_server}[side](build, revision, report)
    faults = complaints(report)
    print(*faults, sep="\n")
    return status or (1 if faults else 0)


if __name__ == "__main__":
    sys.exit(main())
