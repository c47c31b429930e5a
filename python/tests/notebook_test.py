"""python/notebooks/best_layer.ipynb runs from its first cell to its last on a small run, and finds the layer that the report
names, with an accuracy inside the report's interval. Needs the C++ programs (./run build)."""
import importlib.util
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MAZESCAN_BIN", ROOT / "build" / "release" / "bin"))
NOTEBOOK = ROOT / "python" / "notebooks" / "best_layer.ipynb"
MISSING = [name for name in ("nbclient", "ipykernel", "torch", "pandas", "xarray", "h5netcdf") if importlib.util.find_spec(name) is None]
MISSING += [name for name in ("mazescan-trainer", "mazescan-evaluator") if not (BIN / name).is_file()]
if MISSING:
    print(f"######## SKIPPED: the notebook was NOT run (missing: {', '.join(MISSING)})")

# The layers differ clearly: the first one equals random weights, of the other two one is much better.
SMALL = {"train.steps": "102400", "scan.sizes": "[5]", "scan.levels": "20", "scan.chunk": "20", "scan.placements": "[top_right]",
         "record.sizes": "[5]", "record.levels": "1000", "probe.interchanges": "20", "probe.pairs": "40",
         "record.layers": "[embedder.block1.res1.resadd, embedder.relu2, embedder.fc]"}
CHECK = """
assert best == named == "embedder.relu2", (best, named)
assert verdict["low"] <= accuracy <= verdict["high"], (accuracy, verdict)
"""


@unittest.skipIf(MISSING, "packages or programs are missing")
class Notebook(unittest.TestCase):
    def test_it_finds_the_layer_that_the_report_names(self):
        import nbclient
        import nbformat
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        self.assertFalse(any(cell.get("outputs") for cell in notebook.cells), "it is stored without outputs")
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder) / "run"
            settings = [word for key, value in {"run": str(run), **SMALL}.items() for word in ("--set", f"{key}={value}")]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                           "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "MAZESCAN_RUN": str(run)}
            for command in (["mazescan-trainer"], *(["mazescan-evaluator", job] for job in ("scan", "record", "probe", "report"))):
                program, *job = command
                result = subprocess.run([BIN / program, *job, ROOT / "configs" / "quickstart.yaml", *settings], env=environment,
                                        check=False, capture_output=True, text=True)
                self.assertEqual(result.returncode, 0, result.stderr)
            notebook.cells.append(nbformat.v4.new_code_cell(CHECK))
            client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                                             resources={"metadata": {"path": str(NOTEBOOK.parent)}})
            client.execute(env=environment)
        self.assertGreaterEqual(len(notebook.cells), 20)


if __name__ == "__main__":
    unittest.main()
