// @ts-check
// Draws how episodes end: one panel for each placement, one bar for each maze size.

// Outcomes, from left to right, and the measures of their shares.
const OUTCOMES = [
  { label: 'found the cheese', colour: 'cheese', measure: 'outcome_cheese' },
  {
    label: 'top-right first, then the cheese',
    colour: 'outcome-later',
    measure: 'outcome_top_right_then_cheese',
  },
  { label: 'top-right first, never the cheese', colour: 'blue', measure: 'outcome_top_right_never_cheese' },
  { label: 'neither', colour: 'outcome-rest', measure: 'outcome_neither' },
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
  const marks = [label(18, y + height / 2 + 4, size, { class: 'tick', 'text-anchor': 'end' })];
  const barWidth = width - 26;
  if (!find('outcome_cheese', size, placement.key)) {
    marks.push(
      label(26, y + height / 2 + 4, 'n/a', {
        class: 'tick',
        tip: [`${placement.label}, size ${size}`, 'not applicable: no such level'],
      }),
    );
    return marks;
  }
  let x = 26;
  for (const outcome of OUTCOMES) {
    const row = find(outcome.measure, size, placement.key);
    const share = Math.max(0, row.value);
    if (share <= 0) continue;
    const tip = rateTip(outcome.label, row);
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
  }
  return marks;
}

function buildOutcomes() {
  figure(document.getElementById('outcome-bars'), {
    name: 'outcomes',
    title: 'How episodes end',
    draw: drawOutcomes,
    rows: () =>
      DOC.scan.sizes.flatMap((size) =>
        shownPlacements.flatMap((placement) =>
          OUTCOMES.map((outcome) => find(outcome.measure, size, placement.key))
        )
      ).filter(Boolean),
    caption:
      'Yellow: the cheese; blue: the top-right region. If the cheese is elsewhere, blue bars are mice that ' +
      'went to the training position of the cheese instead of the cheese.',
  });
}
