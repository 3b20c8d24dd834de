#!/usr/bin/env python3
"""Runs benchmarks by name, or all of them, prints a table and writes build/bench/<date>.json. See docs/benchmarks.md."""

import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import servers
from benchmarks import BENCHMARKS

RESULTS = servers.ROOT / "build/bench"


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "none"


def package_version(name):
    description = servers.TOOLS / "node_modules" / name / "package.json"
    return json.loads(description.read_text())["version"] if description.exists() else "none"


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def machine():
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": platform.release(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "compiler": first_line("clang++-19", "--version"),
        "commit": first_line("git", "-C", servers.ROOT, "rev-parse", "--short", "HEAD"),
        "node": first_line(servers.NODE, "--version"),
        "ws": package_version("ws"),
        "openai": package_version("openai"),
        "gateway": f"{servers.GATEWAY_NAME} {servers.GATEWAY_VERSION}" if servers.GATEWAY.exists() else "none",
        "typescript_sdk": package_version("@modelcontextprotocol/sdk"),
    }


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def row_of(figure):
    ratio = f"{figure['ratio']:.2f} ×" if figure["ratio"] is not None else ""
    return [figure["name"], f"{number(figure['value'])} {figure['unit']}", figure["aim"] or "", figure["peer"] or "", ratio]


def print_table(figures):
    rows = [["what", "measured", "aim", "against", "better by"]] + [row_of(f) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def save(report):
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    for name in (report["date"].replace(":", ""), "latest"):
        (RESULTS / f"{name}.json").write_text(text)
    print(f"\nwritten to {RESULTS.relative_to(servers.ROOT)}/latest.json")


def main(names):
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark '{unknown[0]}'. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    report = {"date": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine(), "figures": []}
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        report["figures"] += [figure | {"benchmark": name} for figure in BENCHMARKS[name]()]
    for name, fact in report["machine"].items():
        print(f"{name}: {fact}")
    print()
    print_table(report["figures"])
    save(report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
