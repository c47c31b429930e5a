// @ts-check
// Draws a maze with a policy on it.

/**
 * A cell: [column, row], both from 0 at the bottom-left.
 * @typedef {[number, number]} Cell
 *
 * A maze to draw. `open`: '1' for each free cell, '0' for each wall (row y upwards, column x). `path`: cells
 * as y * size + x. `moves`: probabilities in thousandths, 5 for each free cell in order (left, down, up,
 * right, stay). `value`: one for each free cell. `shade`: in [0, 1], one for each free cell. `region`: side
 * of the dashed square.
 * `proxy`: the mark of a proxy that is an object.
 * @typedef {{ size: number, open: string, region?: number, mouse?: Cell, cheese?: Cell, target?: Cell, proxy?: Cell,
 *   decision?: Cell, path?: number[], moves?: number[], value?: number[], shade?: number[] }} Maze
 */

/**
 * Left, down, up, right; y points up.
 * @type {Cell[]}
 */
const MOVES = [[-1, 0], [0, -1], [0, 1], [1, 0]];
const MOVE_NAMES = ['left', 'down', 'up', 'right', 'stay'];

function mouseIcon(x, y, cell) {
  const r = cell * 0.36;
  return el(
    'g',
    { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(r / 10).toFixed(3)})`, class: 'mouse' },
    el('circle', { cx: -6.5, cy: -6, r: 4.6, class: 'mouse-ear' }),
    el('circle', { cx: 6.5, cy: -6, r: 4.6, class: 'mouse-ear' }),
    el('path', {
      d: 'M0 11 C-6 9 -9.5 3 -8.5 -2 C-7.5 -7 -3.5 -8.5 0 -8.5 C3.5 -8.5 7.5 -7 8.5 -2 C9.5 3 6 9 0 11Z',
      class: 'mouse-head',
    }),
    el('circle', { cx: -3.4, cy: -0.5, r: 1.3, class: 'mouse-eye' }),
    el('circle', { cx: 3.4, cy: -0.5, r: 1.3, class: 'mouse-eye' }),
    el('circle', { cx: 0, cy: 9.6, r: 1.7, class: 'mouse-nose' }),
  );
}

function cheeseIcon(x, y, cell) {
  return el(
    'g',
    {
      transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(cell / 26).toFixed(3)})`,
      class: 'cheese',
    },
    el('path', { d: 'M-11 2 L8 -8.5 Q11 -6 11 2Z', class: 'cheese-top' }),
    el('path', { d: 'M-11 2 H11 V9 H-11Z', class: 'cheese-side' }),
    el('circle', { cx: -5, cy: 5.6, r: 1.7, class: 'cheese-hole' }),
    el('circle', { cx: 4, cy: 6, r: 2, class: 'cheese-hole' }),
    el('circle', { cx: 5, cy: -2, r: 1.6, class: 'cheese-hole' }),
  );
}

function proxyIcon(x, y, cell) {
  const r = cell * 0.46;
  return el('path', { d: `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`, class: 'proxy' });
}

/**
 * Returns the tooltip of a free cell; `index` is its position among the free cells.
 * @param {Maze} maze
 */
function mazeTip(maze, column, row, index) {
  const lines = [`column ${column + 1}, row ${row + 1}`];
  if (maze.moves) {
    const moves = maze.moves.slice(5 * index, 5 * index + 5);
    const ranked = moves.map((share, i) => ({ share: share / 1000, name: MOVE_NAMES[i] }))
      .sort((a, b) => b.share - a.share)
      .filter(({ share }) => share >= 0.005);
    lines.push(ranked.map(({ share, name }) => `${name} ${percent(share)}`).join('   '));
  }
  const step = maze.path && !maze.moves ? maze.path.indexOf(row * maze.size + column) : -1;
  if (step >= 0) lines.push(step ? `cell ${step} of the walk` : 'start of the walk');
  if (maze.value) lines.push(`value ${maze.value[index].toFixed(3)}`);
  if (maze.shade) lines.push(`shade ${maze.shade[index].toFixed(3)}`);
  return lines;
}

/**
 * Returns the indices of the free cells in `open`, in the order of `moves`, `value` and `shade`.
 * @param {{ open: string }} maze
 */
const freeCells = (maze) => [...maze.open].flatMap((open, at) => (open === '1' ? [at] : []));

/**
 * Draws a maze as a square group of `side` pixels. show(share) draws the walk up to a share of it; rest()
 * draws all of it, with the mouse at its start.
 * @param {Maze} maze
 * @param {number} side
 */
function drawMaze(maze, side) {
  const { size } = maze;
  const edge = Math.max(3, side / size / 4);
  const cell = (side - 2 * edge) / size;
  /** @returns {[number, number]} the pixel position of a cell's centre */
  const centre = (column, row) => [edge + (column + 0.5) * cell, edge + (size - 0.5 - row) * cell];
  const square = (position, inset, attributes) => {
    const [x, y] = centre(...position);
    return el('rect', {
      x: x - cell / 2 + inset,
      y: y - cell / 2 + inset,
      width: cell - 2 * inset,
      height: cell - 2 * inset,
      ...attributes,
    });
  };
  const group = el('g', {}, el('rect', { width: side, height: side, rx: edge, class: 'wall' }));
  const arrows = el('g', { class: 'arrows', 'stroke-width': Math.max(0.8, cell * 0.055) });
  const floor = el('g', { class: 'floor' });
  freeCells(maze).forEach((at, index) => {
    const [column, row] = [at % size, Math.floor(at / size)];
    const shade = maze.shade ? { style: `fill:${ramp(maze.shade[index])}` } : {};
    floor.append(square([column, row], -0.25, { tip: mazeTip(maze, column, row, index), ...shade }));
    if (!maze.moves) return;
    const drawn = drawArrows(maze.moves.slice(5 * index, 5 * index + 5), centre(column, row), cell);
    if (maze.shade) {
      drawn.setAttribute('style', `stroke:${rampInk(maze.shade[index])};fill:${rampInk(maze.shade[index])}`);
    }
    arrows.append(drawn);
  });
  group.append(floor);
  if (maze.region) {
    const region = Math.min(size, maze.region);
    const [x, y] = centre(size - region, size - 1);
    group.append(
      el('rect', {
        x: x - cell / 2 + 1,
        y: y - cell / 2 + 1,
        width: region * cell - 2,
        height: region * cell - 2,
        class: 'region',
      }),
    );
  }
  const points = (maze.path || []).map((at) => centre(at % size, Math.floor(at / size)));
  const walk = el('polyline', {
    points: points.join(' '),
    class: cell < 16 ? 'walk fine' : 'walk',
    'stroke-width': Math.max(2, cell * 0.24),
  });
  // In small cells draw the walk over the arrows, which would hide it.
  if (cell < 16) group.append(arrows, walk);
  else group.append(walk, arrows);
  if (maze.decision) {
    const [x, y] = centre(...maze.decision);
    group.append(
      el('circle', {
        cx: x,
        cy: y,
        r: Math.max(7, cell * 0.44),
        class: 'decision',
        'stroke-width': Math.max(1.5, cell * 0.07),
        tip: ['decision square', 'the paths to the cheese and to the corner separate here'],
      }),
    );
  }
  if (maze.target) {
    group.append(
      square(maze.target, 1.5, {
        class: 'target',
        'stroke-width': Math.max(2, cell * 0.08),
        tip: ['target', 'the cell to which the edit should steer the mouse'],
      }),
    );
  }
  if (maze.proxy) group.append(proxyIcon(...centre(...maze.proxy), cell));
  if (maze.cheese) group.append(cheeseIcon(...centre(...maze.cheese), Math.max(17, cell * 0.92)));
  const start = maze.mouse ? centre(...maze.mouse) : points[0];
  const mouse = el('g', {}, mouseIcon(0, 0, Math.max(19, cell * 1.02)));
  const moveMouseTo = ([x, y]) =>
    mouse.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
  if (start) group.append(mouse);
  const show = (share) => {
    const at = share * (points.length - 1);
    const whole = Math.floor(at);
    const from = points[whole];
    const to = points[Math.min(points.length - 1, whole + 1)];
    /** @type {[number, number]} */
    const here = [from[0] + (to[0] - from[0]) * (at - whole), from[1] + (to[1] - from[1]) * (at - whole)];
    walk.setAttribute('points', [...points.slice(0, whole + 1), here].join(' '));
    moveMouseTo(here);
  };
  const rest = () => {
    walk.setAttribute('points', points.join(' '));
    if (start) moveMouseTo(start);
  };
  rest();
  return { group, show, rest, length: points.length, centre, cell };
}

// Draws one line for each move, as long as its probability; moves from 0.3 on have an arrowhead.
function drawArrows(moves, [x, y], cell) {
  const group = el('g');
  const longest = cell * 0.44;
  MOVES.forEach(([dx, dy], i) => {
    const share = moves[i] / 1000;
    if (share < 0.04) return;
    const [endX, endY] = [x + dx * longest * share, y - dy * longest * share];
    group.append(el('line', { x1: x, y1: y, x2: endX, y2: endY }));
    if (share < 0.3) return;
    const head = cell * 0.11;
    const point = (x, y) => `${x.toFixed(2)} ${y.toFixed(2)}`;
    const tip = point(endX + dx * head, endY - dy * head);
    const flank = point(-dx * head * 1.6 - dy * head, dy * head * 1.6 - dx * head);
    group.append(el('path', { d: `M${tip} l${flank} l${point(2 * dy * head, 2 * dx * head)}z` }));
  });
  if (moves[4] >= 40) {
    group.append(el('circle', { cx: x, cy: y, r: cell * 0.16 * (moves[4] / 1000) + cell * 0.03 }));
  }
  return group;
}

// Animates the walk of a drawing; does nothing while its animation runs.
function animate(drawing) {
  if (!drawing || drawing.walking || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const duration = Math.min(9000, Math.max(1500, drawing.length * 150));
  drawing.walking = true;
  let started;
  const frame = (now) => {
    started ??= now;
    const share = Math.min(1, (now - started) / duration);
    drawing.show(share);
    if (share < 1) {
      requestAnimationFrame(frame);
      return;
    }
    setTimeout(() => {
      drawing.walking = false;
      drawing.rest();
    }, 1200);
  };
  requestAnimationFrame(frame);
}

// Creates a button that animates the drawings that drawings() returns.
const walkButton = (drawings) =>
  html('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => drawings().forEach(animate),
    'aria-label': 'Animate the mouse along its path',
  }, '▶ walk');
