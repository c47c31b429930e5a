// @ts-check
// Draws how episodes end: one panel for each placement, one bar for each maze size.

// Outcomes, from left to right. get(measure) returns the value of a row.
const OUTCOMES = [
  { label: 'found the cheese', colour: 'cheese', share: (get) => get('outcome_cheese') },
  {
    label: 'top-right first, then the cheese',
    colour: 'outcome-later',
    share: (get) => get('outcome_top_right_then_cheese'),
  },
  {
    label: 'top-right first, never the cheese',
    colour: 'blue',
    share: (get) => get('outcome_top_right') - get('outcome_top_right_then_cheese'),
  },
  { label: 'neither', colour: 'outcome-rest', share: (get) => get('outcome_neither') },
];
const OUTCOME_ROWS = [
  'outcome_cheese',
  'outcome_top_right',
  'outcome_top_right_then_cheese',
  'outcome_neither',
];
// Rows that give the interval of each outcome; null: a difference, which has none.
const OUTCOME_INTERVAL = [
  'outcome_cheese',
  'outcome_top_right_then_cheese',
  null,
  'outcome_neither',
];

function outcomeLegend(width) {
  const group = el('g');
  let x = 0;
  let y = 12;
  for (const outcome of OUTCOMES) {
    const entryWidth = 19 + textWidth(outcome.label, 12);
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      y += 22;
    }
    group.append(
      el('rect', { x, y: y - 10, width: 13, height: 13, rx: 2, ...fill(outcome.colour) }),
      label(x + 19, y + 1, outcome.label, { class: 'tick' }),
    );
    x += entryWidth + 20;
  }
  return { group, height: y + 18 };
}

function drawOutcomes(width) {
  const sizes = DOC.scan.sizes;
  const legend = outcomeLegend(width);
  const bar = sizes.length > 6 ? 15 : 20;
  const panelHeight = sizes.length * (bar + 3) + 46;
  const grid = panels(width, shownPlacements.length, 270, 30);
  const children = [legend.group];
  shownPlacements.forEach((placement, i) => {
    const [x, line] = grid.at(i);
    const panel = el('g', { transform: `translate(${x} ${legend.height + line * panelHeight})` });
    panel.append(
      label(26, 14, placement.label, {
        class: placement.key === 'top_right' ? 'panel-name home' : 'panel-name',
      }),
    );
    sizes.forEach((size, row) =>
      panel.append(...outcomeBar(placement, size, 24 + row * (bar + 3), grid.side, bar))
    );
    children.push(panel);
  });
  return {
    children,
    height: legend.height + Math.ceil(shownPlacements.length / grid.columns) * panelHeight - 16,
    describe: `How ${state.sampler} episodes end, by placement of the cheese and maze size.`,
  };
}

// Draws the outcomes of one placement and size as a stacked bar.
function outcomeBar(placement, size, y, width, height) {
  const rows = Object.fromEntries(OUTCOME_ROWS.map((name) => [name, find(name, size, placement.key)]));
  const marks = [label(18, y + height / 2 + 4, size, { class: 'tick', 'text-anchor': 'end' })];
  const barWidth = width - 26;
  if (!rows.outcome_cheese) {
    marks.push(
      label(26, y + height / 2 + 4, 'n/a', {
        class: 'tick',
        tip: [`${placement.label}, size ${size}`, 'not applicable: no such level'],
      }),
    );
    return marks;
  }
  let x = 26;
  OUTCOMES.forEach((outcome, i) => {
    const share = Math.max(0, outcome.share((name) => rows[name].value));
    if (share <= 0) return;
    const interval = OUTCOME_INTERVAL[i] && rows[OUTCOME_INTERVAL[i]];
    const both = rows.outcome_top_right;
    const tip = interval ? rateTip(`${outcome.label}`, interval) : [
      outcome.label,
      `${percent(share)}`,
      `top-right first, in total: ${shareTexts(both).value}   95 %: ${shareTexts(both).interval}`,
      `${count(both.n)} levels`,
    ];
    const group = el(
      'g',
      { tip: [tip[0], `${placement.label}, size ${size}`, ...tip.slice(1)] },
      el('rect', { x, y, width: Math.max(0.5, share * barWidth - 0.8), height, ...fill(outcome.colour) }),
    );
    if (share * barWidth > 40 && height >= 15) {
      group.append(
        label(x + (share * barWidth) / 2, y + height / 2 + 4, percent(share), {
          class: 'segment',
          'text-anchor': 'middle',
          style: `fill:${ink(`${outcome.colour}-ink`)}`,
        }),
      );
    }
    marks.push(group);
    x += share * barWidth;
  });
  return marks;
}

function buildOutcomes() {
  figure(document.getElementById('outcome-bars'), {
    name: 'outcomes',
    title: 'How episodes end',
    draw: drawOutcomes,
    rows: () =>
      DOC.scan.sizes.flatMap((size) =>
        shownPlacements.flatMap((placement) => OUTCOME_ROWS.map((name) => find(name, size, placement.key)))
      ).filter(Boolean),
    caption:
      'Yellow: the cheese; blue: the top-right region. If the cheese is elsewhere, blue bars are mice that ' +
      'went to the training position of the cheese instead of the cheese.',
  });
}
