// @ts-check
// Builds the page of `mazescan-evaluator explore` from its JSON document, which evaluator/explore/explore_page.cc
// writes:
//
//   format, format_version   "mazescan-explore", 1
//   title                    the policy's file
//   policy                   any JSON, shown as it is
//   play                     { network, environment, unavailable }, as in main.js
//   layers                   [{ name, shape }], in forward order
//   observation              [channels, height, width]
//   environment              { world, anchor, whole_world: false if the policy sees only a part of it, region }
//   sizes                    of mazes
//   placements               names of placements of the cheese
//   maze                     the first maze, as the server's request `level` returns it
//   edits                    the text of a file of edits; "" for none
//   seed                     of sampled walks

/**
 * The state of the page. `edits` were checked; `walks` are the walks that the timeline shows, from `start`.
 * @type {{ edits: Edits | null, before: Field, after: Field | null, where: string, floor: string,
 *   seed: number, limit: number, walks: { start: Cell, before: Walk, after: Walk | null, step: number } | null }}
 */
const exploring = { edits: null, before: emptyField(), after: null, where: 'server', floor: 'plain', seed: DOC.seed, limit: 0, walks: null };

const remote = { before: onServer(DOC.layers.map(({ name }) => name)), after: onServer(DOC.layers.map(({ name }) => name)) };
const networkHere = DOC.play.network && !unknownKinds(DOC.play.network).length ? policyOf(DOC.play) : null;
const local = networkHere && { before: inPage(networkHere, SEEN()), after: inPage(networkHere, SEEN()) };
if (local) exploring.where = 'page';
/**
 * Returns the transport that answers about the policy without (`before`) or with (`after`) the edit.
 * @returns {Transport}
 */
const transportOf = (which) => (local && exploring.where === 'page' && (which === 'before' || isInPage(exploring.edits)) ? local : remote)[which];
const editsOf = (which) => (which === 'after' ? exploring.edits : null);

// Returns how much the edit changes the moves on each cell: the total variation distance, from 0 to 1.
const changeOf = (before, after) =>
  freeCells(scene).map((_, i) => {
    let sum = 0;
    for (let move = 5 * i; move < 5 * i + 5; move++) sum += Math.abs(after.moves[move] - before.moves[move]) / 2000;
    return Math.min(1, sum);
  });

// Creates a button that saves a figure as PNG, with two pixels for each pixel of the page.
const pngButton = (name, svg) =>
  html('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': `Download ${name} as PNG`,
    onclick: async () => {
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg()))}`;
      await image.decode();
      const canvas = html('canvas', { width: 2 * image.width, height: 2 * image.height });
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(`${name}.png`, 'image/png', blob));
    },
  }, 'PNG');

/**
 * Adds the figure of the policy without or with the edit.
 * @param {string} which
 * @param {(cell: Cell, what: string) => void} put
 */
function sceneFigure(which, put) {
  const parent = document.getElementById(which);
  const name = which === 'before' ? 'field' : 'field-with-edit';
  const field = () => exploring[which] || emptyField();
  let drawing;
  let svg;
  const node = figure(parent, {
    name,
    title: which === 'before' ? 'The policy' : 'With the edit',
    extra: [pngButton(name, () => svg)],
    onkey: keyMover(put),
    columns: [...SCENE_COLUMNS, ...(which === 'after' ? ['change'] : [])],
    rows: () => {
      const changes = which === 'after' ? changeOf(exploring.before, field()) : [];
      return sceneRows(field()).map((row, i) => ({ ...row, change: changes[i] === undefined ? '' : +changes[i].toFixed(4) }));
    },
    draw: (width) => {
      const side = Math.min(width, 560);
      const { floor, walks } = exploring;
      const walk = walks && walks[which];
      const at = walk ? walk.cells[Math.min(walks.step, walk.cells.length - 1)] : cellIndex(scene.mouse);
      const shade = floor === 'value'
        ? shadeOf(field().value)
        : floor === 'change' && which === 'after' ? changeOf(exploring.before, field()) : undefined;
      const usesTarget = scene.tool === 'target' || (exploring.edits && /\btarget\b/.test(exploring.edits.text));
      const path = walk ? walk.cells.slice(0, walks.step + 1).filter((cell, i, all) => i === 0 || cell !== all[i - 1]) : [];
      drawing = drawMaze({ ...scene, ...field(), mouse: cellAt(at), path, shade, target: usesTarget ? scene.target : undefined, region: Math.max(1, DOC.environment.region) }, side);
      const [x, y] = cellAt(at);
      return {
        children: [drawing.group],
        height: side,
        describe: `A maze of size ${scene.size}${which === 'after' ? ' with the edited policy' : ''}: mouse at (${x}, ${y}); ` +
          `${scene.cheese ? `cheese at (${scene.cheese.join(', ')})` : 'no cheese'}; cells are counted from the bottom left.`,
      };
    },
    caption: () => {
      const walk = exploring.walks && exploring.walks[which];
      if (walk) return `The mouse ${walk.end}.`;
      return which === 'before'
        ? `Level ${scene.seed}. Arrows: the probability of each move on each cell. Dashed: where the cheese was in training.`
        : 'The same maze, with the edit in every forward pass.';
    },
  });
  svg = node.querySelector('svg.figure');
  listenToPointer(svg, () => drawing, put);
  return node;
}

function buildExplore() {
  const status = html('p', { class: 'play-status', 'aria-live': 'polite' });
  const timing = html('p', { class: 'note', id: 'timing' });
  const fault = html('p', { class: 'edit-status fault', 'aria-live': 'assertive' });
  const nodes = {};
  const asked = { before: 0, after: 0, taps: 0, walk: 0 }; // the newest questions; answers to older ones are dropped
  let drawLayers = () => {};

  const fail = (error) => {
    if (!(error instanceof RequestFault)) throw error;
    fault.replaceChildren(...faultText(error.fault));
  };
  const show = () => {
    const here = 5 * rankOf(scene.mouse);
    const known = exploring.before.moves.slice(here, here + 5).some((share) => share > 0);
    status.textContent = known ? describeHere(exploring.before) : 'Computing …';
    for (const node of Object.values(nodes)) node.redraw();
  };
  const line = timeline((step) => {
    exploring.walks.step = step;
    const { cells, facing } = exploring.walks.before;
    const at = Math.min(step, cells.length - 1);
    scene.mouse = cellAt(cells[at]);
    scene.facing_right = facing[at] === 1;
    show();
    askTaps();
  });
  const stopWalks = () => {
    asked.walk++;
    line.stop();
    exploring.walks = null;
    scene.facing_right = false;
  };

  // Asks for the field without or with the edit, and shows it.
  const askField = async (which) => {
    if (which === 'after' && !exploring.edits) return;
    const transport = transportOf(which);
    const mine = ++asked[which];
    const take = (field) => {
      if (mine !== asked[which]) return;
      exploring[which] = field;
      show();
    };
    const begun = performance.now();
    try {
      const field = await transport.field(scene, editsOf(which), take);
      if (!field || mine !== asked[which]) return;
      take(field);
      timing.textContent = `${field.value.length} cells in ${Math.round(performance.now() - begun)} ms, ` +
        `computed ${transport === remote[which] ? 'by the program' : 'in this page'}.`;
    } catch (error) {
      fail(error);
    }
  };
  // Asks for the outputs of the layers in the state of the mouse, and shows them.
  const askTaps = async () => {
    const mine = ++asked.taps;
    try {
      const [before, after] = await Promise.all(['before', 'after'].map((which) => which === 'before' || exploring.edits ? transportOf(which).taps(scene, editsOf(which)) : null));
      if (mine !== asked.taps || !before || (exploring.edits && !after)) return;
      Object.assign(view, { before, after });
      drawLayers();
    } catch (error) {
      fail(error);
    }
  };
  const ask = () => {
    fault.replaceChildren();
    return Promise.all([askField('before'), askField('after'), askTaps()]);
  };

  const put = (cell, what) => {
    if (what === 'target') {
      if (cell.some((at) => at < 0 || at >= scene.size) || same(cell, scene.target)) return;
      scene.target = cell;
    } else if (!change(cell, what)) {
      return;
    }
    stopWalks();
    show();
    if (what === 'mouse') askTaps();
    else ask();
  };
  const place = (maze) => {
    Object.assign(scene, { size: maze.size, open: maze.open, mouse: maze.mouse, cheese: maze.cheese, seed: maze.seed, background: maze.background, target: [0, maze.size - 1] });
    exploring.limit = maze.limit;
    exploring.before = emptyField();
    exploring.after = exploring.edits && emptyField();
  };
  const begin = (maze) => {
    stopWalks();
    place(maze);
    show();
    return ask();
  };
  const walk = async (greedy) => {
    fault.replaceChildren();
    const start = exploring.walks ? exploring.walks.start : scene.mouse;
    stopWalks();
    const mine = asked.walk;
    scene.mouse = start;
    const how = { greedy, seed: exploring.seed, limit: exploring.limit };
    try {
      // The program plays all walks: the same seed gives the walk of `draw --show path`.
      const [before, after] = await Promise.all([remote.before.walk(scene, how, null), exploring.edits && remote.after.walk(scene, how, exploring.edits)]);
      if (mine !== asked.walk) return;
      exploring.walks = { start, before, after, step: 0 };
      line.start(Math.max(before.cells.length, after ? after.cells.length : 0) - 1);
    } catch (error) {
      fail(error);
    }
  };
  const takeLevel = async (body) => {
    try {
      return await begin(await (await request('level', body)).json());
    } catch (error) {
      return fail(error);
    }
  };

  place(DOC.maze);
  nodes.before = sceneFigure('before', put);
  nodes.after = sceneFigure('after', put);
  buildLevelControls(document.getElementById('level-controls'), takeLevel);
  buildSceneControls(document.getElementById('scene-controls'), { status, timing, fault, line, show, ask, walk, stopWalks, takeLevel });
  const editText = buildEditText(document.getElementById('edit-body'), (edits) => {
    if (!edits && !exploring.edits) return;
    asked.after++;
    exploring.edits = edits;
    exploring.after = edits && emptyField();
    document.getElementById('after').hidden = !edits;
    document.getElementById('scene').classList.toggle('with-edit', Boolean(edits));
    stopWalks();
    show();
    fault.replaceChildren();
    askField('after');
    askTaps();
  });
  drawLayers = buildLayers((text) => editText.add(text));
  const begun = begin(DOC.maze);
  return DOC.edits ? begun.then(() => editText.set(DOC.edits)) : begun;
}

// Saves the outputs of all layers, as the policy's figures show them.
async function saveTaps() {
  const edits = view.shown === 'before' ? null : exploring.edits;
  save('layers.safetensors', 'application/octet-stream', await (await request('taps', sentScene(scene, edits))).blob());
}

buildTheme();
for (const change of ['click', 'transitionend']) document.getElementById('theme').addEventListener(change, redrawAll);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
document.title = `${DOC.title} – mazescan explore`;
document.getElementById('run-title').textContent = DOC.title;
document.getElementById('sentence').textContent = local
  ? 'This policy is small: its network runs in your browser.'
  : `The program that serves this page runs the network. ${DOC.play.unavailable}`;
document.getElementById('about-body').append(describe(DOC.policy));
const ready = buildExplore();
document.documentElement.dataset.drawn = 'yes'; // marks the page as complete, for tests
