"""Compiles every table of a report and its numbers.tex by LaTeX: without an error, and with the numbers of summary.json.

Usage: latex_test.py RUN, where RUN is a run directory with a report, such as the one that sample_report.py makes.
Needs pdflatex with booktabs (Debian: texlive-latex-recommended); skipped without it.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

if shutil.which("pdflatex") is None:
    print("######## SKIPPED: tables and numbers.tex were NOT compiled (no pdflatex); apt-get install texlive-latex-recommended")
    sys.exit(77)

report = pathlib.Path(sys.argv[1]).resolve() / "report"
rows = json.loads((report / "summary.json").read_text(encoding="utf-8"))
tables = sorted((report / "tables").glob("*.tex"))
assert tables and rows
# \typeout writes what a macro expands to into the log, one line for each. \mazescan itself has an optional argument and so
# is not expanded there; the macro behind it is.
numbers = "".join(rf"\typeout{{@\csname\string\mazescan\endcsname[{part}]{{{row['id']}}}}}" + "\n" for row in rows if "finding" not in row
                  for part in ("value", "low", "high", "n"))
verdict = next(row["id"] for row in rows if row.get("finding"))
document = ("\\documentclass{article}\n\\usepackage[a0paper,landscape]{geometry}\n\\usepackage{booktabs}\n"
            f"\\begin{{document}}\n\\input{{{report}/numbers.tex}}\n{numbers}\\mazescan{{{verdict}}} \\mazescan[low]{{{rows[0]['id']}}}\n"
            + "".join(f"\\input{{{table}}}\n\n" for table in tables) + "\\end{document}\n")
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "paper.tex").write_text(document, encoding="utf-8")
    compiled = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=folder, check=False,
                              capture_output=True, text=True, errors="replace", timeout=120)
    assert compiled.returncode == 0, compiled.stdout[-2000:]
    assert (pathlib.Path(folder) / "paper.pdf").stat().st_size > 1000
    unknown = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error",
                              rf"\documentclass{{article}}\begin{{document}}\input{{{report}/numbers.tex}}\mazescan{{nothing}}\end{{document}}"],
                             cwd=folder, check=False, capture_output=True, text=True, errors="replace", timeout=120)
    assert unknown.returncode != 0 and "there is no number" in unknown.stdout, unknown.stdout[-2000:]
printed = re.findall(r"(?m)^@(.*)$", compiled.stdout)
expected = [row[part] for row in rows if "finding" not in row for part in ("value", "low", "high", "n")]
assert len(printed) == len(expected), (len(printed), len(expected))
compared = 0
for text, value in zip(printed, expected):
    if value is not None and re.fullmatch(r"-?[\d.]+", text):
        # Four digits, and shares in per cent.
        assert any(abs(float(text) - value * scale) <= 1e-3 * abs(value * scale) + 5e-4 for scale in (1, 100)), (text, value)
        compared += 1
print(f"{len(tables)} tables, {compared} numbers of {len(rows)} rows")
assert compared > len(rows)
