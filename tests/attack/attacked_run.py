"""A small run with the results of every job, which the attacks damage."""
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from programs import EVALUATOR, TRAINER, job_names, run, temporary_folder, write_config  # noqa: E402

FLIPS = int(os.environ.get("MAZESCAN_FLIPS", "800"))  # 100000: about an hour
JOBS = """
record: {sizes: [3], placements: [uniform], levels: 8, chunk: 4, layers: [embedder.fc], device: cpu}
probe: {max_iterations: 5, pairs: 4, device: cpu}
edit: {sizes: [3], families: [clamp], layers: [embedder.block1.res1.resadd], fractions: [0.1], magnitudes: [1],
       refine: false, search_levels: 4, choosing_levels: 4, score_levels: 4, targets: 2, device: cpu}
trigger: {sizes: [3], levels: 4, chunk: 2, edit_levels: 4, device: cpu}
certify: {sizes: [3], chunk: 40, device: cpu}
sparsity: {sizes: [3], levels: 2, chunk: 1, device: cpu}
rationale: {sizes: [3], placements: [top_left], steps: 10, search_levels: 4, levels: 4, device: cpu}
"""
SMALL = (("steps: 5120", "steps: 1024"), ("sizes: [3, 5]", "sizes: [3]"), ("levels: 24", "levels: 4"), ("chunk: 8", "chunk: 2"),
         ("every: 4", "every: 2"))


class AttackedRun:
    """Mixin for unittest.TestCase: `run_folder` holds a finished run, which tests must not change."""

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.run_folder = cls.folder / "run"
        config = cls.config_of(cls.run_folder)
        run(TRAINER, config)
        for job in job_names():
            run(EVALUATOR, job, config)

    @classmethod
    def config_of(cls, run_folder):
        config = write_config(run_folder, *SMALL)
        config.write_text(config.read_text(encoding="utf-8") + JOBS, encoding="utf-8")
        return config

    def copy(self, name):
        """Copies the run. Returns its folder and its configuration."""
        folder = self.folder / name
        shutil.copytree(self.run_folder, folder)
        return folder, self.config_of(folder)
