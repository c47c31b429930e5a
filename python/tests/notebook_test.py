"""python/notebooks/best_layer.ipynb runs from its first cell to its last on a small run, and finds the layer that the report
names, with an accuracy inside the report's interval. Needs the C++ programs (./run build)."""
import os
import unittest

import small_run

NOTEBOOK = small_run.ROOT / "python" / "notebooks" / "best_layer.ipynb"
MISSING = small_run.missing("nbclient", "ipykernel", "torch", "pandas", "xarray", "h5netcdf")
if MISSING:
    print(f"######## SKIPPED: the notebook was NOT run (missing: {', '.join(MISSING)})")

CHECK = f"""
assert best == named == "{small_run.BEST_LAYER}", (best, named)
assert verdict["low"] <= accuracy <= verdict["high"], (accuracy, verdict)
"""


@unittest.skipIf(MISSING, "packages or programs are missing")
class Notebook(unittest.TestCase):
    def test_it_finds_the_layer_that_the_report_names(self):
        import nbclient
        import nbformat
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        self.assertGreaterEqual(len(notebook.cells), 20)
        self.assertFalse(any(cell.get("outputs") for cell in notebook.cells), "it is stored without outputs")
        notebook.cells.append(nbformat.v4.new_code_cell(CHECK))
        client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                                         resources={"metadata": {"path": str(NOTEBOOK.parent)}})
        client.execute(env={**os.environ, "OMP_NUM_THREADS": "1", "MAZESCAN_RUN": str(small_run.make())})


if __name__ == "__main__":
    unittest.main()
