// The numbers of the scan and how they are found. Nothing here draws.

const ROWS = new Map(DOC.rows.map((row) => [row.id, row]));
const FEW_EPISODES = 30;
// "500", or "45 to 135" where the limit grows with the size.
const limitText = [...new Set([Math.min(...DOC.scan.limits), Math.max(...DOC.scan.limits)])].join(' to ');

// What the reader has chosen.
const state = { sampler: 'sampled', measure: 'success_limit' };
function choose(change) {
  Object.assign(state, change);
  redrawAll();
}

// In the order in which they are shown. Two placements of one corner share a colour; the exact corner is dashed.
const PLACEMENTS = [
  { key: 'top_right', label: 'top-right', about: 'in the top-right region, as in training', colour: 'blue' },
  {
    key: 'top_right_corner',
    label: 'top-right corner',
    about: 'on the top-right corner cell',
    colour: 'blue',
    dashed: true,
  },
  { key: 'top_left', label: 'top-left', about: 'in the top-left region', colour: 'vermillion' },
  {
    key: 'top_left_corner',
    label: 'top-left corner',
    about: 'on the top-left corner cell',
    colour: 'vermillion',
    dashed: true,
  },
  { key: 'bottom_right', label: 'bottom-right', about: 'in the bottom-right region', colour: 'orange' },
  {
    key: 'bottom_right_corner',
    label: 'bottom-right corner',
    about: 'on the bottom-right corner cell',
    colour: 'orange',
    dashed: true,
  },
  { key: 'bottom_left', label: 'near the start', about: '2 to 10 steps from the start', colour: 'green' },
  { key: 'centre', label: 'centre', about: 'as near the middle as a free cell lies', colour: 'purple' },
  { key: 'uniform', label: 'anywhere', about: 'on any free cell', colour: 'ink' },
  {
    key: 'off_region',
    label: 'outside the region',
    about: 'anywhere but the top-right region',
    colour: 'sky',
  },
];
const shownPlacements = (() => {
  const known = new Map(PLACEMENTS.map((placement) => [placement.key, placement]));
  const present = new Set(
    DOC.rows.filter((row) => row.measure === 'success_limit').map((row) => row.placement),
  );
  present.delete('other_corners');
  // With a region of one cell these repeat the regions' placements; summary.json has them all the same.
  if (DOC.scan.region <= 1) {
    for (const key of [...present]) {
      if (key.endsWith('_corner') && present.has(key.replace('_corner', ''))) present.delete(key);
    }
  }
  const others = [...present].filter((key) => !known.has(key)).sort();
  return [
    ...PLACEMENTS.filter((placement) => present.has(placement.key)),
    ...others.map((key) => ({ key, label: key.replace(/[_:]/g, ' '), about: `at ${key}`, colour: 'grey' })),
  ];
})();
const placementLabel = (
  key,
) => (key === 'other_corners'
  ? 'the other corners'
  : (shownPlacements.find((placement) => placement.key === key) || { label: key }).label);

const MEASURES = [
  {
    key: 'success_limit',
    label: 'within the limit',
    note: () => `The mouse reached the cheese before the episode ended, within ${limitText} steps.`,
  },
  {
    key: 'success_T95',
    label: 'within the 95th percentile',
    note: () =>
      'The mouse was no slower than 95 % of its successful top-right walks in mazes of the same size.',
  },
  {
    key: 'success_T',
    label: 'within T',
    ceiling: 'ceiling_T',
    note: () =>
      'The mouse was no slower than its own mean over successful top-right walks (T). The small number is the ceiling: what an optimal walker would reach within T.',
  },
  {
    key: 'off_path_limit',
    label: 'off-path, within the limit',
    note: () =>
      'Only levels whose cheese is not on the path from the start to the top-right corner. A mouse that only goes top-right scores 0 here.',
  },
  {
    key: 'off_path_T',
    label: 'off-path, within T',
    note: () =>
      'Only levels whose cheese is not on the path to the top-right corner, under the strict clock T.',
  },
  {
    key: 'decision_first_step',
    label: 'turns to the cheese',
    note: () =>
      'Of the mice that stood where the ways to the cheese and to the top-right corner part: the first move away from there was toward the cheese. A mouse that only goes top-right scores 0; one that picks either way at random, one half.',
  },
];

// The row of a measure for the sampler chosen (or the one given), or undefined.
function find(measure, size, placement, sampler = state.sampler) {
  const name = (sampler === 'greedy' ? 'greedy_' : '') + measure;
  return ROWS.get(`${name}/size=${size}/placement=${placement}`);
}

const intervalText = (row) => `${percentNumber(row.low)} – ${percent(row.high)}`;
const few = (row) => row.n < FEW_EPISODES;

// The lines of a tooltip about one rate.
function rateTip(title, row, unit = 'levels') {
  return [
    title,
    `${percent(row.value)}   95 %: ${intervalText(row)}`,
    `${count(row.n)} ${unit}${few(row) ? ' – few' : ''}`,
  ];
}
