"""Makes the report of a small training and scan, for report_browser_test.py: sample_report.py FOLDER."""
import pathlib
import shutil
import sys

import programs

folder = pathlib.Path(sys.argv[1])
shutil.rmtree(folder, ignore_errors=True)
folder.parent.mkdir(parents=True, exist_ok=True)
config = programs.write_config(
    folder, ("steps: 5120", "steps: 102400"), ("levels: 24", "levels: 120"), ("block: 8", "block: 40"),
    ("[top_right, top_left, uniform]", "[top_right, top_left, bottom_right, bottom_left, centre, uniform, off_region]"))
programs.run(programs.TRAINER, config, ranks=2)
programs.run(programs.EVALUATOR, "scan", config, ranks=2)
programs.run(programs.EVALUATOR, "report", config)
