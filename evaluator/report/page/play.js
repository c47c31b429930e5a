// @ts-check
// Draws the report's interactive maze: the reader moves mouse, cheese and walls, and the page evaluates the policy.

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
  const show = () => { status.textContent = scene.message || describeHere(scene); node.redraw(); };
  let walks = 0; // counts what ends a walk, so that one that arrives later is dropped
  const stop = () => { walks++; clearInterval(timer); scene.path = []; scene.message = ''; };
  const transport = inPage(policy);
  const take = (field) => { Object.assign(scene, field); show(); };
  const ask = () => transport.field(scene, null, take).then((field) => field && take(field));
  const begin = (level, cheese) => {
    stop();
    Object.assign(scene, { size: level.size, open: level.open, mouse: [0, 0] });
    const fallback = [0, level.size - 1];
    scene.cheese = cheese && isOpen(cheese) ? cheese : fallback;
    Object.assign(scene, emptyField());
  };
  const levels = () => DOC.play.levels.filter((level) => level.size === scene.size);

  const put = (cell, what) => {
    if (!change(cell, what)) return;
    stop();
    if (what === 'mouse') show(); else ask();
  };
  const walk = async (greedy) => {
    stop();
    const mine = walks;
    const from = scene.mouse;
    const limit = DOC.scan.limits[DOC.scan.sizes.indexOf(scene.size)];
    const { cells, end } = await transport.walk(scene, { greedy, seed: 0, limit }, null);
    if (mine !== walks) return;
    const shortest = distanceBetween(from, scene.cheese);
    const reach = (upTo) => {
      scene.mouse = cellAt(cells[upTo]);
      scene.path = cells.slice(0, upTo + 1).filter((at, i, all) => i === 0 || at !== all[i - 1]);
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
    name: 'playground', title: 'Your maze', onkey: keyMover(put), columns: SCENE_COLUMNS, rows: () => sceneRows(scene),
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
  controls.append(
    status,
    controlRow('Maze size', segmented('Size of your maze', sizes.map((key) => ({ key, label: String(key) })), () => scene.size, (key) => { scene.size = key; scene.turn = 0; begin(levels()[0]); ask(); }),
      plainButton('next maze', () => { scene.turn++; begin(levels()[scene.turn % levels().length]); ask(); })),
    controlRow('A click moves', segmented('A click moves', tools, () => scene.tool, (key) => { scene.tool = key; })),
    controlRow('Let it walk', plainButton('▶ sampled', () => walk(false)), plainButton('▶ greedy', () => walk(true)), plainButton('back to the start', () => { stop(); if (!same(scene.cheese, [0, 0])) scene.mouse = [0, 0]; show(); })),
    controlRow('Floor', segmented('Colour of the floor', [{ key: false, label: 'plain' }, { key: true, label: 'value' }], () => scene.shaded, (key) => { scene.shaded = key; show(); })),
    html('p', { class: 'note' }, 'Drag mouse and cheese, or click a cell. With the maze in focus, arrow keys move the mouse and Shift with arrow keys the cheese.'));
  ask();
}
