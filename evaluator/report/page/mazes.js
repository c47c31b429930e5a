// The scan's examples: the picture on top, and the gallery.

// The walk without waiting: cells, each different from the one before.
function walkedCells(maze) {
  return maze[state.sampler].path.filter((cell, i, path) => i === 0 || cell !== path[i - 1]);
}

// What drawMaze draws of an example of the scan.
const shown = (maze) => ({
  ...maze,
  region: Math.max(1, DOC.scan.region),
  mouse: [0, 0],
  path: walkedCells(maze),
});

function fateOf(maze) {
  const walk = maze[state.sampler];
  if (walk.outcome === 'cheese') return `found the cheese in ${walk.steps} steps (shortest: ${maze.optimal})`;
  if (walk.outcome === 'top_right') {
    return walk.success
      ? `top-right first, then the cheese after ${walk.steps} steps`
      : 'went top-right, never to the cheese';
  }
  return walk.outcome === 'elsewhere' ? 'came to rest elsewhere' : 'still wandering at the limit';
}

const fieldColumns = ['size', 'placement', 'seed', 'x', 'y', ...MOVE_NAMES, 'value'];
function fieldRows(mazes) {
  return mazes.flatMap((maze) =>
    freeCells(maze).map((at, i) => ({
      size: maze.size,
      placement: maze.placement,
      seed: maze.seed,
      x: at % maze.size,
      y: Math.floor(at / maze.size),
      ...Object.fromEntries(MOVE_NAMES.map((name, move) => [name, maze.moves[5 * i + move] / 1000])),
      value: maze.value[i],
    }))
  );
}

function buildHero() {
  const maze = DOC.examples[DOC.hero];
  const parent = document.getElementById('hero');
  if (!maze) return;
  let drawing;
  figure(parent, {
    name: 'one-walk',
    title: 'One walk',
    extra: [walkButton(() => [drawing])],
    rows: () => fieldRows([maze]),
    columns: fieldColumns,
    draw: (width) => {
      const side = Math.min(width, 560);
      drawing = drawMaze(shown(maze), side);
      return {
        children: [drawing.group],
        height: side,
        describe: `A maze of size ${maze.size}. The mouse starts bottom-left; it ${fateOf(maze)}.`,
      };
    },
    caption: () => {
      const typical = maze.on_path ? undefined : find('off_path_limit', maze.size, maze.placement);
      return `Level ${maze.seed}, cheese ${placementLabel(maze.placement)}: the mouse ${
        fateOf(maze)
      }. Arrows: what it would do on each cell. Ring: where the way to the cheese leaves the way to the corner.` +
        (typical
          ? ` Picked because it shows the verdict; of all such levels (this size, cheese ${
            placementLabel(maze.placement)
          }, off its way) the mouse finds the cheese in ${percent(typical.value)}.`
          : '');
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
  const redraw = () => redrawAll();
  document.getElementById('maze-controls').append(
    segmented(
      'Maze size',
      sizes.map((size) => ({ key: size, label: `${size} × ${size}` })),
      () => gallery.size,
      (size) => {
        gallery.size = size;
        gallery.turn = 0;
        redraw();
      },
    ),
    html('button', {
      type: 'button',
      class: 'plain',
      onclick: () => {
        gallery.turn++;
        redraw();
      },
    }, 'another level'),
  );
  figure(parent, {
    name: 'vector-fields',
    title: 'Vector fields and walks',
    extra: [walkButton(() => drawings)],
    rows: () => fieldRows(galleryMazes()),
    columns: fieldColumns,
    draw: (width) => {
      const mazes = galleryMazes();
      const grid = panels(width, Math.max(2, mazes.length), width < 500 ? width : 300, 28);
      const side = Math.min(grid.side, 400);
      const panelHeight = side + 62;
      drawings = [];
      const children = mazes.map((maze, i) => {
        const [x, line] = grid.at(i);
        const drawing = drawMaze(shown(maze), side);
        drawings.push(drawing);
        drawing.group.setAttribute('transform', 'translate(0 42)');
        return el(
          'g',
          { transform: `translate(${x} ${line * panelHeight})` },
          label(0, 14, placementLabel(maze.placement), {
            class: maze.placement === 'top_right' ? 'panel-name home' : 'panel-name',
          }),
          label(0, 32, `level ${maze.seed}: ${fateOf(maze)}`, { class: 'tick' }),
          drawing.group,
        );
      });
      return {
        children,
        height: Math.ceil(mazes.length / grid.columns) * panelHeight,
        describe:
          `The policy on every cell of mazes of size ${gallery.size}, one for each placement of the cheese.`,
      };
    },
    caption:
      'A mouse that looks for cheese turns its arrows whenever the cheese moves. A mouse that goes top-right leaves most of them as they are. Dashed: the region of the cheese in training. Ring: the decision square.',
  });
}
