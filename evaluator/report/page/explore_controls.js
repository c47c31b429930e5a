// @ts-check
// Builds the controls of the maze that `mazescan-evaluator explore` shows.

// Returns the maze as text, in the form of envs/maze/maze_text.h.
const mazeText = () =>
  Array.from({ length: scene.size }, (_, row) =>
    Array.from({ length: scene.size }, (__, x) => {
      const cell = [x, scene.size - 1 - row];
      const [mouse, cheese] = [same(cell, scene.mouse), same(cell, scene.cheese)];
      return mouse && cheese ? '*' : mouse ? 'm' : cheese ? 'c' : isOpen(cell) ? '.' : '#';
    }).join('')).join('\n');

// Builds the controls that choose a level.
function buildLevelControls(parent, takeLevel) {
  const size = selectOf('Maze size', DOC.sizes.map((key) => ({ key: String(key), label: `${key} × ${key}` })), () => take());
  const seed = numberInput('Level seed', String(DOC.maze.seed));
  const placement = selectOf('Placement of the cheese', [{ key: '', label: 'as the level has it' }, ...DOC.placements.map((key) => ({ key, label: key.replace(/_/g, ' ') }))], () => take());
  size.value = String(DOC.maze.size);
  const take = () => takeLevel({ size: Number(size.value), seed: Number(seed.value), placement: placement.value || null });
  seed.addEventListener('change', take);
  parent.append(
    html('label', {}, 'size ', size),
    html('label', {}, 'level ', seed),
    html('label', {}, 'cheese ', placement),
    plainButton('next level', () => {
      seed.value = String(Number(seed.value) + 1);
      take();
    }),
  );
}

// Builds the controls beside the mazes.
function buildSceneControls(parent, { status, timing, fault, line, show, ask, walk, stopWalks, takeLevel }) {
  const tools = ['cheese', 'mouse', 'walls', 'target'].map((key) => ({ key, label: key }));
  const seed = numberInput('Seed of sampled moves', String(exploring.seed), { min: '0' });
  seed.addEventListener('input', () => {
    exploring.seed = Math.max(0, Math.round(Number(seed.value)));
  });
  const text = html('textarea', { rows: '6', spellcheck: 'false', class: 'code', 'aria-label': 'The maze as text' });
  const drawn = html('details', {}, html('summary', {}, 'The maze as text'),
    html('p', { class: 'note' }, '# wall, . free, m mouse, c cheese'), text, plainButton('use this maze', () => takeLevel({ text: text.value })));
  drawn.addEventListener('toggle', () => {
    text.value = mazeText();
    text.rows = scene.size;
  });
  parent.append(
    status,
    fault,
    controlRow('A click moves', segmented('A click moves', tools, () => scene.tool, (key) => {
      scene.tool = key;
      show();
    })),
    controlRow('Let it walk', plainButton('▶ greedy', () => walk(true)), plainButton('▶ sampled', () => walk(false)), html('label', {}, 'seed ', seed),
      plainButton('back to the start', () => {
        stopWalks();
        if (!same(scene.cheese, [0, 0]) && isOpen([0, 0])) scene.mouse = [0, 0];
        show();
        ask();
      })),
    line.node,
    controlRow('Floor', segmented('Colour of the floor', ['plain', 'value', 'change'].map((key) => ({ key, label: key })), () => exploring.floor, (key) => {
      exploring.floor = key;
      show();
    })),
    ...(local
      ? [controlRow('Computed', segmented('Where the network runs', [{ key: 'page', label: 'in this page' }, { key: 'server', label: 'by the program' }], () => exploring.where, (key) => {
        exploring.where = key;
        ask();
      }))]
      : []),
    timing,
    drawn,
    html('p', { class: 'note' }, 'Drag mouse and cheese, or click a cell. With a maze in focus, arrow keys move the mouse and Shift with arrow keys the cheese.'),
  );
}
