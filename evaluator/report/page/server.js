// @ts-check
// Sends requests to the program that serves the page (evaluator/explore/server.h).

/**
 * The parts of a message of the program.
 * @typedef {{ problem: string, reason: string, hint: string }} Fault
 */

class RequestFault extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(`${fault.problem}: ${fault.reason}`);
    this.fault = fault;
  }
}

// Sends a request. body: JSON, or the bytes of a file. Throws RequestFault if there is no answer, or a fault.
async function request(name, body) {
  let response;
  try {
    response = await fetch(name, { method: 'POST', body: body instanceof Blob ? body : JSON.stringify(body) });
  } catch {
    const reason = 'the program does not answer';
    throw new RequestFault({ problem: 'no connection', reason, hint: 'is `mazescan-evaluator explore` still running?' });
  }
  if (!response.ok) throw new RequestFault(await response.json());
  return response;
}

/**
 * Returns a maze as the server reads it.
 * @param {Record<string, any>} maze
 */
const sentMaze = ({ size, open, mouse, cheese, facing_right, seed, background }) => ({
  size,
  open,
  mouse,
  cheese,
  facing_right: Boolean(facing_right),
  seed,
  background,
});
// Returns the keys that every request about a state has.
const sentScene = (maze, edits) => ({ maze: sentMaze(maze), edits: edits && edits.text, target: maze.target });

/**
 * Reads the tensors of a safetensors file: float32, and bytes.
 * @param {ArrayBuffer} buffer
 * @returns {Map<string, Tap>}
 */
function tensorsOf(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const bytes = buffer.slice(8 + length + begin, 8 + length + end);
    tensors.set(name, { name, shape, data: dtype === 'F32' ? new Float32Array(bytes) : new Uint8Array(bytes) });
  }
  return tensors;
}

// Returns a function that calls ask(...) one call at a time. Of the calls that wait, it makes the newest; the
// others give null.
function newest(ask) {
  let running = false;
  let waiting = null;
  const run = async ({ values, resolve, reject }) => {
    running = true;
    await ask(...values).then(resolve, reject);
    running = false;
    const next = waiting;
    waiting = null;
    if (next) run(next);
  };
  return (...values) =>
    new Promise((resolve, reject) => {
      if (waiting) waiting.resolve(null);
      waiting = running ? { values, resolve, reject } : null;
      if (!running) run({ values, resolve, reject });
    });
}

/**
 * Returns the transport of the policy that the program holds. layers: the names of the taps, in order.
 * @returns {Transport}
 */
function onServer(layers) {
  const post = async (name, body) => (await request(name, body)).json();
  const field = newest(async (maze, edits) => {
    const { moves, value, greedy } = await post('field', sentScene(maze, edits));
    return { moves: moves.map((share) => 1000 * share), value, greedy };
  });
  const taps = newest(async (maze, edits) => {
    const found = tensorsOf(await (await request('taps', sentScene(maze, edits))).arrayBuffer());
    return ['observation', ...layers].map((name) => found.get(name));
  });
  return {
    field: (maze, edits) => field({ ...maze }, edits),
    taps: (maze, edits) => taps({ ...maze }, edits),
    walk: async (maze, { greedy, seed, limit }, edits) => {
      const played = await post('walk', { ...sentScene(maze, edits), greedy, seed, limit });
      const been = new Set();
      let last = played.cells.length - 1;
      let cycle = false;
      for (let step = 0; greedy && step <= last; step++) {
        const state = 2 * played.cells[step] + played.facing_right[step];
        cycle = been.has(state);
        if (cycle) last = step;
        been.add(state);
      }
      const cells = played.cells.slice(0, last + 1);
      return { cells, facing: played.facing_right, end: endOfWalk({ cells, success: played.success && !cycle, cycle }) };
    },
  };
}
