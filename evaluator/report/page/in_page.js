// @ts-check
// Answers the requests of the interactive maze in the page itself, with the network of network.js.

/**
 * An entry of a file of edits, as the server reads it: the keys of the kinds that the page computes.
 * @typedef {{ layer: string, kind: string, channels?: number[], cell?: Cell | string, value?: number,
 *   elsewhere?: number | null }} EditEntry
 *
 * Edits that were checked. `text` is the file of edits.
 * @typedef {{ text: string, entries: EditEntry[] }} Edits
 *
 * The output of a layer in one state, or the observation.
 * @typedef {{ name: string, shape: number[], data: ArrayLike<number> }} Tap
 *
 * A walk: cells as y * size + x, how it ends, and for each cell 1 if the mouse faces right (if that is known).
 * @typedef {{ cells: number[], facing?: number[], end: string }} Walk
 *
 * What an interactive maze needs of a policy. inPage() and onServer() make it. The mouse is where the maze has
 * it. `edits`: null without edits. A call of field or taps that a newer one supersedes may give null. While it
 * computes, field may call part(field) with the cells that are done.
 * @typedef {{ field: (maze: Maze, edits: Edits | null, part: (field: Field) => void) => Promise<Field | null>,
 *   taps: (maze: Maze, edits: Edits | null) => Promise<Tap[] | null>,
 *   walk: (maze: Maze, how: { greedy: boolean, seed: number, limit: number }, edits: Edits | null) => Promise<Walk>
 * }} Transport
 */

/**
 * Returns the place on a layer's map that covers a cell, [row, column], row 0 at the top; as TargetMap does
 * (evaluator/rollout/target_map.h). view: { world, anchor, side: rows of the observation }.
 * @param {{ world: number, anchor: string, side: number }} view
 * @param {Maze} maze
 * @param {number[]} shape
 * @param {number[]} cell
 */
function placeOf({ world, anchor, side }, maze, shape, [x, y]) {
  const [, height, width] = shape;
  const origin = anchor === 'centre' ? (world - maze.size) / 2 : 0;
  let stride = 1;
  for (let rows = side; rows > height; rows = Math.floor((rows + 1) / 2)) stride *= 2;
  const seen = (at) => Math.floor(Math.floor(((2 * at + 1) * side) / (2 * world)) / stride);
  return [Math.min(seen(world - 1 - origin - y), height - 1), Math.min(seen(origin + x), width - 1)];
}

// Returns the cell of an edit in a maze.
const namedCell = (maze, cell) => ({ cheese: maze.cheese, target: maze.target })[cell] || cell;

/**
 * Returns whether the page computes these edits.
 * @param {Edits | null} edits
 */
const isInPage = (edits) =>
  !edits ||
  edits.entries.every(({ kind, cell }) => kind === 'zero_channels' || (kind === 'clamp_cells' && cell !== 'random'));

/**
 * Returns a function (layer's name, data, shape) -> data that applies the edits.
 * @param {EditEntry[]} entries
 */
const editor = (entries, view, maze) => (name, data, shape) => {
  const mine = entries.filter(({ layer }) => layer === name);
  if (!mine.length) return data;
  const edited = Float32Array.from(data);
  const plane = (shape[1] || 1) * (shape[2] || 1);
  for (const { kind, channels, cell, value, elsewhere } of mine) {
    for (const channel of channels) {
      if (kind === 'zero_channels') {
        edited.fill(0, channel * plane, (channel + 1) * plane);
        continue;
      }
      const [row, column] = placeOf(view, maze, shape, namedCell(maze, cell));
      if (elsewhere !== null) edited.fill(elsewhere, channel * plane, (channel + 1) * plane);
      edited[channel * plane + row * shape[2] + column] = value;
    }
  }
  return edited;
};

/**
 * Describes how a walk ended. cells: those of the walk. cycle: whether the last state occurred before.
 * @param {{ cells: number[], success: boolean, cycle: boolean }} walk
 */
function endOfWalk({ cells, success, cycle }) {
  const steps = cells.length - 1;
  if (success) return `found the cheese in ${steps} step${steps === 1 ? '' : 's'}`;
  if (cycle) return cells[steps] === cells[steps - 1] ? 'stays here for ever' : 'goes back and forth for ever';
  return `is without cheese after ${steps} steps`;
}

/**
 * Returns the transport of a policy from policyOf(). view: as in placeOf().
 * @returns {Transport}
 */
function inPage(policy, view = undefined) {
  const here = (maze, edits, cell) => policy(maze, cell, edits ? editor(edits.entries, view, maze) : undefined);
  let job = 0;
  return {
    // Computes 30 ms at a time.
    field: (maze, edits, part) => {
      const mine = ++job;
      const start = { ...maze };
      const cells = freeCells(start);
      const field = emptyField();
      let next = 0;
      return new Promise((resolve) => {
        const some = () => {
          if (mine !== job) return resolve(null);
          const until = performance.now() + 30;
          for (; next < cells.length && performance.now() < until; next++) {
            const cell = [cells[next] % start.size, Math.floor(cells[next] / start.size)];
            const answer = here(start, edits, cell);
            field.moves.splice(5 * next, 5, ...answer.moves);
            field.value[next] = answer.value;
            field.greedy[next] = answer.greedy;
          }
          if (next === cells.length) return resolve(field);
          part(field);
          setTimeout(some);
        };
        some();
      });
    },
    taps: async (maze, edits) => here(maze, edits, maze.mouse).taps,
    walk: async (maze, { greedy, limit }, edits) => {
      const answers = new Map();
      const cells = [maze.mouse[1] * maze.size + maze.mouse[0]];
      const been = new Set(cells);
      for (let step = 1; step <= limit; step++) {
        const at = cells[cells.length - 1];
        /** @type {Cell} */
        const cell = [at % maze.size, Math.floor(at / maze.size)];
        if (!answers.has(at)) answers.set(at, here(maze, edits, cell));
        const answer = answers.get(at);
        let left = Math.random() * 1000;
        const move = greedy ? answer.greedy : answer.moves.findIndex((share) => (left -= share) < 0);
        const wanted = move >= 0 && move < 4 ? [cell[0] + MOVES[move][0], cell[1] + MOVES[move][1]] : cell;
        const next = isOpen(wanted) ? wanted[1] * maze.size + wanted[0] : at;
        cells.push(next);
        const success = same([next % maze.size, Math.floor(next / maze.size)], maze.cheese);
        const cycle = greedy && been.has(next);
        if (success || cycle) return { cells, end: endOfWalk({ cells, success, cycle }) };
        been.add(next);
      }
      return { cells, end: endOfWalk({ cells, success: false, cycle: false }) };
    },
  };
}
