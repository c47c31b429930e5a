"""Checks the files of a run with third-party readers: h5py, numpy, JSON, and a small safetensors reader. Recomputes paths,
distances, outcomes and hashes from the shards, independently of the programs."""
import collections
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import unittest

import h5py
import numpy as np
import xxhash

from payload_hashes import datasets, scan_payload_hash
from programs import (EVALUATOR, SOURCE, TRAINER, UNITS, UPDATES, checkpoints, metrics, run, scan_hashes,
                      temporary_folder, text, write_config)
from safetensors_file import read_safetensors

SIZES, PLACEMENTS, BLOCKS, BLOCK, FIRST_LEVEL, WORLD = (3, 5), ("top_right", "top_left", "uniform"), 3, 8, 10 ** 9, 5
TAPS = {"embedder.block1.conv": (4, WORLD, WORLD), "embedder.fc": (16,)}
MOVES = ((-1, 0), (0, -1), (0, 1), (1, 0), (0, 0))  # LEFT, DOWN, UP, RIGHT, NOOP; y is up
METRICS = {"update", "steps", "seconds", "processor_seconds", "steps_per_second", "network_share", "success", "episodes",
           "steps_over_optimal", "largest_size", "loss", "loss_coefficient", "kl", "clip_fraction", "distinct_share", "evaluated_share",
           "explained_variance", "gradient_norm", "learning_rate", "mean_reward"}


def walk_distances(is_open, begin):
    """Returns the number of steps from `begin` to each reachable free cell (x, y)."""
    steps, queue = {begin: 0}, collections.deque([begin])
    while queue:
        x, y = queue.popleft()
        for dx, dy in MOVES[:4]:
            near = x + dx, y + dy
            if min(near) >= 0 and max(near) < len(is_open) and is_open[near[1], near[0]] and near not in steps:
                steps[near] = steps[x, y] + 1
                queue.append(near)
    return steps


def transitions(is_open, moves_of):
    """Returns the free cells, and the chance to go from one to another in a step if moves_of(cell) has those of moves."""
    size = len(is_open)
    cells = [(x, y) for y in range(size) for x in range(size) if is_open[y, x]]
    chain = np.zeros((len(cells), len(cells)))
    for here, (x, y) in enumerate(cells):
        for (dx, dy), chance in zip(MOVES, moves_of((x, y))):
            there = x + dx, y + dy
            chain[here, cells.index(there) if there in cells else here] += chance
    return cells, chain


def distribution(cells, chain, stops, steps):
    """Returns the chances of the cells after so many steps from the start, if walks end on the cells `stops`."""
    chain = chain.copy()
    for stop in stops:
        chain[cells.index(stop)] = np.eye(len(cells))[cells.index(stop)]
    return np.linalg.matrix_power(chain, steps)[cells.index((0, 0))]


def arrivals(cells, chain, cheese, limit):
    """Returns the chance to have reached the cheese within 0, 1, ..., limit steps."""
    return np.array([distribution(cells, chain, [cheese], t)[cells.index(cheese)] for t in range(limit + 1)])


def route(is_open, target):
    """Returns the cells of the path from the start to `target`, which is unique in a maze without loops."""
    far = walk_distances(is_open, target)
    cells = [(0, 0)]
    while cells[-1] != target:
        x, y = cells[-1]
        cells.append(next((x + dx, y + dy) for dx, dy in MOVES[:4] if far.get((x + dx, y + dy)) == far[x, y] - 1))
    return cells


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder() / "run"
        config = write_config(cls.folder)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config, ranks=2)
        run(EVALUATOR, "report", config)
        cls.shards = sorted((cls.folder / "scan" / "shards").iterdir())

    @contextlib.contextmanager
    def opened(self, path):
        with self.subTest(path.name), h5py.File(path, "r") as shard:
            yield shard

    def test_a_run_contains_only_the_documented_files(self):
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {"config.yaml", "metrics.jsonl", "events.out.tfevents", "trainer.lock", "checkpoints",
                          "policy.safetensors", "scan", "report"})
        self.assertEqual({path.name for path in (self.folder / "report").iterdir()},
                         {"index.html", "summary.json", "figures", "tables", "numbers.tex"})
        self.assertEqual({path.name for path in (self.folder / "scan").iterdir()},
                         {"manifest.json", "plan.json", "scan.lock", "shards"})
        self.assertEqual(len(self.shards), UNITS)

    def test_config_is_complete_and_reads_back(self):
        written = (self.folder / "config.yaml").read_text(encoding="utf-8")
        self.assertEqual(run(TRAINER, self.folder / "config.yaml", "--dump-config").out, written)
        self.assertRegex(written, r"(?m)^seed: 3 +#")
        self.assertRegex(written, r"(?m)^    gamma: [0-9.]+ +#")

    def test_policy(self):
        tensors, metadata = read_safetensors(self.folder / "policy.safetensors")
        self.assertEqual({values.dtype for values in tensors.values()}, {np.dtype("float32")})
        shapes = {name: values.shape for name, values in tensors.items()}
        self.assertEqual(shapes["embedder.block1.conv.weight"], (4, 3, 3, 3))
        self.assertEqual(shapes["embedder.block2.conv.weight"], (8, 4, 3, 3))
        self.assertEqual(shapes["fc_policy.weight"], (5, 16))
        self.assertEqual(shapes["fc_policy.bias"], (5,))
        self.assertEqual(shapes["fc_value.weight"], (1, 16))
        description = json.loads(run(EVALUATOR, "describe", self.folder / "policy.safetensors").out)
        self.assertEqual(description["parameters"], sum(values.size for values in tensors.values()))
        self.assertTrue(all(np.isfinite(values).all() for values in tensors.values()))
        self.assertLessEqual({"format", "format_version", "network", "environment", "training"}, set(metadata))
        self.assertEqual(metadata["format"], "mazescan-policy")
        json.loads(metadata["training"])
        self.assertIn("world_dim: 5", metadata["environment"])
        try:
            import safetensors.numpy
        except ImportError:
            return  # read_safetensors has checked the file
        for name, values in safetensors.numpy.load_file(self.folder / "policy.safetensors").items():
            np.testing.assert_array_equal(values, tensors[name])

    def test_checkpoint(self):
        newest = checkpoints(self.folder)[-1]
        manifest = json.loads((newest / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual(manifest["format"], "mazescan-checkpoint")
        self.assertEqual(manifest["attributes"]["step"], UPDATES)
        self.assertEqual({file["name"] for file in manifest["files"]} | {"manifest.json"},
                         {path.name for path in newest.iterdir()})
        payload = xxhash.xxh3_128()
        for file in manifest["files"]:
            data = (newest / file["name"]).read_bytes()
            self.assertEqual(len(data), file["bytes"])
            self.assertEqual(xxhash.xxh3_128_hexdigest(data), file["payload_hash"])
            payload.update(f"{file['name']} {len(data)}\n".encode() + data)
        self.assertEqual(payload.hexdigest(), manifest["attributes"]["payload_hash"])
        self.assertEqual((newest / "policy.safetensors").read_bytes(),
                         (self.folder / "policy.safetensors").read_bytes())
        optimiser, _ = read_safetensors(newest / "optimiser.safetensors")
        self.assertGreater(np.abs(optimiser["adam.first_moment"]).max(), 0)

    def test_metrics(self):
        lines = metrics(self.folder)
        self.assertEqual([line["update"] for line in lines], list(range(1, UPDATES + 1)))
        for line in lines:
            self.assertEqual(set(line), METRICS)
            self.assertEqual(line["steps"], line["update"] * 256)
            self.assertEqual(set(line["loss"]), {"policy_loss", "value_loss", "entropy"})
            self.assertEqual(set(line["loss_coefficient"]), set(line["loss"]))
            self.assertEqual(set(line["success"]), set(line["episodes"]))
            for size, share in line["success"].items():
                self.assertIn(int(size), SIZES)
                self.assertTrue(0 <= share <= 1 and line["episodes"][size] > 0)
            self.assertTrue(0 < line["network_share"] < 1 and line["steps_per_second"] > 0)
        self.assertTrue(all(ratio >= 1 for line in lines for ratio in line["steps_over_optimal"].values()))

    def test_manifest_lists_the_shards(self):
        manifest = json.loads((self.folder / "scan" / "manifest.json").read_text(encoding="utf-8"))
        names = [file["name"] for file in manifest["files"]]
        self.assertEqual(names, [f"shards/{path.name}" for path in self.shards])
        for file, path in zip(manifest["files"], self.shards):
            self.assertEqual(file["bytes"], path.stat().st_size)
            with h5py.File(path, "r") as shard:
                for name, value in file["attributes"].items():
                    self.assertEqual(text(shard.attrs[name]), str(value))
                self.assertEqual(text(shard.attrs["scan_key"]), manifest["attributes"]["scan_key"])

    def test_units(self):
        seen = set()
        for path in self.shards:
            with self.opened(path) as shard:
                size, block = int(shard.attrs["size"]), int(shard.attrs["chunk"])
                seen.add((size, text(shard.attrs["placement"]), block))
                self.assertEqual(text(shard.attrs["format"]), "mazescan-scan-shard")
                self.assertEqual(shard.attrs["format_version"], 3)
                self.assertEqual(shard.attrs["limit"], min(40, 6 * size))
                self.assertEqual(shard.attrs["region"], 1)
                np.testing.assert_array_equal(shard["episodes/proxy"][()], size - 1)  # the top-right corner
                seeds = FIRST_LEVEL + block * BLOCK + np.arange(BLOCK)
                np.testing.assert_array_equal(shard["episodes/level_seed"][()], seeds)
                self.assertIsInstance(json.loads(shard.attrs["provenance"]), dict)
        self.assertEqual(seen, {(s, p, b) for s in SIZES for p in PLACEMENTS for b in range(BLOCKS)})

    def test_payload_hashes(self):
        listed = scan_hashes(self.folder)
        for path in self.shards:
            with self.opened(path) as shard:
                stored = text(shard.attrs["payload_hash"])
                self.assertEqual(scan_payload_hash(shard), stored)
                self.assertEqual(listed["shards/" + pathlib.Path(shard.filename).name], stored)

    def test_the_documented_recipe_runs_unchanged(self):
        recipe = re.search(r"### Payload hash of a shard of a scan\n.*?```python\n(.*?)```",
                           (SOURCE / "docs" / "dataset.md").read_text(encoding="utf-8"), re.S)
        done = subprocess.run([sys.executable, "-c", recipe.group(1), str(self.shards[0])],
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(done.stdout.split(), [scan_hashes(self.folder)[f"shards/{self.shards[0].name}"], "True"])

    def test_dimensions_have_names_and_scales(self):
        for path in self.shards:
            with self.opened(path) as shard:
                for name in datasets(shard):
                    data = shard[name]
                    for axis, dimension in enumerate(data.dims):
                        self.assertTrue(dimension.label, f"{name}: axis {axis} has no name")
                        self.assertEqual(len(dimension), 1, name)
                        self.assertRegex(dimension[0].name, rf"^/{dimension.label}(_\d+|_index)?$")
                        np.testing.assert_array_equal(dimension[0][()], np.arange(data.shape[axis]))
                self.assertEqual([d.label for d in shard["episodes/open"].dims], ["episode", "y", "x"])

    def test_levels(self):
        for path in self.shards:
            with self.opened(path) as shard:
                size, episodes = int(shard.attrs["size"]), shard["episodes"]
                corner = (size - 1, size - 1)
                for e in range(BLOCK):
                    is_open = episodes["open"][e] == 1
                    cheese, decision = (tuple(int(v) for v in episodes[name][e]) for name in ("cheese", "decision"))
                    far = walk_distances(is_open, (0, 0))
                    self.assertEqual(len(far), is_open.sum(), "a free cell cannot be reached")
                    self.assertEqual(is_open.sum(), 2 * ((size + 1) // 2) ** 2 - 1, "not the number of cells of a tree")
                    expected = {"top_right": {corner}, "top_left": {(0, size - 1)}}.get(
                        text(shard.attrs["placement"]), set(far) - {(0, 0)})
                    self.assertIn(cheese, expected)
                    self.assertEqual(episodes["optimal"][e], far[cheese])
                    to_cheese, to_corner = route(is_open, cheese), route(is_open, corner)
                    self.assertEqual(episodes["on_path"][e], cheese in to_corner)
                    shared = [cell for cell in to_cheese if cell in to_corner]
                    separate = len(shared) < min(len(to_cheese), len(to_corner))
                    self.assertEqual(decision, shared[-1] if separate else (-1, -1))

    def test_levels_are_the_same_for_every_placement(self):
        walls = collections.defaultdict(set)
        for path in self.shards:
            with self.opened(path) as shard:
                walls[shard.attrs["size"], shard.attrs["chunk"]].add(shard["episodes/open"][()].tobytes())
        self.assertEqual(set(map(len, walls.values())), {1})
        self.assertEqual(len(set.union(*walls.values())), len(SIZES) * BLOCKS, "two blocks have equal levels")

    def test_rollouts(self):
        outcomes = collections.Counter()
        for path in self.shards:
            with self.opened(path) as shard:
                size, limit, episodes = int(shard.attrs["size"]), int(shard.attrs["limit"]), shard["episodes"]
                for kind in ("sampled", "greedy"):
                    rollout = {name: data[()] for name, data in episodes[kind].items()}
                    offset = rollout["path_offset"]
                    self.assertEqual((offset[0], offset[-1]), (0, len(rollout["path"])))
                    for e in range(BLOCK):
                        is_open = episodes["open"][e] == 1
                        cheese, decision = (tuple(int(v) for v in episodes[name][e])
                                            for name in ("cheese", "decision"))
                        walk = [(int(c) % size, int(c) // size) for c in rollout["path"][offset[e]:offset[e + 1]]]
                        self.assertEqual(walk[0], (0, 0))
                        self.assertTrue(all(is_open[y, x] for x, y in walk), "a step into a wall")
                        self.assertTrue(all(abs(a - c) + abs(b - d) <= 1 for (a, b), (c, d) in zip(walk, walk[1:])))
                        self.assertEqual(rollout["steps"][e], len(walk) - 1)
                        success = walk[-1] == cheese
                        self.assertEqual(rollout["success"][e], success)
                        self.assertNotIn(cheese, walk[:-1])
                        if not success:
                            self.assertEqual(len(walk) - 1, limit)
                        self.assertGreaterEqual(len(walk) - 1, episodes["optimal"][e] if success else 0)
                        self.assertEqual(rollout["decision_step"][e], walk.index(decision) if decision in walk else -1)
                        corner = (size - 1, size - 1)
                        outcome = 1 if corner in walk and corner != cheese else 0 if success else None
                        if outcome is None:
                            self.assertIn(rollout["outcome"][e], (2, 3))
                        else:
                            self.assertEqual(rollout["outcome"][e], outcome)
                        outcomes[int(rollout["outcome"][e])] += 1
        self.assertGreater(len(outcomes), 2, "too few different outcomes for a meaningful test")

    def test_exact_chances_are_those_of_the_markov_chain(self):
        """A second computation, from walls and the stored policy of one level of each shard."""
        for path in self.shards:
            with self.opened(path) as shard:
                size, limit, exact = int(shard.attrs["size"]), int(shard.attrs["limit"]), shard["exact"]
                fields, corner = shard["fields"], (size - 1, size - 1)
                for e in range(BLOCK):
                    is_open = shard["episodes/open"][e] == 1
                    cheese = tuple(int(v) for v in shard["episodes/cheese"][e])
                    decision = tuple(int(v) for v in shard["episodes/decision"][e])
                    blind = route(is_open, corner)
                    self.assertEqual(exact["blind_steps"][e], blind.index(cheese) if cheese in blind else -1)
                    cells, chain = transitions(is_open, lambda cell: np.full(5, 0.2))
                    np.testing.assert_allclose(exact["random_arrived"][e], arrivals(cells, chain, cheese, limit), atol=1e-6)
                    if e != fields["episode"][0]:
                        continue
                    policy = fields["probability"][0].astype(float)
                    cells, chain = transitions(is_open, lambda cell: policy[cell[1], cell[0]] / policy[cell[1], cell[0]].sum())
                    arrived = arrivals(cells, chain, cheese, limit)
                    np.testing.assert_allclose(exact["arrived"][e], arrived, atol=1e-6)
                    goal, moving = cells.index(cheese), [c for c in range(len(cells)) if cells[c] != cheese]
                    with np.errstate(divide="ignore"):
                        steps = np.linalg.solve(np.eye(len(moving)) - chain[np.ix_(moving, moving)], np.ones(len(moving)))
                    self.assertAlmostEqual(exact["expected_steps"][e] / steps[moving.index(cells.index((0, 0)))], 1, 3)
                    # The corner is the proxy: it stops the walk as the cheese does.
                    first = distribution(cells, chain, [cheese, corner], limit)
                    if cheese != corner:
                        self.assertAlmostEqual(exact["goal"][e], first[goal], 6)
                        self.assertAlmostEqual(exact["proxy"][e], first[cells.index(corner)], 6)
                        self.assertAlmostEqual(exact["proxy_then_goal"][e], arrived[-1] - first[goal], 6)
                    if decision == (-1, -1):
                        self.assertEqual(exact["decision_reached"][e], 0)
                        continue
                    at = cells.index(decision)
                    self.assertAlmostEqual(exact["decision_reached"][e], distribution(cells, chain, [cheese, decision], limit)[at], 6)
                    near = walk_distances(is_open, cheese)
                    leaves = [(c, chain[at, c]) for c in range(len(cells)) if c != at]
                    stays = chain[at, at] ** limit
                    toward = sum(p for c, p in leaves if near[cells[c]] < near[decision]) / (1 - chain[at, at]) * (1 - stays)
                    self.assertAlmostEqual(exact["decision_to_goal"][e], toward, 6)

    def test_greedy_walks_follow_the_vector_field(self):
        steps = 0
        for path in self.shards:
            with self.opened(path) as shard:
                size, fields, greedy = int(shard.attrs["size"]), shard["fields"], shard["episodes/greedy"]
                self.assertEqual(fields["episode"].shape, (1,))
                e = int(fields["episode"][0])
                is_open = shard["episodes/open"][e] == 1
                probability, value = fields["probability"][0], fields["value"][0]
                self.assertTrue(np.isnan(probability[~is_open]).all() and np.isnan(value[~is_open]).all())
                np.testing.assert_allclose(probability[is_open].sum(axis=1), 1, atol=1e-5)
                walk = greedy["path"][greedy["path_offset"][e]:greedy["path_offset"][e + 1]]
                for here, there in zip(walk, walk[1:]):
                    x, y = here % size, here // size
                    dx, dy = MOVES[int(probability[y, x].argmax())]
                    into = int(x) + dx, int(y) + dy
                    if min(into) < 0 or max(into) >= size or not is_open[into[1], into[0]]:
                        into = int(x), int(y)
                    self.assertEqual((there % size, there // size), into)
                    steps += 1
        self.assertGreater(steps, 50)

    def test_activations(self):
        decided = 0
        for path in self.shards:
            with self.opened(path) as shard:
                activations = shard["activations"]
                samples = np.flatnonzero(shard["episodes/sampled/decision_step"][()] >= 0)
                np.testing.assert_array_equal(activations["decision/episode"][()], samples)
                self.assertEqual(set(activations["first"]), set(TAPS))
                self.assertEqual(set(activations["decision"]), set(TAPS) | {"episode"})
                for moment, count in (("first", BLOCK), ("decision", len(samples))):
                    for tap, shape in TAPS.items():
                        values = activations[moment][tap]
                        self.assertEqual((values.dtype, values.shape), (np.dtype("float16"), (count, *shape)))
                        self.assertTrue(np.isfinite(values[()]).all())
                        self.assertEqual(values.attrs["overflowed"], 0)
                decided += len(samples)
                self.assertEqual(len(np.unique(activations["first/embedder.fc"][()], axis=0)),
                                 len(np.unique(np.concatenate([shard["episodes/open"][()].reshape(BLOCK, -1),
                                                               shard["episodes/cheese"][()]], axis=1), axis=0)),
                                 "activations are not equal exactly where levels are equal")
        self.assertGreater(decided, 0)

    def test_first_layer_is_a_convolution_of_the_level(self):
        """Recomputes an activation from the policy file and the walls."""
        tensors, _ = read_safetensors(self.folder / "policy.safetensors")
        weight, bias = tensors["embedder.block1.conv.weight"], tensors["embedder.block1.conv.bias"]
        for path in self.shards:
            with self.opened(path) as shard:
                size = int(shard.attrs["size"])
                for e in range(BLOCK):
                    # Planes of free cells, mouse and cheese, padded with zeros; row 0 is the top row.
                    planes = np.zeros((3, WORLD + 2, WORLD + 2))
                    bottom = WORLD  # row of y = 0; the maze is at the bottom left
                    planes[0, bottom - size + 1:bottom + 1, 1:size + 1] = shard["episodes/open"][e][::-1]
                    planes[1, bottom, 1] = 1
                    x, y = shard["episodes/cheese"][e]
                    planes[2, bottom - y, 1 + x] = 1
                    windows = np.lib.stride_tricks.sliding_window_view(planes, (3, 3), axis=(1, 2))
                    expected = np.einsum("cyxij,ocij->oyx", windows, weight) + bias[:, None, None]
                    np.testing.assert_allclose(shard["activations/first/embedder.block1.conv"][e], expected, atol=2e-3)

    def test_summary(self):
        rows = json.loads((self.folder / "report" / "summary.json").read_text(encoding="utf-8"))
        self.assertIsInstance(rows, list)
        self.assertEqual(len({row["id"] for row in rows}), len(rows))
        questions, rows = [row for row in rows if "finding" in row], [row for row in rows if "finding" not in row]
        for row in questions:
            self.assertEqual(set(row), {"id", "statement", "scope", "basis", "finding", "p", "p_across", "size", "placement", "measure", "value", "low", "high", "n"})
            self.assertIn(row["finding"], {"holds", "fails", "undecided", "not applicable"})
        for row in rows:
            self.assertEqual(set(row), {"id", "size", "placement", "measure", "value", "low", "high", "n"})
            self.assertLessEqual(row["low"], row["value"], row["id"])
            self.assertLessEqual(row["value"], row["high"], row["id"])
            self.assertTrue(isinstance(row["n"], int) and row["n"] > 0, row["id"])
            self.assertTrue(row["id"].startswith(row["measure"]), row["id"])
        by_id = {row["id"]: row for row in rows}
        for size in SIZES:
            for placement in PLACEMENTS:
                for measure, values in (("success_limit", lambda shard: shard["exact/arrived"][:, -1]),
                                        ("random_limit", lambda shard: shard["exact/random_arrived"][:, -1]),
                                        ("greedy_success_limit", lambda shard: shard["episodes/greedy/success"][()])):
                    success = []
                    for path in self.shards:
                        if path.name.startswith(f"size{size:02}-{placement}-"):
                            with h5py.File(path, "r") as shard:
                                success += list(values(shard).astype(float))
                    row = by_id[f"{measure}/size={size}/placement={placement}"]
                    self.assertEqual((row["n"], row["size"], row["placement"]), (BLOCK * BLOCKS, size, placement))
                    self.assertAlmostEqual(row["value"], float(np.mean(success)), places=12)

    def test_page_is_self_contained(self):
        page = (self.folder / "report" / "index.html").read_text(encoding="utf-8")
        self.assertNotRegex(page, r"""(src|href)\s*=\s*["']?https?:""")
        self.assertTrue(page.lstrip().lower().startswith("<!doctype html>"))


if __name__ == "__main__":
    unittest.main()
