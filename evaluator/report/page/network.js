// Computes the policy's network in the page, from the list of layers that policy/layer.h describes.

// Computes the error function by Abramowitz and Stegun 7.1.26; the error is below 2e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return x < 0 ? tail - 1 : 1 - tail;
}
// Decodes base64 text into little-endian float32 values.
function floatsOf(base64) {
  const text = atob(base64);
  const bytes = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) bytes.setUint8(i, text.charCodeAt(i));
  return Float32Array.from({ length: text.length / 4 }, (_, i) => bytes.getFloat32(4 * i, true));
}

// Represents outputs as { data, shape }. The shape is that for one observation: [channels, height, width], in
// this order in `data`, or [width].

// Computes a convolution: 3 x 3, padding 1. weight: [out, in, 3, 3]. It is a sum of shifted copies of a map
// with a border of zeros.
function convolve({ data, shape: [channels, height, width] }, [weight, bias]) {
  const row = width + 2;
  const plane = (height + 2) * row;
  const padded = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) padded.set(data.subarray((c * height + y) * width, (c * height + y + 1) * width), c * plane + (y + 1) * row + 1);
  }
  const [first, last] = [row + 1, height * row + width + 1];
  const out = new Float32Array(bias.length * height * width);
  for (let o = 0; o < bias.length; o++) {
    const sums = new Float32Array(plane).fill(bias[o]);
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < 9; k++) {
        const factor = weight[(o * channels + c) * 9 + k];
        const from = c * plane + (Math.floor(k / 3) - 1) * row + (k % 3) - 1;
        for (let i = first; i < last; i++) sums[i] += factor * padded[from + i];
      }
    }
    for (let y = 0; y < height; y++) out.set(sums.subarray((y + 1) * row + 1, (y + 1) * row + 1 + width), (o * height + y) * width);
  }
  return out;
}

// Computes max-pooling: 3 x 3, stride 2, padding 1.
function maxpool({ data, shape: [channels, height, width] }) {
  const [outHeight, outWidth] = [(height + 1) >> 1, (width + 1) >> 1];
  const out = new Float32Array(channels * outHeight * outWidth);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        let most = -Infinity;
        for (let v = Math.max(0, 2 * y - 1); v <= Math.min(height - 1, 2 * y + 1); v++) {
          for (let u = Math.max(0, 2 * x - 1); u <= Math.min(width - 1, 2 * x + 1); u++) most = Math.max(most, data[(c * height + v) * width + u]);
        }
        out[(c * outHeight + y) * outWidth + x] = most;
      }
    }
  }
  return out;
}

// Computes a fully connected layer. weight: [out, in].
function linear({ data }, [weight, bias]) {
  return bias.map((start, o) => {
    let sum = start;
    for (let i = 0; i < data.length; i++) sum += weight[o * data.length + i] * data[i];
    return sum;
  });
}

// Sets all but the largest activations to 0. groups: the indices that compete with each other, in lists.
function winners(data, groups, { fraction, rectify }) {
  const out = new Float32Array(data.length);
  for (const group of groups) {
    const count = Math.max(1, Math.round(fraction * group.length));
    const largest = count < group.length ? [...group].sort((a, b) => data[b] - data[a])[count] : null;
    for (const i of group) {
      const wins = largest === null || data[i] > data[largest];
      out[i] = wins && (data[i] > 0 || !rectify) ? data[i] : 0;
    }
  }
  return out;
}
const range = (count, first = 0, step = 1) => Array.from({ length: count }, (_, i) => first + i * step);
function winnersOfChannels({ data, shape }, options) {
  const cells = shape.length === 3 ? shape[1] * shape[2] : data.length;
  return winners(data, range(data.length / cells).map((channel) => range(cells, channel * cells)), options);
}
function winnersOfCells({ data, shape }, options) {
  const cells = shape.length === 3 ? shape[1] * shape[2] : 1;
  return winners(data, range(cells).map((cell) => range(data.length / cells, cell, cells)), options);
}

// Computes a score of each cell for each read-out. weight: [heads, channels].
function scores({ data, shape: [channels, height, width] }, [weight]) {
  const cells = height * width;
  return Float32Array.from({ length: weight.length / channels * cells }, (_, i) => {
    const [head, cell] = [Math.floor(i / cells), i % cells];
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += weight[head * channels + c] * data[c * cells + cell];
    return sum;
  });
}

// Computes alpha-entmax by bisection, as policy/entmax.h describes it.
function entmax(scores, alpha) {
  const top = Math.max(...scores);
  if (alpha - 1 < 1e-4) {
    const powers = scores.map((score) => Math.exp(score - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }
  const less = alpha - 1;
  let [low, high] = [less * top - 1, less * top - (1 / scores.length) ** less];
  const probabilities = (threshold) => scores.map((score) => Math.max(0, less * score - threshold) ** (1 / less));
  const sumOf = (values) => values.reduce((a, b) => a + b, 0);
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (sumOf(probabilities(middle)) >= 1) low = middle; else high = middle;
  }
  const found = probabilities(low);
  const total = sumOf(found);
  return found.map((p) => p / total);
}
function attention({ data, shape: [heads, height, width] }, [raw], { alpha }) {
  const cells = height * width;
  const out = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    const own = raw ? Math.max(1.01, 1 + 1 / (1 + Math.exp(-raw[head]))) : alpha;
    out.set(entmax([...data.subarray(head * cells, (head + 1) * cells)], own), head * cells);
  }
  return out;
}

// Computes the means of a map and of the cells' coordinates by the shares of cells, for each read-out.
function poolByShares({ data, shape: [channels, height, width] }, { data: shares, shape: [heads] }) {
  const cells = height * width;
  const place = (at, count) => (count > 1 ? -1 + 2 * at / (count - 1) : -1);
  const out = new Float32Array(heads * (channels + 2));
  for (let head = 0; head < heads; head++) {
    for (let cell = 0; cell < cells; cell++) {
      const share = shares[head * cells + cell];
      const to = head * (channels + 2);
      for (let c = 0; c < channels; c++) out[to + c] += share * data[c * cells + cell];
      out[to + channels] += share * place(Math.floor(cell / width), height);
      out[to + channels + 1] += share * place(cell % width, width);
    }
  }
  return out;
}

// Computes the logits of Q; behaviour: logits that say which actions are allowed. See policy/q_heads.h.
function qLogits({ data: q }, behaviour, { threshold, temperature }) {
  const logits = q.map((value) => value / temperature);
  if (!behaviour) return logits;
  const least = Math.max(...behaviour.data) + Math.log(threshold);
  const allowed = [...behaviour.data].map((value) => value > least);
  const best = Math.max(...logits.filter((_, action) => allowed[action]));
  return logits.map((logit, action) => (allowed[action] ? logit : best - 50));
}

// Transformers: a cell of a map [channels, height, width] is a token; lists of tokens are [tokens x width].

// Computes a linear function of each cell; `position` [out, height, width] is added to it.
function linearOfCells({ data, shape: [channels, height, width] }, [weight, bias, position = null]) {
  const cells = height * width;
  const out = new Float32Array(bias.length * cells);
  for (let o = 0; o < bias.length; o++) {
    for (let cell = 0; cell < cells; cell++) {
      let sum = bias[o] + (position ? position[o * cells + cell] : 0);
      for (let c = 0; c < channels; c++) sum += weight[o * channels + c] * data[c * cells + cell];
      out[o * cells + cell] = sum;
    }
  }
  return out;
}
function linearOfTokens({ data }, [weight, bias], { tokens }) {
  const width = data.length / tokens;
  const rows = range(tokens).map((token) => linear({ data: data.subarray(token * width, (token + 1) * width) }, [weight, bias]));
  return Float32Array.from(rows.flatMap((row) => [...row]));
}
// Gives the channels of each cell mean 0 and variance 1.
function layerNorm({ data, shape: [channels, height, width] }) {
  const cells = height * width;
  const out = new Float32Array(data.length);
  for (let cell = 0; cell < cells; cell++) {
    const own = range(channels, cell, cells);
    const mean = own.reduce((sum, i) => sum + data[i], 0) / channels;
    const variance = own.reduce((sum, i) => sum + (data[i] - mean) ** 2, 0) / channels;
    for (const i of own) out[i] = (data[i] - mean) / Math.sqrt(variance + 1e-5);
  }
  return out;
}
// Computes attention. queries(token, i), keys(token, i), values(token, i): their numbers. Returns [counts.queries x width].
function attend(queries, keys, values, counts, width, heads) {
  const ofHead = width / heads;
  const out = new Float32Array(counts.queries * width);
  for (let head = 0; head < heads; head++) {
    const own = range(ofHead, head * ofHead);
    for (let query = 0; query < counts.queries; query++) {
      const raw = range(counts.keys).map((key) => own.reduce((sum, i) => sum + queries(query, i) * keys(key, i), 0) / Math.sqrt(ofHead));
      const shares = entmax(raw, 1);
      for (const i of own) out[query * width + i] = shares.reduce((sum, share, key) => sum + share * values(key, i), 0);
    }
  }
  return out;
}
function selfAttention(map, [inWeight, inBias, outWeight, outBias], { heads }) {
  const [channels, height, width] = map.shape;
  const cells = height * width;
  const all = linearOfCells(map, [inWeight, inBias]);
  const part = (first) => (cell, i) => all[((first * channels) + i) * cells + cell];
  const attended = attend(part(0), part(1), part(2), { queries: cells, keys: cells }, channels, heads);
  const data = attended.map((_, at) => attended[(at % cells) * channels + Math.floor(at / cells)]);
  return linearOfCells({ data, shape: map.shape }, [outWeight, outBias]);
}
function returnTokens(map, [embedding, inWeight, inBias, outWeight, outBias], { heads }) {
  const [channels, height, width] = map.shape;
  const cells = height * width;
  const bins = embedding.length / channels;
  const all = linearOfCells(map, [inWeight, inBias]);
  const part = (first) => (cell, i) => all[((first * channels) + i) * cells + cell];
  const data = attend((bin, i) => embedding[bin * channels + i], part(0), part(1), { queries: bins, keys: cells }, channels, heads);
  return linearOfTokens({ data }, [outWeight, outBias], { tokens: bins }).map((value, at) => value + embedding[at]);
}
function meanOfCells({ data, shape: [channels] }) {
  const cells = data.length / channels;
  return Float32Array.from({ length: channels }, (_, c) => data.subarray(c * cells, (c + 1) * cells).reduce((sum, value) => sum + value, 0) / cells);
}
const worthOf = (bin, bins) => 1 - bin / (bins - 1);
// Computes the logarithms of the actions' probabilities. See policy/decision_transformer.h.
function returnMixture({ data: returns }, { data: actions }, { kappa, return_bin: only }) {
  const bins = returns.length;
  const count = actions.length / bins;
  const given = range(bins).map((bin) => entmax([...actions.subarray(bin * count, (bin + 1) * count)], 1));
  const shares = only >= 0 ? range(bins).map((bin) => (bin === only ? 1 : 0)) : entmax([...returns].map((logit, bin) => logit + kappa * worthOf(bin, bins)), 1);
  return Float32Array.from({ length: count }, (_, action) => Math.log(shares.reduce((sum, share, bin) => sum + share * given[bin][action], 0)));
}
function expectedReturn({ data: returns }) {
  return Float32Array.of(entmax([...returns], 1).reduce((sum, share, bin) => sum + share * worthOf(bin, returns.length), 0));
}

// Maps the kinds of layers to functions (inputs, parameters, options) -> the output's data. Activation
// functions receive all values of a layer.
const LAYERS = {
  conv: ([x], parameters) => convolve(x, parameters),
  maxpool: ([x]) => maxpool(x),
  add: ([a, b]) => a.data.map((value, i) => value + b.data[i]),
  flatten: ([x]) => x.data,
  linear: ([x], parameters) => linear(x, parameters),
  relu: ([x]) => x.data.map((value) => (value > 0 ? value : 0)),
  leaky_relu: ([x], _, { negative_slope: slope }) => x.data.map((value) => (value > 0 ? value : slope * value)),
  elu: ([x], _, { alpha }) => x.data.map((value) => (value > 0 ? value : alpha * Math.expm1(value))),
  gelu: ([x]) => x.data.map((value) => 0.5 * value * (1 + erf(value * Math.SQRT1_2))),
  silu: ([x]) => x.data.map((value) => value / (1 + Math.exp(-value))),
  tanh: ([x]) => x.data.map(Math.tanh),
  kwta: ([x], _, options) => winners(x.data, [range(x.data.length)], options),
  kwta_channel: ([x], _, options) => winnersOfChannels(x, options),
  kwta_cell: ([x], _, options) => winnersOfCells(x, options),
  scores: ([x], parameters) => scores(x, parameters),
  entmax: ([x], parameters, options) => attention(x, parameters, options),
  pool_by_shares: ([map, shares]) => poolByShares(map, shares),
  q_logits: ([q, behaviour], _, options) => qLogits(q, behaviour, options),
  linear_of_cells: ([x], parameters) => linearOfCells(x, parameters),
  linear_of_tokens: ([x], parameters, options) => linearOfTokens(x, parameters, options),
  layer_norm: ([x]) => layerNorm(x),
  self_attention: ([x], parameters, options) => selfAttention(x, parameters, options),
  return_tokens: ([x], parameters, options) => returnTokens(x, parameters, options),
  mean_of_cells: ([x]) => meanOfCells(x),
  return_mixture: ([returns, actions], _, options) => returnMixture(returns, actions, options),
  expected_return: ([returns]) => expectedReturn(returns),
  largest_q: ([logits], _, { temperature }) => Float32Array.of(Math.max(...logits.data) * temperature),
};

// Returns the kinds of a network's layers that this page cannot compute.
const unknownKinds = (description) => [...new Set(description.layers.map(({ kind }) => kind))].filter((kind) => !Object.hasOwn(LAYERS, kind));

// Returns a function from an observation to { logits, value, outputs: of all layers }. description: `play.network`
// of the document. edit(name, data, shape) returns what replaces the output of a layer.
function networkOf(description) {
  const weights = floatsOf(description.weights);
  let taken = 0;
  const take = (count) => weights.subarray(taken, taken += count);
  const layers = description.layers.map((layer) => ({
    ...layer, compute: LAYERS[layer.kind], parameters: layer.parameters.map(({ shape }) => take(shape.reduce((product, side) => product * side, 1))) }));
  if (taken !== weights.length) throw new Error(`the network takes ${taken} weights of ${weights.length}`);
  return (observation, edit = (name, data, shape) => data) => {
    const outputs = [];
    for (const { name, compute, inputs, parameters, options, shape } of layers) {
      const data = compute(inputs.map((input) => (input < 0 ? observation : outputs[input])), parameters, options);
      outputs.push({ name, data: edit(name, data, shape), shape });
    }
    return { logits: outputs[description.logits].data, value: outputs[description.value].data[0], outputs };
  };
}

// Returns the probabilities of actions, which are the softmax of the logits, and the likeliest action.
function actionDistribution(logits) {
  const top = Math.max(...logits);
  const weights = [...logits].map((logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { probabilities: weights.map((weight) => weight / total), mode: logits.indexOf(top) };
}

// Maps procgen's 15 actions to indices into MOVES; 4: stay.
const PROCGEN_MOVES = [0, 0, 0, 1, 4, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4];

// Returns the policy of `play`, a function (maze, cell, edit) -> { moves: thousandths, greedy: the move of the
// likeliest action, value, taps: the observation and the outputs of all layers }. edit: as in networkOf().
function policyOf(play) {
  const network = networkOf(play.network);
  const { world, anchor, actions } = play.environment;
  const moveOf = (action) => (actions === 'procgen' ? PROCGEN_MOVES[action] : action);
  return (maze, cell, edit) => {
    const origin = anchor === 'centre' ? (world - maze.size) / 2 : 0;
    const observation = { data: new Float32Array(3 * world * world), shape: [3, world, world] };
    const set = (plane, x, y) => { observation.data[(plane * world + world - 1 - origin - y) * world + origin + x] = play.network.input_scale; };
    for (const at of freeCells(maze)) set(0, at % maze.size, Math.floor(at / maze.size));
    set(1, ...cell);
    if (maze.cheese) set(2, ...maze.cheese);
    const { logits, value, outputs } = network(observation, edit);
    const { probabilities, mode } = actionDistribution(logits);
    const moves = [0, 0, 0, 0, 0];
    probabilities.forEach((probability, action) => { moves[moveOf(action)] += 1000 * probability; });
    return { moves, greedy: moveOf(mode), value, taps: [{ name: 'observation', ...observation }, ...outputs] };
  };
}
