"""Recordings: their contents as read by h5py, independence of ranks, verify on every kind of damage, merge of recordings that
do and do not match, user errors."""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import unittest

import h5py
import numpy as np

from finished_run import Recorded
from payload_hashes import record_payload_hash
from programs import (BIN, EVALUATOR, Job, edit_json, expect_user_error, files_of, record_hashes, run, seal_listed, shard_of,
                      temporaries, text, write_record_config)

UNITS = 12  # sizes x placements x blocks
MOVES = ((-1, 0), (0, -1), (0, 1), (1, 0), (0, 0))


def edit(change):
    """Returns a function that applies `change` to the manifest at a path."""
    return lambda path: edit_json(path, change)


class Record(Recorded, unittest.TestCase):
    def recording(self, name, *changes, ranks=1, arguments=(), policy=None, **more):
        """Makes another recording of the same policy; returns its folder."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        shutil.copy(policy or self.run_folder / "policy.safetensors", folder / "policy.safetensors")
        run(EVALUATOR, "record", write_record_config(folder, *changes, **more), *arguments, ranks=ranks)
        return folder / "record"

    # Contents

    def test_the_folder_contains_the_documented_files(self):
        self.assertEqual({path.name for path in self.dataset.iterdir()},
                         {"dataset.h5", "datasheet.md", "manifest.json", "plan.json", "record.lock", "shards"})
        self.assertEqual(len(record_hashes(self.dataset)), UNITS)
        sheet = (self.dataset / "datasheet.md").read_text(encoding="utf-8")
        for part in ("How to cite", "How to open", "along_rollout", "embedder.fc", "verify"):
            self.assertIn(part, sheet)
        description = json.loads(run(EVALUATOR, "describe", self.dataset).out)
        self.assertEqual(description["shards"], UNITS)
        self.assertIn(description["dataset_hash"], sheet)
        self.assertIn(": 12 shards, ", self.verify(self.dataset, 0))

    def test_shards_are_as_documented(self):
        names = record_hashes(self.dataset)
        for name, expected in names.items():
            with self.subTest(name), h5py.File(self.dataset / name, "r") as shard:
                self.assertEqual(record_payload_hash(shard), expected)
                self.assertEqual(text(shard.attrs["payload_hash"]), expected)
                samples, levels = shard["samples"], shard["levels"]
                seeds = dict(zip(levels["level_seed"][:], range(8)))
                self.check_rollouts({key: samples[key][:] for key in samples}, levels["open"][:], seeds)
                for tap, shape in (("embedder.block1.conv", (4, 5, 5)), ("embedder.fc", (16,))):
                    data = shard["activations"][tap]
                    self.assertEqual((data.dtype, data.shape), (np.float16, (len(samples["step"]), *shape)))
                    self.assertTrue(data.fletcher32 and data.compression == "gzip" and data.shuffle)
                    self.assertEqual(data.dims[0].label, "sample")
                    self.assertEqual(data.attrs["overflowed"], 0)

    def check_rollouts(self, keys, is_open, seeds):
        """Checks that the samples of each level are the steps of one rollout that does not cross walls."""
        np.testing.assert_allclose(keys["probability"].sum(axis=1), 1, atol=1e-5)
        for seed, level in seeds.items():
            of_level = np.flatnonzero(keys["level_seed"] == seed)
            np.testing.assert_array_equal(keys["step"][of_level], np.arange(len(of_level)))
            for now, after in zip(of_level, of_level[1:]):
                x, y = keys["mouse"][now] + MOVES[keys["action"][now]]
                inside = 0 <= x < len(is_open[level]) and 0 <= y < len(is_open[level])
                there = (x, y) if inside and is_open[level][y, x] else tuple(keys["mouse"][now])
                self.assertEqual(tuple(keys["mouse"][after]), there)
            self.assertEqual(len(set(keys["outcome"][of_level])), 1)
            found = keys["success"][of_level[-1]] == 1
            x, y = keys["mouse"][of_level[-1]] + MOVES[keys["action"][of_level[-1]]]
            self.assertEqual(found, (x, y) == tuple(keys["cheese"][of_level[-1]]))

    def test_recordings_agree_with_each_other_and_with_the_scan(self):
        """Equal states have equal activations, regardless of how they were sampled."""
        def states(folder):
            table = {}
            for name in record_hashes(folder):
                with h5py.File(folder / name, "r") as shard:
                    keys = shard["samples"]
                    for i, state in enumerate(zip(keys["level_seed"][:], map(tuple, keys["mouse"][:]),
                                                  map(tuple, keys["cheese"][:]))):
                        table[int(state[0]), shard.attrs["size"], state[1], state[2]] = (
                            shard["activations/embedder.fc"][i], keys["step"][i], keys["action"][i])
            return table

        walked = states(self.dataset)
        for cells, count in (("initial", 96), ("decision_step", None), ("every_cell", 24 * 2 * (7 + 17))):
            with self.subTest(cells):
                there = states(self.recording(cells, cells=cells))
                if count and cells == "every_cell":
                    self.assertLessEqual(len(there), count)  # states of two placements may be equal
                    self.assertEqual({(step, action) for _, step, action in there.values()}, {(-1, -1)})
                both = set(there) & set(walked)
                self.assertGreater(len(both), 20)
                for state in both:
                    np.testing.assert_allclose(np.float32(there[state][0]), np.float32(walked[state][0]), atol=0.01,
                                               rtol=0.01)
        run(EVALUATOR, "scan", self.config)
        with h5py.File(self.run_folder / "scan/shards/size05-uniform-001.h5") as scan, \
                h5py.File(shard_of(self.dataset, "size05-uniform-001")) as shard:
            first = shard["samples/step"][:] == 0
            np.testing.assert_array_equal(shard["samples/level_seed"][:][first], scan["episodes/level_seed"][:])
            np.testing.assert_array_equal(np.bincount(shard["samples/level_seed"][:] - shard["samples/level_seed"][0]),
                                          scan["episodes/sampled/steps"][:])
        self.assertIn("whole", self.verify(self.run_folder / "scan", 0))

    def test_the_virtual_dataset_shows_all_samples_and_marks_missing_ones(self):
        folder = self.copy("lost")
        with h5py.File(folder / "dataset.h5", "r") as virtual:
            group, rows = virtual["size05"], []
            for name in sorted(record_hashes(folder)):
                if "size05" in name:
                    with h5py.File(folder / name, "r") as shard:
                        rows.append(shard["activations/embedder.fc"][:])
            np.testing.assert_array_equal(group["embedder.fc"][:], np.concatenate(rows))
            self.assertEqual(len(group["levels/level_seed"]), 48)
            placements = json.loads(virtual.attrs["placements"])
            seen = group["placement"][:]
            self.assertEqual([placements[p] for p in (seen[0], seen[-1])], ["top_left", "uniform"])
        shard_of(folder, "size05-uniform-001").unlink()
        with h5py.File(folder / "dataset.h5", "r") as virtual:
            group = virtual["size05"]
            lost = np.isnan(group["embedder.fc"][:]).all(axis=1)
            self.assertEqual(lost.sum(), len(rows[4]))
            for key, invalid in (("level_seed", -2**31), ("mouse", -2**15), ("mirrored", 255), ("action", -2**15)):
                self.assertTrue((group[key][:][lost] == invalid).all(), key)

    def test_datasets_do_not_depend_on_ranks_parts_or_compression(self):
        expected = record_hashes(self.dataset)
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                self.assertEqual(record_hashes(self.recording(f"ranks{ranks}", ranks=ranks)), expected)
        with self.subTest("parts"):
            folder = self.recording("parts", arguments=("--part", "1/2"))
            self.assertFalse((folder / "manifest.json").exists())
            self.assertEqual(record_hashes(self.recording("parts", arguments=("--part", "2/2"))), expected)
        with self.subTest("uncompressed"):
            folder = self.recording("plain", arguments=("--set", "record.compression=none"))
            self.assertEqual(record_hashes(folder), expected)
        with self.subTest("another seed"):
            other = record_hashes(self.recording("seed", ("seed: 3", "seed: 4")))
            self.assertFalse(set(other.values()) & set(expected.values()))

    def test_a_dry_run_writes_nothing_and_prints_an_upper_bound(self):
        before = files_of(self.run_folder)
        output = run(EVALUATOR, "record", self.config, "--dry-run", "--set", "record.folder=" + str(self.folder / "no"),
                     "--set", "record.compression=none").out
        self.assertRegex(output, r"^12 units, at most 2304 samples, about [0-9.]+ .?B in .*/no .*by one rank")
        self.assertEqual(files_of(self.run_folder), before)
        self.assertFalse((self.folder / "no").exists())
        untrained = write_record_config(self.folder / "untrained")
        self.assertIn("still to be trained", run(EVALUATOR, "record", untrained, "--dry-run").out)

    # Damage

    def test_verify_names_every_kind_of_damage(self):
        names = sorted(record_hashes(self.dataset))
        other = self.recording("other-seed", ("seed: 3", "seed: 4"))
        policy = self.changed_policy("fc_policy.bias", lambda values: [v + 1 for v in values])
        other_policy = self.recording("other-policy", policy=policy)

        def flip(path):
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 4
            path.write_bytes(data)

        def flip_placement(path):
            with h5py.File(path, "r+") as virtual:
                virtual["size03/placement"][0] = 1 - virtual["size03/placement"][0]

        def sealed(change):
            """Returns a change after which the seals and the hashes in the manifest are right."""
            def apply(path):
                change(path)
                folder = path.parent if path.name == "dataset.h5" else path.parent.parent
                seal_listed(folder, str(path.relative_to(folder)))
            return apply

        def replace_virtual(path):
            shutil.copy(other / "dataset.h5", path)

        def zero_hash(path):
            with h5py.File(path, "r+") as shard:
                shard.attrs["payload_hash"] = np.bytes_("0" * 32)

        def not_a_number(path):
            """Adds a NaN, and updates the payload hash."""
            with h5py.File(path, "r+") as shard:
                shard["activations/embedder.fc"][1, 2] = np.nan
                shard.attrs["payload_hash"] = np.bytes_(record_payload_hash(shard))

        shard = names[5]
        unit = pathlib.Path(shard).stem.split("-", 1)[1]
        for name, file, damage, message in (
                ("a flipped byte", shard, flip, ""),
                ("a truncated shard", shard, lambda p: p.write_bytes(p.read_bytes()[:-2000]), ""),
                ("a deleted shard", shard, lambda p: p.unlink(), "missing"),
                ("an empty shard", shard, lambda p: p.write_bytes(b""), ""),
                ("no HDF5", shard, lambda p: p.write_bytes(b"text" * 999), ""),
                ("a shard of another unit", shard, sealed(lambda p: shutil.copy(self.dataset / names[0], p)), "manifest"),
                ("a shard of another recording", shard, sealed(lambda p: shutil.copy(shard_of(other, unit), p)), "another recording"),
                ("a shard of another policy", shard, sealed(lambda p: shutil.copy(shard_of(other_policy, unit), p)), "another policy"),
                ("a wrong hash", shard, sealed(zero_hash), "payload hash"),
                ("a NaN", shard, sealed(not_a_number), "1 NaN"),
                ("a longer shard", shard, lambda p: p.write_bytes(p.read_bytes() + b"x"), ""),
                ("a foreign file", "shards/other.h5", lambda p: shutil.copy(shard_of(other, unit), p), "foreign"),
                ("the dataset.h5 of another dataset", "dataset.h5", lambda p: shutil.copy(other / "dataset.h5", p), ""),
                ("the dataset.h5 of another dataset, with its hash", "dataset.h5", sealed(replace_virtual), "another dataset"),
                ("a changed dataset.h5", "dataset.h5", flip_placement, ""),
                ("a changed dataset.h5, with its hash", "dataset.h5", sealed(flip_placement), "placement"),
                ("a deleted dataset.h5", "dataset.h5", lambda p: p.unlink(), "missing"),
                ("a truncated dataset.h5", "dataset.h5", lambda p: p.write_bytes(p.read_bytes()[:5000]), ""),
                ("a manifest with another configuration", "dataset.h5", lambda p: edit(
                    lambda m: m["attributes"]["recordings"][0].update(config="seed: 9\n" + m["attributes"]["recordings"][0]["config"]))(
                        p.with_name("manifest.json")), "another manifest.json"),
                ("a manifest with a shard left out", "manifest.json", edit(lambda m: m["files"].pop()), "11 shards"),
        ):
            with self.subTest(name):
                folder = self.copy(name.replace(" ", "-"))
                damage(folder / file)
                out = self.verify(folder, 1)
                faults = [line for line in out.splitlines() if line.startswith(f"{folder}/")]
                self.assertTrue(faults and faults[0].startswith(f"{folder}/{file}: "), out)
                self.assertIn(message, out)
                self.assertIn("FAULT", out)
        with self.subTest("flipped bytes anywhere"):
            folder, rng = self.copy("flipped"), random.Random(1)
            for file in (names[0], names[7], "dataset.h5", "datasheet.md"):
                for _ in range(12):
                    data = (folder / file).read_bytes()
                    at = rng.randrange(len(data))
                    (folder / file).write_bytes(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) +
                                                data[at + 1:])
                    self.assertIn(f"{folder}/{file}: ", self.verify(folder, 1), at)
                    (folder / file).write_bytes(data)
        with self.subTest("several at once"):
            folder = self.copy("damaged")
            for name in names[2:6]:
                flip(folder / name)
            self.assertIn("4 FAULTS", self.verify(folder, 1))

    def check_wrong_manifest(self, folder, file, change, message):
        """Checks that verify reports a change of the manifest."""
        edit(change)(folder / "manifest.json")
        out = self.verify(folder, 1)
        self.assertRegex(out, f"^{folder}/{file}: ")
        self.assertIn(message, out)
        self.assertIn("1 FAULTS", out)

    def test_verify_compares_the_whole_manifest(self):
        run(EVALUATOR, "scan", self.config)
        scan = self.run_folder / "scan"
        for dataset, wrong_values in ((self.dataset, {"size": 9, "placement": "top_right", "chunk": 7, "samples": 1,
                                              "record_key": "../../../pwned"}),
                              (scan, {"size": 5.0, "placement": None, "chunk": -1})):
            file = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))["files"][4]["name"]
            for key, value in wrong_values.items():
                for name, change, message in (
                        ("changed", lambda of, k=key, v=value: of.update({k: v}), f"in the manifest {json.dumps(value)}"),
                        ("missing", lambda of, k=key: of.pop(k), "in the manifest missing")):
                    with self.subTest(dataset=dataset.name, key=key, name=name):
                        folder = pathlib.Path(shutil.copytree(dataset, self.folder / f"wrong-{dataset.name}-{key}-{name}"))
                        self.check_wrong_manifest(folder, file, lambda m, c=change: c(m["files"][4]["attributes"]), message)
                        self.assertIn(key, self.verify(folder, 1))
            with self.subTest(dataset=dataset.name, key="bytes"):
                folder = pathlib.Path(shutil.copytree(dataset, self.folder / f"wrong-{dataset.name}-bytes"))
                self.check_wrong_manifest(folder, file, lambda m: m["files"][4].update(bytes=12), "the manifest lists 12")

    def test_merge_writes_nothing_outside_of_its_folder(self):
        """The keys in manifest and shards are untrusted."""
        key = "../../../pwned".ljust(32, "x")
        in_manifest, in_shard = self.copy("key-in-manifest"), self.copy("key-in-shard")
        edit(lambda m: [f["attributes"].update(record_key=key) for f in m["files"]])(in_manifest / "manifest.json")

        def seal(manifest):
            """Changes the key in manifest and shards, and updates all hashes."""
            for recording in manifest["attributes"]["recordings"]:
                recording["record_key"] = key
            for file in manifest["files"]:
                with h5py.File(in_shard / file["name"], "r+") as shard:
                    shard.attrs["record_key"] = np.bytes_(key)
                    file["payload_hash"] = record_payload_hash(shard)
                    shard.attrs["payload_hash"] = np.bytes_(file["payload_hash"])
                file["attributes"]["record_key"] = key
        edit(seal)(in_shard / "manifest.json")
        seal_listed(in_shard, *record_hashes(in_shard))
        for folder, message in ((in_manifest, "record_key is"), (in_shard, "its record_key is no hash")):
            with self.subTest(folder.name):
                self.assertIn("12 FAULTS", self.verify(folder, 1))
                before = files_of(self.folder)
                expect_user_error(self, Job(EVALUATOR, "merge", self.folder / "a/b/c", folder).wait())
                (self.folder / "deep/er").mkdir(parents=True, exist_ok=True)
                expect_user_error(self, Job(EVALUATOR, "merge", self.folder / "deep/er/out", folder).wait(), message)
                self.assertEqual(files_of(self.folder), before)

    def test_only_damaged_shards_are_recorded_again(self):
        folder = self.recording("again")
        names = sorted(record_hashes(folder))
        (folder / names[0]).unlink()
        (folder / names[3]).write_bytes((folder / names[3]).read_bytes()[:3000])
        kept = {name: (folder / name).stat().st_mtime_ns for name in names if name not in (names[0], names[3])}
        job = run(EVALUATOR, "record", self.folder / "again.yaml", ranks=2)
        self.assertIn("computing a damaged shard again", job.err)
        self.assertEqual(record_hashes(folder), record_hashes(self.dataset))
        self.assertEqual({name: (folder / name).stat().st_mtime_ns for name in kept}, kept)
        self.assertEqual(temporaries(folder), [])

    # Merging

    def test_merge(self):
        more = self.recording("more", ("chunk: 8\n  sampling", "chunk: 8\n  first_level: 2000\n  sampling"))
        cells = self.recording("sampling", cells="every_cell")
        merged = self.folder / "merged"
        run(EVALUATOR, "merge", merged, self.dataset, more, cells)
        self.assertIn("36 shards", self.verify(merged, 0))
        self.assertEqual(sorted(record_hashes(merged).values()),
                         sorted(h for d in (self.dataset, more, cells) for h in record_hashes(d).values()))
        with h5py.File(merged / "dataset.h5", "r") as virtual:
            self.assertEqual(len(virtual["size03/levels/level_seed"]), 24 * 2 * 3)
            self.assertFalse(np.isnan(virtual["size03/embedder.fc"][:]).any())
        self.assertIn("every_cell", (merged / "datasheet.md").read_text(encoding="utf-8"))
        merged_again = self.folder / "merged_again"
        run(EVALUATOR, "merge", merged_again, merged, self.recording("third", ("seed: 3", "seed: 9")))
        self.assertIn("48 shards", self.verify(merged_again, 0))

    def test_merge_refuses_recordings_that_do_not_match(self):
        out = self.folder / "refused"
        policy = self.changed_policy("fc_policy.bias", lambda values: [v + 1 for v in values])
        other_policy = self.recording("merge-other-policy", policy=policy)
        taps = self.recording("taps", ("sampling: along_rollout\n  layers: [embedder.block1.conv, embedder.fc]",
                                        "sampling: along_rollout\n  layers: [embedder.fc]"))
        damaged = self.copy("incomplete")
        shard_of(damaged, "size03-uniform-000").unlink()
        (self.folder / "taken").mkdir()
        (self.folder / "taken" / "file").write_text("x", encoding="utf-8")
        run(EVALUATOR, "scan", self.config)
        for name, arguments, message in (
                ("another policy", (out, self.dataset, other_policy), "another policy"),
                ("other taps", (out, self.dataset, taps), "other taps"),
                ("the same twice", (out, self.dataset, self.dataset), "would appear twice"),
                ("a damaged one", (out, self.dataset, damaged), "size03-uniform-000.h5"),
                ("a scan", (out, self.dataset, self.run_folder / "scan"), "no recording but a scan"),
                ("a folder that is none", (out, self.dataset, self.folder), "manifest.json"),
                # Errors that can be found without reading shards are reported first: here a shard is missing.
                ("the same twice and damaged", (out, damaged, self.folder / "taken" / ".." / "incomplete"), "given twice"),
                ("inside of a damaged one", (damaged / "shards" / "merged", damaged), "is inside"),
                ("another policy and a damaged one", (out, damaged, other_policy), "another policy"),
                ("a scan and a damaged one", (out, damaged, self.run_folder / "scan"), "no recording but a scan"),
                ("an existing folder and a damaged one", (self.folder / "taken", damaged), "already"),
                ("an existing folder", (self.folder / "taken", self.dataset), "already"),
                ("a folder that cannot be made", ("/nowhere/out", self.dataset), "/nowhere/out")):
            with self.subTest(name):
                before = files_of(self.dataset)
                expect_user_error(self, Job(EVALUATOR, "merge", *arguments).wait(), message)
                self.assertFalse(out.exists())
                self.assertEqual(files_of(self.dataset), before)
        self.assertEqual(temporaries(self.folder), [])

    # User errors and other policies

    def changed_policy(self, tensor, change):
        """Writes the policy with one tensor changed; returns its path."""
        data = (self.run_folder / "policy.safetensors").read_bytes().replace(b"content_hash", b"another_hash")
        (length,) = struct.unpack("<Q", data[:8])
        begin, end = json.loads(data[8:8 + length])[tensor]["data_offsets"]
        values = struct.unpack(f"<{(end - begin) // 4}f", data[8 + length + begin:8 + length + end])
        path = self.folder / "changed.safetensors"
        path.write_bytes(data[:8 + length + begin] + struct.pack(f"<{len(values)}f", *change(values)) +
                         data[8 + length + end:])
        return path

    def test_values_beyond_float16_are_counted_and_reported(self):
        policy = self.changed_policy("embedder.fc.weight", lambda values: [v * 1e5 for v in values])
        folder = self.recording("overflow", policy=policy)
        infinite = counted = 0
        for name in record_hashes(folder):
            with h5py.File(folder / name, "r") as shard:
                data = shard["activations/embedder.fc"]
                infinite += np.isinf(data[:]).sum()
                counted += data.attrs["overflowed"]
        self.assertGreater(counted, 0)
        self.assertEqual(infinite, counted)
        self.assertIn(f"| {counted} |", (folder / "datasheet.md").read_text(encoding="utf-8"))
        self.assertIn("whole", self.verify(folder, 0))
        wide = self.recording("wide", policy=policy, arguments=("--set", "record.storage_dtype=float32"))
        with h5py.File(shard_of(wide, "size05-uniform-000")) as shard:
            self.assertTrue(np.isfinite(shard["activations/embedder.fc"][:]).all())

    def test_bad_configurations(self):
        for name, override, message, ranks in (
                ("an unknown tap", "record.layers=[embedder.block2.cond]", "did you mean 'embedder.block2.conv'?", 1),
                ("the same on two ranks", "record.layers=[fc_polcy]", "did you mean 'fc_policy'?", 2),
                ("no taps", "record.layers=[]", "'record.layers' is empty", 1),
                ("an impossible size", "record.sizes=[7]", "'record.sizes' holds 7", 1),
                ("an even size", "record.sizes=[4]", "'record.sizes' holds 4", 1),
                ("a size twice", "record.sizes=[3, 3]", "twice", 1),
                ("unknown cells", "record.sampling=everywhere", "'record.sampling' is everywhere", 1),
                ("floats for a codec of integers", "record.compression=seg", "'record.storage_dtype' is float16", 1),
                ("a misspelt key", "record.layer=[embedder.fc]", "did you mean 'layers'?", 1),
                ("an unknown placement", "record.placements=[top_lefd]", "top_lefd", 1),
                ("units too large", "record.max_steps=1000000", "'record.chunk'", 1),
                ("no policy", "record.policy=/nowhere.safetensors", "/nowhere.safetensors", 2),
                ("a folder that cannot be made", "record.folder=/proc/nowhere", "/proc/nowhere", 2)):
            with self.subTest(name):
                before = files_of(self.run_folder)
                expect_user_error(self, Job(EVALUATOR, "record", self.config, "--set", override, ranks=ranks).wait(),
                                  message)
                self.assertEqual(files_of(self.run_folder), before)
        with self.subTest("another recording in the folder"):
            job = Job(EVALUATOR, "record", self.config, "--set", "record.levels=25").wait()
            expect_user_error(self, job, "another recording")
        for command in (("verify", self.folder), ("describe", self.folder), ("verify",), ("merge", "x")):
            with self.subTest(command):
                expect_user_error(self, Job(EVALUATOR, *command).wait())

    def test_full_and_read_only_disk(self):
        """Writes a dataset to a small file system that is mounted only for these commands."""
        disk = self.folder / "disk"
        disk.mkdir()
        shards = f"{disk}/record/shards"
        for name, options, prepare, message in (
                ("full from the start", "size=16k", "true", "No space left on device"),
                ("full in the middle", "size=400k", "true", "No space left on device"),
                ("read-only", "size=8m", f"mount -o remount,ro {disk}", "Read-only file system")):
            with self.subTest(name):
                script = (f"mount -t tmpfs -o {options} tmpfs {disk} && {prepare} || exit 99\n"
                          f"{BIN / EVALUATOR} record {self.config} --set record.folder={disk}/record; status=$?\n"
                          f"ls -A {shards} 2>/dev/null; exit $status")
                unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
                done = subprocess.run([*unshare, "sh", "-c", script], capture_output=True, text=True, timeout=120,
                                      check=False)
                self.assertNotEqual(done.returncode, 99, "cannot mount a small file system")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stderr.count("\n  reason: "), 1, done.stderr)
                self.assertNotIn("HDF5", done.stderr)
                self.assertNotIn(".tmp-", done.stdout)
                if "middle" in name:
                    self.assertTrue(done.stdout, "complete shards were lost")


if __name__ == "__main__":
    unittest.main()
