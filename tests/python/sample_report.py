"""Writes the reports of two small runs, and their comparison, for report_browser_test.py. Usage: sample_report.py FOLDER

FOLDER is the first run directory, FOLDER-other the second. The comparison is in FOLDER/comparison.
"""
import pathlib
import shutil
import sys

import programs

SCANNED = (("levels: 24", "levels: 120"), ("chunk: 8", "chunk: 40"),
           ("[top_right, top_left, uniform]", "[top_right, top_left, bottom_right, bottom_left, centre, uniform, off_region]"))
# A second policy for the network of the page: another activation function, procgen's actions, mazes in the centre.
OTHER = (("seed: 3", "seed: 4"), ("world_dim: 5", "world_dim: 7"), ("region: 1", "region: 2"), ("anchor: bottom_left", "anchor: centre"), ("actions: moves", "actions: procgen"),
         ("residual_blocks: 1", "residual_blocks: 2"), ("activation: relu", "activation: gelu"),
         ("  curriculum:\n", "  loss: {activation_l1: {from: 0.01, to: 0.01}}\n  curriculum:\n"), ("sizes: [3, 5]", "sizes: [3, 5, 7]"))

folder = pathlib.Path(sys.argv[1])
other = folder.with_name(folder.name + "-other")
for run, changes in ((folder, [("steps: 5120", "steps: 102400")]), (other, [("steps: 5120", "steps: 10240"), *OTHER])):
    shutil.rmtree(run, ignore_errors=True)
    run.parent.mkdir(parents=True, exist_ok=True)
    config = programs.write_config(run, *changes, *SCANNED)
    programs.run(programs.TRAINER, config, ranks=2)
    programs.run(programs.EVALUATOR, "scan", config, ranks=2)
    programs.run(programs.EVALUATOR, "report", config)
programs.run(programs.EVALUATOR, "compare", folder / "comparison", folder, other)
