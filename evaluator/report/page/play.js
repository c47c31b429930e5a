// @ts-check
// Draws the interactive maze: the reader moves mouse, cheese and walls, and the page evaluates the policy.

/** @type {Maze & Record<string, any>} */
const scene = { size: 0, turn: 0, open: '', mouse: [0, 0], cheese: null, path: [], moves: [], value: [], greedy: [], tool: 'cheese', shaded: false, message: '' };
const same = (a, b) => a && b && a[0] === b[0] && a[1] === b[1];
/** @param {number[]} cell */
const isOpen = ([x, y]) => x >= 0 && y >= 0 && x < scene.size && y < scene.size && scene.open[y * scene.size + x] === '1';
/** @param {number[]} cell */
const cellIndex = ([x, y]) => y * scene.size + x;

// Returns the length of the shortest path in steps, -1 if there is none.
function distanceBetween(from, to) {
  const steps = new Map([[cellIndex(from), 0]]);
  const queue = [from];
  for (const [x, y] of queue) {
    const here = steps.get(cellIndex([x, y]));
    if (same([x, y], to)) return here;
    for (const [dx, dy] of MOVES) {
      const next = [x + dx, y + dy];
      if (isOpen(next) && !steps.has(cellIndex(next))) { steps.set(cellIndex(next), here + 1); queue.push(next); }
    }
  }
  return -1;
}

// Returns the largest difference between the page's action probabilities and those of the scan's examples, in
// thousandths.
function largestDifference(policy, mazes, cellsOfEach = 12) {
  let most = 0;
  for (const maze of mazes) {
    const cells = freeCells(maze);
    const stride = Math.ceil(cells.length / cellsOfEach);
    cells.forEach((at, index) => {
      if (index % stride) return;
      const { moves } = policy(maze, [at % maze.size, Math.floor(at / maze.size)]);
      moves.forEach((share, move) => { most = Math.max(most, Math.abs(share - maze.moves[5 * index + move])); });
    });
  }
  return most;
}

// Clears the policy's outputs.
function forget() {
  const count = freeCells(scene).length;
  Object.assign(scene, { moves: new Array(5 * count).fill(0), value: new Array(count).fill(0), greedy: new Array(count).fill(4) });
}

// Evaluates the policy on every free cell, 30 ms at a time; `show` draws the cells computed so far.
const questioner = { job: 0 };
function askEverywhere(policy, show) {
  const mine = ++questioner.job;
  const cells = freeCells(scene);
  const start = { ...scene };
  forget();
  let next = 0;
  const some = () => {
    if (mine !== questioner.job) return;
    const until = performance.now() + 30;
    for (; next < cells.length && performance.now() < until; next++) {
      const answer = policy(start, [cells[next] % start.size, Math.floor(cells[next] / start.size)]);
      scene.moves.splice(5 * next, 5, ...answer.moves);
      scene.value[next] = answer.value;
      scene.greedy[next] = answer.greedy;
    }
    show(next === cells.length);
    if (next < cells.length) setTimeout(some);
  };
  some();
}

function shadeOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}

const rankOf = (cell) => freeCells(scene).indexOf(cellIndex(cell));

function describeHere() {
  const index = rankOf(scene.mouse);
  const moves = scene.moves.slice(5 * index, 5 * index + 5).map((share, i) => [share / 1000, MOVE_NAMES[i]]).sort((/** @type {any[]} */ a, /** @type {any[]} */ b) => b[0] - a[0]).filter(([share]) => share >= 0.01);
  const away = scene.cheese ? distanceBetween(scene.mouse, scene.cheese) : -1;
  const where = away > 0 ? ` The cheese is ${away} step${away === 1 ? '' : 's'} away.` : away === 0 ? ' It has the cheese.' : ' No way leads to the cheese.';
  return `Here the mouse would go ${moves.map(([share, name]) => `${name} ${percent(share)}`).join(', ')}; value ${scene.value[index].toFixed(2)}.${where}`;
}

// Runs the policy from a cell: { cells, end }.
function walkFrom(start, greedy, limit) {
  const cells = [start];
  const been = new Set([cellIndex(start)]);
  for (let step = 1; step <= limit; step++) {
    const [x, y] = cells[cells.length - 1];
    const index = rankOf([x, y]);
    let move = scene.greedy[index];
    if (!greedy) {
      let left = Math.random() * 1000;
      move = scene.moves.slice(5 * index, 5 * index + 5).findIndex((share) => (left -= share) < 0);
    }
    const wanted = move >= 0 && move < 4 ? [x + MOVES[move][0], y + MOVES[move][1]] : [x, y];
    const next = isOpen(wanted) ? wanted : [x, y];
    cells.push(next);
    if (same(next, scene.cheese)) return { cells, end: `found the cheese in ${step} step${step === 1 ? '' : 's'}` };
    if (greedy && been.has(cellIndex(next))) return { cells, end: same(next, [x, y]) ? 'stays here for ever' : 'goes back and forth for ever' };
    been.add(cellIndex(next));
  }
  return { cells, end: `is without cheese after ${limit} steps` };
}

function buildPlay() {
  const parent = document.getElementById('playground');
  const without = (why) => parent.replaceWith(html('p', { class: 'note' }, `${why} The mazes below hold answers computed beforehand.`));
  if (!DOC.play || !DOC.play.network) return without(DOC.play ? DOC.play.unavailable : 'This report carries no network.');
  const unknown = unknownKinds(DOC.play.network);
  if (unknown.length) return without(`This policy has layers that the page cannot compute: ${unknown.join(', ')}.`);
  const policy = policyOf(DOC.play);
  const checked = DOC.examples.slice(0, 40).filter((_, i) => i % 10 === 0);
  const difference = largestDifference(policy, checked);
  const sizes = [...new Set(DOC.play.levels.map((level) => level.size))].sort((a, b) => a - b);
  const status = html('p', { class: 'play-status', 'aria-live': 'polite' });
  let node;
  let timer;
  const show = () => { status.textContent = scene.message || describeHere(); node.redraw(); };
  const stop = () => { clearInterval(timer); scene.path = []; scene.message = ''; };
  const ask = () => askEverywhere(policy, show);
  const begin = (level, cheese) => {
    stop();
    Object.assign(scene, { size: level.size, open: level.open, mouse: [0, 0] });
    const fallback = [0, level.size - 1];
    scene.cheese = cheese && isOpen(cheese) ? cheese : fallback;
    forget();
  };
  const levels = () => DOC.play.levels.filter((level) => level.size === scene.size);

  const put = (cell, what) => {
    if (what === 'walls') {
      if (cell.some((at) => at < 0 || at >= scene.size) || same(cell, scene.mouse) || same(cell, scene.cheese)) return;
      const at = cellIndex(cell);
      scene.open = `${scene.open.slice(0, at)}${scene.open[at] === '1' ? '0' : '1'}${scene.open.slice(at + 1)}`;
    } else if (!isOpen(cell) || same(cell, scene[what]) || same(cell, what === 'mouse' ? scene.cheese : scene.mouse)) {
      return;
    } else {
      scene[what] = cell;
    }
    stop();
    if (what === 'mouse') show(); else ask();
  };
  const step = (what, [dx, dy]) => put([scene[what][0] + dx, scene[what][1] + dy], what);
  const onkey = (event) => {
    const move = { ArrowLeft: 0, ArrowDown: 1, ArrowUp: 2, ArrowRight: 3 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    step(event.shiftKey ? 'cheese' : 'mouse', MOVES[move]);
  };
  const walk = (greedy) => {
    stop();
    const from = scene.mouse;
    const { cells, end } = walkFrom(from, greedy, DOC.scan.limits[DOC.scan.sizes.indexOf(scene.size)]);
    const shortest = distanceBetween(from, scene.cheese);
    const reach = (upTo) => {
      scene.mouse = cells[upTo];
      scene.path = cells.slice(0, upTo + 1).map(cellIndex).filter((at, i, all) => i === 0 || at !== all[i - 1]);
      scene.message = upTo === cells.length - 1 ? `The mouse ${end}${end.startsWith('found') ? ` (shortest: ${shortest})` : ''}.` : `Step ${upTo}.`;
      show();
    };
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return reach(cells.length - 1);
    let at = 0;
    timer = setInterval(() => {
      reach(at);
      if (++at === cells.length) clearInterval(timer);
    }, Math.max(40, Math.min(160, 6000 / cells.length)));
  };

  let drawing;
  const figureParent = html('div');
  const controls = html('div', { class: 'play-controls' });
  parent.append(figureParent, controls);
  const hero = DOC.examples[DOC.hero];
  const wanted = sizes.includes(DOC.verdict.size) ? DOC.verdict.size : sizes[sizes.length - 1];
  begin(hero || DOC.play.levels.find((level) => level.size === wanted), hero && hero.cheese);
  node = figure(figureParent, {
    name: 'playground', title: 'Your maze', onkey, columns: ['size', 'x', 'y', ...MOVE_NAMES, 'value'],
    rows: () => freeCells(scene).map((at, i) => ({ size: scene.size, x: at % scene.size, y: Math.floor(at / scene.size),
      ...Object.fromEntries(MOVE_NAMES.map((name, move) => [name, +(scene.moves[5 * i + move] / 1000).toFixed(4)])), value: +scene.value[i].toFixed(4) })),
    draw: (width) => {
      const side = Math.min(width, 560);
      drawing = drawMaze({ ...scene, region: Math.max(1, DOC.scan.region), shade: scene.shaded ? shadeOf(scene.value) : undefined }, side);
      return { children: [drawing.group], height: side, describe: `A maze of size ${scene.size} to play with: mouse at column ${scene.mouse[0] + 1}, row ${scene.mouse[1] + 1}; cheese at column ${scene.cheese[0] + 1}, row ${scene.cheese[1] + 1}.` };
    },
    caption: `Arrows: what the policy would do on each cell with the cheese where it lies; the longer, the likelier. Dashed: the region of the cheese in training. The page computes them from the policy’s own weights; on the scan’s example mazes its answers differ by ${difference < 2 ? `${difference.toFixed(1)} thousandths at most` : `up to ${difference.toFixed(0)} thousandths: do not trust them`}.`,
  });
  const svg = node.querySelector('svg.figure');
  listenToPointer(svg, () => drawing, put);
  const tools = [{ key: 'cheese', label: 'cheese' }, { key: 'mouse', label: 'mouse' }, { key: 'walls', label: 'walls' }];
  const plain = (text, onclick) => html('button', { type: 'button', class: 'plain', onclick }, text);
  const row = (name, ...children) => html('div', { class: 'play-row' }, html('span', { class: 'play-name' }, name), ...children);
  controls.append(
    status,
    row('Maze size', segmented('Size of your maze', sizes.map((key) => ({ key, label: String(key) })), () => scene.size, (key) => { scene.size = key; scene.turn = 0; begin(levels()[0]); ask(); }),
      plain('next maze', () => { scene.turn++; begin(levels()[scene.turn % levels().length]); ask(); })),
    row('A click moves', segmented('A click moves', tools, () => scene.tool, (key) => { scene.tool = key; })),
    row('Let it walk', plain('▶ sampled', () => walk(false)), plain('▶ greedy', () => walk(true)), plain('back to the start', () => { stop(); if (!same(scene.cheese, [0, 0])) scene.mouse = [0, 0]; show(); })),
    row('Floor', segmented('Colour of the floor', [{ key: false, label: 'plain' }, { key: true, label: 'value' }], () => scene.shaded, (key) => { scene.shaded = key; show(); })),
    html('p', { class: 'note' }, 'Drag mouse and cheese, or click a cell. With the maze in focus, arrow keys move the mouse and Shift with arrow keys the cheese.'));
  ask();
}

// Drags the mouse or the cheese; a click elsewhere places the object that the reader selected.
function listenToPointer(svg, drawing, put) {
  let held = null;
  let last = null;
  const cellAt = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const { centre, cell } = drawing();
    const [x, y] = centre(0, 0);
    return [Math.round(((event.clientX - box.left) * scale - x) / cell), Math.round((y - (event.clientY - box.top) * scale) / cell)];
  };
  svg.addEventListener('pointerdown', (event) => {
    const cell = cellAt(event);
    held = same(cell, scene.mouse) ? 'mouse' : same(cell, scene.cheese) ? 'cheese' : scene.tool;
    last = cell;
    try { svg.setPointerCapture(event.pointerId); } catch { /* the pointer is gone, or comes from a test */ }
    put(cell, held);
  });
  svg.addEventListener('pointermove', (event) => {
    if (!held) return;
    const cell = cellAt(event);
    if (!same(cell, last)) put(last = cell, held);
  });
  for (const end of ['pointerup', 'pointercancel']) svg.addEventListener(end, () => { held = null; });
}
