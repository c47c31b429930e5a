#!/usr/bin/python3
"""Opens a report in headless Chromium and looks at what its scripts drew.

Usage: report_browser_test.py REPORT/index.html   (or MAZESCAN_REPORT=REPORT/index.html)

Needs `chromium`; fails without it, unless MAZESCAN_WITHOUT_BROWSER=1 says that this machine has none.
"""
import csv
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

REPORT = pathlib.Path(os.environ.get("MAZESCAN_REPORT", ""))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WITHOUT_BROWSER = os.environ.get("MAZESCAN_WITHOUT_BROWSER") == "1"

# Clicks every control of the page, and notes in the page what the matrix said after each, and what was to be saved.
CLICK_EVERYTHING = r"""
<script>
const saved = [];
URL.createObjectURL = (blob) => { saved.push(blob.text().then((text) => [blob.type, text])); return 'blob:kept'; };
HTMLAnchorElement.prototype.click = () => {};  // a real download can stall the virtual clock
addEventListener('load', () => setTimeout(() => {
  const matrix = () => document.querySelector('[data-figure=success-matrix] svg').textContent;
  const said = [];
  for (const group of document.querySelectorAll('.segmented')) {
    for (const button of group.querySelectorAll('button')) {
      button.click();
      said.push([group.getAttribute('aria-label'), button.textContent, button.getAttribute('aria-pressed'), matrix()]);
    }
    group.querySelector('button').click();
  }
  for (const button of document.querySelectorAll('.chips button, .plain, #theme, .figure-tools button')) button.click();
  for (const figure of document.querySelectorAll('svg.figure')) {
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'Escape']) {
      figure.dispatchEvent(new KeyboardEvent('keydown', { key }));
    }
  }
  Promise.all(saved).then((files) => {
    const note = document.createElement('script');
    note.type = 'application/json';
    note.id = 'said';
    note.textContent = JSON.stringify({ said, files }).replaceAll('<', '\\u003c');
    document.body.append(note);
  });
}, 200));
</script>
"""


class Page(html.parser.HTMLParser):
    """What a drawn page holds: figures with their marks, links, text."""

    def __init__(self, text):
        super().__init__()
        self.figures, self.marks, self.links, self.bad, self.root = {}, 0, [], [], {}
        self.open_figure = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html":
            self.root = attributes
        if tag == "figure":
            self.open_figure = attributes.get("data-figure")
            self.figures[self.open_figure] = {"shapes": 0, "tips": 0, "label": ""}
        if self.open_figure:
            figure = self.figures[self.open_figure]
            figure["shapes"] += tag in ("rect", "line", "polyline", "path", "circle", "polygon", "text")
            figure["tips"] += "data-tip" in attributes
            if tag == "svg":
                figure["label"] = attributes.get("aria-label", "")
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            if name in attributes:
                self.links.append(attributes[name])
        for name, value in attributes.items():
            if value and re.search(r"NaN|undefined|Infinity|\[object", value):
                self.bad.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag):
        if tag == "figure":
            self.open_figure = None


def browse(path, *flags):
    """The document after its scripts ran, and what they wrote to the console."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=5000", f"--user-data-dir={profile}",
             *flags, "--dump-dom", path.resolve().as_uri()],
            capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def embedded(text, name):
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.S).group(1))


class ReportInBrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CHROMIUM:
            if WITHOUT_BROWSER:
                raise unittest.SkipTest("MAZESCAN_WITHOUT_BROWSER=1: nothing was checked")
            raise RuntimeError("no chromium here: install it, or set MAZESCAN_WITHOUT_BROWSER=1 to go without this test")
        cls.source = REPORT.read_text(encoding="utf-8")
        cls.document = embedded(cls.source, "document")
        cls.text, cls.console = browse(REPORT, "--window-size=1280,900")
        cls.page = Page(cls.text)

    def test_scripts_ran_to_their_end_in_silence(self):
        self.assertEqual(self.console, [])
        self.assertEqual(self.page.root.get("data-drawn"), "yes")

    def test_console_is_really_heard(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / "broken.html"
            broken.write_text(self.source.replace("buildTheme();\n", "buildThemeThatIsNot();\n", 1), encoding="utf-8")
            text, console = browse(broken)
        self.assertTrue(any("buildThemeThatIsNot" in line for line in console), console)
        self.assertNotEqual(Page(text).root.get("data-drawn"), "yes")

    def test_every_figure_is_drawn_and_told(self):
        wanted = {"success-matrix", "success-curves", "outcomes"}
        wanted |= {"cheese-cells"} if any(row["measure"] == "cell_success" for row in self.document["rows"]) else set()
        wanted |= {"one-walk", "vector-fields"} if self.document["examples"] else set()
        wanted |= {"training"} if self.document["training"] else set()
        self.assertEqual(wanted, set(self.page.figures))
        for name, figure in self.page.figures.items():
            with self.subTest(name):
                self.assertGreater(figure["shapes"], 10)
                self.assertGreater(figure["tips"], 1)
                self.assertGreater(len(figure["label"]), 20)

    def test_no_number_is_missing(self):
        self.assertEqual(self.page.bad, [])
        visible = re.sub(r"<(script|style).*?</\1>", "", self.text, flags=re.S)
        self.assertNotRegex(visible, r"\bNaN\b|\bundefined\b|\[object")

    def test_nothing_outside_is_asked_for(self):
        for link in self.page.links:
            self.assertRegex(link, r"^(#|data:)", link)
        self.assertNotRegex(self.source.split("<body>")[0], r"https?:|@import|url\(")
        self.assertIn("default-src 'none'", self.source)

    def test_shows_the_verdict_and_the_numbers_of_summary_json(self):
        summary = json.loads((REPORT.parent / "summary.json").read_text(encoding="utf-8"))
        verdict = self.document["verdict"]
        self.assertEqual(summary, self.document["rows"])
        self.assertIn(verdict["headline"], self.text)
        rows = {row["id"]: row for row in summary}
        large = re.findall(r'class="figure-value">([\d.]+)<', self.text)
        self.assertEqual(len(large), len(verdict["rows"]))
        for shown, name in zip(large, verdict["rows"]):
            self.assertAlmostEqual(float(shown), 100 * rows[name]["value"], delta=0.51, msg=name)

    def test_controls_work(self):
        with tempfile.TemporaryDirectory() as folder:
            clicked = pathlib.Path(folder) / "clicked.html"
            clicked.write_text(self.source.replace("</body>", CLICK_EVERYTHING + "</body>"), encoding="utf-8")
            text, console = browse(clicked)
        self.assertEqual(console, [])
        self.assertEqual(Page(text).bad, [])
        noted = embedded(text, "said")
        self.assertTrue(all(pressed == "true" for _, _, pressed, _ in noted["said"]))
        measures = [matrix for group, _, _, matrix in noted["said"] if group == "Success counted"]
        self.assertGreater(len(set(measures)), 2, "another measure gives another matrix")
        files = {kind: [text for its, text in noted["files"] if its == kind] for kind, _ in noted["files"]}
        self.assertEqual(len(files["image/svg+xml"]), len(self.page.figures))
        for picture in files["image/svg+xml"]:
            self.assertEqual(xml.etree.ElementTree.fromstring(picture).tag, "{http://www.w3.org/2000/svg}svg")
            self.assertNotIn("var(", picture, "a file of its own has no style sheet to look colours up in")
        for table in files["text/csv"]:
            lines = list(csv.reader(table.splitlines()))
            self.assertGreater(len(lines), 2)
            self.assertEqual({len(line) for line in lines}, {len(lines[0])})

    def test_narrow_screens_get_the_whole_figure(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "index.html"
            probe = ("<script>addEventListener('load', () => setTimeout(() => { document.title = "
                     "`${document.documentElement.scrollWidth} of ${innerWidth}`; }, 300));</script></body>")
            copy.write_text(self.source.replace("</body>", probe), encoding="utf-8")
            for width in (500, 1600):
                text, console = browse(copy, f"--window-size={width},900")
                wide, window = map(int, re.search(r"<title>(\d+) of (\d+)</title>", text).groups())
                self.assertLessEqual(wide, window, f"scrolls sideways at {width} px")
                self.assertEqual(console, [])


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        REPORT = pathlib.Path(sys.argv.pop(1))
    if not REPORT.is_file():
        sys.exit(f"report_browser_test: no report at '{REPORT}'; give the path of a report's index.html")
    unittest.main()
