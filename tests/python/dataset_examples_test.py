"""Runs the Python examples of docs/dataset.md and README.md unchanged, on a smaller run of the quickstart configuration. Examples that need
a package that is not installed are skipped, with a message."""
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import sys
import unittest

from programs import EVALUATOR, SOURCE, TRAINER, run, temporary_folder

NEEDS = {"xarray": ("xarray", "h5netcdf"), "torch": ("torch",), "xxhash": ("xxhash",), "h5py": ("h5py",)}
SMALL = ("train.steps=20480", "record.sizes=[9]", "record.levels=100", "scan.sizes=[9]", "scan.levels=4",
         "scan.placements=[top_left]")


def examples():
    """Yields (title of the section, code) of each Python block."""
    for page in ("docs/dataset.md", "README.md"):
        title = ""
        for part in re.split(r"(?m)^(?=#+ |```python)", (SOURCE / page).read_text(encoding="utf-8")):
            if part.startswith("#"):
                title = part.splitlines()[0].lstrip("# ")
            elif part.startswith("```python") and "import gymnasium" not in part:  # python/tests/examples_test.py runs those
                yield title, part.split("```")[1].removeprefix("python\n")


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        overrides = [word for override in (f"run={cls.folder}/runs/quickstart", *SMALL)
                     for word in ("--set", override)]
        config = SOURCE / "configs" / "quickstart.yaml"
        run(TRAINER, config, *overrides)
        run(EVALUATOR, "scan", config, *overrides)
        run(EVALUATOR, "record", config, *overrides)

    def test_each_example_runs_unchanged(self):
        found, skipped = list(examples()), []
        self.assertGreaterEqual(len(found), 6)
        for number, (title, code) in enumerate(found):
            packages = {package for name, packages in NEEDS.items() if re.search(rf"\b{name}\b", code)
                        for package in packages}
            missing = [package for package in sorted(packages) if importlib.util.find_spec(package) is None]
            if missing:
                skipped.append(f"{title}: {', '.join(missing)} not installed")
                continue
            with self.subTest(f"{number}: {title}"):
                shard = next(pathlib.Path(self.folder, "runs/quickstart/scan/shards").glob("*.h5"))
                out, here, arguments = io.StringIO(), os.getcwd(), sys.argv
                try:
                    os.chdir(self.folder)
                    sys.argv = ["example.py", str(shard)]
                    with contextlib.redirect_stdout(out):
                        exec(compile(code, f"{title}, example {number}", "exec"), {})
                finally:
                    os.chdir(here)
                    sys.argv = arguments
                self.assertNotIn("nan", out.getvalue())
                self.assertNotIn("False", out.getvalue())  # result of the check of a scan shard's hash
        if skipped:
            print("######## SKIPPED: " + "; ".join(skipped), file=sys.stderr, flush=True)

    def test_the_three_opening_examples_are_short(self):
        short = [code for title, code in examples() if title == "Opening an activations dataset"]
        self.assertEqual(len(short), 3)
        for code in short:
            self.assertLessEqual(len(code.strip().splitlines()), 5)


if __name__ == "__main__":
    unittest.main()
