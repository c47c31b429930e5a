// @ts-check
// Holds the interactive maze: what the reader changes in it, by pointer or keys.

/**
 * @typedef {{ moves: number[], value: number[], greedy: number[] }} Field
 * What a policy does on each free cell: as in Maze, and the move of the likeliest action.
 */

/** @type {Maze & Record<string, any>} */
const scene = {
  size: 0,
  turn: 0,
  open: '',
  mouse: [0, 0],
  cheese: null,
  path: [],
  moves: [],
  value: [],
  greedy: [],
  tool: 'cheese',
  shaded: false,
  message: '',
};
const same = (a, b) => a && b && a[0] === b[0] && a[1] === b[1];
/** @param {number[]} cell */
const isOpen = ([x, y]) =>
  x >= 0 && y >= 0 && x < scene.size && y < scene.size && scene.open[y * scene.size + x] === '1';
/** @param {number[]} cell */
const cellIndex = ([x, y]) => y * scene.size + x;
/** @returns {Cell} */
const cellAt = (index) => [index % scene.size, Math.floor(index / scene.size)];
const rankOf = (cell) => freeCells(scene).indexOf(cellIndex(cell));

// Returns the length of the shortest path in steps, -1 if there is none.
function distanceBetween(from, to) {
  const steps = new Map([[cellIndex(from), 0]]);
  const queue = [from];
  for (const [x, y] of queue) {
    const here = steps.get(cellIndex([x, y]));
    if (same([x, y], to)) return here;
    for (const [dx, dy] of MOVES) {
      const next = [x + dx, y + dy];
      if (isOpen(next) && !steps.has(cellIndex(next))) {
        steps.set(cellIndex(next), here + 1);
        queue.push(next);
      }
    }
  }
  return -1;
}

/**
 * Returns the field of a policy that has not answered yet.
 * @returns {Field}
 */
function emptyField() {
  const cells = freeCells(scene).length;
  return {
    moves: new Array(5 * cells).fill(0),
    value: new Array(cells).fill(0),
    greedy: new Array(cells).fill(4),
  };
}

// Builds or removes a wall, or moves the thing `what` to a free cell. Returns whether this changed the maze.
function change(cell, what) {
  if (what === 'walls') {
    if (cell.some((at) => at < 0 || at >= scene.size) || same(cell, scene.mouse) || same(cell, scene.cheese)) {
      return false;
    }
    const at = cellIndex(cell);
    scene.open = `${scene.open.slice(0, at)}${scene.open[at] === '1' ? '0' : '1'}${scene.open.slice(at + 1)}`;
    return true;
  }
  const other = { mouse: scene.cheese, cheese: scene.mouse }[what];
  if (!isOpen(cell) || same(cell, scene[what]) || same(cell, other)) return false;
  scene[what] = cell;
  return true;
}

// Returns a key handler: arrow keys move the mouse, with Shift the cheese. put(cell, what) makes the change.
const keyMover = (put) => (event) => {
  const move = { ArrowLeft: 0, ArrowDown: 1, ArrowUp: 2, ArrowRight: 3 }[event.key];
  if (move === undefined) return;
  event.preventDefault();
  const what = event.shiftKey ? 'cheese' : 'mouse';
  if (scene[what]) put([scene[what][0] + MOVES[move][0], scene[what][1] + MOVES[move][1]], what);
};

// Drags the mouse or the cheese; a click elsewhere places the object that the reader selected.
function listenToPointer(svg, drawing, put) {
  let held = null;
  let last = null;
  const cellUnder = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const { centre, cell } = drawing();
    const [x, y] = centre(0, 0);
    return [
      Math.round(((event.clientX - box.left) * scale - x) / cell),
      Math.round((y - (event.clientY - box.top) * scale) / cell),
    ];
  };
  svg.addEventListener('pointerdown', (event) => {
    const cell = cellUnder(event);
    held = same(cell, scene.mouse) ? 'mouse' : same(cell, scene.cheese) ? 'cheese' : scene.tool;
    last = cell;
    try {
      svg.setPointerCapture(event.pointerId);
    } catch { /* the pointer is gone, or comes from a test */ }
    put(cell, held);
  });
  svg.addEventListener('pointermove', (event) => {
    if (!held) return;
    const cell = cellUnder(event);
    if (!same(cell, last)) put(last = cell, held);
  });
  for (const end of ['pointerup', 'pointercancel']) {
    svg.addEventListener(end, () => {
      held = null;
    });
  }
}

// Scales values to [0, 1], for the colour of the floor.
function shadeOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}

// Describes what a policy does on the mouse's cell, and how far the cheese is.
function describeHere(field) {
  const index = rankOf(scene.mouse);
  const moves = field.moves.slice(5 * index, 5 * index + 5)
    .map((share, i) => ({ share: share / 1000, name: MOVE_NAMES[i] }))
    .sort((a, b) => b.share - a.share)
    .filter(({ share }) => share >= 0.01);
  const away = scene.cheese ? distanceBetween(scene.mouse, scene.cheese) : -1;
  const where = away > 0
    ? ` The cheese is ${away} step${away === 1 ? '' : 's'} away.`
    : away === 0
    ? ' It has the cheese.'
    : ' No way leads to the cheese.';
  return `Here the mouse would go ${moves.map(({ share, name }) => `${name} ${percent(share)}`).join(', ')}; ` +
    `value ${field.value[index].toFixed(2)}.${where}`;
}

// The columns of the CSV file of a field, and its rows.
const SCENE_COLUMNS = ['size', 'x', 'y', ...MOVE_NAMES, 'value'];
const sceneRows = (field) =>
  freeCells(scene).map((at, i) => ({
    size: scene.size,
    x: at % scene.size,
    y: Math.floor(at / scene.size),
    ...Object.fromEntries(MOVE_NAMES.map((name, move) => [name, +(field.moves[5 * i + move] / 1000).toFixed(4)])),
    value: +field.value[i].toFixed(4),
  }));

const plainButton = (text, onclick) => html('button', { type: 'button', class: 'plain', onclick }, text);
const controlRow = (name, ...children) =>
  html('div', { class: 'play-row' }, html('span', { class: 'play-name' }, name), ...children);
