"""Shared recordings: the files next to the shards, links and unknown files, recorded compute_dtype and code versions, and how
verify and merge treat them."""
import json
import os
import pathlib
import unittest

import h5py
import numpy as np

from finished_run import Recorded
from programs import EVALUATOR, Job, expect_user_error, record_hashes, run, seal_listed, shard_of
from record_test import edit


class Dataset(Recorded, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.names = sorted(record_hashes(cls.dataset))

    def recording(self, name, *overrides):
        """Makes another recording of the same policy; returns its folder."""
        folder = self.folder / name
        run(EVALUATOR, "record", self.config, "--set", f"record.folder={folder}",
            *(word for override in overrides for word in ("--set", override)))
        return folder

    def test_derived_files_must_be_listed_and_be_files(self):
        def without(name):
            return lambda folder: edit(lambda m: m["attributes"]["derived"].pop(name))(folder / "manifest.json")

        def replaced_by_folder(name):
            def change(folder):
                (folder / name).unlink()
                (folder / name).mkdir()
            return change

        for title, change, file, message in (
                ("none", lambda f: edit(lambda m: m["attributes"].pop("derived"))(f / "manifest.json"),
                 "manifest.json", "do not name dataset.h5"),
                ("of another type", lambda f: edit(lambda m: m["attributes"].update(derived=[1]))(f / "manifest.json"),
                 "manifest.json", "do not name datasheet.md"),
                ("no datasheet", without("datasheet.md"), "manifest.json", "do not name datasheet.md"),
                ("no virtual dataset", without("dataset.h5"), "manifest.json", "do not name dataset.h5"),
                ("a folder for a datasheet", replaced_by_folder("datasheet.md"), "datasheet.md", "no file"),
                ("a folder for a virtual dataset", replaced_by_folder("dataset.h5"), "dataset.h5", "no file"),
                ("a deleted datasheet", lambda f: (f / "datasheet.md").unlink(), "datasheet.md", "missing"),
                ("one outside", lambda f: edit(lambda m: m["attributes"]["derived"].update({"../x": "0"}))(
                    f / "manifest.json"), "manifest.json", "leads out of the folder")):
            with self.subTest(title):
                folder = self.copy("derived files " + title)
                change(folder)
                out = self.verify(folder, 1)
                self.assertTrue(out.startswith(f"{folder}/{file}: "), out)
                self.assertIn(message, out)
                expect_user_error(self, Job(EVALUATOR, "merge", self.folder / "nothing", folder).wait(), "is not whole")
        with self.subTest("the command that made it completes it"):
            folder = self.recording("completed")
            edit(lambda m: m["attributes"].pop("derived"))(folder / "manifest.json")
            (folder / "datasheet.md").unlink()
            self.verify(folder, 1)
            self.recording("completed")
            self.verify(folder, 0)

    def test_wrong_placements(self):
        """Wrong labels of dataset.h5, with a manifest that matches them."""
        def relabel(virtual, placements):
            self.assertEqual(json.loads(virtual.attrs["placements"]), ["top_left", "uniform"])
            virtual.attrs["placements"] = np.bytes_(placements)

        for title, change in (
                ("swapped", lambda m: relabel(m, '["uniform","top_left"]')),
                ("renamed", lambda m: relabel(m, '["top_left","centre"]')),
                ("one more", lambda m: relabel(m, '["top_left","uniform","centre"]')),
                ("no JSON", lambda m: relabel(m, '["top_left","uniform"')),
                ("of a few samples", lambda m: m["size03/placement"].write_direct(
                    np.uint16([1] * 5), dest_sel=np.s_[:5]))):
            with self.subTest(title):
                folder = self.copy("placements " + title)
                with h5py.File(folder / "dataset.h5", "r+") as virtual:
                    change(virtual)
                seal_listed(folder, "dataset.h5")
                out = self.verify(folder, 1)
                self.assertTrue(out.startswith(f"{folder}/dataset.h5: "), out)
                self.assertIn("placement", out)
                self.assertIn("1 FAULTS", out)

    def test_links_are_faults(self):
        run(EVALUATOR, "scan", self.config)
        for dataset in (self.dataset, self.run_folder / "scan"):
            shard = sorted(record_hashes(dataset))[3]
            for name in (shard, "shards", "manifest.json", "link") + (
                    ("dataset.h5", "datasheet.md") if dataset == self.dataset else ()):
                with self.subTest(dataset=dataset.name, name=name):
                    folder = self.copy(f"link {dataset.name} {name.replace('/', '-')}", dataset)
                    if (folder / name).exists():
                        (folder / name).rename(self.folder / f"away {dataset.name} {pathlib.Path(name).name}")
                    (folder / name).symlink_to(self.folder / f"away {dataset.name} {pathlib.Path(name).name}")
                    out = self.verify(folder, 1)
                    self.assertIn(f"{folder}/{name}: a symbolic link", out)
                    self.assertIn("1 FAULTS", out)

    def test_unknown_files(self):
        folder = self.copy("unknown files")
        for name in ("README.md", ".hidden", "shards/.tmp-x", "shards/.y.h5.tmp-0/new", "notes/a.txt"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x", encoding="utf-8")
        out = self.verify(folder, 0)
        for name in ("README.md", ".hidden", "shards/.tmp-x", "shards/.y.h5.tmp-0", "notes"):
            self.assertIn(f"note: {folder}/{name}: not of the dataset\n", out)
        self.assertEqual(out.count("note:"), 5, "a file of the dataset was reported")
        (folder / "shards" / "x.h5").symlink_to("/etc/passwd")
        (folder / "shards" / ".x").symlink_to("/etc/passwd")
        (folder / "shards" / "more").mkdir()
        out = self.verify(folder, 1)
        for name in ("x.h5", ".x", "more"):
            self.assertIn(f"{folder}/shards/{name}: foreign", out)
        self.assertIn("3 FAULTS", out)

    def test_compute_dtype(self):
        narrow = self.recording("bfloat16", "record.compute_dtype=bfloat16", "record.first_level=5000")
        self.assertIn("whole", self.verify(narrow, 0))
        job = Job(EVALUATOR, "merge", self.folder / "mixed", self.dataset, narrow).wait()
        expect_user_error(self, job, "was recorded in bfloat16")
        for title, change in (
                ("another", lambda a: a.update(compute_dtype="float32")), ("none", lambda a: a.pop("compute_dtype")),
                ("no text", lambda a: a.update(compute_dtype=32)),
                ("of a second recording", lambda a: a["recordings"].append(
                    {"record_key": "0" * 32, "config": "compute_dtype: float32\n"}))):
            with self.subTest(title):
                folder = self.copy("compute_dtype " + title, narrow)
                edit(lambda m, c=change: c(m["attributes"]))(folder / "manifest.json")
                out = self.verify(folder, 1)
                self.assertTrue(out.startswith(f"{folder}/manifest.json: "), out)
                self.assertIn("1 FAULTS", out)
                expect_user_error(self, Job(EVALUATOR, "merge", self.folder / "mixed", folder).wait(), "is not whole")
                expect_user_error(self, Job(EVALUATOR, "merge", self.folder / "mixed", self.dataset, folder).wait(),
                                  "was recorded in bfloat16" if title == "of a second recording" else "is not whole")
        self.assertFalse((self.folder / "mixed").exists())

    def test_missing_samples_are_not_read_from_another_dataset(self):
        """HDF5 also looks for a missing shard in the working directory."""
        lost, other = self.copy("lost"), self.recording("elsewhere", "record.first_level=9000")
        shard_of(lost, "size05-uniform-000").unlink()
        here = os.getcwd()
        try:
            os.chdir(other)
            with h5py.File(lost / "dataset.h5") as virtual:
                seeds, values = virtual["size05/level_seed"][:], virtual["size05/embedder.fc"][:]
        finally:
            os.chdir(here)
        missing = seeds == np.iinfo(np.int32).min
        self.assertTrue(missing.any() and not missing.all())
        self.assertTrue(np.isnan(values[missing]).all())
        with h5py.File(self.dataset / "dataset.h5") as virtual:
            np.testing.assert_array_equal(seeds[~missing], virtual["size05/level_seed"][:][~missing])

    def test_a_restart_keeps_the_compression(self):
        folder = self.recording("kept", "record.compression=gzip")
        job = run(EVALUATOR, "record", self.config, "--set", f"record.folder={folder}", "--set", "record.compression=none")
        self.assertIn("was begun with compression: gzip", job.err)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.assertIn("compression: gzip", manifest["attributes"]["recordings"][0]["config"])
        self.assertIn("whole", self.verify(folder, 0))

    def test_versions_of_the_code(self):
        """Recordings of two code versions may be merged, because their format is the same; the datasheet lists the versions."""
        other = self.recording("other version", "record.first_level=9000")
        for name in record_hashes(other):
            with h5py.File(other / name, "r+") as shard:
                provenance = json.loads(shard.attrs["provenance"])
                provenance["code"] = "0.0.9 (older)"
                shard.attrs["provenance"] = np.bytes_(json.dumps(provenance))
        seal_listed(other, *record_hashes(other))
        self.recording("other version", "record.first_level=9000")  # writes dataset.h5 for the changed manifest
        merged, same = self.folder / "versions", self.folder / "one version"
        job = run(EVALUATOR, "merge", merged, self.dataset, other)
        self.assertIn("several versions of mazescan", job.err)
        self.assertIn("0.0.9 (older)", job.err)
        sheet = (merged / "datasheet.md").read_text(encoding="utf-8")
        self.assertIn("2 versions of mazescan", sheet)
        self.assertEqual(sheet.count("0.0.9 (older)"), 2, "in the citation, and in the list of versions")
        self.assertIn("whole", self.verify(merged, 0))
        job = run(EVALUATOR, "merge", same, self.dataset, self.recording("same version", "record.first_level=9000"))
        self.assertNotIn("versions of mazescan", job.err + (same / "datasheet.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
