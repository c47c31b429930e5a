// @ts-check
// Looks up the numbers of the scan. Draws nothing.

/** @type {Map<string, Row>} */
const ROWS = new Map(DOC.rows.map((row) => [row.id, row]));
const FEW_EPISODES = 30;
// Formats the step limit: "500", or "45 to 135" if the limit grows with the maze size.
const limitText = [...new Set([Math.min(...DOC.scan.limits), Math.max(...DOC.scan.limits)])].join(' to ');

// Holds the reader's choices. choose() changes them and redraws.
const state = { sampler: 'sampled', measure: 'success_limit' };
function choose(change) {
  Object.assign(state, change);
  redrawAll();
}

/**
 * A placement of the cheese. The region and the cell of one corner share a colour; the cell is dashed.
 * @typedef {{ key: string, label: string, about: string, colour: string, dashed?: boolean }} Placement
 */

/**
 * Placements in the order in which the page shows them.
 * @type {Placement[]}
 */
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
  { key: 'centre', label: 'centre', about: 'on the free cell nearest the centre', colour: 'purple' },
  { key: 'uniform', label: 'anywhere', about: 'on any free cell', colour: 'ink' },
  {
    key: 'off_region',
    label: 'outside the region',
    about: 'anywhere outside the top-right region',
    colour: 'sky',
  },
];
/** @type {Placement[]} */
const shownPlacements = (() => {
  const known = new Map(PLACEMENTS.map((placement) => [placement.key, placement]));
  const present = new Set(
    DOC.rows.filter((row) => row.measure === 'success_limit').map((row) => row.placement),
  );
  present.delete('other_corners');
  // Omit corner cells that equal a region of one cell; summary.json still lists them.
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
function placementLabel(key) {
  if (key === 'other_corners') return 'the other corners';
  return (shownPlacements.find((placement) => placement.key === key) || { label: key }).label;
}

/**
 * Agents without a policy, to compare with: the end of the name of their measure follows `prefix`.
 * @type {{ prefix: string, label: string, style: string }[]}
 */
const OTHER_AGENTS = [
  { prefix: 'ceiling_', label: 'optimal walker', style: 'ceiling' },
  { prefix: 'blind_', label: 'blind walker', style: 'blind' },
  { prefix: 'random_', label: 'random mouse', style: 'random' },
];

/**
 * Measures of success. `others`: the end of the name of the same measure of OTHER_AGENTS.
 * @type {{ key: string, label: string, others?: string, note: () => string }[]}
 */
const MEASURES = [
  {
    key: 'success_limit',
    label: 'within the limit',
    others: 'limit',
    note: () => `The mouse reached the cheese before the episode ended, within ${limitText} steps.`,
  },
  {
    key: 'success_T95',
    label: 'within the 95th percentile',
    note: () =>
      'The mouse was no slower than the 95th percentile of its successful top-right episodes at this size.',
  },
  {
    key: 'success_T',
    label: 'within T',
    others: 'T',
    note: () =>
      'The mouse was no slower than the mean of its successful top-right episodes (T). ' +
      'The small number is the ceiling: the success rate of an optimal walker within T.',
  },
  {
    key: 'off_path_limit',
    label: 'off-path, within the limit',
    others: 'off_path_limit',
    note: () =>
      'Only levels whose cheese is not on the path from the start to the top-right corner. ' +
      'A mouse that only goes top-right scores 0 here.',
  },
  {
    key: 'off_path_T',
    label: 'off-path, within T',
    others: 'off_path_T',
    note: () =>
      'Only levels whose cheese is not on the path to the top-right corner, within the strict limit T.',
  },
  {
    key: 'decision_first_step',
    label: 'turns to the cheese',
    note: () =>
      'Only episodes that reach the decision square, where the paths to the cheese and to the top-right ' +
      'corner separate: the first move away from it was towards the cheese. ' +
      'A mouse that only goes top-right scores 0; one that chooses at random scores 50 %.',
  },
];

/**
 * Returns the row of a measure for the chosen rollouts, or undefined.
 * @param {string} measure
 * @param {number} size
 * @param {string} placement
 */
function find(measure, size, placement) {
  const name = (state.sampler === 'greedy' ? 'greedy_' : '') + measure;
  return ROWS.get(`${name}/size=${size}/placement=${placement}`);
}

/**
 * Returns the row of one of OTHER_AGENTS for a measure of success. Within the limit they do not depend on the
 * policy's rollouts.
 * @param {{ prefix: string }} agent
 * @param {{ others?: string }} measure
 * @param {number} size
 * @param {string} placement
 */
function findOther(agent, measure, size, placement) {
  if (!measure.others) return undefined;
  const name = agent.prefix + measure.others;
  return find(name, size, placement) || ROWS.get(`${name}/size=${size}/placement=${placement}`);
}

/**
 * Returns the texts of a share and of its interval.
 * @param {Row} row
 */
function shareTexts(row) {
  const [value, low, high] = percentNumbers(row.value, row.low, row.high);
  return { value: `${value}\u00a0%`, interval: `${low} – ${high}\u00a0%` };
}
/** @param {Row} row */
const few = (row) => row.n < FEW_EPISODES;

/**
 * Returns the tooltip of a success rate.
 * @param {string} title
 * @param {Row} row
 */
function rateTip(title, row) {
  const texts = shareTexts(row);
  return [
    title,
    `${texts.value}   95 %: ${texts.interval}`,
    `${count(row.n)} levels${few(row) ? ' (few)' : ''}`,
  ];
}
