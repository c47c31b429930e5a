"""Opens pages in headless Chromium and returns the drawn document, the console, and the results of test scripts."""
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WITHOUT_BROWSER = os.environ.get("MAZESCAN_WITHOUT_BROWSER") == "1"
DRAWN = "document.documentElement.dataset.drawn = 'yes';"  # the last statement of a page's script
SHAPES = ("rect", "line", "polyline", "path", "circle", "polygon", "text", "td")

# Defines note(value) for test scripts: it stores the value as JSON in the page, in the element `result`.
NOTE = r"""
const note = (value) => {
  const element = document.createElement('script');
  element.type = 'application/json';
  element.id = 'result';
  element.textContent = JSON.stringify(value).replaceAll('<', '\\u003c');
  document.body.append(element);
};
"""
# Collects saved files in `kept` as [[name, type, text]]. Real downloads can stall the virtual clock.
KEEP_FILES = r"""
const blobs = new Map(), kept = [];
URL.createObjectURL = (blob) => { const url = `blob:kept-${blobs.size}`; blobs.set(url, blob); return url; };
HTMLAnchorElement.prototype.click = function () {
  const blob = blobs.get(this.href);
  kept.push(blob.text().then((text) => [this.download, blob.type, text]));
};
"""


class Page(html.parser.HTMLParser):
    """Parses a drawn page: figures with their marks, links, IDs, malformed attributes."""

    def __init__(self, text):
        super().__init__()
        self.figures, self.links, self.ids, self.bad, self.root = {}, [], set(), [], {}
        self.open_figure = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "html":
            self.root = attributes
        if tag == "figure":
            self.open_figure = attributes.get("data-figure")
            self.figures[self.open_figure] = {"shapes": 0, "tips": 0, "label": ""}
        if self.open_figure:
            figure = self.figures[self.open_figure]
            figure["shapes"] += tag in SHAPES
            figure["tips"] += "data-tip" in attributes
            if tag == "svg" or attributes.get("role") == "region":
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


def require_browser(skip):
    """Raises an error if there is no browser; raises `skip` instead if MAZESCAN_WITHOUT_BROWSER=1."""
    if CHROMIUM:
        return
    if WITHOUT_BROWSER:
        raise skip("MAZESCAN_WITHOUT_BROWSER=1: nothing was checked")
    raise RuntimeError("chromium is not installed: install it, or set MAZESCAN_WITHOUT_BROWSER=1 to skip this test")


def browse(page, *flags):
    """Opens a file, or an address that begins with http. Returns the document after its scripts have run, and the lines of
    the console."""
    address = page if str(page).startswith("http") else pathlib.Path(page).resolve().as_uri()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # its processes may still write there
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=15000", f"--user-data-dir={profile}",
             *flags, "--dump-dom", address],
            capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def browse_text(source, *flags):
    """Opens a page given as text, as browse() does."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "index.html"
        path.write_text(source, encoding="utf-8")
        return browse(path, *flags)


def embedded(text, name):
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.S).group(1))


def with_document(source, document):
    """Returns the page with another document."""
    text = json.dumps(document).replace("<", "\\u003c")
    return re.sub(r'(<script type="application/json" id="document">).*?(</script>)', lambda found: found[1] + text + found[2], source, flags=re.S)


def evaluate(source, script, *flags):
    """Runs `script` in the drawn page, outside the page's script; returns the value it passes to note(), and the console."""
    code = f"<script>{NOTE}{KEEP_FILES}addEventListener('load', () => setTimeout(async () => {{ {script} }}, 200));</script></body>"
    text, console = browse_text(source.replace("</body>", code), *flags)
    return embedded(text, "result"), console


def evaluate_within(source, script):
    """Runs `script` as evaluate() does, but within the page's script, whose functions it may call."""
    text, console = browse_text(within(source, script))
    return embedded(text, "result"), console


def within(source, script):
    """Returns the page with `script` at the end of the page's own."""
    if source.count(DRAWN) != 1:
        raise AssertionError("the last statement of the page's script has changed")
    return source.replace(DRAWN, f"{DRAWN}\n{{ {NOTE} {script} }}")
