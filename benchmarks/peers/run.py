"""Compares mazescan with other packages in one run, and prints the table: python3 benchmarks/peers/run.py [--json FILE].

It makes three virtual environments in build/peers (procgen-mirror; envpool; Stable-Baselines3 and CleanRL's loop on Debian's
torch), installs the wheel that `./run python` built into each, and measures on one core. The frames of envpool's maze are
compared with ours first. With --test, Stable-Baselines3 and CleanRL's loop must learn small mazes instead (learn_test.py).
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
SOURCE = FOLDER.parents[1]
# Each environment: whether it sees Debian's packages, then the arguments of each call of pip.
GYM3 = ["gym3", "procgen-mirror", "gym<0.27"]
ENVIRONMENTS = {
    "procgen": (False, [["gymnasium>=1.1", *GYM3]]),
    "envpool": (False, [["gymnasium>=1.1", "envpool"]]),
    # Debian's torch is 1.13. This version of Stable-Baselines3 runs on it, although it asks for a later one.
    "training": (True, [["gymnasium>=1.1", "numpy<2", "pandas<3", "matplotlib", "cloudpickle", *GYM3],
                        ["--no-deps", "stable-baselines3==2.6.0"]]),
}
SCRIPTS = {"procgen": ["environments.py", "procgen"], "envpool": ["environments.py", "envpool"], "training": ["training.py"]}


def python_of(name: str, wheel: pathlib.Path) -> pathlib.Path:
    """Makes the virtual environment, unless it is there, and installs the wheel. Returns its interpreter."""
    folder = SOURCE / "build" / "peers" / name
    python = folder / "bin" / "python"
    debian, packages = ENVIRONMENTS[name]
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if not (folder / "complete").exists():
        # Debian's Python, so that one environment finds Debian's torch.
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", *(["--system-site-packages"] if debian else []), folder],
                       check=True)
        for arguments in packages:
            subprocess.run([*pip, *arguments], check=True)
        (folder / "complete").touch()
    subprocess.run([*pip, "--force-reinstall", "--no-deps", wheel], check=True)
    return python


def rows_of(name: str, wheel: pathlib.Path) -> list[dict[str, object]]:
    """Returns the rates of one environment; none, with a message, if its packages cannot be installed."""
    try:
        python = python_of(name, wheel)
    except subprocess.CalledProcessError:
        print(f"######## SKIPPED: the packages of {name} cannot be installed", file=sys.stderr)
        return []
    script, *arguments = SCRIPTS[name]
    one_core = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, "-W", "ignore", FOLDER / script, *arguments]
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, env=one_core)
    if result.returncode != 0:
        sys.exit(f"{script} failed with the packages of {name}")
    return json.loads(result.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares mazescan with other packages.")
    parser.add_argument("--test", action="store_true", help="test that the peers learn small mazes instead; minutes")
    parser.add_argument("--json", help="write rows {package, version, interface, name, value, unit} to this file")
    options = parser.parse_args()
    wheels = sorted((SOURCE / "build" / "wheels").glob("mazescan-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        sys.exit("no wheel in build/wheels\n  reason: the package is not built\n  hint:   ./run python builds it")
    if options.test:
        python = python_of("training", wheels[-1])
        sys.exit(subprocess.run([python, "-W", "ignore", FOLDER / "learn_test.py", "-v"], check=False).returncode)
    print(f"one core of {os.cpu_count()}, {platform.machine()}, 64 environments", flush=True)
    rows = []
    for name in ENVIRONMENTS:
        for row in rows_of(name, wheels[-1]):
            package = f"{row['package']} {row['version']}"
            print(f"{package:32} {row['interface']:24} {row['name']:24} {row['value']:12,.0f} {row['unit']}", flush=True)
            rows.append(row)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
