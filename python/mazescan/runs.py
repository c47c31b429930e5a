"""Results of a run directory as pandas tables.

    from mazescan import runs
    runs.metrics("runs/quickstart")                            # a row for each update of the training
    runs.summary("runs/quickstart").query("measure == 'success_limit' and size == 9")
    runs.verdicts("runs/quickstart")[["finding", "scope", "value", "low", "high"]]
"""
from __future__ import annotations

import json
import os
import pathlib

import pandas


def _read(path: pathlib.Path, made_by: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read\n  reason: {error.strerror}\n  hint:   {made_by} writes it") from error


def metrics(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns metrics.jsonl: a row for each update, with columns such as `steps`, `success/9` and `loss/entropy`.

    Raises:
        ValueError: the run has no metrics.
    """
    rows = []
    for line in _read(pathlib.Path(run) / "metrics.jsonl", "mazescan-trainer").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # a killed training leaves an incomplete last line
        row = {}
        entry.pop("seal", None)
        for key, value in entry.items():
            if isinstance(value, dict):
                row |= {f"{key}/{name}": number for name, number in value.items()}
            else:
                row[key] = value
        rows.append(row)
    return pandas.DataFrame(rows).set_index("update")


def summary(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns report/summary.json: every number of the report with its 95 % interval, indexed by its id.

    Raises:
        ValueError: the run has no report.
    """
    text = _read(pathlib.Path(run) / "report" / "summary.json", "mazescan-evaluator report")
    return pandas.DataFrame(json.loads(text)).set_index("id")


def verdicts(run: str | os.PathLike) -> pandas.DataFrame:
    """Returns the verdicts of the questions: the rows of `summary` that have a finding."""
    rows = summary(run)
    return rows[rows["finding"].notna()]
