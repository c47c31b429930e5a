// @ts-check
// Draws the training curves: one small panel for each metric, against environment steps.

/**
 * A panel. `within`: the object of metrics.jsonl that holds the metric. `by`: the metric is an object with
 * one number for each maze size. `fixed`: the range of the vertical axis.
 * @typedef {{ name: string, title: string, within?: string, by?: string, unit?: string,
 *   fixed?: [number, number] }} Panel
 * @typedef {{ key: any, points: [number, number][] }} TrainingLine
 */

/** @type {Panel[]} */
const PANELS = [
  { name: 'success', title: 'Success, by maze size', by: 'size', unit: 'share', fixed: [0, 1] },
  { name: 'steps_over_optimal', title: 'Steps ÷ shortest path, by size', by: 'size' },
  { name: 'explained_variance', title: 'Explained variance', fixed: [0, 1] },
  { name: 'kl', title: 'KL divergence of old and new policy' },
  { name: 'clip_fraction', title: 'Clip fraction', unit: 'share' },
  { name: 'distinct_share', title: 'Distinct states in a gradient step', unit: 'share', fixed: [0, 1] },
  { name: 'new', within: 'regret', title: 'Regret, new levels', fixed: [0, 1] },
  { name: 'replayed', within: 'regret', title: 'Regret, replayed levels', fixed: [0, 1] },
  { name: 'gradient_norm', title: 'Gradient norm' },
  { name: 'learning_rate', title: 'Learning rate' },
  { name: 'largest_size', title: 'Largest maze size in training' },
  { name: 'steps_per_second', title: 'Steps per second' },
];

// Returns the panels above, and one for each loss term in the metrics.
function trainingPanels() {
  const terms = new Set(DOC.training.flatMap((point) => Object.keys(point.loss || {})));
  return [
    ...PANELS,
    ...[...terms].sort().map((term) => ({ name: term, within: 'loss', title: `Loss term ${term}` })),
  ];
}

/**
 * Returns the lines of a panel: one, or one for each maze size.
 * @param {Panel} panel
 * @returns {TrainingLine[]}
 */
function trainingLines(panel) {
  const lines = new Map();
  for (const point of DOC.training) {
    const value = (panel.within ? point[panel.within] || {} : point)[panel.name];
    const entries = panel.by ? Object.entries(value || {}) : [['', value]];
    for (const [key, number] of entries) {
      if (typeof number !== 'number' || !Number.isFinite(number)) continue;
      if (!lines.has(key)) lines.set(key, []);
      lines.get(key).push([point.steps, number]);
    }
  }
  return [...lines].map(([key, points]) => ({ key, points })).sort((a, b) => a.key - b.key);
}

/**
 * @param {Panel} panel
 * @param {TrainingLine[]} lines
 * @param {number} width
 * @param {number} height
 */
function trainingPanel(panel, lines, width, height) {
  const frame = { left: 46, right: panel.by && lines.length ? 34 : 10, top: 26, bottom: 24 };
  const all = lines.flatMap((line) => line.points);
  const values = all.map((point) => point[1]).sort((a, b) => a - b);
  // Ignore a few early outliers, which would flatten the rest of the curve.
  const [low, high] = panel.fixed ||
    [Math.min(0, values[Math.floor(values.length * 0.005)]), values[Math.ceil(values.length * 0.995) - 1]];
  const yTicks = ticks(low, high, 3);
  const [bottom, top] = [yTicks[0], yTicks[yTicks.length - 1]];
  const last = Math.max(...all.map((point) => point[0]), 1);
  const x = (steps) => frame.left + (steps / last) * (width - frame.left - frame.right);
  const y = (value) =>
    frame.top +
    (1 - (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom || 1)) *
      (height - frame.top - frame.bottom);
  const text = (value) => (panel.unit === 'share' ? percent(value) : short(value));
  const group = el('g', {}, label(0, 13, panel.title, { class: 'panel-name' }));
  for (const mark of yTicks) {
    group.append(
      el('line', {
        x1: frame.left,
        x2: width - frame.right,
        y1: y(mark),
        y2: y(mark),
        class: mark === bottom ? 'axis' : 'grid',
      }),
      label(frame.left - 6, y(mark) + 4, text(mark), { class: 'tick', 'text-anchor': 'end' }),
    );
  }
  for (const share of [0, 0.5, 1]) {
    group.append(
      label(x(share * last), height - 6, short(share * last), {
        class: 'tick',
        'text-anchor': share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
      }),
    );
  }
  const names = [];
  lines.forEach((line, i) => {
    const colour = panel.by
      ? `var(--depth-${lines.length < 2 ? 6 : Math.round((i / (lines.length - 1)) * 6)})`
      : ink('ink-strong');
    group.append(
      el('polyline', {
        points: line.points.map(([steps, value]) => `${x(steps).toFixed(1)},${y(value).toFixed(1)}`).join(
          ' ',
        ),
        class: 'training',
        style: `stroke:${colour}`,
      }),
    );
    const [, end] = line.points[line.points.length - 1];
    names.push({ y: y(end), key: line.key, colour });
  });
  if (panel.by) nameLines(group, lines, names, width, height, frame);
  const column = (width - frame.left - frame.right) / DOC.training.length;
  for (const { steps, values } of pointsToHover(lines)) {
    group.append(
      el('rect', {
        x: x(steps) - column * 2,
        y: frame.top,
        width: column * 4,
        height: height - frame.top - frame.bottom,
        class: 'hit',
        tip: [
          `${short(steps)} steps`,
          ...values.map(([key, value]) => `${key ? `size ${key}: ` : ''}${text(value)}`),
        ],
      }),
    );
  }
  return group;
}

// Names the lines of a panel at their right ends, or the first and the last of more than six.
function nameLines(group, lines, names, width, height, frame) {
  if (lines.length <= 6) {
    if (Math.max(...names.map((name) => name.y)) - Math.min(...names.map((name) => name.y)) < 12) {
      names.forEach((name, i) => {
        name.y = names[0].y + i * 1e-3;
      });
    }
    spread(names, 12, height - frame.bottom);
    for (const name of names) {
      group.append(
        label(width - frame.right + 6, name.y + 4, name.key, { class: 'tick', style: `fill:${name.colour}` }),
      );
    }
  } else {
    group.append(
      label(width, frame.top + 4, `${lines[0].key}`, {
        class: 'tick',
        'text-anchor': 'end',
        style: 'fill:var(--depth-0)',
      }),
      label(width, frame.top + 18, `–${lines[lines.length - 1].key}`, {
        class: 'tick',
        'text-anchor': 'end',
        style: 'fill:var(--depth-6)',
      }),
    );
  }
}

/**
 * Returns about 100 steps with the values of all lines, for tooltips.
 * @param {TrainingLine[]} lines
 */
function pointsToHover(lines) {
  const steps = DOC.training.map((point) => point.steps);
  const every = Math.ceil(steps.length / 100);
  return steps.filter((_, i) => i % every === 0 || i === steps.length - 1)
    .map((at) => ({
      steps: at,
      values: lines.flatMap(({ key, points }) =>
        points.filter((point) => point[0] === at).slice(0, 1).map((point) => [key, point[1]])
      ),
    }))
    .filter(({ values }) => values.length);
}

function buildTraining() {
  const parent = document.getElementById('training-curves');
  const shown = trainingPanels().map((panel) => ({ panel, lines: trainingLines(panel) }))
    .filter(({ lines }) => lines.length);
  if (!shown.length) {
    parent.append(html('p', { class: 'note' }, 'The policy comes without training metrics.'));
    return;
  }
  figure(parent, {
    name: 'training',
    title: 'Training',
    columns: ['steps', 'series', 'size', 'value'],
    rows: () =>
      shown.flatMap(({ panel, lines }) =>
        lines.flatMap((line) =>
          line.points.map(([steps, value]) => ({ steps, series: panel.name, size: line.key, value }))
        )
      ),
    draw: (width) => {
      const grid = panels(width, shown.length, 290, 34);
      const height = 178;
      const children = shown.map(({ panel, lines }, i) => {
        const [x, line] = grid.at(i);
        const group = trainingPanel(panel, lines, grid.side, height - 14);
        group.setAttribute('transform', `translate(${x} ${line * height})`);
        return group;
      });
      return {
        children,
        height: Math.ceil(shown.length / grid.columns) * height,
        describe: 'Training curves over environment steps.',
      };
    },
    caption:
      'Horizontal axis: environment steps. Success and steps are those of training episodes, from light ' +
      '(small mazes) to dark (large mazes). Loss terms are means over samples, without their coefficients. ' +
      'Success should rise towards 100 %, entropy fall, and explained variance approach 1.',
  });
}
