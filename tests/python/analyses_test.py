"""All analyses of a trained policy: payloads do not depend on ranks or kills, verify checks each dataset, and the report
answers the questions from the available results. certify_test.py has further tests of certify."""
import json
import pathlib
import random
import re
import shutil
import struct
import unittest

import h5py

from finished_run import FinishedRun, kill_and_restart
from programs import (EVALUATOR, SOURCE, Job, edit_json, expect_user_error, files_of, job_names, run, temporaries,
                      write_analyses_config)

JOBS = job_names()
ANALYSES = tuple(job for job in JOBS if job not in ("scan", "record"))
KILLS = 2  # per job
QUESTIONS = [f"Q{number}" for number in range(1, 10)]


def datasets_of(shard):
    """Returns (name, dataset) of all datasets that are not dimension scales."""
    found = []
    shard.visititems(lambda name, item: found.append((name, item)) if isinstance(item, h5py.Dataset)
                     and not h5py.h5ds.is_scale(item.id) else None)
    return found


class Analyses(FinishedRun, unittest.TestCase):
    jobs = JOBS

    @classmethod
    def write(cls, name):
        return write_analyses_config(cls.folder / name)

    def test_results_do_not_depend_on_ranks(self):
        config = self.clone_run("ranks")
        for job in JOBS:
            with self.subTest(job=job):
                run(EVALUATOR, job, config, ranks=3)
                self.assertEqual(self.hashes("ranks", job), self.hashes("run", job))

    def test_killed_and_restarted(self):
        rng = random.Random(4)
        config = self.clone_run("killed")
        for job in JOBS:
            with self.subTest(job=job):
                kill_and_restart(self, job, config, rng, KILLS, self.seconds[job], share=(0.3, 0.9), deadline=30)
                self.assertEqual(self.hashes("killed", job), self.hashes("run", job))
        self.assertEqual(temporaries(self.folder / "killed"), [])

    def test_verify(self):
        for job in ANALYSES:
            with self.subTest(job=job):
                self.assertIn("whole", run(EVALUATOR, "verify", self.run_folder / job).out)
                self.clone_run(f"damaged-{job}", job)
                shard = sorted((self.folder / f"damaged-{job}" / job / "shards").iterdir())[0]
                content = bytearray(shard.read_bytes())
                content[len(content) // 2] ^= 1
                shard.write_bytes(content)
                output = run(EVALUATOR, "verify", self.folder / f"damaged-{job}" / job, status=1).out
                self.assertIn(shard.name, output)
                shard.unlink()
                output = run(EVALUATOR, "verify", self.folder / f"damaged-{job}" / job, status=1).out
                self.assertIn(shard.name, output)

    def test_the_documentation_names_all_attributes_and_columns(self):
        document = (SOURCE / "docs" / "analyses.md").read_text(encoding="utf-8")
        intro, *sections = document.split("\n## ")

        def names_of(facts):
            if isinstance(facts, dict):
                return set(facts).union(*map(names_of, facts.values()))
            return set().union(*map(names_of, facts)) if isinstance(facts, list) else set()

        for job in ANALYSES:
            with self.subTest(job=job):
                (section,) = (text for text in sections if text.startswith(f"{job}\n"))
                manifest = json.loads((self.run_folder / job / "manifest.json").read_text(encoding="utf-8"))
                written = set(manifest["attributes"]) - {f"{job}_key"}
                for file in manifest["files"]:
                    written |= set(file["attributes"])
                    with h5py.File(self.run_folder / job / file["name"]) as shard:
                        written |= set(shard.attrs) - {f"{job}_key"}
                        facts = json.loads(shard.attrs["facts"])
                        written |= names_of(facts)
                        written |= {re.sub(r"/.*", "/", name) for name in facts.get("read_outs", ())}
                        shard.visititems(lambda name, item: written.add(name.replace("results/", "", 1))
                                         if isinstance(item, h5py.Dataset) and not h5py.h5ds.is_scale(item.id) else None)
                self.assertEqual([name for name in sorted(written)
                                  if not re.search(f"`{re.escape(name)}" + ("" if name.endswith("/") else "`"),
                                                   f"{intro}{section}")], [])

    def test_no_scale_has_the_name_of_a_group(self):
        """In netCDF's data model a group cannot have the name of a dimension: xarray.open_datatree raises KeyError."""
        for job in ANALYSES:
            path = next((self.run_folder / job / "shards").iterdir())
            with self.subTest(job=job), h5py.File(path) as shard:
                groups = set()
                shard.visititems(lambda name, item: groups.add(name.split("/")[-1]) if isinstance(item, h5py.Group) else None)
                scales = {name for name, item in shard.items() if isinstance(item, h5py.Dataset)}
                self.assertTrue(scales)
                self.assertEqual(groups & scales, set())
                # A variable along a dimension of its name would be the values of that dimension.
                along = {name for name, item in datasets_of(shard) if name.split("/")[-1] in
                         {dimension[0].name.lstrip("/") for dimension in item.dims}}
                self.assertEqual(along, set())

    def test_status_lists_each_job(self):
        status = json.loads(run(EVALUATOR, "status", self.run_folder, "--json").out)
        self.assertEqual({job["kind"]: job["state"] for job in status}, {job: "finished" for job in JOBS})

    def test_a_dry_run_of_trigger_predicts_its_counts(self):
        config = self.clone_run("dry")
        before = files_of(self.folder / "dry")
        output = run(EVALUATOR, "trigger", config, "--dry-run").out
        self.assertEqual(files_of(self.folder / "dry"), before)
        for size in (3, 5):
            counts = [0, 0, 0, 0]
            for path in (self.run_folder / "trigger" / "shards").glob(f"size0{size}-*"):
                with h5py.File(path) as shard:
                    if "-direction-" not in path.name:
                        counts[0] += len(shard["results/level/seed"])
                        counts[1] += len(shard["results/state/level"])
            self.assertIn(f"size {size}: {counts[0]} levels, {counts[1]} states; to edit 8 levels, ", output)
        self.assertIn("8 units, ", output)
        parts = [run(EVALUATOR, "trigger", config, "--dry-run", "--part", f"{i}/2").out for i in (1, 2)]
        shown = [int(re.search(r"(\d+) states shown", text)[1]) for text in (output, *parts)]
        self.assertEqual(shown[0], shown[1] + shown[2])

    def test_trigger_reports_sizes_without_states(self):
        config = self.clone_run("corner")
        job = run(EVALUATOR, "trigger", config, "--set", "trigger.placement=cell:4,4", status=2)
        self.assertIn("trigger has no state", job.err)
        job = run(EVALUATOR, "trigger", config, "--set", "trigger.placement=cell:2,2")
        self.assertIn("size 3: no state", job.err)
        self.assertNotIn("size 5: no state", job.err)
        self.assertIn("whole", run(EVALUATOR, "verify", self.folder / "corner" / "trigger").out)

    def questions(self, folder):
        rows = json.loads((pathlib.Path(folder) / "report" / "summary.json").read_text(encoding="utf-8"))
        return {row["id"]: row for row in rows if row["id"] in QUESTIONS}

    def test_the_report_answers_from_the_available_results(self):
        run(EVALUATOR, "report", self.config)
        complete = self.questions(self.run_folder)
        self.assertEqual(sorted(complete), QUESTIONS)
        config = self.clone_run("scan-only", "scan")
        run(EVALUATOR, "report", config)
        scan_only = self.questions(self.folder / "scan-only")
        self.assertEqual(sorted(scan_only), QUESTIONS)
        for question in ("Q4", "Q6", "Q7", "Q9"):
            self.assertEqual(scan_only[question]["finding"], "not applicable")
        self.assertNotEqual(complete["Q9"]["value"], scan_only["Q9"]["value"])

    def test_user_errors(self):
        # An analysis of another policy next to this scan, with its own manifest and with a forged one.
        other = self.clone_run("other")
        weights = self.folder / "other" / "policy.safetensors"
        weights.write_bytes(weights.read_bytes().replace(b"content_hash", b"another_hash")[:-4] + struct.pack("<f", 0.25))
        run(EVALUATOR, "certify", other)
        config = self.clone_run("mixed", "scan")
        shutil.copytree(self.folder / "other" / "certify", self.folder / "mixed" / "certify")
        manifest = self.folder / "mixed" / "certify" / "manifest.json"
        ours, theirs = (json.loads((self.folder / path / "manifest.json").read_text(encoding="utf-8"))["attributes"]
                        ["policy_hash"] for path in ("mixed/scan", "mixed/certify"))
        shard = sorted((self.folder / "mixed" / "scan" / "shards").iterdir())[0]
        aside = shard.rename(self.folder / "aside.h5")  # the error is found in the manifests, before any shard is read
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "certify", ours, theirs)
        aside.rename(shard)
        edit_json(manifest, lambda document: document["attributes"].update(policy_hash=ours))
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), "of another policy")
        self.assertIn("of another policy", run(EVALUATOR, "verify", manifest.parent, status=1).out)
        # An analysis with a missing shard, and with another shard in its place.
        config = self.clone_run("lost", "scan", "certify")
        shard = sorted((self.folder / "lost" / "certify" / "shards").iterdir())[0]
        shard.unlink()
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), shard.name)
        shutil.copy(sorted((self.run_folder / "certify" / "shards").iterdir())[1], shard)
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), shard.name)
        # Probes of a missing recording, and of a recording without the layer.
        expect_user_error(self, Job(EVALUATOR, "probe", self.clone_run("unrecorded")).wait(), "record")
        config = self.clone_run("unprobed", "record")
        expect_user_error(self, Job(EVALUATOR, "probe", config, "--set", "probe.layers=[embedder.block1.maxpool]").wait(),
                          "embedder.block1.maxpool")
        # An edit that changes more activations than allowed.
        expect_user_error(self, Job(EVALUATOR, "edit", config, "--set", "edit.fractions=[0.5]").wait(), "edit.fractions")
        # Weights that are NaN.
        config = self.clone_run("nan", "record")
        path = self.folder / "nan" / "policy.safetensors"
        path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", float("nan")))
        for job in ("edit", "trigger", "certify", "sparsity", "rationale"):
            with self.subTest(job=job):
                expect_user_error(self, Job(EVALUATOR, job, config).wait(), str(path), "NaN")


if __name__ == "__main__":
    unittest.main()
