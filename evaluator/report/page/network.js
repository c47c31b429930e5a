// @ts-check
// Computes the policy's network in the page, as policy/network.cc does.

// Approximates the error function to 2e-7 (Abramowitz and Stegun 7.1.26).
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return x < 0 ? tail - 1 : 1 - tail;
}
const ACTIVATIONS = {
  relu: (x) => (x > 0 ? x : 0), leaky_relu: (x) => (x > 0 ? x : 0.01 * x), elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)), silu: (x) => x / (1 + Math.exp(-x)), tanh: Math.tanh,
};

// Decodes little-endian float32 values.
function floatsOf(base64) {
  const text = atob(base64);
  const bytes = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) bytes.setUint8(i, text.charCodeAt(i));
  return Float32Array.from({ length: text.length / 4 }, (_, i) => bytes.getFloat32(4 * i, true));
}

// Creates a feature map { data, channels, height, width }. Each channel has a border of zeros, one cell wide,
// so that a convolution is a sum of shifted copies.
function emptyMap(channels, height, width) {
  return { data: new Float32Array(channels * (height + 2) * (width + 2)), channels, height, width };
}

// Convolves with a 3 x 3 kernel, stride 1, padding 1. weight: [out, in, 3, 3].
function convolve(map, weight, bias) {
  const { channels, height, width, data } = map;
  const row = width + 2;
  const plane = (height + 2) * row;
  const [first, last] = [row + 1, height * row + width + 1];
  const out = emptyMap(bias.length, height, width);
  const sums = out.data;
  for (let o = 0; o < bias.length; o++) {
    const base = o * plane;
    sums.fill(bias[o], base + first, base + last);
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < 9; k++) {
        const factor = weight[(o * channels + c) * 9 + k];
        const from = c * plane + (Math.floor(k / 3) - 1) * row + (k % 3) - 1;
        for (let i = first; i < last; i++) sums[base + i] += factor * data[from + i];
      }
    }
    for (let y = 1; y <= height; y++) sums[base + y * row] = sums[base + y * row + width + 1] = 0;
  }
  return out;
}

// Takes the maximum over 3 x 3 cells, stride 2, padding 1.
function maxpool(map) {
  const out = emptyMap(map.channels, (map.height + 1) >> 1, (map.width + 1) >> 1);
  const [row, outRow] = [map.width + 2, out.width + 2];
  for (let c = 0; c < map.channels; c++) {
    for (let y = 0; y < out.height; y++) {
      for (let x = 0; x < out.width; x++) {
        let most = -Infinity;
        for (let v = Math.max(0, 2 * y - 1); v <= Math.min(map.height - 1, 2 * y + 1); v++) {
          for (let u = Math.max(0, 2 * x - 1); u <= Math.min(map.width - 1, 2 * x + 1); u++) {
            most = Math.max(most, map.data[(c * (map.height + 2) + v + 1) * row + u + 1]);
          }
        }
        out.data[(c * (out.height + 2) + y + 1) * outRow + x + 1] = most;
      }
    }
  }
  return out;
}

// Applies an activation function. All of them map 0 to 0, so the border stays zero.
const activated = (map, act) => ({ ...map, data: map.data.map(act) });

function flattened(map) {
  const values = new Float32Array(map.channels * map.height * map.width);
  let at = 0;
  for (let c = 0; c < map.channels; c++) {
    for (let y = 1; y <= map.height; y++) {
      const from = (c * (map.height + 2) + y) * (map.width + 2) + 1;
      values.set(map.data.subarray(from, from + map.width), at);
      at += map.width;
    }
  }
  return values;
}

function linear(x, weight, bias) {
  return bias.map((start, o) => {
    let sum = start;
    for (let i = 0; i < x.length; i++) sum += weight[o * x.length + i] * x[i];
    return sum;
  });
}

// Returns a function from an input map to { logits, value }. description: `play.network` of the document.
function networkOf(description) {
  const weights = floatsOf(description.weights);
  let taken = 0;
  const take = (count) => weights.subarray(taken, taken += count);
  const layer = (out, inputs) => ({ weight: take(out * inputs), bias: take(out) });
  let [channels, height, width] = description.input;
  const blocks = description.channels.map((out) => {
    const conv = layer(out, channels * 9);
    const residual = Array.from({ length: description.residual_blocks }, () => [layer(out, out * 9), layer(out, out * 9)]);
    [channels, height, width] = [out, (height + 1) >> 1, (width + 1) >> 1];
    return { conv, residual };
  });
  const fc = layer(description.fc, channels * height * width);
  const policy = layer(description.actions, description.fc);
  const critic = layer(1, description.fc);
  if (taken !== weights.length) throw new Error(`the network takes ${taken} weights of ${weights.length}`);
  const act = ACTIVATIONS[description.activation];
  return (input) => {
    let x = input;
    for (const { conv, residual } of blocks) {
      x = maxpool(convolve(x, conv.weight, conv.bias));
      for (const [first, second] of residual) {
        const inner = convolve(activated(x, act), first.weight, first.bias);
        const change = convolve(activated(inner, act), second.weight, second.bias);
        for (let i = 0; i < x.data.length; i++) x.data[i] += change.data[i];
      }
    }
    const features = linear(flattened(x).map(act), fc.weight, fc.bias).map(act);
    return { logits: linear(features, policy.weight, policy.bias), value: linear(features, critic.weight, critic.bias)[0] };
  };
}

// Returns the probabilities of the actions (the softmax of their logits) and the most probable action.
function actionDistribution(logits) {
  const top = Math.max(...logits);
  const weights = [...logits].map((logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { probabilities: weights.map((weight) => weight / total), mode: logits.indexOf(top) };
}

// Maps procgen's 15 actions to indices into MOVES; 4: stay.
const PROCGEN_MOVES = [0, 0, 0, 1, 4, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4];

// Returns the policy of `play`: a function from (maze, cell) to { moves: thousandths, greedy: the move of the
// most probable action, value }.
function policyOf(play) {
  const network = networkOf(play.network);
  const { world, anchor, actions } = play.environment;
  const moveOf = (action) => (actions === 'procgen' ? PROCGEN_MOVES[action] : action);
  return (maze, cell) => {
    const origin = anchor === 'centre' ? (world - maze.size) / 2 : 0;
    const input = emptyMap(3, world, world);
    const set = (plane, x, y) => { input.data[(plane * (world + 2) + world - origin - y) * (world + 2) + origin + x + 1] = play.network.input_scale; };
    for (const at of freeCells(maze)) set(0, at % maze.size, Math.floor(at / maze.size));
    set(1, ...cell);
    if (maze.cheese) set(2, ...maze.cheese);
    const { logits, value } = network(input);
    const { probabilities, mode } = actionDistribution(logits);
    const moves = [0, 0, 0, 0, 0];
    probabilities.forEach((probability, action) => { moves[moveOf(action)] += 1000 * probability; });
    return { moves, greedy: moveOf(mode), value };
  };
}
