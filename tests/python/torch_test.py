"""Exchange of policies with Python's torch: the same weights give the same logits and the same 42 taps in our network and in
a model that is defined here with the names of the published policies."""
import importlib.util
import json
import os
import pathlib
import pickle
import re
import subprocess
import sys
import unittest
import zipfile

import h5py

from programs import (BIN, EVALUATOR, SHARED, SOURCE, TRAINER, Job, expect_user_error, run, temporary_folder, write_config)

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as reason:
    print(f"######## SKIPPED: policies were NOT compared with Python's torch, which is not installed ({reason}); "
          "apt-get install python3-torch")
    sys.exit(77)

from safetensors_file import read_safetensors, write_safetensors

TOLERANCE = 1e-5  # absolute; activations here reach about 4
PUBLISHED = SHARED / "policies" / "maze_aisc_easy_region5_160M.pth"  # maze_aisc, easy, region 5, trained by others
PROCGEN = pathlib.Path(os.environ.get("MAZESCAN_PROCGEN_DIR", SHARED / "procgen"))


def package_module(name):
    """Loads a module of the Python package without the package, whose extension is not built here."""
    spec = importlib.util.spec_from_file_location(name, SOURCE / "python/mazescan" / f"{name}.py")
    sys.modules[name] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, name, note):
        y = note(f"{name}.relu1", torch.relu(x))
        y = note(f"{name}.conv1", self.conv1(y))
        y = note(f"{name}.relu2", torch.relu(y))
        y = note(f"{name}.conv2", self.conv2(y))
        return note(f"{name}.resadd", x + y)


class Block(nn.Module):
    def __init__(self, inputs, channels):
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels, 3, padding=1)
        self.res1, self.res2 = Residual(channels), Residual(channels)

    def forward(self, x, name, note):
        x = note(f"{name}.conv", self.conv(x))
        x = note(f"{name}.maxpool", nn.functional.max_pool2d(x, 3, 2, 1))
        for part in ("res1", "res2"):
            x = getattr(self, part)(x, f"{name}.{part}", note)
        return x


class Embedder(nn.Module):
    def __init__(self, channels, features):
        super().__init__()
        self.block1, self.block2 = Block(3, channels[0]), Block(channels[0], channels[1])
        self.block3 = Block(channels[1], channels[2])
        self.fc = nn.Linear(features, 256)


class MazePolicy(nn.Module):
    """The network of the published policies: 64x64 frames scaled to 0..1, 15 actions."""

    def __init__(self, channels, side=64, actions=15):
        super().__init__()
        for _ in range(3):
            side = (side + 1) // 2
        self.embedder = Embedder(channels, channels[2] * side * side)
        self.fc_policy, self.fc_value = nn.Linear(256, actions), nn.Linear(256, 1)

    def taps(self, observations, scale=1 / 255):
        taps = {}

        def note(name, output):
            taps[name] = output
            return output

        x = observations.float() * scale
        for name in ("block1", "block2", "block3"):
            x = getattr(self.embedder, name)(x, f"embedder.{name}", note)
        x = note("embedder.relu3", torch.relu(x))
        x = note("embedder.flatten", x.flatten(1))
        x = note("embedder.relufc", torch.relu(note("embedder.fc", self.embedder.fc(x))))
        note("fc_policy", self.fc_policy(x))
        note("fc_value", self.fc_value(x))
        return taps


def random_policy(width, seed):
    """Returns a policy whose weights give activations of moderate size in every layer."""
    torch.manual_seed(seed)
    policy = MazePolicy([16 * width, 32 * width, 32 * width])
    for name, weight in policy.named_parameters():
        if weight.dim() > 1:
            nn.init.kaiming_normal_(weight)
            weight.data *= 0.5 if ".conv2." in name or name.startswith("fc_") else 0.7
        else:
            nn.init.uniform_(weight, -0.1, 0.1)
    return policy


class Torch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.folder = temporary_folder()
        random = np.random.default_rng(1)
        cls.observations = random.integers(0, 256, (3, 3, 64, 64), dtype=np.uint8)

    def path(self, name):
        return self.folder / f"{self.id().rpartition('.')[2]}-{name}"

    def our_taps(self, policy, observations, edits=None):
        """edits: as write_taps.cc describes; with them the result also has `fractions`."""
        inputs, out = self.path("observations.safetensors"), self.path("taps.safetensors")
        write_safetensors(inputs, {"observations": observations, **(edits or {})})
        subprocess.run([BIN / "write_taps", policy, inputs, out], check=True, timeout=120)
        return read_safetensors(out)[0]

    def expect_same_taps(self, ours, theirs, count=42, relative=False):
        """relative: the tolerance is a share of the largest output of the layer."""
        self.assertEqual(set(ours), set(theirs))
        self.assertEqual(len(ours), count)
        worst = max(np.abs(ours[name] - expected.detach().numpy()).max() for name, expected in theirs.items())
        print(f"{self.id()}: {count} taps, largest difference {worst:.1e}")
        for name, expected in theirs.items():
            with self.subTest(name):
                values = expected.detach().numpy()
                self.assertEqual(ours[name].shape, values.shape)
                self.assertGreater(np.abs(values).max(), 0.01, "too small for a meaningful comparison")
                tolerance = TOLERANCE * (np.abs(values).max() if relative else 1)
                np.testing.assert_allclose(ours[name], values, rtol=0, atol=tolerance)

    def imported(self, saved, *options):
        out = self.path("policy.safetensors")
        job = run(EVALUATOR, "import", saved, out, *options)
        return out, job.err

    def saved(self, content, name="policy.pth", **options):
        path = self.path(name)
        torch.save(content, path, **options)
        return path

    def test_import(self):
        """Compares every tap, at the widths of the first and of the published policies."""
        for width in (1, 4):
            theirs = random_policy(width, seed=width)
            out, _ = self.imported(self.saved({"model_state_dict": theirs.state_dict()}))
            self.expect_same_taps(self.our_taps(out, self.observations),
                                  theirs.taps(torch.from_numpy(self.observations)))

    def test_the_package_has_the_same_taps(self):
        """python/mazescan/policy.py, which needs neither the package's extension nor our programs."""
        package = package_module("policy")
        for width in (1, 4):
            published = self.saved({"model_state_dict": random_policy(width, seed=width).state_dict()}, f"{width}.pth")
            ours, _ = self.imported(published)
            exported = self.path("exported.pth")
            run(EVALUATOR, "export", ours, exported)
            taps = self.our_taps(ours, self.observations)
            for source in (published, exported, ours):
                policy = package.load(source)
                frames = torch.from_numpy(self.observations).permute(0, 2, 3, 1)  # channels last, as environments give them
                self.expect_same_taps(taps, policy.run_with_cache(frames))
                logits, values = policy(frames)
                np.testing.assert_allclose(logits.detach().numpy(), taps["fc_policy"], rtol=0, atol=TOLERANCE)
                np.testing.assert_allclose(values.detach().numpy(), taps["fc_value"][:, 0], rtol=0, atol=TOLERANCE)
            saved = self.path("again.safetensors")
            package.save(policy, saved)
            self.expect_same_taps(taps, {name: torch.from_numpy(tap) for name, tap in
                                         self.our_taps(saved, self.observations).items()})
            without = policy.run_with_hooks(frames, {"embedder.relu3": lambda output: output * 0})[0]
            bias = torch.relu(policy.embedder.fc.bias)
            expected = policy.fc_policy(bias).expand(3, -1)
            np.testing.assert_allclose(without.detach().numpy(), expected.detach().numpy(), rtol=0, atol=TOLERANCE)
            self.assertEqual(sum(len(module._forward_hooks) for module in policy.modules()), 0)
        observations = np.random.default_rng(2).integers(0, 2, (4, 3, 5, 5), dtype=np.uint8)
        for name, network in (("small", "leaky_relu"), ("map", "kwta"), ("channel", "kwta_channel"), ("cell", "kwta_cell"),
                              ("pool", "relu\n  head: entmax_pool"),
                              ("learned", "relu\n  head: entmax_pool\n  head_options: {heads: 2, learned: 1}"),
                              ("softmax", "relu\n  head: entmax_pool\n  head_options: {alpha: 1}"),
                              ("transformer", "relu\n  head: decision_transformer\n  head_options: {width: 8, heads: 2}"),
                              ("never", "gelu\n  head: decision_transformer\n  head_options: {return_bin: 17, layers: 0}"),
                              ("q", "relu\n  head: q"), ("bcq", "relu\n  head: bcq\n  head_options: {threshold: 0.99}")):
            small = self.path(name)
            run(TRAINER, write_config(small, ("activation: relu", "activation: " + network)), "--updates", 20)
            policy = package.load(small / "policy.safetensors")
            self.expect_same_taps(self.our_taps(small / "policy.safetensors", observations),
                                  policy.run_with_cache(torch.from_numpy(observations)), count=len(policy.taps()))
        for call, fragment in ((lambda: policy(torch.zeros(1, 3, 4, 4)), "this network sees 3 x 5 x 5"),
                               (lambda: policy.run_with_hooks(torch.zeros(1, 3, 5, 5), {"relu": abs}), "no tap 'relu'"),
                               (lambda: package.load(SOURCE / "README.md"), "cannot be read"),
                               (lambda: package.load(self.saved({"a": 1}, "other.pth")), "holds no maze policy"),
                               (lambda: package.save(package.load(published), saved), "no description")):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(fragment, str(caught.exception))

    def test_the_package_has_the_same_edits(self):
        """python/mazescan/edits.py: all kinds, with values for all observations and for each, and their fractions."""
        policies, edits = package_module("policy"), package_module("edits")
        random = np.random.default_rng(5)

        def numbers(*shape):
            return random.normal(size=shape).astype(np.float32)

        for width in (1, 4):
            ours, _ = self.imported(self.saved({"model_state_dict": random_policy(width, seed=width).state_dict()}))
            network = policies.load(ours)
            tap, flat, c = "embedder.block2.res1.resadd", "embedder.fc", 32 * width
            others = random.integers(0, 256, (3, 3, 64, 64), dtype=np.uint8)
            mask = (random.uniform(size=(c, 16, 16)) < 0.1).astype(np.float32)
            lists = (
                [("AddVector", tap, {"vector": numbers(c, 16, 16), "coefficient": 0.5})],
                [("AddVector", flat, {"vector": numbers(3, 256)})],
                [("ClampCells", tap, {"channels": [1, 4], "cells": np.array([[0, 1], [5, 5], [15, 0]]), "value": 2.5})],
                [("ClampCells", tap, {"channels": [1, 4], "cells": random.integers(0, 16, (3, 2, 2)), "value": 2.5,
                                      "elsewhere": -1.0})],
                [("ZeroChannels", tap, {"channels": [0, 7]}), ("ZeroChannels", flat, {"channels": [3]})],
                [("ReplaceChannels", tap, {"channels": [2], "activations": numbers(c, 16, 16)})],
                [("ResampleChannels", tap, {"channels": [2, 3, 9], "observations": others})],
                [("Interpolate", tap, {"activations": numbers(3, c, 16, 16), "amount": 0.25})],
                [("MultiplyMask", tap, {"mask": mask})],
                [("SetActivations", tap, {"mask": mask, "values": numbers(c, 16, 16)}),
                 ("AddVector", tap, {"vector": numbers(c, 16, 16) * mask, "coefficient": 3.0})])
            plain = self.our_taps(ours, self.observations)
            for changes in lists:
                with self.subTest(width=width, kinds=[kind for kind, *_ in changes]):
                    parts, mine = {}, []
                    for i, (kind, layer, values) in enumerate(changes):
                        name = re.sub("(?<!^)(?=[A-Z])", "_", kind).lower()
                        for part, value in values.items():
                            array = np.array([value], np.float32) if isinstance(value, float) else np.asarray(value)
                            parts[f"{i}|{layer}|{name}|{part}"] = array
                        mine.append(getattr(edits, kind)(layer, **{
                            part: torch.from_numpy(value) if isinstance(value, np.ndarray) else value for part, value in values.items()}))
                    expected = self.our_taps(ours, self.observations, parts)
                    share = edits.share(network, mine)
                    np.testing.assert_allclose([share.activations, share.of_layers, share.of_taps, share.of_network],
                                               expected.pop("fractions"), rtol=1e-6)
                    logits, _ = edits.run(network, torch.from_numpy(self.observations), mine)
                    scale = np.abs(expected["fc_policy"]).max()
                    np.testing.assert_allclose(logits.detach().numpy(), expected["fc_policy"], rtol=0, atol=TOLERANCE * scale)
                    self.assertGreater(np.abs(expected["fc_policy"] - plain["fc_policy"]).max(), 1e-4, "the edit changes nothing")
            vector = torch.zeros(c, 16, 16)
            for call, fragment in ((lambda: edits.hooks(network, [edits.ZeroChannels("embedder.fcc", [0])]), "no layer of that name"),
                                   (lambda: edits.hooks(network, [edits.ZeroChannels(tap, [c])]), "some of 0 to"),
                                   (lambda: edits.hooks(network, [edits.AddVector(tap, vector[0])]), "its vector has shape"),
                                   (lambda: edits.hooks(network, [edits.AddVector(tap, vector / 0)]), "NaN or infinity"),
                                   (lambda: edits.hooks(network, [edits.ClampCells(flat, [0], torch.zeros(1, 2))]), "no cells"),
                                   (lambda: edits.hooks(network, [edits.ClampCells(tap, [0], torch.full((1, 2), 16))]), "outside"),
                                   (lambda: edits.run(network, torch.from_numpy(self.observations),
                                                      [edits.AddVector(tap, vector.expand(2, -1, -1, -1))]), "for a batch of 2")):
                with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                    call()
                self.assertIn(fragment, str(caught.exception))

    def test_export(self):
        for width in (1, 4):
            first = random_policy(width, seed=10 + width)
            policy, _ = self.imported(self.saved(first.state_dict(), "first.pth"))
            exported = self.path("exported.pth")
            run(EVALUATOR, "export", policy, exported)
            content = torch.load(exported)
            self.assertEqual(list(content), ["model_state_dict"])
            self.assertEqual(type(content["model_state_dict"]).__name__, "OrderedDict")
            second = MazePolicy([16 * width, 32 * width, 32 * width])
            self.assertEqual(list(content["model_state_dict"]), list(second.state_dict()), "names, in their order")
            second.load_state_dict(content["model_state_dict"])
            for name, weight in second.state_dict().items():
                self.assertTrue(torch.equal(weight, first.state_dict()[name]), name)
            self.expect_same_taps(self.our_taps(policy, self.observations),
                                  second.taps(torch.from_numpy(self.observations)))
            again = self.path("again.pth")
            run(EVALUATOR, "export", policy, again)
            self.assertEqual(exported.read_bytes(), again.read_bytes())

    def test_a_trained_policy_is_exported_and_imported(self):
        trained = self.path("run")
        run(TRAINER, write_config(trained, ("channels: [4, 8]", "channels: [4, 8, 8]"),
                                  ("residual_blocks: 1", "residual_blocks: 2"), ("fc: 16", "fc: 256")))
        policy, exported, back = trained / "policy.safetensors", self.path("policy.pth"), self.path("back.safetensors")
        run(EVALUATOR, "export", policy, exported)
        theirs = MazePolicy([4, 8, 8], side=5, actions=5)
        theirs.load_state_dict(torch.load(exported)["model_state_dict"])
        observations = np.random.default_rng(2).integers(0, 2, (4, 3, 5, 5), dtype=np.uint8)
        self.expect_same_taps(self.our_taps(policy, observations), theirs.taps(torch.from_numpy(observations), scale=1))
        run(EVALUATOR, "import", exported, back)
        self.assertEqual(back.read_bytes(), policy.read_bytes(), "the imported policy differs from the exported one")
        self.assertEqual(run(EVALUATOR, "describe", exported).out, run(EVALUATOR, "describe", policy).out)

    def test_weights_only(self):
        """torch.load(weights_only=True), the default of newer versions, reads exported policies."""
        policy, _ = self.imported(self.saved(random_policy(1, seed=3).state_dict()))
        exported = self.path("exported.pth")
        run(EVALUATOR, "export", policy, exported)
        safe = torch.load(exported, weights_only=True)["model_state_dict"]
        for name, weight in torch.load(exported)["model_state_dict"].items():
            self.assertTrue(torch.equal(weight, safe[name]), name)
        with zipfile.ZipFile(exported) as archive:  # Python's zipfile verifies every checksum
            self.assertIsNone(archive.testzip())
            for record in archive.infolist():
                self.assertEqual(record.compress_type, zipfile.ZIP_STORED)

    def test_other_content_than_weights_is_dropped_and_reported(self):
        policy = random_policy(1, seed=4)
        optimiser = torch.optim.Adam(policy.parameters(), lr=1e-3)
        sum(tap.sum() for tap in policy.taps(torch.from_numpy(self.observations)).values()).backward()
        optimiser.step()
        saved = self.saved({"model_state_dict": policy.state_dict(), "optimizer_state_dict": optimiser.state_dict(),
                            "steps": 10 ** 12, "lr": 5e-4, "notes": ["a", None, True, (1, -2)]})
        out, messages = self.imported(saved)
        self.assertIn("left out: lr, notes, optimizer_state_dict, steps", messages)
        self.expect_same_taps(self.our_taps(out, self.observations), policy.taps(torch.from_numpy(self.observations)))
        training = json.loads(run(EVALUATOR, "describe", out).out)["training"]
        self.assertEqual(training["imported_from"], saved.name)
        self.assertEqual(training["left_out"], ["lr", "notes", "optimizer_state_dict", "steps"])

    def test_other_precisions_and_memory_layouts(self):
        for name, change in (("half", lambda p: p.half()), ("bfloat16", lambda p: p.bfloat16()),
                             ("double", lambda p: p.double()),
                             ("channels last", lambda p: p.to(memory_format=torch.channels_last))):
            with self.subTest(name):
                policy = change(random_policy(1, seed=5))
                out, messages = self.imported(self.saved({"model_state_dict": policy.state_dict()}))
                self.assertEqual("made float32" in messages, name != "channels last", messages)
                self.expect_same_taps(self.our_taps(out, self.observations),
                                      policy.float().taps(torch.from_numpy(self.observations)))

    def test_weights_as_training_scripts_save_them(self):
        def hash_of(content):
            """Returns the hash of the imported policy, and the messages of import."""
            out, messages = self.imported(self.saved(content))
            return json.loads(run(EVALUATOR, "describe", out).out)["hash"], messages

        policy = random_policy(1, seed=9)
        weights = policy.state_dict()
        plain, _ = hash_of(weights)
        wrapped, messages = hash_of({"model_state_dict": nn.DataParallel(policy).state_dict(), 7: "x",
                                     "state": 1 << 130, "large": 1 << 3000})
        self.assertEqual(wrapped, plain)
        self.assertIn("without their 'module.'", messages)
        self.assertIn("left out: large, state, the number 7", messages)
        expanded, _ = hash_of({**weights, "fc_policy.bias": torch.full((1,), 0.5).expand(15)})
        self.assertEqual(expanded, hash_of({**weights, "fc_policy.bias": torch.full((15,), 0.5)})[0])
        self.assertNotEqual(expanded, plain)
        double = {name: weight.double() for name, weight in weights.items()}
        double["fc_value.bias"] = torch.full((1,), 1e300, dtype=torch.float64)
        self.refused(self.saved(double), "'fc_value.bias' holds values that are too large for float32")
        self.refused(self.saved({**weights, "fc_value.bias": torch.zeros(1).expand(1 << 40)}), "shows few values many times")
        self.refused(self.saved(dict(enumerate(weights.values()))), "called by the number 0")
        self.refused(self.saved({name.replace("fc_policy.bias", "fc_policy.bios"): w for name, w in weights.items()}),
                     "weight 'fc_policy.bias' is missing", "the file has 'fc_policy.bios'")
        self.refused(self.saved({name: w for name, w in weights.items() if name != "embedder.block2.res1.conv1.bias"}),
                     "weight 'embedder.block2.res1.conv1.bias' is missing", "the state_dict of the whole network")
        self.refused(self.saved({**weights, "gru.weight": torch.zeros(3)}), "1 of them unknown: gru.weight")

    def test_weights_in_a_safetensors_file(self):
        weights = random_policy(1, seed=9).state_dict()
        hashes = []
        for prefix in ("", "module."):
            path = self.path(f"{prefix}weights.safetensors")
            write_safetensors(path, {prefix + name: weight.numpy() for name, weight in weights.items()})
            out, messages = self.imported(path)
            self.assertEqual("without their 'module.'" in messages, prefix != "")
            hashes.append(json.loads(run(EVALUATOR, "describe", out).out)["hash"])
        out, _ = self.imported(self.saved(weights))
        self.assertEqual(hashes, 2 * [json.loads(run(EVALUATOR, "describe", out).out)["hash"]])
        expect_user_error(self, Job(EVALUATOR, "import", out, self.path("again.safetensors")).wait(), "needs no import")

    def test_parameters_and_views_of_a_shared_storage(self):
        policy = random_policy(1, seed=6)
        flat = torch.cat([weight.detach().flatten() for weight in policy.parameters()])
        views, begin = {}, 0
        for name, weight in policy.named_parameters():
            views[name] = flat[begin:begin + weight.numel()].view(weight.shape)
            begin += weight.numel()
        plain, _ = self.imported(self.saved(policy.state_dict()))
        expected = plain.read_bytes()
        for content in (views, dict(policy.named_parameters())):
            self.assertEqual(self.imported(self.saved(content))[0].read_bytes(), expected)

    def test_the_environment_of_an_imported_policy(self):
        saved = self.saved(random_policy(1, seed=7).state_dict())
        description = json.loads(run(EVALUATOR, "describe", saved).out)
        self.assertEqual(description["parameters"], 626256)
        self.assertEqual(len(description["layers"]), 42)
        self.assertIn("not stored", description["training"]["environment"])
        out, _ = self.imported(saved)
        environment = json.loads(run(EVALUATOR, "describe", out).out)["environment"]
        self.assertEqual({key: environment[key] for key in ("name", "world_dim", "region", "anchor", "observation", "actions")},
                         {"name": "maze_aisc", "world_dim": 25, "region": 5, "anchor": "centre", "observation": "rgb",
                          "actions": "procgen"})
        out, _ = self.imported(saved, "--set", "region=1", "--set", "assets=/somewhere/assets")
        self.assertEqual(json.loads(run(EVALUATOR, "describe", out).out)["environment"]["region"], 1)
        self.assertIn("/somewhere/assets", read_safetensors(out)[1]["environment"])
        description = json.loads(run(EVALUATOR, "describe", saved, "--set", "region=1").out)
        self.assertEqual(description["environment"]["region"], 1)
        small = self.saved(MazePolicy([16, 32, 32], side=9, actions=5).state_dict(), "small.pth")
        world = [part for key in ("observation=planes", "world_dim=9", "actions=moves") for part in ("--set", key)]
        expect_user_error(self, Job(EVALUATOR, "describe", small).wait(), "name the world")
        self.assertEqual(json.loads(run(EVALUATOR, "describe", small, *world).out)["environment"]["world_dim"], 9)
        for path in (out, self.folder):
            expect_user_error(self, Job(EVALUATOR, "describe", path, *world).wait(), str(path))

    def test_the_environment_of_a_configuration(self):
        saved, config = self.saved(random_policy(1, seed=7).state_dict()), SOURCE / "configs" / "published_easy.yaml"
        out, messages = self.imported(saved, "--config", config)
        self.assertIn(f"world_dim 15, region 5, rgb: as in {config}", messages)
        description = json.loads(run(EVALUATOR, "describe", out).out)
        self.assertEqual(description["environment"]["world_dim"], 15)
        out, _ = self.imported(saved, "--config", config, "--set", "world_dim=13", "--set", "assets=/somewhere/assets")
        self.assertEqual(json.loads(run(EVALUATOR, "describe", out).out)["environment"]["world_dim"], 13)
        self.refused(saved, "nowhere.yaml", options=("--config", self.path("nowhere.yaml")))
        quickstart = SOURCE / "configs" / "quickstart.yaml"
        self.refused(saved, "name the world", options=("--config", quickstart))
        exported = self.path("exported.pth")
        run(EVALUATOR, "export", out, exported)
        self.refused(exported, "with --config", "contains the environment", options=("--config", config))

    def published(self):
        """Returns the weights of the published policy and the path of its import. Skips the test if there is no such file."""
        missing = next((path for path in (PUBLISHED, PROCGEN) if not path.exists()), None)
        if missing:
            print(f"######## SKIPPED: no published policy was tested: {missing} is missing (set MAZESCAN_SHARED)")
            self.skipTest(f"{missing} is missing")
        out, messages = self.imported(PUBLISHED, "--config", SOURCE / "configs" / "published_easy.yaml", "--set",
                                      f"assets={PROCGEN / 'assets'}")
        self.assertNotIn("left out", messages)
        return torch.load(PUBLISHED, map_location="cpu")["state_dict"], out

    def test_a_published_policy(self):
        """Imports a policy that others trained and saved under `state_dict`, and compares its layers on procgen's frames."""
        weights, out = self.published()
        description = json.loads(run(EVALUATOR, "describe", out).out)
        self.assertEqual(description["parameters"], 626256)
        self.assertEqual(len(description["layers"]), 42)
        shapes = {layer["name"]: layer["shape"] for layer in description["layers"]}
        for name, shape in (("embedder.block1.conv", [16, 64, 64]), ("embedder.block2.res1.resadd", [32, 16, 16]),
                            ("embedder.relu3", [32, 8, 8]), ("embedder.fc", [256]), ("fc_policy", [15]), ("fc_value", [1])):
            self.assertEqual(shapes[name], shape, name)
        world = description["environment"]
        self.assertEqual((world["name"], world["world_dim"], world["region"]), ("maze_aisc", 15, 5))
        stored = read_safetensors(out)[0]
        self.assertEqual(set(stored), set(weights))
        for name, weight in weights.items():
            np.testing.assert_array_equal(stored[name], weight.numpy(), name)
        theirs = MazePolicy([16, 32, 32])
        theirs.load_state_dict(weights)
        with h5py.File(PROCGEN / "golden" / "frames.h5") as recording:
            frames = recording["maze_easy_walk/frames"][:, ::16].reshape(-1, 64, 64, 3)
        frames = np.ascontiguousarray(np.moveaxis(frames, -1, 1))
        self.expect_same_taps(self.our_taps(out, frames), theirs.taps(torch.from_numpy(frames)), relative=True)

    def test_a_published_policy_solves_mazes(self):
        """Weights, pictures and actions must all be those of the training, or the mouse would not find the cheese."""
        _, out = self.published()
        config = self.path("scan.yaml")
        config.write_text(f"run: {self.path('run')}\nscan:\n  policy: {out}\n  sizes: [9]\n  placements: [top_right]\n"
                          "  levels: 10\n  layers: [fc_policy]\n  device: cpu\n", encoding="utf-8")
        run(EVALUATOR, "scan", config)
        [shard] = (self.path("run") / "scan" / "shards").iterdir()
        with h5py.File(shard) as file:
            self.assertGreaterEqual(file["episodes/sampled/success"][:].sum(), 9)

    def refused(self, path, *expected, options=()):
        target = self.path("refused.safetensors")
        expect_user_error(self, Job(EVALUATOR, "import", path, target, *options).wait(), *expected)
        self.assertFalse(target.exists())

    def test_other_files_are_refused_with_a_hint(self):
        weights = random_policy(1, seed=8).state_dict()
        legacy = self.saved({"model_state_dict": weights}, _use_new_zipfile_serialization=False)
        self.refused(legacy, str(legacy), "legacy", "torch.save(torch.load(")
        expect_user_error(self, Job(EVALUATOR, "describe", legacy).wait(), str(legacy), "torch.save(torch.load(")
        script = self.path("script.pth")
        torch.jit.script(nn.Linear(2, 2)).save(str(script))
        self.refused(script, "TorchScript", "torch.save({'model_state_dict'")
        module = self.saved(nn.Linear(2, 2))
        self.refused(module, "it names 'torch.nn.modules.linear.Linear'", "model_state_dict alone")
        self.refused(self.saved({"model_state_dict": weights}, pickle_protocol=4), "protocol 4", "without pickle_protocol")
        text = self.path("text.pth")
        text.write_text("not weights", encoding="utf-8")
        self.refused(text, "not a file of torch.save")
        with zipfile.ZipFile(self.path("other.zip"), "w") as archive:
            archive.writestr("folder/notes.txt", "hello")
        self.refused(self.path("other.zip"), "no record data.pkl")
        self.refused(self.path("nowhere.pth"), "nowhere.pth")
        self.refused(self.saved({"epoch": 3}), "no weights in it, but epoch")
        self.refused(self.saved({"fc.weight": torch.ones(3, 3)}), "not the weights of a maze policy, but fc.weight")
        self.refused(self.saved({**weights, "fc_value.bias": torch.ones(1, dtype=torch.int64)}), "'fc_value.bias'",
                     "LongStorage")
        self.refused(self.saved({**weights, "fc_value.bias": torch.full((1,), float("nan"))}), "'fc_value.bias'", "NaN")
        self.refused(self.saved({**weights, "gru.weight": torch.ones(1)}), "1 of them unknown")
        self.refused(self.saved({k: v for k, v in weights.items() if k != "embedder.block2.res1.conv1.bias"}),
                     "'embedder.block2.res1.conv1.bias' is missing")
        good = self.saved(weights, "good.pth")
        self.refused(good, "did you mean 'region'?", options=("--set", "regoin=1"))
        self.refused(good, "environment.region: 26", options=("--set", "region=26"))
        self.refused(good, "fc_policy", options=("--set", "actions=moves"))
        self.refused(good, "'embedder.fc.weight'", "observation, world", options=("--set", "observation=planes"))
        expect_user_error(self, Job(EVALUATOR, "scan", write_config(self.path("scan")), "--set",
                                    f"scan.policy={good}").wait(), "a .pth file", "mazescan-evaluator import")

    def test_code_in_a_file_is_not_run(self):
        """Code that Python's pickle would run is named and refused."""
        proof = self.path("proof")

        class Malicious:
            def __init__(self, function, *arguments):
                self.call = (function, arguments)

            def __reduce__(self):
                return self.call

        weights = random_policy(1, seed=9).state_dict()
        for function, arguments in ((os.system, (f"touch {proof}",)), (eval, (f"open({str(proof)!r}, 'w')",)),
                                    (exec, (f"open({str(proof)!r}, 'w')",)), (open, (str(proof), "w")),
                                    (subprocess.Popen, (["touch", str(proof)],)), (__import__, ("os",)),
                                    (pickle.loads, (b"N.",))):
            call = Malicious(function, *arguments)
            for content in (call, {"model_state_dict": weights, "more": call}, {**weights, "fc_value.bias": call}):
                saved = self.saved(content)
                self.refused(saved, "it names '", f".{function.__name__}'")
        expect_user_error(self, Job(EVALUATOR, "describe", saved).wait(), "it names '")
        self.assertFalse(proof.exists())


if __name__ == "__main__":
    unittest.main()
