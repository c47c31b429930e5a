"""A second computation of answers, from the documentation alone: policies with and without stored edits are run in numpy and
compared with what the job stored; the numbers of Q4, Q7 and Q8 are computed from the columns of shards and compared with
the report's. Nothing of the programs is shared: docs/edits.md, docs/analyses.md and docs/questions.md are the source."""
import collections
import json
import re
import unittest

import h5py
import numpy as np

from finished_run import FinishedRun
from programs import EVALUATOR, run, write_config
from safetensors_file import read_safetensors

MOVES = ((-1, 0), (0, -1), (0, 1), (1, 0), (0, 0))  # LEFT, DOWN, UP, RIGHT, NOOP; y is up
WORLD, SIZES, RATES, QUICK = 5, (3, 5), (1 / 3, 0.9), 3
FAMILIES = ("clamp", "mask", "vector")

# Larger edits than in a real study: the policy is hardly trained, and some fractions should reach the rates.
SECTIONS = """\
edit:
  sizes: [3, 5]
  experiments: [every_cell, top_left]
  layers: [embedder.block1.maxpool, embedder.block2.res1.resadd]
  fractions: [0.005, 0.05, 0.5]
  largest_fraction: 0.5
  mask_steps: 10
  search_levels: 20
  choosing_levels: 12
  score_levels: 40
  targets: 3
  device: cpu
trigger:
  sizes: [3, 5]
  levels: 40
  chunk: 20
  edit_levels: 8
  device: cpu
"""


def conv(x, weight, bias):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.moveaxis(np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))), 3, 1) + bias[:, None, None]


def maxpool(x):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max(axis=(4, 5))


def relu(x):
    return np.maximum(x, 0)


class Policy:
    def __init__(self, path):
        tensors, self.metadata = read_safetensors(path)
        self.tensors = {name: values.astype(np.float64) for name, values in tensors.items()}

    def layer(self, name):
        return self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]

    def run(self, planes, edit=lambda layer, x: x):
        """Returns the output of every layer; edit(layer, x) may replace one."""
        outputs = collections.OrderedDict()

        def note(name, x):
            outputs[name] = edit(name, x)
            return outputs[name]

        x, block = planes.astype(np.float64), 1
        while f"embedder.block{block}.conv.weight" in self.tensors:
            name = f"embedder.block{block}"
            x = note(f"{name}.conv", conv(x, *self.layer(f"{name}.conv")))
            x = note(f"{name}.maxpool", maxpool(x))
            residual = 1
            while f"{name}.res{residual}.conv1.weight" in self.tensors:
                part = f"{name}.res{residual}"
                y = note(f"{part}.conv1", conv(relu(x), *self.layer(f"{part}.conv1")))
                y = note(f"{part}.conv2", conv(relu(y), *self.layer(f"{part}.conv2")))
                x, residual = note(f"{part}.resadd", x + y), residual + 1
            block += 1
        weight, bias = self.layer("embedder.fc")
        x = note("embedder.fc", relu(x).reshape(len(x), -1) @ weight.T + bias)
        for head in ("fc_policy", "fc_value"):
            weight, bias = self.layer(head)
            note(head, relu(x) @ weight.T + bias)
        return outputs

    def moves(self, planes, edit=lambda layer, x: x):
        logits = self.run(planes, edit)["fc_policy"]
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        return chances / chances.sum(axis=1, keepdims=True)


def planes_of(is_open, mouse, cheese):
    """The observation; `anchor: bottom_left`, so mazes are at the bottom left of the world."""
    planes = np.zeros((3, WORLD, WORLD))
    planes[0, WORLD - len(is_open):, :len(is_open)] = is_open[::-1]
    for plane, (x, y) in ((1, mouse), (2, cheese)):
        planes[plane, WORLD - 1 - y, x] = 1
    return planes


class Stored:
    """A stored edit of a shard."""

    def __init__(self, shard, index, layer):
        stored = shard["results/stored"]
        counts, shapes = stored["entries"][:], stored["shape"][:].astype(np.int64)
        entries, values = counts[:index].sum(), (counts[:index] * shapes[:index, 0]).sum()
        self.layer, self.adds = layer, stored["adds"][index] == 1
        self.phases, self.channels, self.rows, self.columns = shapes[index]
        self.offsets = np.unravel_index(stored["offsets"][entries:entries + counts[index]],
                                        (self.channels, 2 * self.rows - 1, 2 * self.columns - 1))
        self.values = stored["values"][values:values + counts[index] * self.phases].reshape(self.phases, counts[index])

    def at(self, target):
        """Returns the mask and the values on the map for a target."""
        stride, side = 1, WORLD
        while side > self.rows:
            side, stride = (side + 1) // 2, 2 * stride
        per_axis, (x, y) = min(stride, 4), target
        assert per_axis ** 2 == self.phases
        place = [(at // stride, at % stride * per_axis // stride) for at in (WORLD - 1 - y, x)]
        phase = place[0][1] * per_axis + place[1][1]
        channel, row, column = self.offsets
        row, column = row - (self.rows - 1) + place[0][0], column - (self.columns - 1) + place[1][0]
        inside = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns)
        where = channel[inside], row[inside], column[inside]
        mask, values = np.zeros((2, self.channels, self.rows, self.columns))
        mask[where], values[where] = 1, self.values[phase][inside]
        return mask, values

    def on(self, target):
        mask, values = self.at(target)

        def change(layer, x):
            if layer != self.layer:
                return x
            return x + mask * values if self.adds else np.where(mask == 1, values, x)
        return change


def path_to(is_open, target):
    """Returns the cells from the start to the target; the path is unique in a maze without loops."""
    came_from, queue = {(0, 0): None}, collections.deque([(0, 0)])
    while queue:
        x, y = queue.popleft()
        for dx, dy in MOVES[:4]:
            near = x + dx, y + dy
            if min(near) >= 0 and max(near) < len(is_open) and is_open[near[1], near[0]] and near not in came_from:
                came_from[near] = x, y
                queue.append(near)
    path = [target]
    while path[-1] != (0, 0):
        path.append(came_from[path[-1]])
    return path[::-1]


class EditUnit:
    """The columns and facts of a shard of an experiment."""

    def __init__(self, folder, size, experiment, family):
        self.path = folder / "edit" / "shards" / f"size{size:02}-{experiment}-{family}-000.h5"
        with h5py.File(self.path) as shard:
            self.facts = json.loads(shard.attrs["facts"])
            results = shard["results"]
            self.open, self.cheese = results["level/open"][:], results["level/cheese"][:]
            self.level, self.target = results["case/level"][:], results["case/target"][:]
            self.distance, self.off_path = results["case/distance"][:], results["case/off_path"][:]
            self.random, self.log = results["case/random"][:], results["path/log"][:]
            self.reached = {walker: results[f"{walker}/reached"][:] for walker in ("sampled", "greedy")}
            self.steps = {walker: results[f"{walker}/steps"][:] for walker in ("sampled", "greedy")}

    def success(self, row, walker):
        """Normalised success at targets off the path."""
        off = self.off_path > 0
        quick = (self.reached[walker][row] == 1) & (self.steps[walker][row] <= QUICK * self.distance)
        s, r = quick[off].mean(), self.random[off].mean()
        return (s - r) / (1 - r)


class Recompute(FinishedRun, unittest.TestCase):
    jobs = ("scan", "edit", "trigger")

    @classmethod
    def write(cls, name):
        path = write_config(cls.folder / name)
        path.write_text(path.read_text(encoding="utf-8") + SECTIONS, encoding="utf-8")
        return path

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run(EVALUATOR, "report", cls.config)
        page = (cls.run_folder / "report" / "index.html").read_text(encoding="utf-8")
        (document,) = re.findall(r'<script type="application/json" id="document">(.*?)</script>', page, re.S)
        cls.figures = {answer["id"]: answer["figures"] for answer in json.loads(document)["questions"]}
        rows = json.loads((cls.run_folder / "report" / "summary.json").read_text(encoding="utf-8"))
        cls.summary = {row["id"]: row for row in rows}
        cls.policy = Policy(cls.run_folder / "policy.safetensors")

    def figure(self, question, title):
        (figure,) = (each for each in self.figures[question] if each["title"] == title)
        return figure

    def units(self):
        for size in SIZES:
            for experiment in ("every_cell", "top_left"):
                for family in FAMILIES:
                    yield size, EditUnit(self.run_folder, size, experiment, family)

    def moves_of_case(self, unit, case, edit=lambda layer, x: x):
        """Returns the move probabilities by cell with the mouse on every free cell."""
        is_open, cheese = unit.open[unit.level[case]], tuple(unit.cheese[unit.level[case]])
        cells = [(x, y) for y in range(len(is_open)) for x in range(len(is_open)) if is_open[y, x]]
        planes = np.stack([planes_of(is_open, cell, cheese) for cell in cells])
        return is_open, cheese, dict(zip(cells, self.policy.moves(planes, edit)))

    def test_stored_edits_applied_in_numpy_give_the_stored_walks(self):
        walked = applied = 0
        for size, unit in self.units():
            with h5py.File(unit.path) as shard:
                edits = [(r, Stored(shard, row["stored"], row["tap"])) for r, row in enumerate(unit.facts["rows"])
                         if row["kind"] == "edit"]
            for r, edit in edits:
                facts = unit.facts["rows"][r]
                changed = []
                for case, target in enumerate(map(tuple, unit.target)):
                    is_open, cheese, moves = self.moves_of_case(unit, case, edit.on(target))
                    mask, values = edit.at(target)
                    changed.append((mask * values != 0).sum() if edit.adds else mask.sum())
                    path = path_to(is_open, target)
                    self.assertEqual(len(path) - 1, unit.distance[case])
                    logs = [np.log(max(moves[here][MOVES.index((there[0] - here[0], there[1] - here[1]))], 1e-12))
                            for here, there in zip(path, path[1:])]
                    self.assertAlmostEqual(np.mean(logs), unit.log[r, case], delta=2e-3 + 1e-3 * abs(np.mean(logs)),
                                           msg=f"{unit.path.name}, {facts['name']}, case {case}")
                    here, steps, clear = (0, 0), 0, True
                    while here not in (target, cheese) and steps < unit.facts["limit"]:
                        first, second = np.argsort(-moves[here], kind="stable")[:2]
                        clear = clear and moves[here][first] - moves[here][second] > 1e-4
                        there = here[0] + MOVES[first][0], here[1] + MOVES[first][1]
                        here, steps = there if there in moves else here, steps + 1
                    if clear:
                        walked += 1
                        self.assertEqual((unit.reached["greedy"][r, case], unit.steps["greedy"][r, case]),
                                         (here == target, steps), f"{unit.path.name}, {facts['name']}, case {case}")
                self.assertLessEqual(max(changed), facts["activations"])
                self.assertAlmostEqual(np.mean(changed), facts["share"]["activations"], 6)
                applied += 1
        self.assertGreater(applied, 20)
        self.assertGreater(walked, 1000)

    def test_policies_of_examples(self):
        for _, unit in self.units():
            last = max(r for r, row in enumerate(unit.facts["rows"]) if row["kind"] == "edit")
            with h5py.File(unit.path) as shard:
                edit = Stored(shard, unit.facts["rows"][last]["stored"], unit.facts["rows"][last]["tap"])
                example = {name: shard[f"results/example/{name}"][:] for name in ("case", "before", "after")}
            for e, case in enumerate(example["case"]):
                for name, change in (("before", {}), ("after", {"edit": edit.on(tuple(unit.target[case]))})):
                    _, _, moves = self.moves_of_case(unit, case, **change)
                    for (x, y), chances in moves.items():
                        np.testing.assert_allclose(example[name][e, y, x] / 1000, chances, atol=6e-4)

    def test_cuts_and_shares_of_layers(self):
        """Residual blocks are passed around; sums, poolings and the convolutions before them are not."""
        outputs = self.policy.run(np.zeros((1, 3, WORLD, WORLD)))
        counts = {name: output[0].size for name, output in outputs.items()}
        cuts = [name for name, output in outputs.items() if output.ndim == 4 and not re.search(r"\.conv[12]$", name)]
        narrowest = min(cuts, key=counts.get)
        for _, unit in self.units():
            self.assertEqual(unit.facts["activations_of_network"], sum(counts.values()))
            self.assertEqual(unit.facts["narrowest_cut"], {"layer": narrowest, "activations": counts[narrowest]})
            for row in unit.facts["rows"]:
                if row["kind"] != "edit":
                    continue
                self.assertEqual(row["cut"], row["tap"] in cuts)
                self.assertAlmostEqual(row["share_of_layer"] * counts[row["tap"]], row["activations"])
                self.assertAlmostEqual(row["largest_share"] * sum(counts.values()), row["activations"])
                self.assertTrue(0 <= row["change"]["rank"] <= row["change"]["states"] <= 256)

    def best_by_fraction(self, units):
        """Returns (fraction, unit, row) for each fraction: the best edit on the choosing levels for it or a smaller one."""
        edits = sorted(((row["fraction"], row["choosing"], family, r) for family, unit in units.items()
                        for r, row in enumerate(unit.facts["rows"]) if row["kind"] == "edit"), key=lambda each: each[0])
        best = {}
        for fraction, *_ in edits:
            _, _, family, r = max((each for each in edits if each[0] <= fraction), key=lambda each: each[1])
            best[fraction] = fraction, units[family], r
        return list(best.values())

    def test_smallest_fractions(self):
        table = self.figure("Q8", "The smallest fraction of the network's activations that was found")
        rows = [dict(zip(table["columns"], row)) for row in table["rows"]]
        found = 0
        for size in SIZES:
            for experiment, target in (("every_cell", "any cell"), ("top_left", "top-left")):
                units = {family: EditUnit(self.run_folder, size, experiment, family) for family in FAMILIES}
                none = EditUnit(self.run_folder, size, experiment, "controls")
                self.assertEqual(none.facts["rows"][0]["name"], "no edit")
                best = self.best_by_fraction(units)
                for rate in RATES:
                    (row,) = (each for each in rows if (each["size"], each["target"], each["rate"]) ==
                              (size, target, f"{100 * rate:.0f} %"))
                    off = none.off_path > 0
                    self.assertAlmostEqual(row["random mouse"]["value"], none.random[off].mean(), 9)
                    if min(none.success(0, walker) for walker in ("sampled", "greedy")) >= rate:
                        self.assertEqual(row["fraction"], "0: no edit")
                        continue
                    before, smallest = 0, None
                    for fraction, unit, r in best:
                        if min(unit.success(r, walker) for walker in ("sampled", "greedy")) >= rate:
                            smallest = unit, r
                            break
                        before = fraction
                    if smallest is None:
                        self.assertEqual(row["fraction"], "none found")
                        continue
                    found += 1
                    unit, r = smallest
                    facts = unit.facts["rows"][r]
                    share = facts["activations"] / unit.facts["activations_of_network"]
                    self.assertEqual(row["fraction"], f"{100 * share:.3g} %")
                    self.assertEqual(row["between"], f"at most {100 * share:.3g} %" if before == 0 else
                                     f"{100 * min(before, share):.3g} % to {100 * share:.3g} %")
                    for walker in ("sampled", "greedy"):
                        self.assertAlmostEqual(row[walker]["value"], unit.success(r, walker), 9)
                    self.assertEqual(row["of its layer"], f"{100 * facts['share_of_layer']:.3g} %" + ", a cut" * facts["cut"])
                    self.assertEqual(row["of the narrowest cut"],
                                     f"{100 * facts['activations'] / unit.facts['narrowest_cut']['activations']:.3g} %")
                    self.assertEqual((row["rank"], row["edit"]), (facts["change"]["rank"], facts["text"]))
        self.assertGreater(found, 0, "no rate was reached: nothing was compared")

    def test_edits_between_the_fractions_narrow_down_each_family(self):
        """Every family brackets both rates by a factor of 1.25 or one activation."""
        for size in SIZES:
            none = EditUnit(self.run_folder, size, "every_cell", "controls")
            unedited = min(none.success(0, walker) for walker in ("sampled", "greedy"))
            for family in FAMILIES:
                unit = EditUnit(self.run_folder, size, "every_cell", family)
                network = unit.facts["activations_of_network"]
                for rate in RATES:
                    low = 0
                    for fraction, _, r in self.best_by_fraction({family: unit}):
                        if min(unit.success(r, walker) for walker in ("sampled", "greedy")) >= rate:
                            high = unit.facts["rows"][r]["activations"]
                            if unedited < rate:
                                self.assertTrue(high - low <= 1 or high <= 1.25 * low, (size, family, rate, low, high))
                            break
                        low = int(fraction * network + 1e-6)

    def test_retargeting(self):
        """Q4: of the edits below 10 % that were best on the choosing levels, the smaller success, at the worse size."""
        worst = []
        for size in SIZES:
            units = [EditUnit(self.run_folder, size, "every_cell", family) for family in FAMILIES]
            _, unit, r = max(((row["choosing"], unit, r) for unit in units for r, row in enumerate(unit.facts["rows"])
                              if row["kind"] == "edit" and row["largest_share"] < 0.1), key=lambda each: each[0])
            worst += [unit.success(r, walker) for walker in ("sampled", "greedy")]
        self.assertAlmostEqual(self.summary["Q4"]["value"], min(worst), 9)

    def test_trigger(self):
        states = collections.defaultdict(list)
        for path in (self.run_folder / "trigger" / "shards").glob("*.h5"):
            with h5py.File(path) as shard:
                if shard.attrs["subject"] in (b"direction", "direction"):
                    continue
                for name in ("to_cheese", "to_corner", "cheese_step", "cheese_step_without", "favours", "favours_without",
                             "visits", "moves", "moves_without_cheese"):
                    states[name].append(shard[f"results/state/{name}"][:])
                states["size"].append(np.full(len(states["visits"][-1]), shard.attrs["size"]))
        states = {name: np.concatenate(parts).astype(np.float64) for name, parts in states.items()}
        added = states["cheese_step"] - states["cheese_step_without"]
        flips = (states["favours"] == 1) & (states["favours_without"] == 0)
        table = self.figure("Q7", "What the cheese itself changes, by size")
        self.assertEqual([row[0] for row in table["rows"]], list(SIZES))
        for size, *values in table["rows"]:
            at = states["size"] == size
            expected = (states["favours"][at].mean(), states["favours_without"][at].mean(), flips[at].mean(), added[at].mean(),
                        (added * states["visits"])[at].sum() / states["visits"][at].sum())
            np.testing.assert_allclose([value["value"] for value in values], expected, rtol=1e-9, atol=1e-12)
        title = "What the cheese adds to the probability of the step to it"
        curves = [figure for figure in self.figures["Q7"] if figure["title"] == title]
        self.assertEqual(len(curves), 2)
        for curve, distance in zip(curves, (states["to_cheese"], states["to_corner"])):
            alike, visited = (series["points"] for series in curve["series"])
            self.assertEqual([point["x"] for point in alike], sorted(set(distance)))
            for point in alike:
                self.assertAlmostEqual(point["value"], added[distance == point["x"]].mean(), 9)
                self.assertEqual(point["n"], (distance == point["x"]).sum())
            for point in visited:
                at = distance == point["x"]
                self.assertAlmostEqual(point["value"], np.average(added[at], weights=states["visits"][at]), 9)


if __name__ == "__main__":
    unittest.main()
