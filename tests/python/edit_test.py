"""Edits: results do not depend on ranks, parts or kills; user errors are reported."""
import json
import re
import struct
import unittest

import h5py

from finished_run import ReproducibleJob
from programs import EVALUATOR, SOURCE, Job, expect_user_error, run, write_config

EDIT = """\
edit:
  sizes: [3, 5]
  experiments: [every_cell, top_left]
  layers: [{tap}]
  fractions: [0.01, 0.05]
  search_levels: 4
  choosing_levels: 4
  score_levels: 6
  targets: 3
  mask_steps: 4
  device: cpu
"""
UNITS = 2 * (2 * 4 + 2)


class Edit(ReproducibleJob, unittest.TestCase):
    jobs = ("edit",)
    units = UNITS
    kills = 4

    @classmethod
    def write(cls, name):
        path = write_config(cls.folder / name)
        path.write_text(path.read_text(encoding="utf-8") + EDIT.format(tap="embedder.block1.maxpool"), encoding="utf-8")
        return path

    def test_find_channels_prints_a_table(self):
        output = run(EVALUATOR, "find-channels", self.config).out
        self.assertIn("located", output.splitlines()[0])
        self.assertIn("embedder.block1.maxpool", output)

    def test_edits_of_a_file_are_played(self):
        edits = self.folder / "edits.yaml"
        edits.write_text("- layer: embedder.block1.conv\n  kind: clamp_cells\n  channels: [0]\n  cell: target\n  value: 3\n",
                         encoding="utf-8")
        config = self.clone_run("applied")
        output = run(EVALUATOR, "edit", config, "--apply", edits).out
        self.assertIn("kind: clamp_cells", output)
        # 4 channels of 5 x 5.
        self.assertRegex(output, r"changes 1 activation: 1 % of the edited layers, \S+ % of all layers, \S+ % of the network")
        self.assertEqual(len(re.findall(r"(?m)^ +[35]  (every_cell|top_left) +\d+ +[\d.]+ % \[", output)), 4)
        self.assertEqual(run(EVALUATOR, "edit", config, "--apply", edits, ranks=2).out, output)
        self.assertFalse((self.folder / "applied" / "edit").exists())
        picture = self.folder / "field.svg"
        drawn = run(EVALUATOR, "draw", picture, "--show", "field", "--policy", self.run_folder / "policy.safetensors",
                    "--level", 3, "--size", 5, "--edits", edits, "--target", "0,4").out
        self.assertRegex(drawn, r"edits.yaml changes 1 activation: ")
        self.assertIn("<svg", picture.read_text(encoding="utf-8"))

        def refused(text, *fragments):
            edits.write_text(text, encoding="utf-8")
            expect_user_error(self, Job(EVALUATOR, "edit", config, "--apply", edits).wait(), *fragments)
        refused("- {layer: embedder.fc, kind: zero_channel, channels: [0]}", "edits.yaml:1:30", "zero_channels")
        refused("- {layer: embedder.fcc, kind: zero_channels, channels: [0]}", "edits.yaml:1:3", "embedder.fc")
        refused("- {layer: embedder.fc, kind: add_vector, vector: other.safetensors#v}", "other.safetensors")
        expect_user_error(self, Job(EVALUATOR, "edit", config, "--apply", edits, "--dry-run").wait(), "--apply")

    def test_a_stored_edit_is_played_again(self):
        config = self.clone_run("exported", "edit")
        with h5py.File(self.run_folder / "edit" / "shards" / "size05-every_cell-mask-000.h5") as shard:
            rows = [row for row in json.loads(shard.attrs["facts"])["rows"] if row["kind"] == "edit"]
            scored = shard["results/sampled/reached"][len(rows) - 1].mean(), shard["results/greedy/reached"][len(rows) - 1].mean()
            entries = shard["results/stored/entries"][:]
            phases, channels, high, wide = shard["results/stored/shape"][0]
            offsets = shard["results/stored/offsets"][:entries[0]]
        self.assertEqual(rows[-1]["fraction"], 0.05)
        edits = self.folder / "mask.yaml"
        which = ("--size", 5, "--experiment", "every_cell", "--family", "mask")
        output = run(EVALUATOR, "export-edit", config, edits, *which, "--fraction", 0.05).out
        self.assertIn(rows[-1]["text"], output)
        self.assertIn(rows[-1]["text"], edits.read_text(encoding="utf-8"))
        self.assertTrue((self.folder / "mask.safetensors").exists())
        # At each target some of the offsets lie outside of the map.
        self.assertGreaterEqual(len(offsets), rows[0]["activations"])
        self.assertLess(offsets.max(), channels * (2 * high - 1) * (2 * wide - 1))
        applied = run(EVALUATOR, "edit", config, "--apply", edits, "--set", "edit.sizes=[5]", "--set",
                      "edit.experiments=[every_cell]").out
        line = re.search(r"(?m)^ +5  every_cell .*$", applied).group()
        shares = [float(share) for share in re.findall(r"([\d.]+) % \[", line)]
        for stored, again in zip(scored, (shares[1], shares[3])):
            self.assertAlmostEqual(100 * stored, again, delta=0.051)
        drawn = run(EVALUATOR, "draw", self.folder / "mask.svg", "--show", "field", "--policy", self.run_folder / "policy.safetensors",
                    "--level", 3, "--size", 5, "--edits", edits, "--target", "0,4").out
        self.assertIn("mask.yaml changes ", drawn)
        # Several or none: the edits to choose from are listed.
        for more, fragments in (((), ("2 stored edits", "--fraction 0.01", "--fraction 0.05")),
                                (("--fraction", 0.5), ("no stored edits", "--family mask --fraction 0.05"))):
            expect_user_error(self, Job(EVALUATOR, "export-edit", config, edits, *which, *more).wait(), *fragments)
        expect_user_error(self, Job(EVALUATOR, "export-edit", self.clone_run("unfinished"), edits).wait(), "manifest.json")

    def test_a_dry_run_prints_costs_and_writes_nothing(self):
        config = self.clone_run("dry")
        output = run(EVALUATOR, "edit", config, "--dry-run").out
        self.assertIn(f"{UNITS} units", output)
        # Two sizes, 3 targets and 1 target; three families of 2 fractions and 2 controls each, and 2 further controls.
        self.assertIn(f"{2 * 2 * 6 * (3 + 1) * (3 * 4 + 2)} walks", output)
        # The largest unit: size 5 has 17 free cells, every_cell has 3 targets per level.
        self.assertIn(f"{6 * 3 * (2 + 2) * 17} in a unit", output)
        # Two fractions: the first takes twice as many steps; each takes half as many again for the values alone.
        self.assertIn(f"in {8 + 4 + 4 + 2} steps from 96 states each", output)
        # Edits between the fractions, 4 and 23 activations: four halvings at most, for each of two rates; and a row without
        # an edit.
        self.assertIn(f"(edit.refine) take at most {2 * 2 * 6 * 3 * 3 * (2 * 4 + 1)} more walks, ", output)
        self.assertIn(f"of every_cell {2 * 4 * (8 + 4)} more steps", output)
        self.assertNotIn("edit.refine", run(EVALUATOR, "edit", config, "--dry-run", "--set", "edit.refine=false").out)
        self.assertFalse((self.folder / "dry" / "edit").exists())

    def test_shipped_configurations_can_be_estimated(self):
        for config in sorted((SOURCE / "configs").glob("*.yaml")):
            text = config.read_text(encoding="utf-8")
            if any(f"name: {world}" in text for world in ("maze_cues", "keys_and_chests", "heist")):
                self.assertIn("works only on mazes", run(EVALUATOR, "edit", config, "--dry-run", status=2).err)
                continue
            # procgen's pictures are not in the repository
            output = run(EVALUATOR, "edit", config, "--dry-run", "--set", "environment.theme=mazescan").out
            self.assertRegex(output, r"^\d+ units, ")
            families = re.search(r"^  families: \[(.*)\]", text, re.MULTILINE)
            learns_masks = families is None or "mask" in families[1].split(", ")
            self.assertEqual(bool(re.search(r"a unit of masks learns in \d+ steps", output)), learns_masks, output)

    def test_user_errors(self):
        config = self.clone_run("wrong")
        self.refused(config, "'edit.fractions' holds 0.2", "changes more than it may", sets=["edit.fractions=[0.2]"])
        self.refused(config, "'edit.channels' holds", "changes more than it may",
                     sets=["edit.channels=[0, 1, 2]", "edit.largest_fraction=0.001", "edit.fractions=[0.001]"])
        self.refused(config, "'edit.fractions' are too small", sets=["edit.fractions=[0.0000001]"])
        self.refused(config, "'edit.layers' holds 'embedder.fc'", "no finding", sets=["edit.layers=[embedder.fc]"])
        self.refused(config, "'edit.families' holds 'wish'", sets=["edit.families=[wish]"])
        self.refused(config, "'edit.sizes' holds 7", sets=["edit.sizes=[7]"])
        self.refused(config, "'edit.vectors' holds 'cheese'", "placements", sets=["edit.vectors=[cheese]"])
        self.refused(config, "'edit.channels' holds 1000", sets=["edit.channels=[1000]"])
        self.assertFalse((self.folder / "wrong" / "edit").exists())
        path = self.folder / "wrong" / "policy.safetensors"
        path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", float("nan")))
        self.refused(config, str(path), "NaN")


if __name__ == "__main__":
    unittest.main()
