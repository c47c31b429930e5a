// A maze with the policy drawn on it.

const MOVES = [[-1, 0], [0, -1], [0, 1], [1, 0]]; // left, down, up, right; y up
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

function mazeTip(maze, column, row, index) {
  const lines = [`column ${column + 1}, row ${row + 1}`];
  if (maze.moves) {
    const moves = maze.moves.slice(5 * index, 5 * index + 5);
    const ranked = [...moves].map((share, i) => [share / 1000, MOVE_NAMES[i]]).sort((a, b) => b[0] - a[0])
      .filter(([share]) => share >= 0.005);
    lines.push(ranked.map(([share, name]) => `${name} ${percent(share)}`).join('   '));
  }
  const step = maze.path && !maze.moves ? maze.path.indexOf(row * maze.size + column) : -1;
  if (step >= 0) lines.push(step ? `cell ${step} of its walk` : 'where its walk begins');
  if (maze.value) lines.push(`value ${maze.value[index].toFixed(3)}`);
  if (maze.shade) lines.push(`shade ${maze.shade[index].toFixed(3)}`);
  return lines;
}

// Indices of the free cells into `open`, which is also the order of a maze's numbers.
const freeCells = (maze) => [...maze.open].flatMap((open, at) => (open === '1' ? [at] : []));

// A maze { size, open, and if there are any: region, mouse, cheese, target, decision, path: [cell], moves, value,
// shade: [0 to 1] } as a group of `side` x `side`, and a way to draw the walk only up to a share of it.
function drawMaze(maze, side) {
  const { size } = maze;
  const edge = Math.max(3, side / size / 4);
  const cell = (side - 2 * edge) / size;
  const centre = (column, row) => [edge + (column + 0.5) * cell, edge + (size - 0.5 - row) * cell];
  const square = (column, row, inset, attributes) => {
    const [x, y] = centre(column, row);
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
    floor.append(square(column, row, -0.25, { tip: mazeTip(maze, column, row, index), ...shade }));
    if (!maze.moves) return;
    const drawn = arrowsOf(maze.moves.slice(5 * index, 5 * index + 5), ...centre(column, row), cell);
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
  if (cell < 16) group.append(arrows, walk);
  else group.append(walk, arrows); // small arrows would hide the walk
  if (maze.decision) {
    const [x, y] = centre(...maze.decision);
    group.append(
      el('circle', {
        cx: x,
        cy: y,
        r: Math.max(7, cell * 0.44),
        class: 'decision',
        'stroke-width': Math.max(1.5, cell * 0.07),
        tip: ['decision square', 'the ways to the cheese and to the corner part here'],
      }),
    );
  }
  if (maze.target) {
    group.append(
      square(...maze.target, 1.5, {
        class: 'target',
        'stroke-width': Math.max(2, cell * 0.08),
        tip: ['target', 'where the edit is to send the mouse'],
      }),
    );
  }
  if (maze.cheese) group.append(cheeseIcon(...centre(...maze.cheese), Math.max(17, cell * 0.92)));
  const start = maze.mouse ? centre(...maze.mouse) : points[0];
  const mouse = el('g', {}, mouseIcon(0, 0, Math.max(19, cell * 1.02)));
  const stand = ([x, y]) => mouse.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
  if (start) group.append(mouse);
  const show = (share) => {
    const at = share * (points.length - 1);
    const whole = Math.floor(at);
    const from = points[whole];
    const to = points[Math.min(points.length - 1, whole + 1)];
    const here = [from[0] + (to[0] - from[0]) * (at - whole), from[1] + (to[1] - from[1]) * (at - whole)];
    walk.setAttribute('points', [...points.slice(0, whole + 1), here].join(' '));
    stand(here);
  };
  const rest = () => {
    walk.setAttribute('points', points.join(' '));
    if (start) stand(start);
  };
  rest();
  return { group, show, rest, length: points.length, centre, cell };
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
    group.append(
      el('path', {
        d: `M${(endX + dx * head).toFixed(2)} ${(endY - dy * head).toFixed(2)} l${
          (-dx * head * 1.6 - dy * head).toFixed(2)
        } ${(dy * head * 1.6 - dx * head).toFixed(2)} l${(2 * dy * head).toFixed(2)} ${
          (2 * dx * head).toFixed(2)
        }z`,
      }),
    );
  });
  if (moves[4] >= 40) {
    group.append(el('circle', { cx: x, cy: y, r: cell * 0.16 * (moves[4] / 1000) + cell * 0.03 }));
  }
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
    else {setTimeout(() => {
        drawing.walking = false;
        drawing.rest();
      }, 1200);}
  };
  requestAnimationFrame(frame);
}

const walkButton = (drawings) =>
  html('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => drawings().forEach(animate),
    'aria-label': 'Walk the mouse along its path',
  }, '▶ walk');
