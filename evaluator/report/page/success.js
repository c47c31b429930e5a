// @ts-check
// Draws success by maze size and placement: as a matrix, and the same numbers as curves.

const chosenMeasure = () => MEASURES.find((measure) => measure.key === state.measure);

// Returns the numbers of the CSV file.
function successRows() {
  const measure = chosenMeasure();
  const names = [measure.key, 'T', 'T95'];
  if (measure.key === 'success_limit') names.push('gap_limit', 'steps_over_optimal');
  return DOC.scan.sizes.flatMap((size) =>
    shownPlacements.flatMap((placement) => [
      ...names.map((name) => find(name, size, placement.key)),
      ...OTHER_AGENTS.map((agent) => findOther(agent, measure, size, placement.key)),
    ])
  ).filter(Boolean);
}

function successTip(placement, size, row) {
  const lines = rateTip(`${placement.label}, size ${size}`, row);
  const detour = state.measure === 'success_limit' && find('steps_over_optimal', size, placement.key);
  const gap = state.measure === 'success_limit' && find('gap_limit', size, placement.key);
  for (const agent of OTHER_AGENTS) {
    const other = findOther(agent, chosenMeasure(), size, placement.key);
    if (other) lines.push(`${agent.label}: ${percent(other.value)}`);
  }
  if (gap) lines.push(`${percent(Math.abs(gap.value))} ${gap.value < 0 ? 'above' : 'below'} top-right`);
  if (detour) {
    const interval = `${detour.low.toFixed(2)} – ${detour.high.toFixed(2)}`;
    lines.push(`if found: ${detour.value.toFixed(2)} × the shortest path (${interval})`);
  }
  return lines;
}

function drawMatrix(width) {
  const sizes = DOC.scan.sizes;
  const narrow = width < 620;
  const left = Math.ceil(Math.max(...shownPlacements.map((placement) => textWidth(placement.label, 13)))) +
    20;
  const cell = Math.min(104, (width - left) / sizes.length);
  const height = sizes.length <= 6 || !narrow ? 38 : 30;
  const top = 52;
  const children = [];
  children.push(label(left - 12, 16, 'maze size', { class: 'tick', 'text-anchor': 'end' }));
  children.push(
    label(left - 12, 36, narrow ? 'T, steps' : 'T, mean steps', { class: 'tick', 'text-anchor': 'end' }),
  );
  sizes.forEach((size, column) => {
    const x = left + (column + 0.5) * cell;
    children.push(
      label(x, 16, size, { class: cell < 24 ? 'head crowded' : 'head', 'text-anchor': 'middle' }),
    );
    const clock = find('T', size, 'top_right');
    const tail = find('T95', size, 'top_right');
    if (!clock) return;
    children.push(
      label(x, 36, clock.value < 100 && cell > 34 ? clock.value.toFixed(1) : clock.value.toFixed(0), {
        class: cell < 24 ? 'tick crowded' : 'tick',
        'text-anchor': 'middle',
        tip: [
          `T at size ${size}`,
          `${clock.value.toFixed(1)} steps   95 %: ${clock.low.toFixed(1)} – ${clock.high.toFixed(1)}`,
          `95th percentile: ${tail.value.toFixed(0)} steps`,
          `limit: ${DOC.scan.limits[column]} steps`,
          `${count(clock.n)} successful episodes`,
        ],
      }),
    );
  });
  shownPlacements.forEach((placement, line) => {
    const y = top + line * height;
    children.push(
      label(left - 12, y + height / 2 + 4, placement.label, {
        class: placement.key === 'top_right' ? 'row-name home' : 'row-name',
        'text-anchor': 'end',
        tip: [placement.label, `the cheese is ${placement.about}`],
      }),
    );
    sizes.forEach((size, column) =>
      children.push(matrixCell(placement, size, left + column * cell, y, cell, height))
    );
  });
  const bottom = top + shownPlacements.length * height;
  const legend = Math.min(220, width - left);
  children.push(rampLegend(left + 1, bottom + 12, legend));
  if (successRows().some(few)) {
    children.push(label(left + legend + 18, bottom + 21, '† fewer than 30', { class: 'tick' }));
  }
  return {
    children,
    height: bottom + 40,
    describe:
      `Success ${chosenMeasure().label}, ${state.sampler} rollouts, by cheese placement and maze size.`,
  };
}

// Draws the rate of one placement and size.
function matrixCell(placement, size, x, y, width, height) {
  const row = find(state.measure, size, placement.key);
  const box = { x: x + 1, y: y + 1, width: width - 2, height: height - 2, rx: 3 };
  if (!row) {
    return el(
      'g',
      { tip: [`${placement.label}, size ${size}`, 'not applicable: no such level'] },
      el('rect', { ...box, class: 'empty' }),
      label(x + width / 2, y + height / 2 + 4, width > 30 ? 'n/a' : '–', {
        class: 'tick',
        'text-anchor': 'middle',
      }),
    );
  }
  // Within the limit the optimal walker always arrives: show its share within T only.
  const ceiling = /_T$/.test(state.measure) &&
    findOther(OTHER_AGENTS[0], chosenMeasure(), size, placement.key);
  const withCeiling = ceiling && width > 40 && height > 34;
  const text = (width > 44 ? percent(row.value) : (100 * row.value).toFixed(0)) + (few(row) ? '†' : '');
  const cell = el(
    'g',
    { tip: successTip(placement, size, row) },
    el('rect', { ...box, fill: ramp(row.value) }),
    label(x + width / 2, y + height / 2 + (withCeiling ? -1 : 4), text, {
      class: width < 24 ? 'crowded' : width < 32 ? 'segment' : 'value',
      'text-anchor': 'middle',
      style: `fill:${rampInk(row.value)}`,
    }),
  );
  if (withCeiling) {
    cell.append(
      label(x + width / 2, y + height / 2 + 12, `max ${percent(ceiling.value)}`, {
        class: 'tiny',
        'text-anchor': 'middle',
        style: `fill:${rampInk(row.value)}`,
      }),
    );
  }
  return cell;
}

// ---- Curves

// Holds the keys of the placements that are shown as curves.
const shownCurves = new Set(
  shownPlacements.filter(({ key, dashed }) => !dashed && key !== 'off_region').map(({ key }) => key),
);

// Creates the buttons that show and hide curves.
function curveChips(redraw) {
  const group = html('div', { class: 'chips', role: 'group', 'aria-label': 'Placements shown as curves' });
  for (const placement of shownPlacements) {
    const chip = html('button', {
      type: 'button',
      'aria-pressed': shownCurves.has(placement.key),
      style: `--chip:${ink(placement.colour)}`,
      class: placement.dashed ? 'dashed' : '',
    }, placement.label);
    chip.addEventListener('click', () => {
      if (!shownCurves.delete(placement.key)) shownCurves.add(placement.key);
      chip.setAttribute('aria-pressed', shownCurves.has(placement.key));
      redraw();
    });
    group.append(chip);
  }
  return group;
}

/**
 * Returns the points of a curve as [size, row].
 * @param {string} measure
 * @param {Placement} placement
 * @returns {[number, Row][]}
 */
function curvePoints(measure, placement) {
  const sizes = /** @type {number[]} */ (DOC.scan.sizes);
  return sizes.flatMap((size) => {
    const row = find(measure, size, placement.key);
    return row ? [[size, row]] : [];
  });
}

/**
 * Draws one curve: intervals and ceiling into `background`, line and marks into `foreground`.
 * @param {Placement} placement
 * @param {[number, Row][]} points
 * @param {{ x: (size: number) => number, y: (share: number) => number }} scales
 * @param {Element[]} background
 * @param {Element[]} foreground
 */
function drawCurve(placement, points, { x, y }, background, foreground) {
  const colour = ink(placement.colour);
  /**
   * @param {[number, Row][]} line
   * @param {'value' | 'low' | 'high'} field
   */
  const line = (line, field) => line.map(([size, row]) => `${x(size)},${y(row[field])}`).join(' ');
  const band = `${line(points, 'high')} ${line([...points].reverse(), 'low')}`;
  background.push(el('polygon', { points: band, class: 'band', style: `fill:${colour}` }));
  for (const agent of OTHER_AGENTS) {
    const other = points.flatMap(([size]) => {
      const row = findOther(agent, chosenMeasure(), size, placement.key);
      return row ? [/** @type {[number, Row]} */ ([size, row])] : [];
    });
    if (other.length > 1) {
      background.push(
        el('polyline', { points: line(other, 'value'), class: agent.style, style: `stroke:${colour}` }),
      );
    }
  }
  foreground.push(
    el('polyline', {
      points: line(points, 'value'),
      class: placement.dashed ? 'curve dashed' : 'curve',
      style: `stroke:${colour}`,
    }),
  );
  for (const [size, row] of points) {
    foreground.push(
      el(
        'g',
        { tip: successTip(placement, size, row) },
        el('circle', { cx: x(size), cy: y(row.value), r: 11, class: 'hit' }),
        el('circle', {
          cx: x(size),
          cy: y(row.value),
          r: 3.5,
          class: few(row) ? 'dot few' : 'dot',
          style: `fill:${colour};stroke:${colour}`,
        }),
      ),
    );
  }
}

function drawCurves(width) {
  const sizes = DOC.scan.sizes;
  const narrow = width < 480;
  const frame = { left: 44, right: narrow ? 12 : 140, top: 12, bottom: 42 };
  const height = Math.min(430, Math.max(300, width * 0.58));
  const x = (size) =>
    frame.left + 14 +
    (sizes.length < 2 ? 0.5 : (size - sizes[0]) / (sizes[sizes.length - 1] - sizes[0])) *
      (width - frame.left - frame.right - 28);
  const y = (share) => frame.top + (1 - share) * (height - frame.top - frame.bottom);
  const children = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    children.push(
      el('line', {
        x1: frame.left,
        x2: width - frame.right,
        y1: y(share),
        y2: y(share),
        class: share === 0 ? 'axis' : 'grid',
      }),
    );
    children.push(
      label(frame.left - 8, y(share) + 4, percent(share), { class: 'tick', 'text-anchor': 'end' }),
    );
  }
  for (const size of sizes) {
    children.push(
      label(x(size), height - frame.bottom + 18, size, { class: 'tick', 'text-anchor': 'middle' }),
    );
  }
  children.push(
    label((frame.left + width - frame.right) / 2, height - 6, 'maze size', {
      class: 'tick',
      'text-anchor': 'middle',
    }),
  );
  const ends = [];
  const marks = [];
  for (const placement of shownPlacements.filter(({ key }) => shownCurves.has(key))) {
    const points = curvePoints(state.measure, placement);
    if (!points.length) continue;
    drawCurve(placement, points, { x, y }, children, marks);
    const [lastSize, last] = points[points.length - 1];
    ends.push({ y: y(last.value), from: [x(lastSize), y(last.value)], placement });
  }
  if (!narrow) {
    spread(ends, 17, height - frame.bottom + 4);
    for (const end of ends) {
      const start = width - frame.right + 14;
      marks.push(
        el('path', { d: `M${end.from[0] + 7} ${end.from[1]} L${start - 4} ${end.y}`, class: 'leader' }),
      );
      marks.push(
        label(start, end.y + 4, end.placement.label, {
          class: 'curve-name',
          style: `fill:${ink(end.placement.colour)}`,
        }),
      );
    }
  }
  return {
    children: [...children, ...marks],
    height,
    describe:
      `Success ${chosenMeasure().label} against maze size, one curve for each placement of the cheese.`,
  };
}

function buildSuccess() {
  if (DOC.scan.sizes.length <= 6) document.getElementById('success-figures').classList.add('pair');
  const note = document.getElementById('measure-note');
  const showNote = () => {
    note.textContent = chosenMeasure().note();
  };
  listeners.push(showNote);
  showNote();
  document.getElementById('measure-switch').append(
    segmented('Success measure', MEASURES, () => state.measure, (key) => choose({ measure: key })),
  );
  figure(document.getElementById('matrix'), {
    name: 'success-matrix',
    title: 'Success by placement and size',
    draw: drawMatrix,
    rows: successRows,
    caption: () =>
      `Bright: the mouse finds the cheese. Dark: it does not. ${
        /^off_path|^decision/.test(state.measure)
          ? 'A mouse that only goes top-right leaves these rows dark.'
          : 'A mouse that looks for the cheese makes every row as bright as the first.'
      } Hover over a cell for its interval.`,
  });
  const curves = document.getElementById('curves');
  const chips = curveChips(() => redrawAll());
  const node = figure(curves, {
    name: 'success-curves',
    title: 'Success against maze size',
    draw: drawCurves,
    rows: successRows,
    caption: () =>
      `Bands are 95 % intervals.${
        chosenMeasure().others
          ? ' Thin, in the colour of the placement: dotted, an optimal walker; dashed, a blind walker that only goes top-right; dash-dotted, a random mouse.'
          : ''
      }${
        state.measure.startsWith('success')
          ? ' The gap between “top-right” and the other curves shows how much the mouse relies on position.'
          : ''
      }`,
  });
  node.querySelector('.figure-head').after(chips);
}
