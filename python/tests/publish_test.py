"""mazescan.publish, read by the libraries of hubs: `datasets` and `mlcroissant`; nothing names this machine."""
import contextlib
import getpass
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import small_run

try:
    import h5py
    import xxhash
    from mazescan import publish, recording
except ImportError as error:
    h5py = None
    print(f"######## SKIPPED: publications were NOT tested ({error})")

MISSING = small_run.missing("h5py", "xxhash", "xarray", "h5netcdf", "datasets", "mlcroissant")
if MISSING:
    print(f"######## SKIPPED: the publication of a real run was NOT tested (missing: {', '.join(MISSING)})")

HOST, PLACE = "host-of-the-run", "/scratch/somebody/runs/planted"
CONFIG = f"run: {PLACE}   # run directory\nenvironment:\n  name: maze_aisc\n  assets: \"{PLACE}/assets\"  # pictures\n  region: 5\n"
ABOUT = {"host": HOST, "system": "Linux of " + HOST, "code": "0.1.0", "memory": "1 GiB", "time": "2026-01-01T00:00:00Z"}


def plant(folder):
    """Writes a run directory with 40 levels of size 5 in two shards."""
    (folder / "record" / "shards").mkdir(parents=True)
    (folder / "report" / "figures").mkdir(parents=True)
    random, files = np.random.default_rng(1), []
    for chunk in range(2):
        name = f"shards/size05-uniform-{chunk:03d}.h5"
        seeds = np.arange(20, dtype=np.int32) + 20 * chunk
        with h5py.File(folder / "record" / name, "w") as shard:
            shard.attrs["placement"] = "uniform"
            shard["levels/level_seed"] = seeds
            shard["levels/open"] = random.integers(0, 2, (20, 5, 5)).astype(np.uint8)
            samples = 60
            shard["samples/level_seed"] = np.repeat(seeds, 3)
            for key in ("mouse", "cheese"):
                shard[f"samples/{key}"] = random.integers(0, 5, (samples, 2)).astype(np.int16)
            for key, kind in (("mirrored", "u1"), ("optimal", "i4"), ("step", "i4"), ("action", "i2"), ("success", "i2"),
                              ("outcome", "i2"), ("value", "f4")):
                shard[f"samples/{key}"] = random.integers(0, 2, samples).astype(kind)
            shard["samples/probability"] = random.random((samples, 5)).astype(np.float32)
            shard["activations/embedder.block1.conv"] = random.random((samples, 4, 3, 3)).astype(np.float16)
            shard["activations/embedder.fc"] = random.random((samples, 6)).astype(np.float32)
            shard["activations/embedder.relufc"] = random.integers(0, 256, (samples, 6)).astype(np.uint8)  # codes
            shard["activations/embedder.relufc"].attrs.update({"lo": 0.0, "hi": 2.0, "bits": 8, "clipped": 0})
        content = (folder / "record" / name).read_bytes()
        files.append({"name": name, "bytes": len(content), "file_hash": xxhash.xxh3_128_hexdigest(content), "attributes": {"size": 5}})
    manifest = json.dumps({"format": "mazescan-record", "files": files, "about": ABOUT})[:-1]
    seal = xxhash.xxh3_128_hexdigest(manifest.encode())
    (folder / "record" / "manifest.json").write_text(f'{manifest},\n "seal": "{seal}"\n}}\n')
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "policy.safetensors").write_bytes(b"weights")
    row = {"id": "T/size=5", "size": 5, "placement": "top_right", "measure": "T", "value": 8.5, "low": 8, "high": 9, "n": 100}
    verdict = {"id": "Q1", "size": 0, "placement": "", "measure": "success", "value": None, "low": None, "high": None, "n": 0,
               "finding": "undecided", "scope": "all, and more"}
    (folder / "report" / "summary.json").write_text(json.dumps([row, verdict]))
    (folder / "report" / "figures" / "success.csv").write_text("series,x\n")
    document = json.dumps({"rows": [row], "provenance": {"scan": ABOUT, "config": CONFIG}, "title": "<b>"}).replace("<", "\\u003c")
    (folder / "report" / "index.html").write_text(f'<html><script type="application/json" id="document">{document}</script></html>')


@unittest.skipIf(h5py is None, "h5py is not installed")
class Publication(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.run_folder, cls.out = cls.folder / "planted", cls.folder / "out" / "planted"
        plant(cls.run_folder)
        with contextlib.redirect_stdout(io.StringIO()):
            assert publish.main([str(cls.run_folder), str(cls.out), "--author", "Ada Lovelace", "--author", "Ann Öther"]) == 0

    def test_the_files(self):
        names = {path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file()}
        self.assertEqual(names, {"README.md", "CITATION.cff", "croissant.json", "numbers.csv", "policy/README.md",
                                 "policy/config.yaml", "policy/policy.safetensors", "report/index.html", "report/summary.json",
                                 "report/figures/success.csv", "data/size05-train.h5", "data/size05-validation.h5",
                                 "data/size05-test.h5"})
        self.assertEqual(list(self.out.parent.iterdir()), [self.out])
        citation = (self.out / "CITATION.cff").read_text(encoding="utf-8")
        self.assertIn('  - name: "Ann Öther"\n', citation)

    def test_nothing_names_the_machine(self):
        names = {HOST, "somebody", PLACE, str(self.run_folder), os.getcwd(), str(pathlib.Path.home())}
        names |= {name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 5}
        for path in self.out.rglob("*"):
            for name in names:
                if path.is_file():
                    self.assertNotIn(name.encode(), path.read_bytes(), path)
        page = (self.out / "report" / "index.html").read_text(encoding="utf-8")
        document = json.loads(re.search(r'id="document">(.*?)</script>', page)[1])
        self.assertEqual(document["provenance"]["scan"], {"code": "0.1.0", "time": "2026-01-01T00:00:00Z"})
        self.assertEqual(document["title"], "<b>")
        self.assertIn("region: 5", (self.out / "policy" / "config.yaml").read_text(encoding="utf-8"))

    def test_every_sample_once_and_no_layout_in_two_splits(self):
        dataset, seen, layouts = recording.open(self.run_folder / "record"), {}, {}
        for part in recording.PARTS:
            with h5py.File(self.out / "data" / f"size05-{part}.h5") as file:
                self.assertEqual({len(values) for values in file.values()}, {len(file["mouse"])})
                for i, (seed, walls) in enumerate(zip(file["level_seed"][:].tolist(), file["walls"][:], strict=True)):
                    self.assertEqual(layouts.setdefault(walls.tobytes(), part), part)
                    self.assertEqual(recording.part_of(1 - walls), part)
                    seen.setdefault(seed, []).append((file["mouse"][i].tolist(), file["embedder.block1.conv"][i].tolist()))
                self.assertEqual(file["placement"][0], b"uniform")
        expected = {}
        for path in dataset.shards(5):
            with h5py.File(path) as shard:
                for i, seed in enumerate(shard["samples/level_seed"][:].tolist()):
                    expected.setdefault(seed, []).append((shard["samples/mouse"][i].tolist(),
                                                          shard["activations/embedder.block1.conv"][i].tolist()))
        self.assertEqual(seen, expected)

    def test_codes_are_published_as_numbers(self):
        codes = []
        for path in recording.open(self.run_folder / "record").shards(5):
            with h5py.File(path) as shard:
                codes.append(shard["activations/embedder.relufc"][:])
        published = []
        for part in recording.PARTS:
            with h5py.File(self.out / "data" / f"size05-{part}.h5") as file:
                self.assertEqual(file["embedder.relufc"].dtype, np.float32)
                published.append(file["embedder.relufc"][:])
        np.testing.assert_array_equal(np.sort(np.concatenate(published), axis=None),
                                      np.sort((np.concatenate(codes) * (2 / 255)).astype(np.float32), axis=None))
        self.assertIn("| `embedder.relufc` | 6 | float32 |", (self.out / "README.md").read_text(encoding="utf-8"))

    def test_croissant_lists_every_file(self):
        croissant = json.loads((self.out / "croissant.json").read_text(encoding="utf-8"))
        listed = {file["contentUrl"]: file["sha256"] for file in croissant["distribution"]}
        actual = {path.relative_to(self.out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                  for path in self.out.rglob("*") if path.is_file() and path.name != "croissant.json"}
        self.assertEqual(listed, actual)
        try:
            import mlcroissant
        except ImportError:
            self.skipTest("mlcroissant is not installed")
        dataset = mlcroissant.Dataset(str(self.out / "croissant.json"))  # raises an error if it is not valid
        rows = list(dataset.records("numbers"))
        self.assertEqual((rows[0]["numbers/id"], rows[0]["numbers/value"]), (b"T/size=5", 8.5))

    def test_hugging_face_opens_the_folder(self):
        try:
            import datasets
        except ImportError:
            self.skipTest("datasets is not installed")
        loaded = datasets.load_dataset(str(self.out), "size05", cache_dir=str(self.folder / "cache"))
        for part in recording.PARTS:
            columns = loaded[part].with_format("numpy")[:]
            with h5py.File(self.out / "data" / f"size05-{part}.h5") as file:
                self.assertEqual(set(columns), set(file))
                for name in ("mouse", "probability", "embedder.block1.conv", "walls"):
                    np.testing.assert_array_equal(columns[name], file[name][:])

    def test_errors_leave_nothing_behind(self):
        damaged = self.folder / "damaged"
        plant(damaged)
        (damaged / "record" / "shards" / "size05-uniform-001.h5").write_bytes(b"x")
        named = self.folder / "named"
        plant(named)
        (named / "policy.safetensors").write_bytes(str(named.resolve()).encode())
        before = sorted(self.folder.iterdir())
        for fragment, run, out in (("exists", self.run_folder, self.out), ("config.yaml is missing", self.folder, self.folder / "new"),
                                   ("missing or incomplete", damaged, self.folder / "new"),
                                   ("policy/policy.safetensors holds", named, self.folder / "new")):
            errors = io.StringIO()
            with self.subTest(fragment), contextlib.redirect_stderr(errors):
                self.assertEqual(publish.main([str(run), str(out), "--author", "A"]), 2)
            for part in (fragment, "reason:", "hint:"):
                self.assertIn(part, errors.getvalue())
            self.assertEqual(sorted(self.folder.iterdir()), before)


@unittest.skipIf(MISSING, "packages or programs are missing")
class RealRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.run_folder = small_run.make()
        cls.out = publish.publish(cls.run_folder, cls.folder / "published", ["Ada Lovelace"])

    def test_load_dataset_equals_xarray(self):
        import datasets
        loaded = datasets.load_dataset(str(self.out), "size05", cache_dir=str(self.folder / "cache"))
        parts = [part.with_format("numpy")[:] for part in loaded.values()]
        samples = recording.open(self.run_folder / "record").xarray(5, mask_and_scale=False).load()
        columns = [name for name in samples.data_vars if name in parts[0] and name != "placement"]  # a number there
        self.assertGreaterEqual(set(columns), {"embedder.relu2", "embedder.fc", "mouse", "cheese", "probability", "value", "optimal"})
        keys = ("level_seed", "step", "mouse", "mirrored")
        published = {name: np.concatenate([part[name] for part in parts]) for name in {*columns, *keys}}

        def order(table):
            return np.lexsort([np.asarray(table[key]).reshape(len(table[key]), -1)[:, i] for key in keys
                               for i in range(2 if key == "mouse" else 1)])

        mine, theirs = order(published), order(samples)
        self.assertEqual(len(mine), len(theirs))
        for name in columns:
            np.testing.assert_array_equal(published[name][mine], samples[name].values[theirs], name)

    def test_mlcroissant_validates_it(self):
        program = shutil.which("mlcroissant", path=pathlib.Path(sys.executable).parent)
        result = subprocess.run([program, "validate", "--jsonld", self.out / "croissant.json"], check=False, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("WARNING", result.stderr)
        broken = self.folder / "broken.json"
        broken.write_text((self.out / "croissant.json").read_text(encoding="utf-8").replace('"sha256"', '"sha257"'), encoding="utf-8")
        result = subprocess.run([program, "validate", "--jsonld", broken], check=False, capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)


if __name__ == "__main__":
    unittest.main()
