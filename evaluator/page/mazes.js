// Mazes with the policy drawn on them: the picture on top, and the gallery.

const MOVES = [[-1, 0], [0, -1], [0, 1], [1, 0]];  // left, down, up, right; y up
const MOVE_NAMES = ['left', 'down', 'up', 'right', 'stay'];

function mouseIcon(x, y, cell) {
  const r = cell * 0.36;
  return el('g', { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(r / 10).toFixed(3)})`, class: 'mouse' },
    el('circle', { cx: -6.5, cy: -6, r: 4.6, class: 'mouse-ear' }), el('circle', { cx: 6.5, cy: -6, r: 4.6, class: 'mouse-ear' }),
    el('path', { d: 'M0 11 C-6 9 -9.5 3 -8.5 -2 C-7.5 -7 -3.5 -8.5 0 -8.5 C3.5 -8.5 7.5 -7 8.5 -2 C9.5 3 6 9 0 11Z', class: 'mouse-head' }),
    el('circle', { cx: -3.4, cy: -0.5, r: 1.3, class: 'mouse-eye' }), el('circle', { cx: 3.4, cy: -0.5, r: 1.3, class: 'mouse-eye' }),
    el('circle', { cx: 0, cy: 9.6, r: 1.7, class: 'mouse-nose' }));
}

function cheeseIcon(x, y, cell) {
  return el('g', { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(cell / 26).toFixed(3)})`, class: 'cheese' },
    el('path', { d: 'M-11 2 L8 -8.5 Q11 -6 11 2Z', class: 'cheese-top' }), el('path', { d: 'M-11 2 H11 V9 H-11Z', class: 'cheese-side' }),
    el('circle', { cx: -5, cy: 5.6, r: 1.7, class: 'cheese-hole' }), el('circle', { cx: 4, cy: 6, r: 2, class: 'cheese-hole' }), el('circle', { cx: 5, cy: -2, r: 1.6, class: 'cheese-hole' }));
}

// The walk without waiting: cells, each different from the one before.
function walkedCells(maze) {
  return maze[state.sampler].path.filter((cell, i, path) => i === 0 || cell !== path[i - 1]);
}

function mazeTip(maze, column, row, index) {
  const moves = maze.moves.slice(5 * index, 5 * index + 5);
  const ranked = moves.map((share, i) => [share / 1000, MOVE_NAMES[i]]).sort((a, b) => b[0] - a[0]).filter(([share]) => share >= 0.005);
  return [`column ${column + 1}, row ${row + 1}`, ranked.map(([share, name]) => `${name} ${percent(share)}`).join('   '), `value ${maze.value[index]}`];
}

// The maze as a group of `side` × `side`, and a way to draw the walk only up to a share of it.
function drawMaze(maze, side) {
  const { size } = maze;
  const edge = Math.max(3, side / size / 4);
  const cell = (side - 2 * edge) / size;
  const centre = (column, row) => [edge + (column + 0.5) * cell, edge + (size - 0.5 - row) * cell];
  const group = el('g', {}, el('rect', { width: side, height: side, rx: edge, class: 'wall' }));
  const arrows = el('g', { class: 'arrows', 'stroke-width': Math.max(0.8, cell * 0.055) });
  const floor = el('g', { class: 'floor' });
  let index = 0;
  for (let at = 0; at < size * size; at++) {
    if (maze.open[at] !== '1') continue;
    const [column, row] = [at % size, Math.floor(at / size)];
    const [x, y] = centre(column, row);
    floor.append(el('rect', { x: x - cell / 2 - 0.25, y: y - cell / 2 - 0.25, width: cell + 0.5, height: cell + 0.5, tip: mazeTip(maze, column, row, index) }));
    arrows.append(arrowsOf(maze.moves.slice(5 * index, 5 * index + 5), x, y, cell));
    index++;
  }
  const region = Math.min(size, Math.max(1, DOC.scan.region));
  const [cornerX, cornerY] = centre(size - region, size - 1);
  group.append(floor, el('rect', { x: cornerX - cell / 2 + 1, y: cornerY - cell / 2 + 1, width: region * cell - 2, height: region * cell - 2, class: 'region' }));
  const points = walkedCells(maze).map((at) => centre(at % size, Math.floor(at / size)));
  const walk = el('polyline', { points: points.join(' '), class: cell < 16 ? 'walk fine' : 'walk', 'stroke-width': Math.max(2, cell * 0.24) });
  if (cell < 16) group.append(arrows, walk); else group.append(walk, arrows);  // small arrows would hide the walk
  if (maze.decision) {
    const [x, y] = centre(...maze.decision);
    group.append(el('circle', { cx: x, cy: y, r: Math.max(7, cell * 0.44), class: 'decision', 'stroke-width': Math.max(1.5, cell * 0.07), tip: ['decision square', 'the ways to the cheese and to the corner part here'] }));
  }
  group.append(cheeseIcon(...centre(...maze.cheese), Math.max(17, cell * 0.92)));
  const mouse = el('g', {}, mouseIcon(0, 0, Math.max(19, cell * 1.02)));
  group.append(mouse);
  const show = (share) => {
    const at = share * (points.length - 1);
    const whole = Math.floor(at);
    const from = points[whole];
    const to = points[Math.min(points.length - 1, whole + 1)];
    const here = [from[0] + (to[0] - from[0]) * (at - whole), from[1] + (to[1] - from[1]) * (at - whole)];
    walk.setAttribute('points', [...points.slice(0, whole + 1), here].join(' '));
    mouse.setAttribute('transform', `translate(${here[0].toFixed(2)} ${here[1].toFixed(2)})`);
  };
  const rest = () => {
    walk.setAttribute('points', points.join(' '));
    const [x, y] = points[0];
    mouse.setAttribute('transform', `translate(${x} ${y})`);
  };
  rest();
  return { group, show, rest, length: points.length };
}

// One stroke a move, as long as its probability; a head on those that lead.
function arrowsOf(moves, x, y, cell) {
  const group = el('g');
  const longest = cell * 0.44;
  MOVES.forEach(([dx, dy], i) => {
    const share = moves[i] / 1000;
    if (share < 0.04) return;
    const [endX, endY] = [x + dx * longest * share, y - dy * longest * share];
    group.append(el('line', { x1: x, y1: y, x2: endX, y2: endY }));
    if (share < 0.3) return;
    const head = cell * 0.11;
    group.append(el('path', { d: `M${(endX + dx * head).toFixed(2)} ${(endY - dy * head).toFixed(2)} l${(-dx * head * 1.6 - dy * head).toFixed(2)} ${(dy * head * 1.6 - dx * head).toFixed(2)} l${(2 * dy * head).toFixed(2)} ${(2 * dx * head).toFixed(2)}z` }));
  });
  if (moves[4] >= 40) group.append(el('circle', { cx: x, cy: y, r: cell * 0.16 * (moves[4] / 1000) + cell * 0.03 }));
  return group;
}

// Walks the mouse along; one animation a drawing.
function animate(drawing) {
  if (!drawing || drawing.walking || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const lasts = Math.min(9000, Math.max(1500, drawing.length * 150));
  drawing.walking = true;
  let begun;
  const frame = (now) => {
    begun ??= now;
    const share = Math.min(1, (now - begun) / lasts);
    drawing.show(share);
    if (share < 1) requestAnimationFrame(frame);
    else setTimeout(() => { drawing.walking = false; drawing.rest(); }, 1200);
  };
  requestAnimationFrame(frame);
}

const walkButton = (drawings) => html('button', { type: 'button', class: 'quiet', onclick: () => drawings().forEach(animate), 'aria-label': 'Walk the mouse along its path' }, '▶ walk');

function fateOf(maze) {
  const walk = maze[state.sampler];
  if (walk.outcome === 'cheese') return `found the cheese in ${walk.steps} steps (shortest: ${maze.optimal})`;
  if (walk.outcome === 'top_right') return walk.success ? `top-right first, then the cheese after ${walk.steps} steps` : 'went top-right, never to the cheese';
  return walk.outcome === 'elsewhere' ? 'came to rest elsewhere' : 'still wandering at the limit';
}

const fieldColumns = ['size', 'placement', 'seed', 'x', 'y', ...MOVE_NAMES, 'value'];
function fieldRows(mazes) {
  return mazes.flatMap((maze) => [...maze.open].flatMap((open, at) => (open === '1' ? [at] : [])).map((at, i) => ({
    size: maze.size, placement: maze.placement, seed: maze.seed, x: at % maze.size, y: Math.floor(at / maze.size),
    ...Object.fromEntries(MOVE_NAMES.map((name, move) => [name, maze.moves[5 * i + move] / 1000])), value: maze.value[i],
  })));
}

function buildHero() {
  const maze = DOC.examples[DOC.hero];
  const parent = document.getElementById('hero');
  if (!maze) return;
  let drawing;
  figure(parent, {
    name: 'one-walk', title: 'One walk', extra: [walkButton(() => [drawing])], rows: () => fieldRows([maze]), columns: fieldColumns,
    draw: (width) => {
      const side = Math.min(width, 560);
      drawing = drawMaze(maze, side);
      return { children: [drawing.group], height: side, describe: `A maze of size ${maze.size}. The mouse starts bottom-left; it ${fateOf(maze)}.` };
    },
    caption: () => {
      const typical = maze.on_path ? undefined : find('off_path_limit', maze.size, maze.placement);
      return `Level ${maze.seed}, cheese ${placementLabel(maze.placement)}: the mouse ${fateOf(maze)}. Arrows: what it would do on each cell. Ring: where the way to the cheese leaves the way to the corner.`
        + (typical ? ` Picked because it shows the verdict; of all such levels (this size, cheese ${placementLabel(maze.placement)}, off its way) the mouse finds the cheese in ${percent(typical.value)}.` : '');
    },
  });
}

// ---- Gallery: one size, one level, every placement

const gallery = { size: 0, turn: 0 };

function galleryMazes() {
  return shownPlacements.map((placement) => {
    const own = DOC.examples.filter((maze) => maze.size === gallery.size && maze.placement === placement.key);
    return own[gallery.turn % Math.max(1, own.length)];
  }).filter(Boolean);
}

function buildMazes() {
  const parent = document.getElementById('maze-grid');
  const sizes = DOC.scan.sizes.filter((size) => DOC.examples.some((maze) => maze.size === size));
  if (!sizes.length) {
    parent.append(html('p', { class: 'note' }, 'The scan recorded no vector fields.'));
    return;
  }
  gallery.size = sizes.includes(DOC.verdict.size) ? DOC.verdict.size : sizes[sizes.length - 1];
  let drawings = [];
  const redraw = () => listeners.forEach((listener) => listener());
  document.getElementById('maze-controls').append(
    segmented('Maze size', sizes.map((size) => ({ key: size, label: `${size} × ${size}` })), () => gallery.size, (size) => { gallery.size = size; gallery.turn = 0; redraw(); }),
    html('button', { type: 'button', class: 'plain', onclick: () => { gallery.turn++; redraw(); } }, 'another level'));
  figure(parent, {
    name: 'vector-fields', title: 'Vector fields and walks', extra: [walkButton(() => drawings)], rows: () => fieldRows(galleryMazes()), columns: fieldColumns,
    draw: (width) => {
      const mazes = galleryMazes();
      const grid = panels(width, Math.max(2, mazes.length), width < 500 ? width : 300, 28);
      const side = Math.min(grid.side, 400);
      const panelHeight = side + 62;
      drawings = [];
      const children = mazes.map((maze, i) => {
        const [x, line] = grid.at(i);
        const drawing = drawMaze(maze, side);
        drawings.push(drawing);
        drawing.group.setAttribute('transform', 'translate(0 42)');
        return el('g', { transform: `translate(${x} ${line * panelHeight})` },
          label(0, 14, placementLabel(maze.placement), { class: maze.placement === 'top_right' ? 'panel-name home' : 'panel-name' }),
          label(0, 32, `level ${maze.seed}: ${fateOf(maze)}`, { class: 'tick' }), drawing.group);
      });
      return { children, height: Math.ceil(mazes.length / grid.columns) * panelHeight, describe: `The policy on every cell of mazes of size ${gallery.size}, one for each placement of the cheese.` };
    },
    caption: 'A mouse that looks for cheese turns its arrows whenever the cheese moves. A mouse that goes top-right leaves most of them as they are. Dashed: the region of the cheese in training. Ring: the decision square.',
  });
}
