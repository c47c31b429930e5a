"""Shards that somebody changed and gave the right hashes: `verify` makes the levels again from their seeds, walks the walks
again, and names what cannot have happened."""
import shutil
import unittest

import h5py
import numpy as np

from attacked_run import AttackedRun
from payload_hashes import record_payload_hash, scan_payload_hash
from programs import EVALUATOR, Job, edit_json, run, seal_listed


def changed(dataset, value, at=0):
    """Returns a change of one value."""
    def change(shard):
        shard[dataset][at] = value
    change.__name__ = f"{dataset}{at if at else ''} = {value}"
    return change


def first(shard, where):
    """Returns the first index of a nonzero element."""
    return tuple(np.argwhere(where)[0])


def cheese_in_a_wall(shard):
    y, x = first(shard, shard["episodes/open"][0] == 0)
    shard["episodes/cheese"][0] = x, y


def open_mazes(shard):
    shard["episodes/open"][...] = 1


def all_walls(shard):
    shard["episodes/open"][...] = 0


def equal_seeds(shard):
    shard["episodes/level_seed"][...] = shard["episodes/level_seed"][0]


def through_a_wall(shard):
    y, x = first(shard, shard["episodes/open"][0] == 0)
    offsets = shard["episodes/sampled/path_offset"][()]
    shard["episodes/sampled/path"][offsets[1] - 1] = y * len(shard["y"]) + x


def flipped(dataset):
    """Returns a change of a yes to a no, or of a no to a yes."""
    def change(shard):
        shard[dataset][0] = 1 - shard[dataset][0]
    change.__name__ = f"flipped {dataset}"
    return change


def larger(dataset, by):
    """Returns a change that adds to one value."""
    def change(shard):
        shard[dataset][0] += np.array(by, shard[dataset].dtype)
    change.__name__ = f"{dataset} + {by}"
    return change


def probability_of_seven(shard):
    y, x = first(shard, shard["episodes/open"][0] == 1)
    shard["fields/probability"][0, y, x] = 7


def infinite_taps(shard):
    for name in shard["activations/first"]:
        shard[f"activations/first/{name}"][...] = np.inf


def another_group(shard):
    shard.create_group("more")


def another_dataset(shard):
    shard["episodes/more"] = np.arange(3)


def a_link_outside(shard):
    shard["episodes/more"] = h5py.ExternalLink("/etc/passwd", "/x")


def a_link_to_itself(shard):
    shard["loop"] = h5py.SoftLink("/loop")


FOREIGN = {another_group: "/more", another_dataset: "/episodes/more", a_link_outside: "/episodes/more", a_link_to_itself: "/loop"}
SCAN = {
    cheese_in_a_wall: "cheese of episode 0", open_mazes: "open of episode 0", all_walls: "open of episode 0",
    equal_seeds: "level seeds", larger("episodes/level_seed", 100): "level seeds", changed("episodes/optimal", 0): "optimal of episode 0",
    flipped("episodes/on_path"): "on_path of episode 0", through_a_wall: "walk of episode 0",
    flipped("episodes/sampled/success"): "success of the sampled walk", flipped("episodes/greedy/success"): "success of the greedy walk",
    larger("episodes/sampled/steps", -1): "steps of the sampled walk", changed("episodes/sampled/decision_step", 0): "decision_step",
    changed("episodes/sampled/outcome", 3): "outcome of the sampled walk", changed("exact/goal", 1.0): "chances of episode 0",
    changed("exact/blind_steps", 1): "blind walker", changed("exact/expected_steps", 0.5): "fewer steps",
    changed("exact/random_arrived", 0.5, (0, slice(1, None))): "before the shortest path's end",
    probability_of_seven: "vector field of episode 0", infinite_taps: "infinite", **FOREIGN}
RECORD = {
    changed("levels/cheese", (0, 0)): "cheese elsewhere", flipped("levels/open"): "other walls",
    changed("samples/probability", 0.7): "add up to 1", changed("samples/optimal", 0): "another way to the cheese",
    changed("samples/mouse", (1, 1)): "mouse in a wall", changed("samples/cheese", (0, 0)): "not the cheese of its level",
    **{change: path.replace("episodes", "samples") for change, path in FOREIGN.items() if change not in (another_dataset, a_link_outside)}}


class ForgedShards(AttackedRun, unittest.TestCase):
    def forge(self, job, payload_hash, change):
        """Changes a shard of a copy of a dataset, makes all hashes right, and returns what verify says."""
        folder = self.folder / "forged" / job
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.run_folder / job, folder)
        shard = sorted((folder / "shards").iterdir())[0]
        with h5py.File(shard, "r+") as file:
            change(file)
            try:
                digest = payload_hash(file)
            except KeyError:  # a broken link
                digest = file.attrs["payload_hash"].decode()
            file.attrs["payload_hash"] = np.bytes_(digest)

        def update(manifest):
            for entry in manifest["files"]:
                if entry["name"] == f"shards/{shard.name}":
                    entry["payload_hash"] = digest
        edit_json(folder / "manifest.json", update)
        seal_listed(folder, f"shards/{shard.name}")
        job = Job(EVALUATOR, "verify", folder).wait()
        return job, [line for line in job.out.splitlines() if shard.name in line]

    def test_what_is_named(self):
        for job, payload_hash, forgeries in (("scan", scan_payload_hash, SCAN), ("record", record_payload_hash, RECORD)):
            run(EVALUATOR, "verify", self.run_folder / job)
            for change, message in forgeries.items():
                with self.subTest(f"{job}: {change.__name__}"):
                    verified, lines = self.forge(job, payload_hash, change)
                    self.assertEqual(verified.status, 1, verified.out + verified.err)
                    self.assertEqual(len(lines), 1, verified.out)
                    self.assertIn(message, verified.out)

    def test_a_copy_with_the_same_contents_is_whole(self):
        for job, payload_hash in (("scan", scan_payload_hash), ("record", record_payload_hash)):
            verified, lines = self.forge(job, payload_hash, lambda shard: None)
            self.assertEqual(lines, [], verified.out)
            self.assertNotIn("not made again", verified.out)


if __name__ == "__main__":
    unittest.main()
