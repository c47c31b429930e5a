"""Files made to harm: their seals and hashes are right, their contents are not. Each is one message, never a crash."""
import json
import os
import pathlib
import time
import unittest

import h5py
import numpy as np

from attacked_run import AttackedRun
from programs import EVALUATOR, TRAINER, Job, expect_user_error, run, seal_json, seal_listed


def labelled(shard):
    """Returns a column with labelled dimensions."""
    found = []
    shard["results"].visititems(lambda name, item: found.append(item) if "DIMENSION_LABELS" in item.attrs else None)
    return found[0]


def loop(shard):
    shard["results/loop"] = shard["results"]


def many_paths(shard):
    for name in "abcdefghijkl":
        shard[f"results/{name}"] = shard["/"]


def labels_of_another_type(shard):
    column = labelled(shard)
    del column.attrs["DIMENSION_LABELS"]
    column.attrs["DIMENSION_LABELS"] = np.arange(4000)


def axes_of_another_number(shard):
    labelled(shard).attrs["axes"] = np.bytes_("a b c d e f")


def deep_facts(shard):
    shard.attrs["facts"] = np.bytes_('{"a":' + "[" * 60000)


def column_of_strings(shard):
    shard["results/text"] = np.array([b"text"])


class HostileFiles(AttackedRun, unittest.TestCase):
    def test_shards_of_analyses(self):
        for change in (loop, many_paths, labels_of_another_type, axes_of_another_number, deep_facts, column_of_strings):
            with self.subTest(change.__name__):
                folder, config = self.copy(change.__name__)
                shard = next(path for path in sorted((folder / "certify" / "shards").iterdir()))
                with h5py.File(shard, "r+") as file:
                    change(file)
                seal_listed(folder / "certify", f"shards/{shard.name}")
                begin = time.monotonic()
                job = Job(EVALUATOR, "verify", folder / "certify").wait()
                if change is labels_of_another_type:  # nobody reads them
                    self.assertEqual((job.status, job.out.count("whole")), (0, 1), job.out + job.err)
                else:
                    self.assertEqual(job.status, 1, job.out + job.err)
                    self.assertIn(f"{shard.name}: ", job.out)
                    expect_user_error(self, Job(EVALUATOR, "report", config).wait(), shard.name)
                    self.assertIn(shard.name, run(EVALUATOR, "certify", config).err)
                    self.assertIn("whole", run(EVALUATOR, "verify", folder / "certify").out)
                self.assertLess(time.monotonic() - begin, 60)

    def test_manifests(self):
        folder, _ = self.copy("manifests")
        path = folder / "scan" / "manifest.json"
        good = json.loads(path.read_text(encoding="utf-8"))
        deep = {}
        for _ in range(200):
            deep = {"a": deep}
        for name, attributes in (("deep", deep), ("many", {str(i): {} for i in range(80000)})):
            with self.subTest(name):
                document = json.loads(json.dumps(good))
                document["attributes"]["more"] = attributes
                seal_json(path, document)
                begin = time.monotonic()
                for command in ("verify", "describe"):
                    job = Job(EVALUATOR, command, folder / "scan").wait()
                    self.assertEqual(job.status, 2 if name == "deep" else 0, job.err)
                self.assertLess(time.monotonic() - begin, 30)

    def test_metrics(self):
        folder, config = self.copy("metrics")
        with (folder / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
            metrics.write("[" * 300000 + "\n")
        run(EVALUATOR, "report", config)
        run(TRAINER, "status", folder)

    def test_pipes_in_place_of_files(self):
        folder, config = self.copy("pipes")
        shard = sorted((folder / "scan" / "shards").iterdir())[0]
        for path, arguments in ((config, ("scan", config)), (folder / "scan" / "manifest.json", ("report", config)),
                                (shard, ("report", config))):
            with self.subTest(path.name):
                aside = path.rename(f"{path}.aside")
                os.mkfifo(path)
                expect_user_error(self, Job(EVALUATOR, *arguments).wait(20), str(path))
                path.unlink()
                aside.rename(path)

    def test_control_characters_are_not_printed(self):
        folder, _ = self.copy("characters")
        for name in ("\x1b[31mred", "\u202eright to left", "\x9bC1"):
            pathlib.Path(folder / "scan" / name).write_bytes(b"x")
        out = run(EVALUATOR, "verify", folder / "scan").out
        self.assertEqual(out.count("not of the dataset"), 3, out)
        self.assertEqual([c for c in out if c in "\x1b\u202e\x9b"], [])


if __name__ == "__main__":
    unittest.main()
