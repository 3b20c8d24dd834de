#!/usr/bin/env python3
"""Fails when a file includes a room it may not know. The table is the house's plan; CMakeLists.txt links by the same."""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": "",
    "domain": "base",
    "limits": "base",
    "tokens": "base",
    "net": "base",
    "mcp": "base net",
    "llm": "base domain limits tokens net",
    "store": "base domain",
    "hub": "base domain limits mcp",
    "chat": "base domain tokens llm store hub",
    "gateway": "base domain limits net mcp hub chat",
    "cli": "base domain net store",
    "app": "base domain limits tokens net mcp llm store hub chat gateway cli",
}
ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
LINKS = re.compile(r'convoke_room\((\w+)\s+NEEDS\s+([^)]*)\)')


def main() -> int:
    problems = []
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        room = path.relative_to(ROOT / "src").parts[0]
        allowed = set(MAY_INCLUDE[room].split()) | {room}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match[1].split("/")[0] not in allowed:
                problems.append(f"{path.relative_to(ROOT)}:{number}: {room}/ may not include {match[1]}")
    linked = {m[1]: set(m[2].replace('"', "").split()) for m in LINKS.finditer((ROOT / "CMakeLists.txt").read_text())}
    for room, needs in MAY_INCLUDE.items():
        if linked.get(room) != set(needs.split()):
            problems.append(f"CMakeLists.txt: {room} links to {linked.get(room)}, the plan says {needs.split()}")
    print("\n".join(problems) or "layers: every include points down")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
