"""User errors: each is reported by one message (problem, reason, hint) and exit status 2, and no existing file is
changed."""
import concurrent.futures
import dataclasses
import functools
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import typing
import unittest

from programs import (BIN, EVALUATOR, TINY, TRAINER, Job, checkpoints, edit_json, expect_user_error, files_of, replaced,
                      run, temporary_folder, write_config)

SHARD = "scan/shards/size05-uniform-001.h5"


@dataclasses.dataclass
class Case:
    """A command that must fail. {config}, {run} and {folder} in `command` and `expected` are replaced by paths."""
    name: str
    command: str  # "trainer ..." or "evaluator ..."
    expected: typing.Tuple[str, ...]  # fragments of the message
    changes: typing.Tuple[typing.Tuple[str, str], ...] = ()  # changes of the tiny configuration
    at: str = ""  # text whose file:line:column the message must name; the position is that of "|" in it, if present
    damage: typing.Optional[typing.Callable] = None  # function that damages a copy of the finished run
    ranks: int = 1


def config_case(name, old, new, *expected, at=None, program="trainer", ranks=1):
    return Case(name, "trainer {config}" if program == "trainer" else "evaluator scan {config}", expected,
                ((old, new),), new.strip() if at is None else at, ranks=ranks)


def set_case(name, override, *expected, program="trainer"):
    command = "trainer {config}" if program == "trainer" else "evaluator scan {config}"
    return Case(name, f"{command} --set {override}", expected)


CONFIGURATIONS = [
    set_case("an unknown activation function", "network.activation=swish", "'network.activation' is swish",
             "there is no such value", "one of relu, "),
    config_case("a misspelt key", "  epochs: 2", "  epoch: 2", "'train.ppo.epoch'", "did you mean 'epochs'?"),
    config_case("a misspelt key at the top", "seed: 3", "sede: 3", "'sede'", "did you mean 'seed'?"),
    config_case("a misspelt section", "curriculum:", "curiculum:", "'train.curiculum'", "did you mean 'curriculum'?"),
    config_case("a misspelt key of the scan", "placements:", "placement:", "'scan.placement'",
                "did you mean 'placements'?", at="placement:", program="evaluator"),
    config_case("a misspelt key on two ranks", "horizon: 16", "horizont: 16", "'train.horizont'",
                "did you mean 'horizon'?", ranks=2),
    config_case("a misspelt key of the scan on two ranks", "levels: 24", "level: 24", "'scan.level'",
                program="evaluator",
                ranks=2),
    config_case("an unknown key", "seed: 3", "seed: 3\nquxquxqux: 1", "'quxquxqux'", "one of", at="quxquxqux: 1"),
    config_case("a repeated key", "  world_dim: 5\n", "  world_dim: 5\n  world_dim: 7\n", "'environment.world_dim'", "duplicate key",
                at="world_dim: 7"),
    config_case("a repeated section", "train:", "network:\n  fc: 8\ntrain:", "'network'", "duplicate key", at=""),
    config_case("a word for a number", "horizon: 16", "horizon: sixteen", "'train.horizon' is sixteen", at="sixteen"),
    config_case("a fraction for an integer", "horizon: 16", "horizon: 16.5", "'train.horizon' is 16.5", at="16.5"),
    config_case("a leading zero", "horizon: 16", "horizon: 016", "'train.horizon' is 016", "leading zero", at="016"),
    config_case("a number for a list", "channels: [4, 8]", "channels: 4", "'network.channels'", "list",
                at="channels: |4"),
    config_case("a word in a list of numbers", "sizes: [3, 5]", "sizes: [3, five]", "'scan.sizes[1]' is five",
                at="five",
                program="evaluator"),
    config_case("a list for a section", "{from: 2e-3, to: 2e-4}", "[2e-3, 2e-4]", "'train.ppo.learning_rate'",
                "section",
                at="[2e-3, 2e-4]"),
    config_case("a number beyond 64 bits", "seed: 3", "seed: 99999999999999999999", "'seed'",
                at="99999999999999999999"),
    config_case("a NaN", "reward: 1", "reward: .nan", "'environment.reward'", at=".nan"),
    config_case("a value out of range", "horizon: 16", "horizon: 0", "'train.horizon' is 0", "at least 1",
                at="horizon: |0"),
    config_case("an unknown word", "name: maze_aisc", "name: coinrun", "'environment.name'", "maze_aisc",
                at="coinrun"),
    config_case("an even grid", "world_dim: 5", "world_dim: 6", "world_dim", "odd", at=""),
    config_case("a grid of one cell", "world_dim: 5", "world_dim: 1", "'environment.world_dim' is 1", at=""),
    config_case("a region larger than the world", "region: 1", "region: 7", "region", at=""),
    config_case("a bracket left open", "channels: [4, 8]", "channels: [4, 8", "not valid YAML", "{config}:", at=""),
    config_case("a tab", "  world_dim: 5", "\tworld_dim: 5", "not valid YAML", "{config}:", at=""),
    config_case("no blocks in the network", "channels: [4, 8]", "channels: []", "'network.channels'", at=""),
    config_case("a home directory that is not replaced", "run: ", "run: ~/runs/x #", "'run' is ~/runs/x", at=""),
    config_case("a variable that is not replaced", "run: ", "run: $HOME/runs/x #", "'run' is $HOME/runs/x", at=""),
    config_case("a control character", "run: ", "run: \"runs/a\\0b\" #", "control character", at=""),
    config_case("an empty run directory", "run: ", "run: \"\" #", "'run' is empty", at=""),
    config_case("a minibatch that does not divide", "minibatch: 64", "minibatch: 60", "'train.ppo.minibatch' is 60",
                at=""),
    config_case("a minibatch larger than the rollout", "minibatch: 64", "minibatch: 512", "'train.ppo.minibatch'",
                at=""),
    config_case("mazes that do not divide", "mazes: 16", "mazes: 18", "'train.mazes' is 18", at=""),
    config_case("partitions that ranks cannot share", "partitions: 4", "partitions: 1", "2 learners share 1 partitions",
                "train.partitions", at="", ranks=2),
    Case("ranks that cannot share the partitions", "trainer {config}", ("3 learners share 4 partitions",), ranks=3),
    config_case("no winners", "activation: relu", "activation: kwta\n  activation_options: {fraction: 0}", "'network.activation_options.fraction' is 0", at="fraction: |0"),
    config_case("an alpha below 1", "activation: relu", "activation: relu\n  head: entmax_pool\n  head_options: {alpha: 0.9}",
                "'network.head_options.alpha' is 0.9", at="alpha: |0.9"),
    Case("a penalty on a layer that is not there",
         "trainer {config} --set train.loss.activation_l1.from=1 --set train.penalties.activations.layers=[embedder.relu9]",
         ("'train.loss.activation_l1' is on, and it reads layer 'embedder.relu9'", "no such layer")),
    set_case("a policy to start from that is not there", "train.from=/no/such/policy.safetensors", "/no/such/policy.safetensors"),
    set_case("a loss term that does not exist", "train.loss.weight_l3.from=1", "--set train.loss.weight_l3.from=1",
             "did you mean 'weight_l2'?"),
    config_case("an even size to start from", "start: 3", "start: 4", "'train.curriculum.start' is 4", "3 or 5", at=""),
    config_case("a start beyond the world", "start: 3", "start: 7", "'train.curriculum.start' is 7", at=""),
    config_case("procgen's images without their folder", "observation: planes",
                "observation: rgb\n  theme: procgen", "environment.theme", "procgen/data/assets", at=""),
    config_case("procgen's images in a missing folder", "observation: planes",
                "observation: rgb\n  theme: procgen\n  assets: /no/such/folder", "/no/such/folder",
                "procgen/data/assets", at=""),
    config_case("planes around the mouse", "observation: planes", "observation: planes\n  view: mouse",
                "environment.view", "rgb", at=""),
    set_case("a GPU where there is none", "train.device=cuda", "'train.device' is cuda"),
    set_case("a job of too many units", "record.levels=1000000000", "'record.chunk'", "units", program="evaluator"),
    set_case("float16 on a processor", "scan.compute_dtype=float16", "'scan.compute_dtype' is float16", "bfloat16",
             program="evaluator"),
    set_case("a GPU for the scan where there is none", "scan.device=cuda", "'scan.device' is cuda",
             program="evaluator"),
    config_case("an even maze in the scan", "sizes: [3, 5]", "sizes: [3, 4]", "'scan.sizes'", "4", "3 or 5", at="",
                program="evaluator"),
    config_case("a repeated size", "sizes: [3, 5]", "sizes: [3, 5, 3]", "'scan.sizes'", "twice", at="",
                program="evaluator"),
    config_case("a size beyond the policy's world", "sizes: [3, 5]", "sizes: [3, 7]", "'scan.sizes' holds 7",
                "sizes 3, 5",
                at="", program="evaluator"),
    config_case("an unknown layer", "embedder.fc]", "embedder.block2.cond]", "'embedder.block2.cond'",
                "did you mean 'embedder.block2.conv'?", at="", program="evaluator"),
    config_case("an unknown layer on two ranks", "embedder.fc]", "fc_polcy]", "did you mean 'fc_policy'?", at="",
                program="evaluator", ranks=2),
    config_case("an unknown placement", "top_left,", "top_lefd,", "\"top_lefd\"", "top_left", at="",
                program="evaluator"),
    config_case("a cell without quotes", "top_left,", "cell:3,4,", "\"cell:3,Y\", in quotes", at="", program="evaluator"),
    config_case("a malformed cell", "top_left,", "\"cell:1\",", "cell:1", at="", program="evaluator"),
    config_case("a cell that is always a wall", "[top_right, top_left, uniform]", '["cell:1,1"]', "'scan.placements' holds cell:1,1",
                "always a wall", at="", program="evaluator"),
    config_case("no placements", "[top_right, top_left, uniform]", "[]", "'scan.placements'", at="",
                program="evaluator"),
    config_case("a negative block", "chunk: 8", "chunk: -8", "'scan.chunk' is -8", at="chunk: |-8",
                program="evaluator"),
    config_case("seeds beyond 31 bits", "levels: 24", "levels: 24\n  first_level: 2147483647", "'scan.first_level'",
                at="",
                program="evaluator"),
    Case("another network than the checkpoint's", "trainer {config}", ("'network.fc'", "16"), (("fc: 16", "fc: 32"),)),
]

COMMANDS = [
    Case("a missing configuration", "trainer {folder}/nowhere.yaml", ("{folder}/nowhere.yaml", "no such file")),
    Case("a missing configuration of a scan", "evaluator scan {folder}/nowhere.yaml", ("{folder}/nowhere.yaml",),
         ranks=2),
    Case("a folder as configuration", "trainer {run}", ("{run}", "directory")),
    Case("a configuration that cannot be read", "trainer /proc/self/mem", ("/proc/self/mem",)),
    Case("no path of a configuration", "trainer ''", ("configuration",)),
    Case("weights as configuration", "trainer {run}/policy.safetensors", ("{run}/policy.safetensors",)),
    Case("an unknown option", "trainer {config} --update 3", ("--update",)),
    Case("an unknown option on two ranks", "trainer {config} --frobnicate", ("--frobnicate",), ranks=2),
    Case("an unknown option of a scan", "evaluator scan {config} --levels 3", ("--levels",)),
    Case("an unknown job", "evaluator scam {config}", ("'scam' is no command", "did you mean 'scan'?")),
    Case("an unknown command", "evaluator frobnicate {config}", ("'frobnicate' is no command", "one of scan, record, ")),
    Case("an unknown option before the job", "evaluator --quiet scan {config}", ("--quiet",)),
    Case("no job", "evaluator", ("no job is named", "scan, record, probe, edit")),
    Case("no configuration", "trainer", ("config",)),
    Case("an import without a target", "evaluator import {run}/policy.safetensors", ("policy",)),
    Case("an import of a policy file", "evaluator import {run}/policy.safetensors {folder}/new.safetensors",
         ("{run}/policy.safetensors", "needs no import")),
    Case("an import onto itself", "evaluator import {run}/policy.safetensors {run}/policy.safetensors",
         ("is the file to read",)),
    Case("an export onto itself", "evaluator export {run}/policy.safetensors {run}/policy.safetensors",
         ("is the file to read",)),
    Case("an export of a missing policy", "evaluator export {folder}/nowhere.safetensors {folder}/new.pth",
         ("{folder}/nowhere.safetensors",)),
    Case("an export into a missing folder", "evaluator export {run}/policy.safetensors {folder}/nowhere/new.pth",
         ("{folder}/nowhere",)),
    Case("two configurations", "trainer {config} {config}", ("{config}",)),
    Case("no updates", "trainer {config} --updates 0", ("--updates",)),
    Case("a word for updates", "trainer {config} --updates ten", ("--updates", "ten")),
    set_case("an override without a value", "seed", "--set seed", "key.key=value"),
    set_case("an override without a key", "=3", "--set =3"),
    set_case("an override of an empty key", "train..seed=3", "train..seed"),
    set_case("an override of nothing", "seed=", "'seed'"),
    set_case("a misspelt override", "train.ppo.gama=0.9", "--set train.ppo.gama=0.9", "did you mean 'gamma'?"),
    set_case("a misspelt section in an override", "trian.seed=1", "'trian'", "did you mean 'train'?"),
    set_case("an override out of range", "train.ppo.gamma=1.5", "--set train.ppo.gamma=1.5",
             "'train.ppo.gamma' is 1.5"),
    set_case("an override below a value", "seed.x=3", "--set seed.x=3"),
    set_case("an override that is not YAML", "'seed=['", "--set seed=["),
    set_case("yes for true", "environment.sequential=yes", "'environment.sequential' is yes",
             "true or false"),
    set_case("a section as a value", "'seed={a: 1}'", "'seed'"),
    Case("an option without its value", "trainer {config} --set", ("--set",)),
]


def replace_run_by_file(folder):
    shutil.rmtree(folder)
    folder.write_text("notes of a user", encoding="utf-8")


PLACES = [
    Case("a file instead of the run directory", "trainer {config}", ("{run}",), damage=replace_run_by_file),
    Case("the same on two ranks", "trainer {config}", ("{run}",), damage=replace_run_by_file, ranks=2),
    Case("a run directory below a file", "trainer {config} --set run={config}/run", ("{config}/run",)),
    Case("a run directory that cannot be made", "trainer {config} --set run=/proc/nowhere", ("/proc/nowhere",)),
    Case("a scan that cannot be written", "evaluator scan {config} --set run=/proc/nowhere --set "
         "scan.policy={run}/policy.safetensors", ("/proc/nowhere/scan",)),
    Case("a folder instead of config.yaml", "trainer {config}", ("{run}/config.yaml",),
         damage=lambda run_folder: ((run_folder / "config.yaml").unlink(), (run_folder / "config.yaml" / "x").mkdir(
             parents=True))),
    Case("all checkpoints damaged", "trainer {config}", ("{run}/checkpoints",), damage=lambda run_folder: [
        (c / "counters.bin").write_bytes(b"") for c in checkpoints(run_folder)]),
    Case("all checkpoints damaged, on two ranks", "trainer {config}", ("{run}/checkpoints",),
         damage=lambda run_folder: [
        (c / "manifest.json").unlink() for c in checkpoints(run_folder)], ranks=2),
    *(Case(f"a finished policy without checkpoints, on {ranks} ranks", "trainer {config}",
           ("{run} has a policy and no checkpoints", "remove policy.safetensors"),
           damage=lambda run_folder: shutil.rmtree(run_folder / "checkpoints"), ranks=ranks) for ranks in (1, 2)),
    Case("checkpoints of a later version", "trainer {config}", ("{run}/checkpoints",), damage=lambda run_folder: [
        edit_json(c / "manifest.json", lambda m: m.update(format_version=2)) for c in checkpoints(run_folder)]),
]


def edit_manifest(edit):
    return lambda run_folder: edit_json(run_folder / "scan" / "manifest.json", edit)


def edit_entry(**fields):
    return edit_manifest(lambda manifest: manifest["files"][3].update(fields))


def write(name, data):
    return lambda run_folder: (run_folder / name).write_bytes(data)


def truncate(run_folder):
    with (run_folder / SHARD).open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) // 2)


def foreign_shard(run_folder):
    """Replaces the shard by an intact shard of another block."""
    shutil.copy((run_folder / SHARD).with_name("size05-uniform-000.h5"), run_folder / SHARD)


def foreign_scan(run_folder):
    """Replaces the shard by the same unit of a scan with another seed."""
    config = write_config(run_folder.with_name("foreign"), ("seed: 3", "seed: 4"), ("[3, 5]", "[5]"),
                          ("[top_right, top_left, uniform]", "[uniform]"))
    run(EVALUATOR, "scan", config, "--set", f"scan.policy={run_folder}/policy.safetensors")
    shutil.copy(run_folder.with_name("foreign") / SHARD, run_folder / SHARD)


def other_policy(run_folder):
    def twist(tensors):
        tensors["fc_policy.bias"] = struct.pack("<5f", 1, 2, 3, 4, 5)
    (run_folder / "policy.safetensors").write_bytes(edit_policy(run_folder, twist))


REPORT = "evaluator report {config}"
SCANS = [
    Case("a report without a scan", REPORT, ("{run}/scan/manifest.json", "no such file", "mazescan-evaluator scan"),
         damage=lambda run_folder: shutil.rmtree(run_folder / "scan")),
    Case("a report of an unfinished scan", REPORT, ("{run}/scan/manifest.json",),
         damage=lambda run_folder: (run_folder / "scan" / "manifest.json").unlink()),
    Case("a report of a missing run", REPORT + " --set run={folder}/nowhere", ("{folder}/nowhere",)),
    Case("a report on two ranks without a scan", REPORT, ("{run}/scan/manifest.json",),
         damage=lambda run_folder: shutil.rmtree(run_folder / "scan"), ranks=2),
    Case("a missing shard", REPORT, ("{run}/" + SHARD, "no such file"),
         damage=lambda run_folder: (run_folder / SHARD).unlink()),
    Case("a truncated shard", REPORT, ("{run}/" + SHARD,), damage=truncate),
    Case("an empty shard", REPORT, ("{run}/" + SHARD,), damage=write(SHARD, b"")),
    Case("a text as shard", REPORT, ("{run}/" + SHARD,), damage=write(SHARD, b"hello, this is no HDF5 file\n" * 99)),
    Case("a folder as shard", REPORT, ("{run}/" + SHARD,),
         damage=lambda run_folder: ((run_folder / SHARD).unlink(), (run_folder / SHARD).mkdir())),
    Case("a shard of another unit", REPORT, ("{run}/" + SHARD, "manifest"), damage=foreign_shard),
    Case("a shard of another scan", REPORT, ("{run}/" + SHARD, "manifest"), damage=foreign_scan),
    Case("a manifest that is not JSON", REPORT, ("{run}/scan/manifest.json",), damage=write("scan/manifest.json",
         b'{"format":')),
    Case("an empty manifest", REPORT, ("{run}/scan/manifest.json",), damage=write("scan/manifest.json", b"")),
    Case("a manifest that is a list", REPORT, ("{run}/scan/manifest.json",), damage=write("scan/manifest.json",
         b"[]")),
    Case("a manifest nested without end", REPORT, ("{run}/scan/manifest.json",),
         damage=write("scan/manifest.json", b"[" * 1000000)),
    Case("a manifest with a path outside the folder", REPORT, ("{run}/scan/manifest.json", "files[3].name"),
         damage=edit_entry(name="../../policy.safetensors")),
    Case("a manifest with an absolute name", REPORT, ("{run}/scan/manifest.json", "files[3].name"),
         damage=edit_entry(name="/etc/passwd")),
    Case("a manifest with a wrong hash", REPORT, ("not the shard that the manifest lists",),
         damage=edit_entry(payload_hash="0" * 32)),
    Case("a manifest with no hash", REPORT, ("{run}/scan/manifest.json", "payload_hash"),
         damage=edit_entry(payload_hash="zzz")),
    Case("a manifest with a repeated file", REPORT, ("{run}/scan/manifest.json", "twice"),
         damage=edit_manifest(lambda manifest: manifest["files"].append(manifest["files"][0]))),
    Case("a manifest with a shard left out", REPORT, ("{run}/scan/manifest.json", "17", "18"),
         damage=edit_manifest(lambda manifest: manifest["files"].pop())),
    Case("a manifest of something else", REPORT, ("{run}/scan/manifest.json", "mazescan-scan"),
         damage=edit_manifest(lambda manifest: manifest.update(format="mazescan-checkpoint"))),
    Case("a manifest of another version", REPORT, ("{run}/scan/manifest.json", "format_version"),
         damage=edit_manifest(lambda manifest: manifest.update(format_version=99))),
    Case("a manifest with odd attributes", REPORT, ("{run}/scan/manifest.json",),
         damage=edit_manifest(lambda manifest: manifest["attributes"].update(scan_key=7, policy=[], config={}))),
    Case("a report that cannot be written", REPORT, ("{run}/report",), damage=lambda run_folder: (
        shutil.rmtree(run_folder / "report"), (run_folder / "report").write_text("x", encoding="utf-8"))),
    Case("a scan of another policy in the folder", "evaluator scan {config}", ("another scan",), damage=other_policy),
    Case("the same on two ranks", "evaluator scan {config}", ("another scan",), damage=other_policy, ranks=2),
    Case("a scan with another seed in the folder", "evaluator scan {config} --set seed=4", ("another scan",)),
    *(Case(f"a trigger search with the cheese in the corner on {ranks} ranks{words}",
           f"evaluator trigger {{config}} --set trigger.sizes=[3,5] --set trigger.placement=top_right{words}",
           ("'trigger.placement' is top_right", "[3, 5]", "uniform"), ranks=ranks)
      for words, ranks in (("", 1), ("", 2), (" --dry-run", 1))),
    Case("a file instead of the shards", "evaluator scan {config}", ("{run}/scan/shards",),
         damage=lambda run_folder: (
        shutil.rmtree(run_folder / "scan"), (run_folder / "scan").mkdir(),
        (run_folder / "scan" / "shards").write_text("x", encoding="utf-8"))),
]


def read_policy(run_folder):
    """Returns the header and the tensors (bytes by name) of the run's policy."""
    data = (run_folder / "policy.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    tensors = {name: data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]]
               for name, entry in header.items() if name != "__metadata__"}
    return header, tensors


def safetensors(header, data):
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + data


def edit_policy(run_folder, edit_tensors=None, edit_header=None):
    """Returns the bytes of the run's policy file after edits of its tensors and header."""
    header, tensors = read_policy(run_folder)
    del header["__metadata__"]["content_hash"]
    if edit_tensors:
        edit_tensors(tensors)
    begin = 0
    for name, data in tensors.items():
        header[name]["data_offsets"] = [begin, begin + len(data)]
        begin += len(data)
    if edit_header:
        edit_header(header)
    return safetensors(header, b"".join(tensors.values()))


def metadata_edit(key, *changes):
    def edit(header):
        header["__metadata__"][key] = replaced(header["__metadata__"][key], *changes)
    return lambda run_folder: edit_policy(run_folder, edit_header=edit)


def header_edit(edit):
    return lambda run_folder: edit_policy(run_folder, edit_header=edit)


def with_weight(value):
    def edit(tensors):
        name = "embedder.fc.weight"
        tensors[name] = tensors[name][:40] + struct.pack("<f", value) + tensors[name][44:]
    return lambda run_folder: edit_policy(run_folder, edit)


def truncated(length):
    return lambda run_folder: (run_folder / "policy.safetensors").read_bytes()[:length]


def first_tensor(header):
    return next(name for name in header if name != "__metadata__")


# Invalid policy files: a function that makes the bytes from a finished run, and fragments of the message.
POLICIES = {
    "an empty file": (truncated(0), ()),
    "four bytes": (truncated(4), ()),
    "the length of the header alone": (truncated(8), ()),
    "half a header": (truncated(100), ()),
    "half the weights": (truncated(-5000), ()),
    "all but the last byte": (truncated(-1), ()),
    "a flipped bit in the weights": (
        lambda f: (lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])((f / "policy.safetensors").read_bytes()),
        ("damaged", "content_hash")),
    "a byte too many": (lambda f: (f / "policy.safetensors").read_bytes() + b"x", ()),
    "a text file": (lambda f: b"These are not the weights you are looking for.\n", ()),
    "a shard": (lambda f: (f / SHARD).read_bytes(), ()),
    "a header of 2^63 bytes": (lambda f: struct.pack("<Q", 2 ** 63) + b"{}      ", ()),
    "a header of 2^64 - 1 bytes": (lambda f: struct.pack("<Q", 2 ** 64 - 1) + b"{}      ", ()),
    "a header nested without end": (lambda f: safetensors(b"[" * 1000000, b""), ()),
    "a header nested and closed": (lambda f: safetensors(b'{"a":' * 200000 + b"1" + b"}" * 200000, b""), ()),
    "a header that is not an object": (lambda f: safetensors([1, 2, 3], b""), ()),
    "a foreign file": (lambda f: safetensors({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"\0" * 4),
                       ("not a mazescan policy",)),
    "another format": (metadata_edit("format", ("mazescan-policy", "other")), ("other",)),
    "a later version": (metadata_edit("format_version", ("1", "2")), ("version '2'",)),
    "a weight that is NaN": (with_weight(float("nan")), ("'embedder.fc.weight'", "NaN")),
    "an infinite weight": (with_weight(float("inf")), ("'embedder.fc.weight'", "infinity")),
    "a renamed weight": (header_edit(lambda h: h.update(other=h.pop("fc_policy.bias"))),
                         ("'fc_policy.bias'", "missing")),
    "another network in the metadata": (metadata_edit("network", ("fc: 16", "fc: 32")), ("[",)),
    "a gigantic network in the metadata": (
        lambda f: edit_policy(f, edit_header=lambda h: h["__metadata__"].update(
            network="channels: [4096, 4096, 4096]\nresidual_blocks: 16\nfc: 65536\n",
            interface="channels: 4096\nheight: 4096\nwidth: 4096\ninput_scale: 1\nactions: 4096\n")), ()),
    "a network that is not YAML": (header_edit(lambda h: h["__metadata__"].update(network="[")), ("not valid YAML",)),
    "an unknown key in the network": (metadata_edit("network", ("fc: 16", "fd: 16")), ("'fd'",)),
    "an even grid": (metadata_edit("environment", ("world_dim: 5", "world_dim: 6")), ("world_dim",)),
    "another grid than the network's": (metadata_edit("environment", ("world_dim: 5", "world_dim: 7")), ("do not fit",)),
    **{f"training in the metadata: {text}": (
        header_edit(lambda h, text=text: h["__metadata__"].update(training=text)), ("'training'", "malformed"))
       for text in ("{{", '{"steps": 1e400}', '{"a": "\\ud800"}', "3")},
    "numbers in the metadata": (header_edit(lambda h: h["__metadata__"].update(format=7)), ("metadata",)),
    "a negative offset": (header_edit(lambda h: h[first_tensor(h)].update(data_offsets=[-16, 0])), ()),
    "an offset beyond the file": (
        header_edit(lambda h: h[first_tensor(h)].update(data_offsets=[2 ** 62, 2 ** 62 + 16])), ()),
    "a shape that overflows": (header_edit(lambda h: h[first_tensor(h)].update(shape=[2 ** 32, 2 ** 32])), ()),
    "a negative shape": (header_edit(lambda h: h[first_tensor(h)].update(shape=[-1, -4])), ()),
    "an unknown type": (header_edit(lambda h: h[first_tensor(h)].update(dtype="F7")), ("F7",)),
    "tensors that overlap": (header_edit(lambda h: h["fc_policy.bias"].update(data_offsets=[0, 20])), ("overlap",)),
}


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder()
        cls.finished = cls.folder / "finished"  # a run with training, scan and report
        config = write_config(cls.finished)
        run(TRAINER, config)
        run(EVALUATOR, "scan", config)
        run(EVALUATOR, "report", config)

    def check(self, case):
        run_folder = self.finished
        folder = self.folder / re.sub(r"\W+", "-", case.name)
        folder.mkdir()
        if case.damage:
            run_folder = folder / "run"
            shutil.copytree(self.finished, run_folder)
            case.damage(run_folder)
        config = folder / "config.yaml"
        written = replaced(TINY.format(run=run_folder), *case.changes)
        config.write_text(written, encoding="utf-8")
        places = {"config": config, "run": run_folder, "folder": folder}
        expected = [part.format(**places) if part.count("{") else part for part in case.expected]
        if case.at:
            prefix, _, target = case.at.rpartition("|")
            self.assertEqual(written.count(prefix + target), 1, "the position is ambiguous")
            lines = (written[:written.index(prefix + target)] + prefix).split("\n")
            expected.append(f"{config}:{len(lines)}:{len(lines[-1]) + 1}")
        # Split before formatting: paths and overrides may contain spaces.
        program, *arguments = [part.format(**places) if "{a:" not in part else part
                               for part in re.findall(r"'[^']*'|\S+", case.command)]
        arguments = [argument.strip("'") for argument in arguments]
        before = self.state_of(folder)
        job = Job(f"mazescan-{program}", *arguments, ranks=case.ranks, environment={"CUDA_VISIBLE_DEVICES": ""}).wait()
        expect_user_error(self, job, *expected)
        self.assertEqual(self.state_of(folder), before, "files were changed")
        if case.damage:
            shutil.rmtree(folder)

    def state_of(self, folder):
        """Returns the hashes of the files of a case and of the run that the cases without damage share. In the locks of that
        run the job of another case may just be writing its name."""
        shared = {name: digest for name, digest in files_of(self.finished).items() if not name.endswith("lock")}
        return files_of(folder), shared

    def check_all(self, cases):
        self.in_parallel({case.name: functools.partial(self.check, case) for case in cases}, len(cases))

    def in_parallel(self, checks, count):
        """Runs the checks in parallel; each fails in its own subtest."""
        self.assertEqual(len(checks), count, "names are not unique")

        def error_of(check):
            try:
                check()
            except Exception as error:  # raised below, in the subtest of this name
                return error
            return None

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            errors = list(pool.map(error_of, checks.values()))
        for name, error in zip(checks, errors):
            with self.subTest(name):
                if error:
                    raise error

    def test_configurations(self):
        self.check_all(CONFIGURATIONS)

    def test_command_lines(self):
        self.check_all(COMMANDS)

    def test_places(self):
        self.check_all(PLACES)

    def test_scans(self):
        self.check_all(SCANS)

    def test_policies(self):
        def check(name, make, expected):
            path = self.folder / f"{re.sub(r'[^a-z0-9]+', '-', name)}.safetensors"
            path.write_bytes(make(self.finished))
            expect_user_error(self, Job(EVALUATOR, "describe", path).wait(), str(path), *expected)

        self.in_parallel({name: functools.partial(check, name, make, expected)
                          for name, (make, expected) in POLICIES.items()}, len(POLICIES))

    def test_files_that_are_too_large(self):
        """Sparse files take no disk space, but would fill the memory if they were read."""
        large, config = self.folder / "large", self.folder / "large" / "config.yaml"
        for suffix, beginning, command in ((".pth", b"PK", ("describe",)), (".safetensors", b"", ("describe",)),
                                           (".pth", b"PK", ("import",)), (".yaml", b"", ("scan",))):
            with self.subTest(suffix=suffix, command=command):
                path = large.with_suffix(suffix)
                path.write_bytes(beginning)
                os.truncate(path, 200 * 10 ** 9)
                target = (self.folder / "large-out",) if command == ("import",) else ()
                expect_user_error(self, Job(EVALUATOR, *command, path, *target).wait(), str(path), "too large", "at most")
                path.unlink()
        shutil.copytree(self.finished / "scan", large / "scan")
        os.truncate(large / "scan" / "manifest.json", 100 * 10 ** 9)
        config.write_text(TINY.format(run=large), encoding="utf-8")
        expect_user_error(self, Job(EVALUATOR, "report", config).wait(), str(large / "scan" / "manifest.json"),
                          "too large", "at most")

    def test_policies_of_a_scan(self):
        notes = self.folder / "notes.safetensors"
        notes.write_text("no weights", encoding="utf-8")
        for path, ranks in ((self.folder / "nowhere.safetensors", 1), (self.folder, 1), (notes, 1), (notes, 2)):
            with self.subTest(path=path, ranks=ranks):
                target = self.folder / "scan-of-nothing"
                job = Job(EVALUATOR, "scan", write_config(target), "--set", f"scan.policy={path}", ranks=ranks).wait()
                expect_user_error(self, job, str(path))
                self.assertFalse(target.exists())
        expect_user_error(self, Job(EVALUATOR, "scan", write_config(self.folder / "untrained")).wait(),
                          str(self.folder / "untrained" / "policy.safetensors"))

    def test_full_and_read_only_disk(self):
        """Uses a run directory on a small file system that is mounted only for these commands."""
        disk, kept = self.folder / "disk", self.folder / "kept"
        disk.mkdir()
        hashes = f"find {disk} -type f -exec sha1sum {{}} + | sort"
        read_only = f"&& mount -o remount,ro {disk}"

        def on_small_disk(size, prepare, command):
            script = (f"mount -t tmpfs -o size={size} tmpfs {disk} && {prepare} || exit 99\n"
                      f"{hashes} > {kept}.before; {command}; status=$?; {hashes} > {kept}.after; exit $status")
            unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
            return subprocess.run([*unshare, "sh", "-c", script], capture_output=True, text=True, timeout=120,
                                  check=False)

        if on_small_disk("64k", "true", "true").returncode != 0:
            self.fail("a full disk was NOT tested: cannot mount a small file system")
        config = self.folder / "disk.yaml"
        config.write_text(TINY.format(run=disk / "run"), encoding="utf-8")
        started = self.folder / "started"
        run(TRAINER, write_config(started), "--updates", 5)
        pages = sum(-(-path.stat().st_size // 4096) for path in started.rglob("*") if path.is_file())
        for name, size, prepare, command, reason in (
                # Enough space for the small files, but not for another checkpoint.
                ("training", f"{4 * pages + 24}k", f"cp -r {started} {disk}/run", f"{BIN / TRAINER} {config}",
                 "No space left on device"),
                ("scanning", "160k", f"mkdir {disk}/run && cp {self.finished}/policy.safetensors {disk}/run",
                 f"{BIN / EVALUATOR} scan {config}", "No space left on device"),
                ("reporting", "2m",
                 f"mkdir {disk}/run && cp -r {self.finished}/scan {self.finished}/report {disk}/run && "
                 f"(head -c 100m /dev/zero > {disk}/filling || true)", f"{BIN / EVALUATOR} report {config}",
                 "No space left on device"),
                ("training, read-only", "8m", f"cp -r {started} {disk}/run {read_only}", f"{BIN / TRAINER} {config}",
                 "Read-only file system"),
                ("scanning, read-only", "8m",
                 f"mkdir {disk}/run && cp {self.finished}/policy.safetensors {disk}/run {read_only}",
                 f"{BIN / EVALUATOR} scan {config}", "Read-only file system")):
            with self.subTest(name):
                done = on_small_disk(size, prepare, command)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(reason, done.stderr)
                self.assertEqual(done.stderr.count("\n  reason: "), 1, done.stderr)
                before, after = (set(pathlib.Path(f"{kept}.{when}").read_text(encoding="utf-8").splitlines())
                                 for when in ("before", "after"))
                # Ignore files that the job appends to or rewrites.
                grows = ("metrics.jsonl", "events.out.tfevents", "config.yaml")
                kept_lines = {line for line in before if not line.endswith(grows)}
                self.assertTrue(kept_lines)
                self.assertLessEqual(kept_lines, after, "existing files were changed or removed")
                self.assertNotIn(".tmp-", "".join(after))


if __name__ == "__main__":
    unittest.main()
