#!/usr/bin/env python3
"""Installs the MCP library, builds an example against it outside of the tree, and lets it call a real server:
run.py SOURCE_FOLDER BUILD_FOLDER COMPILER LINKER_FLAGS.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def run(*command) -> str:
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if finished.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{finished.stdout}")
    return finished.stdout


def main() -> None:
    source, build, compiler, linker_flags = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    with tempfile.TemporaryDirectory() as folder:
        installed, project = pathlib.Path(folder, "installed"), pathlib.Path(folder, "project")
        run("cmake", "--install", build, "--component", "mcp", "--prefix", installed)
        project.mkdir()
        shutil.copy(source / "tests/package/consumer/CMakeLists.txt", project)
        shutil.copy(source / "examples/mcp_client.cpp", project)
        run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={installed}",
            f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_EXE_LINKER_FLAGS={linker_flags}")
        run("cmake", "--build", project / "build")
        said = run(project / "build/consumer", "sum", '{"a": 2, "b": 3}', build / "convoke-demo-server")
    if not said.endswith("\n5\n"):
        sys.exit(f"the consumer did not get the sum:\n{said}")
    print(said)


if __name__ == "__main__":
    main()
