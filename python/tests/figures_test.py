"""mazescan.figures: each type of chart is drawn; fonts are embedded as TrueType; equal charts give equal files."""
import contextlib
import io
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

try:
    import matplotlib  # noqa: F401
    from mazescan import figures
except ImportError as error:
    matplotlib = None
    print(f"######## SKIPPED: figures for papers were NOT tested ({error})")


if shutil.which("pdffonts") is None:
    print("######## SKIPPED: the fonts of figures were NOT listed by pdffonts; apt-get install poppler-utils")


def value(number, low=None, high=None):
    return {"value": number, "low": low, "high": high, "n": 9}


CURVE = {"type": "curve", "title": "C", "x": {"label": "maze size", "ticks": [3, 5]},
         "y": {"label": "found the cheese within three times the shortest path", "percent": True, "from": 0, "to": 1},
         "series": [{"name": f"series {i}", "points": [{"x": 3, **value(0.1 * i, 0, 1)}, {"x": 5, **value(None)}]} for i in range(10)]
         + [{"name": "thin", "style": "thin", "points": [{"x": 3, "value": 0.5}, {"x": 5, "value": 0.2}]}],
         "marks": [{"x": 4, "label": "T"}], "levels": [{"y": 0.5, "label": "one half"}]}
NAMED = {"type": "curve", "title": "N", "x": {"label": "layer"}, "y": {},
         "series": [{"name": "a", "points": [{"x": "conv", "value": 1}, {"x": "fc", "value": 2}]}]}
BARS = {"type": "bars", "title": "B", "x": {"label": "size", "values": [3, 5]}, "percent": True, "stacked": True,
        "series": [{"name": "cheese", "colour": "cheese", "values": [value(0.25), None]},
                   {"name": "neither", "values": [value(0.75), value(1.0)]}]}
HEAT = {"type": "heat", "title": "H", "x": {"values": [3, 5]}, "y": {"values": ["embedder.block1.conv"]}, "percent": True,
        "cells": [[value(0.5), None]], "marks": [[0, 1]]}
MAZES = {"type": "mazes", "title": "M",
         "mazes": [{"size": 3, "open": "111101111", "mouse": [0, 0], "cheese": [2, 2], "decision": [0, 2], "region": 1,
                    "path": [0, 3, 6, 7, 8], "moves": [200] * 40, "after": [1000, 0, 0, 0, 0] * 8, "shade": [0.5] * 8,
                    "caption": "A level with a long caption that needs more than one line"}]}


@unittest.skipIf(matplotlib is None, "matplotlib is not installed")
class Figures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_folder = pathlib.Path(folder.name)
        self.figures = self.run_folder / "report" / "figures"
        self.figures.mkdir(parents=True)

    def write(self, **charts):
        for name, chart in charts.items():
            (self.figures / f"{name}.json").write_text(json.dumps(chart), encoding="utf-8")

    def test_every_type_in_every_format(self):
        self.write(curve=CURVE, named=NAMED, bars=BARS, heat=HEAT, mazes=MAZES)
        for style in ("neurips", "icml"):
            out = self.run_folder / style
            self.assertEqual(figures.main([str(self.run_folder), "--style", style, "--out", str(out)]), 0)
            for name in ("curve", "named", "bars", "heat", "mazes"):
                pdf = (out / f"{name}.pdf").read_bytes()
                self.assertIn(b"/FontFile2", pdf)  # an embedded TrueType font
                self.assertNotIn(b"/Type3", pdf)
                self.assertIn(b"<svg", (out / f"{name}.svg").read_bytes())
                self.assertTrue((out / f"{name}.png").read_bytes().startswith(b"\x89PNG"))
        again = self.run_folder / "again"
        figures.draw_all(self.run_folder, "icml", again, ("pdf", "svg"))
        for path in again.iterdir():
            self.assertEqual(path.read_bytes(), (self.run_folder / "icml" / path.name).read_bytes(), path.name)

    @unittest.skipIf(shutil.which("pdffonts") is None, "pdffonts is not installed")
    def test_pdffonts_lists_embedded_truetype_only(self):
        self.write(curve=CURVE, named=NAMED, bars=BARS, heat=HEAT, mazes=MAZES)
        for style in figures.STYLES:
            for path in figures.draw_all(self.run_folder, style, self.run_folder / style, ("pdf",)):
                header, rule, *fonts = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout.splitlines()
                widths = [len(part) for part in rule.split(" ") if part]
                begins = [sum(widths[:i]) + i for i in range(len(widths))]
                columns = {name: i for i, name in enumerate(("name", "type", "encoding", "emb"))}
                self.assertTrue(fonts, path)
                for font in fonts:
                    cells = [font[begin:begin + width].strip() for begin, width in zip(begins, widths)]
                    self.assertIn(cells[columns["type"]], ("TrueType", "CID TrueType"), (path, header, font))
                    self.assertEqual(cells[columns["emb"]], "yes", (path, font))

    def test_widths_are_those_of_columns(self):
        for style in figures.STYLES.values():
            self.assertEqual(figures.draw(CURVE, style).get_size_inches()[0], style.column)
            self.assertEqual(figures.draw(MAZES, style).get_size_inches()[0], style.full)

    def test_a_curve_shows_its_points_and_intervals(self):
        [axes] = figures.draw(CURVE).axes
        [bars] = [bar for bar in axes.containers if bar.get_label() == "series 3"]
        self.assertEqual(bars[0].get_xydata().tolist(), [[3, 0.1 * 3]])
        [[[_, low], [_, high]]] = bars[2][0].get_segments()
        self.assertAlmostEqual(low, 0)
        self.assertAlmostEqual(high, 1)

    def test_errors(self):
        for fragment, arguments, chart in (("holds no figures", [], None), ("--formats bmp", ["--formats", "bmp"], CURVE),
                                           ("chart of type 'pie'", [], {"type": "pie"}), ("cannot be drawn", [], {"type": "heat"})):
            if chart is not None:
                self.write(chart=chart)
            errors = io.StringIO()
            with self.subTest(fragment), contextlib.redirect_stderr(errors):
                self.assertEqual(figures.main([str(self.run_folder), *arguments]), 2)
            for part in (fragment, "reason:", "hint:"):
                self.assertIn(part, errors.getvalue())


if __name__ == "__main__":
    unittest.main()
