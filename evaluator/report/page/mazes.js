// @ts-check
// Draws the scan's example mazes: the picture on the first screen, and the gallery.

// Returns the cells of an episode without repetitions in place.
function walkedCells(maze) {
  return maze[state.sampler].path.filter((cell, i, path) => i === 0 || cell !== path[i - 1]);
}

// Returns what drawMaze() draws of an example.
const drawable = (maze) => ({
  ...maze,
  region: Math.max(1, DOC.scan.region),
  mouse: [0, 0],
  path: walkedCells(maze),
});

// Describes how the episode of an example ended.
function outcomeText(maze) {
  const walk = maze[state.sampler];
  if (walk.outcome === 'cheese') return `found the cheese in ${walk.steps} steps (shortest: ${maze.optimal})`;
  if (walk.outcome === 'top_right') {
    return walk.success
      ? `top-right first, then the cheese after ${walk.steps} steps`
      : 'went top-right and missed the cheese';
  }
  return walk.outcome === 'elsewhere' ? 'came to rest elsewhere' : 'still wandering at the limit';
}

const FIELD_COLUMNS = ['size', 'placement', 'seed', 'x', 'y', ...MOVE_NAMES, 'value'];
// Returns the numbers of the CSV file.
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
    columns: FIELD_COLUMNS,
    draw: (width) => {
      const side = Math.min(width, 560);
      drawing = drawMaze(drawable(maze), side);
      return {
        children: [drawing.group],
        height: side,
        describe: `A maze of size ${maze.size}. The mouse starts bottom-left; it ${outcomeText(maze)}.`,
      };
    },
    caption: () => {
      const typical = maze.on_path ? undefined : find('off_path_limit', maze.size, maze.placement);
      const cheese = `cheese ${placementLabel(maze.placement)}`;
      const text = `Level ${maze.seed}, ${cheese}: the mouse ${outcomeText(maze)}. ` +
        'Arrows: action probabilities on each cell. Ring: the decision square.';
      return typical
        ? `${text} Chosen because it shows the verdict: in all such levels (this size, ${cheese}, ` +
          `off-path) the mouse finds the cheese in ${percent(typical.value)}.`
        : text;
    },
  });
}

// ---- Gallery: one size, one level, every placement

const gallery = { size: 0, turn: 0 };

function galleryMazes() {
  return shownPlacements.map((placement) => {
    const examples = DOC.examples.filter((maze) =>
      maze.size === gallery.size && maze.placement === placement.key
    );
    return examples[gallery.turn % Math.max(1, examples.length)];
  }).filter(Boolean);
}

function buildMazes() {
  const parent = document.getElementById('maze-grid');
  const sizes = DOC.scan.sizes.filter((size) => DOC.examples.some((maze) => maze.size === size));
  if (!sizes.length) {
    parent.append(html('p', { class: 'note' }, 'The scan recorded no example mazes.'));
    return;
  }
  gallery.size = sizes.includes(DOC.verdict.size) ? DOC.verdict.size : sizes[sizes.length - 1];
  let drawings = [];
  document.getElementById('maze-controls').append(
    segmented(
      'Maze size',
      sizes.map((size) => ({ key: size, label: `${size} × ${size}` })),
      () => gallery.size,
      (size) => {
        gallery.size = size;
        gallery.turn = 0;
        redrawAll();
      },
    ),
    html('button', {
      type: 'button',
      class: 'plain',
      onclick: () => {
        gallery.turn++;
        redrawAll();
      },
    }, 'another level'),
  );
  figure(parent, {
    name: 'vector-fields',
    title: 'Vector fields and episodes',
    extra: [walkButton(() => drawings)],
    rows: () => fieldRows(galleryMazes()),
    columns: FIELD_COLUMNS,
    draw: (width) => {
      const mazes = galleryMazes();
      const grid = panels(width, Math.max(2, mazes.length), width < 500 ? width : 300, 28);
      const side = Math.min(grid.side, 400);
      const panelHeight = side + 62;
      drawings = [];
      const children = mazes.map((maze, i) => {
        const [x, line] = grid.at(i);
        const drawing = drawMaze(drawable(maze), side);
        drawings.push(drawing);
        drawing.group.setAttribute('transform', 'translate(0 42)');
        return el(
          'g',
          { transform: `translate(${x} ${line * panelHeight})` },
          label(0, 14, placementLabel(maze.placement), {
            class: maze.placement === 'top_right' ? 'panel-name home' : 'panel-name',
          }),
          label(0, 32, `level ${maze.seed}: ${outcomeText(maze)}`, { class: 'tick' }),
          drawing.group,
        );
      });
      return {
        children,
        height: Math.ceil(mazes.length / grid.columns) * panelHeight,
        describe: `The policy on each free cell of mazes of size ${gallery.size}, one for each placement.`,
      };
    },
    caption:
      'If the mouse looks for the cheese, the arrows change when the cheese moves. If it goes top-right, ' +
      'most of them do not. Dashed: the cheese region of training. Ring: the decision square.',
  });
}
