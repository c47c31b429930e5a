#!/usr/bin/python3
"""`mazescan-evaluator explore` as a user runs it: what it refuses, its page in a browser, and its end by a signal.

Needs `chromium` for the page. Fails without it, or is skipped if MAZESCAN_WITHOUT_BROWSER=1.
"""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import browser
from programs import BIN, EVALUATOR, TRAINER, run, temporary_folder, write_config

FOLDER = temporary_folder()
LIMIT = 64 << 20  # bytes of a request
CLAMP = "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [0, 2], cell: target, value: 9, elsewhere: 0}"

# Compares the network in the page with the program's, then uses the page as a reader does; returns what it saw.
USE = r"""
(async () => {
  await ready;
  const seen = { where: exploring.where, fault: document.querySelector('.fault').textContent };
  const rest = (ms = 50) => new Promise((done) => setTimeout(done, ms));
  const until = async (condition, what) => {
    for (let i = 0; i < 1200 && !condition(); i++) await rest();
    if (!condition()) throw new Error(`not reached: ${what}`);
  };
  const distance = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  const button = (name, parent = document) => [...parent.querySelectorAll('button')].find((each) => each.textContent.includes(name));
  const choose = (group, name) => button(name, document.querySelector(`[aria-label="${group}"]`)).click();
  const arrows = (figure) => document.querySelector(`[data-figure=${figure}] .arrows`).innerHTML;
  try {
    seen.rows = sceneRows(exploring.before);
    seen.maze = sentMaze(scene);
    const [page, program] = [local.before, remote.before];
    const [a, b] = [await page.field(scene, null, () => {}), await program.field(scene, null, () => {})];
    seen.difference = Math.max(distance(a.moves, b.moves) / 1000, distance(a.value, b.value));
    seen.greedy = distance(a.greedy, b.greedy);
    const [ta, tb] = [await page.taps(scene, null), await program.taps(scene, null)];
    seen.taps = ta.map((tap, i) => [tap.name, tap.name === tb[i].name, String(tap.shape) === String(tb[i].shape), distance([...tap.data], tb[i].data)]);

    const text = document.getElementById('edit-text');
    text.value = CLAMP_TEXT;
    button('use the edit').click();
    await until(() => exploring.after && exploring.after.value.some((value) => value), 'the field with the edit');
    seen.share = document.querySelector('#edit-body .edit-status').textContent;
    seen.shown = !document.getElementById('after').hidden;
    const [ea, eb] = [await local.after.field(scene, exploring.edits, () => {}), await remote.after.field(scene, exploring.edits, () => {})];
    seen.editedDifference = Math.max(distance(ea.moves, eb.moves) / 1000, distance(ea.value, eb.value));
    seen.effect = distance(ea.moves, a.moves);

    const before = arrows('field');
    choose('Where the network runs', 'by the program');
    await until(() => document.getElementById('timing').textContent.includes('by the program'), 'a field by the program');
    seen.sameArrows = arrows('field') === before;
    change([0, 2], 'cheese');
    choose('Where the network runs', 'in this page');
    await until(() => arrows('field') !== before, 'other arrows');
    seen.moved = true;

    button('greedy').click();
    await until(() => exploring.walks, 'a walk');
    const slider = document.querySelector('.timeline');
    slider.value = slider.max;
    slider.dispatchEvent(new Event('input'));
    seen.walk = { steps: Number(slider.max), mouse: cellIndex(scene.mouse), cells: exploring.walks.before.cells, caption: document.querySelector('[data-figure=field] figcaption').textContent };

    for (const name of ['SVG', 'CSV', 'PNG']) document.querySelectorAll('#scene figure').forEach((figure) => button(name, figure).click());
    button('YAML').click();
    button('all layers').click();
    await until(() => kept.length === 8, 'eight files');
    seen.files = await Promise.all(kept);

    text.value = '- {layer: embedder.block1.konv, kind: zero_channels, channels: [0]}';
    button('use the edit').click();
    await until(() => document.querySelector('#edit-body .fault'), 'a fault');
    seen.editFault = document.querySelector('#edit-body .fault').textContent;
    seen.hidden = document.getElementById('after').hidden;
    button('no edit').click();
    document.getElementById('theme').click();
    await rest(200);
  } catch (error) {
    seen.error = String(error.stack);
  }
  report(seen);
})();
"""


class Explorer:
    """A running program; `url` is its page."""

    def __init__(self, *arguments):
        self.folder = temporary_folder()  # where it runs, and where it could leave temporary files
        self.process = subprocess.Popen(
            [str(BIN / EVALUATOR), "explore", *map(str, arguments)], cwd=self.folder, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(self.folder)})
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        self.printed = "".join(lines)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/", self.printed)
        if not found:
            raise AssertionError(f"no address: {self.printed}{self.process.communicate()[1]}")
        self.url, self.port, self.token = found[0], int(found[1]), found[2]

    def ask(self, path, body=None, method=None, host=None, headers=()):
        """Sends a request; returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.putrequest(method or ("GET" if body is None else "POST"), path, skip_host=True)
            for each in [f"127.0.0.1:{self.port}"] if host is None else host:
                connection.putheader("Host", each)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in dict(headers):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def post(self, name, value, status=200):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        got, _, answer = self.ask(f"/{self.token}/{name}", body)
        assert got == status, (name, got, answer)
        return json.loads(answer)

    def end(self, number=signal.SIGINT):
        """Sends a signal; returns exit status, stderr and the seconds until the end."""
        begin = time.monotonic()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors, time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


# Sends the result of a script to the proxy.
REPORT = """const report = (value) => fetch('/result', { method: 'POST', body: JSON.stringify(value) });"""


class Proxy(http.server.ThreadingHTTPServer):
    """Serves an explorer's page with a script at its end, and passes on the other requests."""

    def __init__(self, explorer, script):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                status, headers, answer = explorer.ask(self.path, body)
                if self.command == "GET" and status == 200:
                    answer = browser.within(answer.decode(), script).encode()
                self.send_response(status)
                self.send_header("Content-Type", headers["Content-Type"])
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != "/result":
                    return self.answer(body)
                self.server.result.put(json.loads(body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        script = REPORT + script
        self.result = queue.Queue()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/{explorer.token}/"

    def visit(self, *flags):
        """Opens the page in a browser with a real clock, because a virtual one does not wait for the server. Returns what the
        script reports, and the lines of the console."""
        # Processes of the browser may still write into its profile.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, tempfile.TemporaryFile() as errors:
            page = subprocess.Popen([browser.CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-logging=stderr",
                                     "--log-level=0", "--remote-debugging-port=0", f"--user-data-dir={profile}", *flags, self.url], stdout=errors, stderr=errors)
            try:
                result = self.result.get(timeout=150)
            finally:
                page.terminate()
                page.wait()
            errors.seek(0)
            return result, re.findall(r"CONSOLE.*", errors.read().decode("utf-8", "replace"))

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *arguments):
        self.shutdown()
        super().__exit__(*arguments)


class ExploreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run(TRAINER, write_config(FOLDER / "run"))
        cls.policy = FOLDER / "run" / "policy.safetensors"

    def maze(self, explorer):
        maze = explorer.post("level", {"size": 5, "seed": 17, "placement": "top_left"})
        self.assertEqual(maze.pop("limit"), 30)
        return maze

    def test_a_request_needs_the_token_and_the_host(self):
        with Explorer(self.policy) as explorer:
            page, port = f"/{explorer.token}/", explorer.port
            self.assertIn(f"ssh -N -L {port}:127.0.0.1:{port} ", explorer.printed)
            admitted = [(page, None), (page, [f"localhost:{port}"])]
            refused = [("/", None), ("//", None), (page[:-1], None), (f"/{'0' * 32}/", None), (f"{page[:-2]}/", None), (f"/x{page}", None),
                       (f"/?token={explorer.token}", None), (page, []), (page, ["evil.example"]), (page, [f"evil.example:{port}"]),
                       (page, ["localhost"]), (page, [f"127.0.0.1:{port + 1}"]), (page, [f"127.0.0.1:{port}", "evil.example"])]
            for status, requests in ((200, admitted), (403, refused)):
                for path, host in requests:
                    with self.subTest(path=path, host=host):
                        self.assertEqual(explorer.ask(path, host=host)[0], status)
            # Refuses before it reads the body.
            status, _, answer = explorer.ask("/wrong/field", b"", headers=[("Content-Length", str(LIMIT))])
            self.assertEqual((status, sorted(json.loads(answer))), (403, ["hint", "problem", "reason"]))
            for method in ("GET", "OPTIONS"):
                _, headers, _ = explorer.ask(page, method=method, headers=[("Origin", "http://evil.example")])
                self.assertFalse([name for name in headers if name.startswith("Access-Control")], headers)
            self.assertEqual(explorer.ask(page)[1]["Referrer-Policy"], "no-referrer")
            listening = [line.split()[1] for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
                         if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")]
            self.assertEqual(listening, [f"0100007F:{port:04X}"], "other machines can reach it")

    def test_bad_requests(self):
        with Explorer(self.policy) as explorer:
            maze = self.maze(explorer)
            field = explorer.post("field", {"maze": maze})
            cells = maze["open"].count("1")
            self.assertEqual((len(field["moves"]), len(field["value"])), (5 * cells, cells))
            for name, request, part in (
                    ("field", b"{", "parse error"), ("field", b"\xff", "parse error"), ("field", b"[" * 100_000, "nested more than 32 deep"), ("field", {"maze": {}}, "maze.size"),
                    ("taps", {"maze": maze, "edits": "- {kind: [}"}, "edits"), ("edits", {"maze": maze}, "'edits'"), ("walk", {"maze": maze, "greedy": True}, "'seed'"),
                    ("level", {"size": 5, "seed": 1, "placement": "nowhere"}, "nowhere"), ("level", {"text": "mc"}, "the drawing"), ("tensors?name=a.safetensors", b"no file", "a.safetensors"),
                    ("tensors?name=../a.safetensors", b"", "../a.safetensors"), ("tensors", b"", "the file")):
                with self.subTest(name, request=request):
                    fault = explorer.post(name, request, status=400)
                    self.assertEqual(sorted(fault), ["hint", "problem", "reason"])
                    self.assertIn(part, " ".join(fault.values()))
            self.assertIn("too large", explorer.post("field", b" " * (LIMIT + 1), status=413)["reason"])
            self.assertEqual(explorer.ask(f"/{explorer.token}/field")[0], 404)
            self.assertEqual(explorer.ask(f"/{explorer.token}/nothing", b"{}")[0], 404)
            self.assertEqual(explorer.post("field", {"maze": maze}), field)

    def test_signals_end_it_and_nothing_is_left(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), Explorer(self.policy) as explorer:
                maze = self.maze(explorer)
                with socket.create_connection(("127.0.0.1", explorer.port)):  # an idle connection, as browsers keep them
                    working = threading.Thread(target=lambda: explorer.post("field", {"maze": maze}))
                    working.start()
                    status, errors, seconds = explorer.end(number)
                    working.join()
                self.assertEqual((status, errors), (0, ""))
                self.assertLess(seconds, 10)
                self.assertEqual(list(explorer.folder.iterdir()), [])
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", explorer.port))
                with Explorer(self.policy, "--port", explorer.port) as again:
                    self.assertEqual(again.port, explorer.port)
                    self.assertNotEqual(again.token, explorer.token)

    def test_options(self):
        with Explorer(self.policy) as explorer:
            for arguments, part in (((self.policy, "--port", explorer.port), "cannot be bound"), ((FOLDER / "run.yaml",), "run.yaml"),
                                    ((self.policy, "--size", 4), "4"), ((self.policy, "--edits", FOLDER / "none.yaml"), "none.yaml"), ((self.policy, "--world", 25), "--world")):
                with self.subTest(part):
                    done = run(EVALUATOR, "explore", *arguments, status=2)
                    self.assertIn(part, done.err)
                    self.assertIn("hint:", done.err)

    def use(self, explorer):
        script = browser.KEEP_FILES + USE.replace("CLAMP_TEXT", json.dumps(CLAMP))
        with Proxy(explorer, script) as proxy:
            seen, console = proxy.visit("--window-size=1280,900")
        self.assertEqual(console, [])
        self.assertNotIn("error", seen)
        return seen

    def test_page(self):
        browser.require_browser(unittest.SkipTest)
        edits = FOLDER / "edits.yaml"
        edits.write_text(CLAMP, encoding="utf-8")
        with Explorer(self.policy, "--size", 5, "--level", 17, "--edits", edits) as explorer:
            text, console = browser.browse(explorer.url)
            self.assertEqual(console, [])
            page = browser.Page(text)
            self.assertEqual(page.bad, [])
            self.assertEqual(set(page.figures), {"field", "field-with-edit"})
            self.assertIn("Changes 50 activations", text)
        with Explorer(self.policy, "--size", 5, "--level", 17) as explorer:
            seen = self.use(explorer)
            self.assertEqual(seen["where"], "page")
            self.assertEqual(seen["fault"], "")
            field = explorer.post("field", {"maze": seen["maze"]})
            shown = [[row[name] for name in ("left", "down", "up", "right", "stay")] for row in seen["rows"]]
            for got, wanted in zip(sum(shown, []), field["moves"], strict=True):
                self.assertAlmostEqual(got, wanted, delta=1e-4)
            self.assertLess(seen["difference"], 1e-5)
            self.assertEqual(seen["greedy"], 0)
            self.assertEqual(seen["taps"][0][0], "observation")
            for name, same_name, same_shape, difference in seen["taps"]:
                with self.subTest(name):
                    self.assertTrue(same_name and same_shape)
                    self.assertLess(difference, 1e-4)
            self.assertIn("Changes 50 activations", seen["share"])
            self.assertTrue(seen["shown"] and seen["hidden"])
            self.assertLess(seen["editedDifference"], 1e-4)
            self.assertGreater(seen["effect"], 1, "the edit changes nothing")
            self.assertTrue(seen["sameArrows"] and seen["moved"])
            self.assertEqual(seen["walk"]["cells"][-1], seen["walk"]["mouse"])
            self.assertGreater(seen["walk"]["steps"], 0)
            self.assertRegex(seen["walk"]["caption"], "The mouse (found|stays|goes|is without)")
            self.assertIn("did you mean", seen["editFault"].lower())
            self.check_files({name: (kind, content) for name, kind, content in seen["files"]})

    def check_files(self, files):
        self.assertEqual(set(files), {"field.svg", "field.csv", "field.png", "field-with-edit.svg", "field-with-edit.csv", "field-with-edit.png", "edits.yaml", "layers.safetensors"})
        self.assertEqual(files["field-with-edit.csv"][1].splitlines()[0], "size,x,y,left,down,up,right,stay,value,change")
        self.assertTrue(files["field.png"][1].startswith("\ufffdPNG"))
        self.assertTrue(files["field.svg"][1].startswith("<svg"))
        self.assertIn("kind: clamp_cells", files["edits.yaml"][1])
        self.assertIn("embedder.fc", files["layers.safetensors"][1])

    def test_width(self):
        browser.require_browser(unittest.SkipTest)
        script = "ready.then(() => setTimeout(() => report([document.documentElement.scrollWidth, innerWidth]), 300));"
        with Explorer(self.policy) as explorer:
            for width in (500, 1280):
                with Proxy(explorer, script) as proxy:
                    (wide, window), console = proxy.visit(f"--window-size={width},900")
                self.assertLessEqual(wide, window, f"scrolls sideways at {width} px")
                self.assertEqual(console, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
