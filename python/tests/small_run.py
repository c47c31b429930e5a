"""A small finished run for tests that need the C++ programs: trained, scanned, recorded, probed, with a report."""
import functools
import importlib.util
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MAZESCAN_BIN", ROOT / "build" / "release" / "bin"))
PROGRAMS = ("mazescan-trainer", "mazescan-evaluator")
# The layers differ clearly: the first one equals random weights, of the other two one is much better.
BEST_LAYER = "embedder.relu2"
SETTINGS = {"train.steps": "102400", "scan.sizes": "[5]", "scan.levels": "20", "scan.chunk": "20", "scan.placements": "[top_right]",
            "record.sizes": "[5]", "record.levels": "1000", "probe.interchanges": "20", "probe.pairs": "40",
            "record.layers": "[embedder.block1.res1.resadd, embedder.relu2, embedder.fc]"}
_FOLDER = tempfile.TemporaryDirectory()


def missing(*packages: str) -> list[str]:
    """Returns which of these packages, and of the programs, are missing."""
    return ([name for name in packages if importlib.util.find_spec(name) is None]
            + [name for name in PROGRAMS if not (BIN / name).is_file()])


@functools.cache
def make() -> pathlib.Path:
    """Makes the run, half a minute, once in a process. Returns its directory."""
    run = pathlib.Path(_FOLDER.name) / "run"
    settings = [word for key, value in {"run": str(run), **SETTINGS}.items() for word in ("--set", f"{key}={value}")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    for program, *job in ((PROGRAMS[0],), *((PROGRAMS[1], job) for job in ("scan", "record", "probe", "report"))):
        result = subprocess.run([BIN / program, *job, ROOT / "configs" / "quickstart.yaml", *settings], env=environment,
                                check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise AssertionError(f"{program} {' '.join(job)}: {result.stderr}")
    return run
