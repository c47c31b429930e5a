#!/usr/bin/python3
"""Opens a report in headless Chromium and checks what its scripts drew.

Usage: report_browser_test.py RUN   (or MAZESCAN_REPORT=RUN), where RUN is a run directory made by sample_report.py

Needs `chromium`. Fails without it, or is skipped if MAZESCAN_WITHOUT_BROWSER=1.
"""
import base64
import csv
import json
import math
import os
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

import numpy as np

import browser
from browser import Page
from sample_answers import ANSWERS, SIZES

RUN = pathlib.Path(os.environ.get("MAZESCAN_REPORT", ""))

# Clicks every control of the page; returns the text of the matrix after each click, and the saved files.
CLICK_EVERYTHING = r"""
const matrix = () => document.querySelector('[data-figure=success-matrix] svg').textContent;
const clicks = [];
for (const group of document.querySelectorAll('.segmented')) {
  for (const button of group.querySelectorAll('button')) {
    button.click();
    clicks.push([group.getAttribute('aria-label'), button.textContent, button.getAttribute('aria-pressed'), matrix()]);
  }
  group.querySelector('button').click();
}
for (const button of document.querySelectorAll('.chips button, .plain, #theme, .figure-tools button')) button.click();
for (const figure of document.querySelectorAll('svg.figure')) {
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'Escape']) figure.dispatchEvent(new KeyboardEvent('keydown', { key }));
}
note({ clicks, files: await Promise.all(kept) });
"""

# Hovers over the marks of every figure and moves to one by key; returns the tooltips.
HOVER = r"""
const tip = document.getElementById('tip');
const tips = {};
for (const figure of document.querySelectorAll('figure')) {
  const marks = [...figure.querySelectorAll('[data-tip]')];
  const hovered = marks.map((mark) => {
    mark.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 300, clientY: 300 }));
    return tip.hidden ? '' : tip.innerText;
  });
  document.body.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
  const left = tip.hidden;
  const svg = figure.querySelector('svg.figure[role=img]');
  if (svg) svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
  tips[figure.dataset.figure] = { hovered, left, stepped: svg ? tip.innerText : hovered[0] };
}
note(tips);
"""

# Moves cheese and mouse by pointer and keys, builds a wall, runs the policy; returns the maze after each action.
PLAY = r"""
const figure = document.querySelector('[data-figure=playground]');
const svg = figure.querySelector('svg.figure');
const size = Math.max(...[...document.querySelectorAll('[aria-label="Size of your maze"] button')].map((button) => +button.textContent));
document.querySelectorAll('[aria-label="Size of your maze"] button').forEach((button) => { if (+button.textContent === size) button.click(); });
const seen = [];
const rest = (ms = 300) => new Promise((done) => setTimeout(done, ms));
const look = (what) => seen.push({ what, label: svg.getAttribute('aria-label'), arrows: svg.querySelector('.arrows').innerHTML,
  cells: svg.querySelectorAll('.floor rect').length, walk: svg.querySelector('.walk').getAttribute('points'), status: document.querySelector('.play-status').textContent });
const cellAt = (index) => svg.querySelectorAll('.floor rect')[index].getBoundingClientRect();
const press = (type, box) => svg.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 }));
const tool = (name) => [...document.querySelectorAll('[aria-label="A click moves"] button')].find((button) => button.textContent === name).click();
const button = (name) => [...document.querySelectorAll('#playground .plain')].find((each) => each.textContent.includes(name)).click();
await rest(); look('begin');
const last = svg.querySelectorAll('.floor rect').length - 1;
press('pointerdown', cellAt(last)); press('pointerup', cellAt(last)); await rest(); look('cheese clicked to the last cell');
const wide = cellAt(last), to = cellAt(last - 1);
press('pointerdown', wide); press('pointermove', to); press('pointerup', to); await rest(); look('cheese dragged');
tool('mouse'); press('pointerdown', cellAt(2)); press('pointerup', cellAt(2)); await rest(); look('mouse put');
svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' })); svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' })); await rest(); look('mouse by keys');
button('back to the start'); await rest(); look('start');
button('greedy'); await rest(8000); look('walked');
tool('walls'); press('pointerdown', cellAt(3)); press('pointerup', cellAt(3)); await rest(); look('walled');
button('next maze'); await rest(); look('next');
note({ seen, size });
"""


def values_of(chart):
    """Returns all numbers that a chart shows, including intervals."""
    if chart["type"] == "curve":
        cells = [point for series in chart["series"] for point in series["points"]]
    elif chart["type"] == "heat":
        cells = [cell for row in chart["cells"] for cell in row]
    elif chart["type"] == "bars":
        cells = [cell for series in chart["series"] for cell in series["values"]]
    elif chart["type"] == "table":
        cells = [cell if isinstance(cell, dict) else {"value": cell} for row in chart["rows"] for cell in row if isinstance(cell, (dict, int, float))]
    else:
        cells = [{"value": share / 1000} for maze in chart["mazes"] for share in maze.get("moves", []) + maze.get("after", [])]
        cells += [{"value": share} for maze in chart["mazes"] for share in maze.get("shade", [])]
    return [cell[key] for cell in cells if cell for key in ("value", "low", "high") if cell.get(key) is not None]


def shows(chart):
    """Returns whether a chart has content; tables and mazes may have no numbers."""
    return bool(chart and (chart.get("rows") or chart.get("mazes") or values_of(chart)))


def figures_of(document):
    """Returns the names of the figures that a page must show."""
    names = {"success-matrix", "success-curves", "outcomes"}
    names |= {"cheese-cells"} if any(row["measure"] == "cell_success" for row in document["rows"]) else set()
    names |= {"one-walk", "vector-fields"} if document["examples"] else set()
    names |= {"training"} if document["training"] else set()
    names |= {"playground"} if document["play"]["network"] else set()
    names |= {f"sparsity-{i + 1}" for i in range(len(document["sparsity"]))}
    names |= {f"rationale-{i + 1}" for i in range(len(document["rationale"]))}
    for question in document["questions"]:
        names |= {f"{question['id']}-{i + 1}" for i in range(sum(shows(chart) for chart in question["figures"]))}
    return names


class PageTest(unittest.TestCase):
    """Checks that apply to every page. Base class without tests."""

    def check_page(self, source, text, console, figures):
        page = Page(text)
        self.assertEqual(console, [])
        self.assertEqual(page.root.get("data-drawn"), "yes")
        self.assertEqual(page.bad, [])
        self.assertEqual(figures, set(page.figures))
        for name, figure in page.figures.items():
            with self.subTest(name):
                # The figure of a question may be a table of one row of plain numbers.
                self.assertGreater(figure["shapes"], 0 if name.startswith("Q") else 5)
                self.assertGreater(figure["tips"], -1 if name.startswith("Q") else 1)
                self.assertGreater(len(figure["label"]), 10)
        visible = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
        self.assertNotRegex(visible, r"\bNaN\b|\bundefined\b|\[object")
        for link in page.links:
            self.assertRegex(link, r"^(#|data:)", link)
            if link.startswith("#"):
                self.assertIn(link[1:], page.ids)
        self.assertNotRegex(source.split("<body>")[0], r"https?:|@import|url\(")
        self.assertIn("default-src 'none'", source)

    def check_files(self, files, figures):
        pictures = [text for _, kind, text in files if kind == "image/svg+xml"]
        self.assertEqual(len(pictures), len(figures))
        for picture in pictures:
            self.assertEqual(xml.etree.ElementTree.fromstring(picture).tag, "{http://www.w3.org/2000/svg}svg")
            self.assertNotIn("var(", picture, "a saved file has no style sheet that defines the colour")
        for name, kind, table in files:
            if kind != "text/csv":
                continue
            lines = list(csv.reader(table.splitlines()))
            self.assertGreater(len(lines), 1, name)
            self.assertEqual({len(line) for line in lines}, {len(lines[0])}, name)

    def check_widths(self, source):
        script = "note([document.documentElement.scrollWidth, innerWidth]);"
        for width in (500, 1600):
            (wide, window), console = browser.evaluate(source, script, f"--window-size={width},900")
            self.assertLessEqual(wide, window, f"scrolls sideways at {width} px")
            self.assertEqual(console, [])


class ReportInBrowser(PageTest):
    """A report as written by `report`."""

    @classmethod
    def setUpClass(cls):
        browser.require_browser(unittest.SkipTest)
        cls.source = (RUN / "report" / "index.html").read_text(encoding="utf-8")
        cls.document = browser.embedded(cls.source, "document")
        cls.text, cls.console = browser.browse(RUN / "report" / "index.html", "--window-size=1280,900")

    def test_page(self):
        self.check_page(self.source, self.text, self.console, figures_of(self.document))

    def test_console_errors_are_detected(self):
        text, console = browser.browse_text(self.source.replace("buildTheme();\n", "buildThemeThatIsNot();\n", 1))
        self.assertTrue(any("buildThemeThatIsNot" in line for line in console), console)
        self.assertNotEqual(Page(text).root.get("data-drawn"), "yes")

    def test_shows_the_verdict_and_the_numbers_of_summary_json(self):
        summary = json.loads((RUN / "report" / "summary.json").read_text(encoding="utf-8"))
        verdict = self.document["verdict"]
        self.assertEqual([row for row in summary if "finding" not in row], self.document["rows"])
        self.assertEqual([row["id"] for row in summary if "finding" in row], 
                         [question["id"] + suffix for question in self.document["questions"]
                          for suffix in ["", *(f"/{other['key']}" for other in question["others"])]])
        self.assertIn(verdict["headline"], self.text)
        rows = {row["id"]: row for row in summary}
        large = re.findall(r'class="figure-value">([\d.]+)<', self.text)
        self.assertEqual(len(large), len(verdict["rows"]))
        for shown, name in zip(large, verdict["rows"]):
            self.assertAlmostEqual(float(shown), 100 * rows[name]["value"], delta=0.51, msg=name)

    def test_draws_every_loss_term_by_its_name(self):
        other, _ = browser.browse(RUN.with_name(RUN.name + "-other") / "report" / "index.html", "--window-size=1280,900")
        for text, terms in ((self.text, {"policy_loss", "value_loss", "entropy"}),
                            (other, {"policy_loss", "value_loss", "entropy", "activation_l1"})):
            self.assertEqual(set(re.findall(r">Loss term (\w+)<", text)), terms)

    def test_controls_work(self):
        result, console = browser.evaluate(self.source, CLICK_EVERYTHING)
        self.assertEqual(console, [])
        self.assertTrue(all(pressed == "true" for _, _, pressed, _ in result["clicks"]))
        matrices = [matrix for group, _, _, matrix in result["clicks"] if group == "Success measure"]
        self.assertGreater(len(set(matrices)), 2, "the matrix does not depend on the measure")
        self.check_files(result["files"], figures_of(self.document))

    def test_page_fits_all_widths(self):
        self.check_widths(self.source)


class QuestionsInBrowser(PageTest):
    """The same report with answers to all questions."""

    @classmethod
    def setUpClass(cls):
        browser.require_browser(unittest.SkipTest)
        source = (RUN / "report" / "index.html").read_text(encoding="utf-8")
        cls.document = {**browser.embedded(source, "document"), "questions": ANSWERS}
        cls.source = browser.with_document(source, cls.document)

    def test_page(self):
        text, console = browser.browse_text(self.source, "--window-size=1280,900")
        self.assertEqual({chart["type"] for answer in ANSWERS for chart in filter(None, answer["figures"])}, {"curve", "heat", "bars", "table", "mazes"})
        self.check_page(self.source, text, console, figures_of(self.document))

    def test_first_screen_lists_every_question(self):
        rows, _ = browser.evaluate(self.source, """note([...document.querySelectorAll('#question-list a')].map((row) => (
            { to: row.getAttribute('href'), text: row.innerText, bottom: row.getBoundingClientRect().bottom, bars: row.querySelectorAll('.interval').length })));""",
                              "--window-size=1280,1000")
        self.assertEqual([row["to"] for row in rows], [f"#{answer['id']}" for answer in ANSWERS])
        self.assertLess(rows[-1]["bottom"], 1000, "the questions do not fit on one screen")
        for row, answer in zip(rows, ANSWERS):
            with self.subTest(answer["id"]):
                self.assertIn(answer["statement"], row["text"])
                if answer["finding"] == "not applicable" and answer["others"]:
                    answer = answer["others"][0]
                    self.assertIn(f"Only at {answer['scope']}: ", row["text"])
                self.assertIn(answer["finding"], row["text"])
                self.assertTrue(any(shape in row["text"] for shape in "●✕◐○"), "the finding is shown by colour only")
                if answer["value"] is None:
                    continue
                self.assertIn(f"n = {answer['n']:,}", row["text"])
                self.assertIn("exact, n" if answer["exact"] else "95 %: ", row["text"])
                shown = float(re.search(r"\n([\d.]+)", row["text"])[1])
                self.assertAlmostEqual(shown, 100 * answer["value"] if answer["percent"] else answer["value"], delta=0.51 if answer["percent"] else 0.01)
                self.assertEqual(row["bars"], answer["percent"])

    def test_long_tables_open(self):
        (shown, opened), console = browser.evaluate(self.source, """const table = document.querySelector('#Q2 table'), rows = () => [...table.querySelectorAll('tbody tr')].filter((row) => row.offsetHeight > 0).length;
            const before = rows(); document.querySelector('#Q2 .all-rows').click(); note([before, rows()]);""")
        self.assertEqual(console, [])
        self.assertEqual((shown, opened), (10, 20))

    def test_hovering_shows_values(self):
        tips, console = browser.evaluate(self.source, HOVER)
        self.assertEqual(console, [])
        self.assertEqual(set(tips), figures_of(self.document))
        for name, tip in tips.items():
            with self.subTest(name):
                self.assertTrue(all(tip["hovered"]), "a mark has no tooltip")
                self.assertTrue(tip["left"], "the tooltip stays after leaving the mark")
                self.assertIn("\n", tip["stepped"])
        cell = next(text for text in tips["Q6-1"]["hovered"] if "embedder.block2.conv" in text and "size 7" in text)
        self.assertRegex(cell, r"79\s%.*77 – 82\s%\nn = 1,000")
        self.assertTrue(any(re.search(r"5\.2|n = 120", text) for text in tips["Q2-1"]["hovered"]))

    def test_models_are_thin_lines_and_ticks_are_real_sizes(self):
        (ticks, marks, widths), console = browser.evaluate(self.source, """const svg = document.querySelector('[data-figure=Q3-1] svg.figure');
            const width = (curve) => parseFloat(getComputedStyle(document.querySelector(curve)).strokeWidth);
            note([[...svg.querySelectorAll('text.tick')].map((text) => text.textContent), svg.querySelectorAll('.dot').length, ['polyline.thin', '[data-figure=Q2-1] polyline.curve'].map(width)]);""")
        self.assertEqual(console, [])
        self.assertEqual([text for text in ticks if re.fullmatch(r"[\d.]+", text)], [str(size) for size in SIZES])
        self.assertEqual(marks, len(SIZES), "only measured points are marked")
        self.assertLess(widths[0], 0.6 * widths[1])

    def test_saved_files_contain_the_numbers(self):
        result, console = browser.evaluate(self.source, "document.querySelectorAll('figure .figure-tools button').forEach((button) => button.click()); note(await Promise.all(kept));")
        self.assertEqual(console, [])
        self.check_files(result, figures_of(self.document))
        files = {name: text for name, _, text in result}
        for answer in ANSWERS:
            for i, chart in enumerate(filter(None, answer["figures"])):
                name = f"{answer['id']}-{i + 1}"
                with self.subTest(name):
                    numbers = [float(cell) for line in csv.reader(files[f"{name}.csv"].splitlines()) for cell in line if re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
                    for number in values_of(chart):
                        self.assertTrue(any(math.isclose(number, each, rel_tol=1e-12, abs_tol=1e-12) for each in numbers), number)
                    if chart["type"] == "heat" and chart.get("percent"):
                        texts = re.findall(r"<text[^>]*>(\d+)</text>", files[f"{name}.svg"])
                        for row in chart["cells"]:
                            for cell in filter(None, row):
                                self.assertIn(f"{100 * cell['value']:.0f}", texts)

    def test_page_fits_all_widths(self):
        self.check_widths(self.source)

    def test_unknown_charts_are_reported(self):
        document = {**self.document, "questions": [{**ANSWERS[0], "figures": [{"type": "hologram", "title": "What?"}]}]}
        text, console = browser.browse_text(browser.with_document(self.source, document))
        self.assertEqual(console, [])
        self.assertIn("cannot draw a chart of type “hologram”", text)


class PlayInBrowser(unittest.TestCase):
    """The interactive maze."""

    @classmethod
    def setUpClass(cls):
        browser.require_browser(unittest.SkipTest)
        cls.sources = {run.name: (run / "report" / "index.html").read_text(encoding="utf-8") for run in (RUN, RUN.with_name(RUN.name + "-other"))}
        cls.source = cls.sources[RUN.name]

    def difference(self, source):
        difference, console = browser.evaluate_within(source, "note(largestDifference(policyOf(DOC.play), DOC.examples, Infinity));")
        self.assertEqual(console, [])
        return difference

    def test_its_network_equals_the_policy(self):
        for name, source in self.sources.items():
            with self.subTest(name):
                self.assertLess(self.difference(source), 0.6, "in thousandths; rounding contributes up to a half")

    def test_another_network_is_detected(self):
        document = browser.embedded(self.source, "document")
        weights = np.frombuffer(base64.b64decode(document["play"]["network"]["weights"]), "<f4").copy()
        weights[:36] += 0.2
        document["play"]["network"]["weights"] = base64.b64encode(weights.tobytes()).decode()
        source = browser.with_document(self.source, document)
        self.assertGreater(self.difference(source), 2)
        self.assertIn("do not trust them", browser.browse_text(source)[0])

    def test_activation_functions(self):
        points = [-4, -1.5, -0.3, 0, 0.2, 1, 3.7]
        expected = {
            "relu": lambda x: max(x, 0), "leaky_relu": lambda x: x if x > 0 else 0.3 * x, "elu": lambda x: x if x > 0 else 2 * math.expm1(x),
            "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))), "silu": lambda x: x / (1 + math.exp(-x)), "tanh": math.tanh}
        result, _ = browser.evaluate_within(self.source, f"""
            const x = {{ data: Float32Array.from({points}), shape: [{len(points)}] }};
            const options = {{ negative_slope: 0.3, alpha: 2 }};
            note(Object.fromEntries({json.dumps(list(expected))}.map((name) => [name, [...LAYERS[name]([x], [], options)]])));""")
        self.assertEqual(set(result), set(expected))
        for name, values in result.items():
            np.testing.assert_allclose(values, [expected[name](x) for x in points], atol=1e-6, err_msg=name)

    def test_a_kind_of_layer_that_the_page_does_not_know(self):
        document = browser.embedded(self.source, "document")
        document["play"]["network"]["layers"][1]["kind"] = "hologram"
        text, console = browser.browse_text(browser.with_document(self.source, document))
        self.assertEqual(console, [])
        self.assertIn("layers that the page cannot compute: hologram", text)
        self.assertNotIn("playground", Page(text).figures)

    def test_mouse_cheese_and_walls_move(self):
        for flags in ([], ["--force-prefers-reduced-motion"]):
            with self.subTest(flags=flags):
                result, console = browser.evaluate(self.source, PLAY, *flags)
                self.assertEqual(console, [])
                self.check_play({each["what"]: each for each in result["seen"]}, result["size"])

    def check_play(self, seen, size):
        def label(what):
            return seen[what]["label"]
        self.assertIn(f"cheese at column {size}, row {size}", label("cheese clicked to the last cell"))
        self.assertIn(f"cheese at column {size - 1}, row {size}", label("cheese dragged"))
        self.assertNotEqual(seen["cheese clicked to the last cell"]["arrows"], seen["cheese dragged"]["arrows"], "the arrows do not depend on the cheese")
        self.assertIn("mouse at column 3, row 1", label("mouse put"))
        self.assertEqual(seen["cheese dragged"]["arrows"], seen["mouse put"]["arrows"], "the arrows depend on the mouse")
        self.assertIn("mouse at column 2, row 1", label("mouse by keys"))
        self.assertIn("mouse at column 1, row 1", label("start"))
        self.assertRegex(seen["start"]["status"], r"Here the mouse would go .* The cheese is \d+ steps away")
        self.assertRegex(seen["walked"]["status"], r"The mouse (found|stays|goes|is without)")
        self.assertEqual(abs(seen["walled"]["cells"] - seen["start"]["cells"]), 1)
        self.assertNotEqual(seen["next"]["arrows"], seen["walled"]["arrows"])

    def test_without_a_network_the_page_gives_the_reason(self):
        document = browser.embedded(self.source, "document")
        document["play"] = {"network": None, "unavailable": "This policy sees pictures, and the page draws none."}
        text, console = browser.browse_text(browser.with_document(self.source, document))
        self.assertEqual(console, [])
        self.assertIn("This policy sees pictures", text)
        self.assertIn("vector-fields", Page(text).figures)
        self.assertNotIn("playground", Page(text).figures)


class ComparisonInBrowser(PageTest):
    """The comparison of two policies."""

    @classmethod
    def setUpClass(cls):
        browser.require_browser(unittest.SkipTest)
        cls.path = RUN / "comparison" / "index.html"
        cls.source = cls.path.read_text(encoding="utf-8")
        cls.document = browser.embedded(cls.source, "document")

    def test_page(self):
        text, console = browser.browse(self.path, "--window-size=1280,900")
        self.check_page(self.source, text, console, {f"comparison-{i + 1}" for i in range(len(self.document["figures"]))})
        for name in (RUN.name, RUN.name + "-other"):
            self.assertIn(name, text)
        self.assertIn("too few to say anything about training", text)

    def test_its_numbers_equal_those_of_the_reports(self):
        headline = next(chart for chart in self.document["figures"] if chart["title"].startswith("Off-path success against maze size"))
        for run in (RUN, RUN.with_name(RUN.name + "-other")):
            rows = {row["id"]: row for row in json.loads((run / "report" / "summary.json").read_text(encoding="utf-8"))}
            points = next(series["points"] for series in headline["series"] if series["name"] == run.name)
            self.assertTrue(points)
            for point in points:
                row = rows[f"off_path_limit/size={point['x']}/placement=other_corners"]
                self.assertEqual([point[key] for key in ("value", "low", "high", "n")], [row[key] for key in ("value", "low", "high", "n")])

    def test_files_and_widths(self):
        files, _ = browser.evaluate(self.source, "document.querySelectorAll('figure .figure-tools button').forEach((button) => button.click()); note(await Promise.all(kept));")
        self.check_files(files, self.document["figures"])
        self.check_widths(self.source)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        RUN = pathlib.Path(sys.argv.pop(1))
    if not (RUN / "report" / "index.html").is_file():
        sys.exit(f"report_browser_test: no report in '{RUN}'; give a run directory that sample_report.py made")
    unittest.main()
