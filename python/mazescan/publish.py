"""Prepares a run for others: data set, policy and report in a folder that hubs for data sets and models understand.

    python -m mazescan.publish runs/quickstart published/quickstart --author "Ada Lovelace" --license cc-by-4.0

The folder has
    README.md        the card of the data set, with the header that Hugging Face reads
    data/            activations: for each maze size a flat HDF5 file for train, validation and test; no layout is in two
    numbers.csv      every number of the report with its 95 % interval
    policy/          policy.safetensors with the card of the model
    report/          the report with its figures and tables
    croissant.json   a description in Croissant 1.0, with the SHA-256 of every file
    CITATION.cff

`datasets.load_dataset(FOLDER, "size09")` opens the activations of size 9. Names of machines and paths are left out. Needs h5py
and xxhash.
"""
from __future__ import annotations

import argparse
import csv
import datetime
import getpass
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile
from typing import Any

import h5py
import numpy as np

from mazescan import codes, recording

_SHOWN = ("code", "libtorch", "compiler", "HDF5", "time")  # of what the programs record of a machine
_CHUNK = 65536  # bytes of a chunk of the HDF5 files, about
_DOCUMENT = re.compile(r'(<script type="application/json" id="document">)(.*?)(</script>)', re.DOTALL)
_NUMBER_COLUMNS = ("id", "size", "placement", "measure", "value", "low", "high", "n", "finding", "scope")


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


def _without_places(text: str) -> str:
    """Replaces the values of the keys `run` and `assets` of a configuration, which are paths."""
    return re.sub(r'(?m)^(\s*(?:run|assets):)[ \t]*("[^"\n]*"|[^\s#]+)', r"\1 published", text)


def _scrubbed(value: Any) -> Any:
    """Returns JSON without what is recorded of a machine, and without paths in configurations."""
    if isinstance(value, dict):
        machine = "host" in value and "system" in value
        return {key: _scrubbed(each) for key, each in value.items() if not machine or key in _SHOWN}
    if isinstance(value, list):
        return [_scrubbed(each) for each in value]
    return _without_places(value) if isinstance(value, str) else value


# ---- The data

_KEYS = ("level_seed", "mouse", "mirrored", "cheese", "optimal", "step", "action", "probability", "value", "success", "outcome")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _write_split(dataset: recording.Recording, size: int, part: str, path: pathlib.Path) -> int:
    """Writes the samples of one size and part as top-level arrays. Returns their number."""
    arrays: dict[str, h5py.Dataset] = {}
    total = 0
    with h5py.File(path, "w", libver=("earliest", "v110")) as out:
        for shard_path in dataset.shards(size):
            with h5py.File(shard_path) as shard:
                walls = {seed: layout for seed, layout in zip(shard["levels/level_seed"][:].tolist(), shard["levels/open"][:],
                                                             strict=True)}
                parts = {seed: recording.part_of(layout) for seed, layout in walls.items()}
                seeds = shard["samples/level_seed"][:].tolist()
                rows = np.flatnonzero([parts[seed] == part for seed in seeds])
                new = {key: shard["samples"][key][:][rows] for key in _KEYS}
                new |= {layer: codes.values(shard["activations"][layer])[rows] for layer in sorted(shard["activations"])}
                new["walls"] = np.stack([1 - walls[seeds[row]] for row in rows]) if len(rows) else np.zeros(
                    (0, size, size), np.uint8)
                new["placement"] = np.array([_text(shard.attrs["placement"])] * len(rows), "S24")
            for name, values in new.items():
                if name not in arrays:
                    bytes_a_row = max(1, int(np.prod(values.shape[1:])) * values.itemsize)
                    arrays[name] = out.create_dataset(name, (0, *values.shape[1:]), values.dtype, compression="gzip",
                                                      compression_opts=1, shuffle=True, maxshape=(None, *values.shape[1:]),
                                                      chunks=(max(1, _CHUNK // bytes_a_row), *values.shape[1:]))
                arrays[name].resize(total + len(rows), axis=0)
                arrays[name][total:] = values
            total += len(rows)
    return total


def _write_data(dataset: recording.Recording, folder: pathlib.Path) -> dict[int, dict[str, int]]:
    """Writes all splits. Returns the number of samples of each size and part."""
    folder.mkdir()
    counts: dict[int, dict[str, int]] = {}
    for size in dataset.sizes:
        for part in recording.PARTS:
            path = folder / f"size{size:02d}-{part}.h5"
            samples = _write_split(dataset, size, part, path)
            if samples == 0:
                path.unlink()  # no reader of data sets opens an empty table
            else:
                counts.setdefault(size, {})[part] = samples
    return counts


# ---- Report and numbers

def _copy_report(source: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir()
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        elif path.name != "index.html":
            shutil.copyfile(path, copy)
    page = (source / "index.html").read_text(encoding="utf-8")

    def scrub(match: re.Match[str]) -> str:
        text = json.dumps(_scrubbed(json.loads(match[2])), ensure_ascii=False, separators=(",", ":"))
        return match[1] + text.replace("<", "\\u003c") + match[3]

    scrubbed, count = _DOCUMENT.subn(scrub, page)
    if count != 1:
        raise _error(f"{source / 'index.html'} is no report", "its data are missing", "mazescan-evaluator report CONFIG")
    (target / "index.html").write_text(scrubbed, encoding="utf-8")


def _write_numbers(source: pathlib.Path, target: pathlib.Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, _NUMBER_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(json.loads(source.read_text(encoding="utf-8")))
    target.write_text(text.getvalue(), encoding="utf-8")


# ---- Cards

def _header(values: dict[str, Any]) -> str:
    """Returns the YAML header of a card. JSON is YAML."""
    return "---\n" + "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()) + "---\n\n"


def _dataset_card(about: dict[str, Any], dataset: recording.Recording | None, counts: dict[int, dict[str, int]]) -> str:
    configs = [{"config_name": f"size{size:02d}",
                "data_files": [{"split": part, "path": f"data/size{size:02d}-{part}.h5"} for part in parts]}
               for size, parts in counts.items()]
    card = _header({"pretty_name": about["title"], "license": about["license"], "tags": ["interpretability", "procgen", "maze"],
                    **({"configs": configs} if configs else {})})
    card += f"# {about['title']}\n\n{about['description']}\n\n"
    if dataset is not None:
        rows = "".join(f"| {size} | {part} | {samples} |\n" for size, parts in counts.items() for part, samples in parts.items())
        first = h5py.File(dataset.shards(dataset.sizes[0])[0])
        layers = "".join(f"| `{layer}` | {' x '.join(map(str, first['activations'][layer].shape[1:]))} | "
                         f"{codes.value_type(first['activations'][layer])} |\n" for layer in sorted(first["activations"]))
        card += ("## Activations\n\nEach sample is a state of a maze. The division into splits is by layout: none is in two.\n\n"
                 "```python\nfrom datasets import load_dataset\n\n"
                 f'samples = load_dataset("PATH OR NAME OF THIS FOLDER", "size{next(iter(counts)):02d}").with_format("numpy")\n```\n\n'
                 f"| maze size | split | samples |\n| --: | --- | --: |\n{rows}\n"
                 f"Layers, with the shape at size {dataset.sizes[0]}:\n\n| layer | shape | type |\n| --- | --- | --- |\n{layers}\n"
                 "Columns: `walls` [size, size] (1 = wall, row y upwards), `mouse` and `cheese` (x, y, from the bottom left), "
                 "`mirrored` (the mouse faces right), `optimal` (steps to the cheese), `probability` of left, down, up, right and "
                 "stay, `value`, `action`, `step`, `success` and `outcome` of the rollout (-1: none), `level_seed`, "
                 "`placement`.\n\n")
    card += ("## Numbers\n\n`numbers.csv` has every number of `report/index.html`, with its 95 % interval. `policy/` has the "
             "policy. `croissant.json` lists the SHA-256 of every file.\n\n")
    card += "## Made by\n\n" + "".join(f"- {key}: {value}\n" for key, value in about["made_by"].items())
    return card


def _model_card(about: dict[str, Any]) -> str:
    return (_header({"license": about["license"], "library_name": "mazescan", "tags": ["reinforcement-learning", "procgen", "maze"]})
            + f"# The policy of {about['title']}\n\nIt was trained with mazescan's PPO on the environment "
              f"`{about['environment']}`, with the configuration `config.yaml`.\n\n"
              "```python\nfrom mazescan import policy\n\nnetwork = policy.load(\"policy.safetensors\")\n"
              "logits, values = network(observations)  # uint8 [N, C, H, W] or [N, H, W, C]\n```\n\n"
              "Intended use: research on what policies want. `../report/index.html` shows where it fails: wherever its "
              "training left open what it should do.\n")


def _citation(about: dict[str, Any]) -> str:
    authors = "".join(f"  - name: {json.dumps(author, ensure_ascii=False)}\n" for author in about["authors"])
    return (f"cff-version: 1.2.0\nmessage: Please cite this data set as below.\ntype: dataset\n"
            f"title: {json.dumps(about['title'], ensure_ascii=False)}\nauthors:\n{authors}"
            f"date-released: {about['date']}\nlicense: {about['license'].upper()}\n")


_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "arrayShape": "cr:arrayShape", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases", "dataCollection": "cr:dataCollection", "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isArray": "cr:isArray", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5",
    "parentField": "cr:parentField", "path": "cr:path", "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator",
    "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
    "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"}, "rai": "http://mlcommons.org/croissant/RAI/"}
_ENCODINGS = {".h5": "application/x-hdf5", ".csv": "text/csv", ".json": "application/json", ".html": "text/html",
              ".md": "text/markdown", ".pdf": "application/pdf", ".svg": "image/svg+xml", ".png": "image/png"}


def _croissant(about: dict[str, Any], folder: pathlib.Path) -> dict[str, Any]:
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        files.append({"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name, "contentSize": f"{path.stat().st_size} B",
                      "encodingFormat": _ENCODINGS.get(path.suffix, "application/octet-stream"), "sha256": digest})
    types = {"size": "sc:Integer", "n": "sc:Integer", "value": "sc:Float", "low": "sc:Float", "high": "sc:Float"}
    fields = [{"@type": "cr:Field", "@id": f"numbers/{column}", "name": column, "dataType": types.get(column, "sc:Text"),
               "source": {"fileObject": {"@id": "numbers.csv"}, "extract": {"column": column}}} for column in _NUMBER_COLUMNS]
    return {"@context": _CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": about["name"],
            "description": about["description"], "license": about["license"], "datePublished": about["date"], "version": "1.0.0",
            "url": about["url"], "creator": [{"@type": "sc:Person", "name": author} for author in about["authors"]],
            "citeAs": f"{', '.join(about['authors'])}: {about['title']}, {about['date'][:4]}", "distribution": files,
            "recordSet": [{"@type": "cr:RecordSet", "@id": "numbers", "name": "numbers",
                           "description": "The numbers of the report.", "field": fields}]}


# ---- The command

def _require_no_places(folder: pathlib.Path, run: pathlib.Path) -> None:
    """Looks for names of this machine in all bytes. Very short names, which other texts contain, are not looked for."""
    wanted = {str(run.resolve()), str(pathlib.Path.home()), os.getcwd(), socket.gethostname(), getpass.getuser()}
    wanted = {name.encode() for name in wanted if len(name) > 5}
    for path in folder.rglob("*"):
        if path.is_file():
            found = [name.decode() for name in wanted if name in path.read_bytes()]
            if found:
                raise _error(f"{path.relative_to(folder)} holds {found[0]!r}", "it names this machine, its user or a folder",
                             "remove it from the run, and publish again")


def publish(run: str | os.PathLike, out: str | os.PathLike, authors: list[str], license: str = "cc-by-4.0",  # noqa: A002
            title: str | None = None, url: str = "https://example.org/") -> pathlib.Path:
    """Writes the folder `out`, which must not exist. Returns it.

    Args:
        run: run directory with policy and report; its activations are included if `record` is finished.
        authors: for the citation.
        license: an SPDX identifier.
        title: of the data set; None: "Mazescan: NAME OF THE RUN".
        url: where it will be.

    Raises:
        ValueError: the run is incomplete or damaged, or `out` exists. Nothing is left behind then.
    """
    run, out = pathlib.Path(run), pathlib.Path(out)
    if out.exists():
        raise _error(f"{out} exists", "a folder is published once", "another folder, or remove it")
    for name, maker in (("config.yaml", "mazescan-trainer"), ("policy.safetensors", "mazescan-trainer"),
                        ("report/index.html", "mazescan-evaluator report")):
        if not (run / name).is_file():
            raise _error(f"{run / name} is missing", "a publication has the policy and the report", f"{maker} writes it")
    config = (run / "config.yaml").read_text(encoding="utf-8")
    environment = re.search(r"(?m)^environment:[^\n]*\n\s+name:\s*(\S+)", config)
    dataset = recording.open(run / "record") if (run / "record" / "manifest.json").is_file() else None
    made_by = _scrubbed((dataset.manifest if dataset is not None else {}).get("about", {}))
    name = run.resolve().name
    about = {"name": name, "title": title or f"Mazescan: {name}", "authors": authors, "license": license, "url": url,
             "date": datetime.datetime.now(datetime.UTC).date().isoformat(), "made_by": made_by,
             "environment": environment[1] if environment else "maze_aisc",
             "description": "A policy that was trained on procgen's mazes, measurements of what it wants, and "
                            "the activations of its layers." if dataset is not None else
                            "A policy that was trained on procgen's mazes, and measurements of what it wants."}
    out.parent.mkdir(parents=True, exist_ok=True)
    place = tempfile.mkdtemp(prefix=f".{out.name}.tmp-", dir=out.parent)  # for its owner only, unlike what is in it
    temporary = pathlib.Path(place) / "new"
    try:
        temporary.mkdir()
        counts = _write_data(dataset, temporary / "data") if dataset is not None else {}
        _copy_report(run / "report", temporary / "report")
        _write_numbers(run / "report" / "summary.json", temporary / "numbers.csv")
        (temporary / "policy").mkdir()
        shutil.copyfile(run / "policy.safetensors", temporary / "policy" / "policy.safetensors")
        (temporary / "policy" / "config.yaml").write_text(_without_places(config), encoding="utf-8")
        (temporary / "policy" / "README.md").write_text(_model_card(about), encoding="utf-8")
        (temporary / "README.md").write_text(_dataset_card(about, dataset, counts), encoding="utf-8")
        (temporary / "CITATION.cff").write_text(_citation(about), encoding="utf-8")
        croissant = json.dumps(_croissant(about, temporary), indent=1, ensure_ascii=False) + "\n"
        (temporary / "croissant.json").write_text(croissant, encoding="utf-8")
        _require_no_places(temporary, run)
        temporary.rename(out)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return out


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mazescan.publish", description="Prepares a run for hubs of data sets and models.")
    parser.add_argument("run", help="run directory, with a report")
    parser.add_argument("out", help="folder to write; it must not exist")
    parser.add_argument("--author", action="append", required=True, help="for the citation; may be repeated")
    parser.add_argument("--license", default="cc-by-4.0", help="SPDX identifier (default: %(default)s)")
    parser.add_argument("--title", help="title of the data set")
    parser.add_argument("--url", default="https://example.org/", help="where it will be")
    options = parser.parse_args(arguments)
    try:
        out = publish(options.run, options.out, options.author, options.license, options.title, options.url)
    except (ValueError, OSError) as caught:
        print(caught, file=sys.stderr)
        return 2
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
