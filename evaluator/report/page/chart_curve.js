// @ts-check
// Draws charts of type curve (values against a number) and bars (values of names).

const pointText = (chart, point) => `${chart.x.label} ${point.x}`;

/**
 * Returns the numbers of the CSV file.
 * @param {CurveChart} chart
 */
function curveRows(chart) {
  return chart.series.flatMap((series) =>
    series.points.filter((point) => isNumber(point.value))
      .map((point) => ({ series: series.name, x: point.x, name: point.name, ...valueFields(point) }))
  );
}

/**
 * Scales the vertical axis between the pixels top and bottom: { y(value), marks }.
 * @param {CurveChart} chart
 * @param {Value[]} values
 */
function verticalAxis(chart, values, top, bottom) {
  const axis = chart.y || {};
  const numbers = values.flatMap((value) => [value.value, value.low, value.high]).filter(isNumber);
  const levels = (chart.levels || []).map((level) => level.y);
  if (axis.scale === 'log') return verticalLogAxis([...numbers, ...levels], top, bottom);
  const fullRange = axis.percent && !numbers.some((value) => value > 1 || value < 0);
  const low = axis.from ?? (fullRange ? 0 : Math.min(0, ...numbers, ...levels));
  const high = axis.to ?? (fullRange ? 1 : Math.max(...numbers, ...levels, low + 1e-9));
  let marks = ticks(low, high, 5);
  if (isNumber(axis.from) || isNumber(axis.to) || fullRange) {
    marks = marks.filter((mark) => mark >= low - 1e-9 && mark <= high + 1e-9);
  }
  const [from, to] = [Math.min(low, marks[0]), Math.max(high, marks[marks.length - 1])];
  const y = (value) =>
    bottom - ((Math.min(to, Math.max(from, value)) - from) / (to - from || 1)) * (bottom - top);
  return { y, marks };
}

// Scales a logarithmic vertical axis. Its marks are powers of ten; also 2 and 5 times these if it has few.
function verticalLogAxis(numbers, top, bottom) {
  const positive = numbers.filter((value) => value > 0);
  const [low, high] = [Math.log10(Math.min(...positive)), Math.log10(Math.max(...positive))];
  const inset = 8;
  const y = (value) =>
    bottom - inset - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low || 1)) * (bottom - top - inset);
  const marks = [];
  for (let power = Math.floor(low); power <= high; power++) {
    for (const factor of high - low < 2 ? [1, 2, 5] : [1]) marks.push(+(factor * 10 ** power).toPrecision(1));
  }
  return { y, marks: marks.filter((mark) => mark >= 10 ** low * 0.999 && mark <= 10 ** high * 1.001) };
}

/**
 * Scales the horizontal axis between the pixels left and right: { x(value), marks: [[pixel, text]] }. Values
 * that are texts are placed in their order.
 * @param {CurveChart} chart
 * @param {Point[]} points
 */
function horizontalAxis(chart, points, left, right) {
  const values = [
    ...new Set([...points.map((point) => point.x), ...(chart.marks || []).map((mark) => mark.x)]),
  ];
  if (!values.every(isNumber)) {
    const at = (value) => left + ((values.indexOf(value) + 0.5) / values.length) * (right - left);
    return {
      x: at,
      marks: values.map((value) => [at(value), fitted(value, (right - left) / values.length - 4)]),
    };
  }
  values.sort((a, b) => a - b);
  const log = chart.x.scale === 'log' && values[0] > 0;
  const scale = log ? Math.log10 : (value) => value;
  const [low, high] = [scale(values[0]), scale(values[values.length - 1])];
  const inset = 14;
  const x = (value) =>
    high > low
      ? left + inset + ((scale(value) - low) / (high - low)) * (right - left - 2 * inset)
      : (left + right) / 2;
  let shown = chart.x.ticks || values;
  if (log && !chart.x.ticks) {
    shown = [];
    for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++) shown.push(10 ** power);
    if (shown.length < 2) shown = [values[0], values[values.length - 1]];
  } else if (shown.length > 14) {
    const [first, last] = [values[0], values[values.length - 1]];
    shown = ticks(first, last, 7).filter((mark) => mark >= first && mark <= last);
  }
  // Keep as many labels as fit without overlap.
  const marks = [];
  for (const value of [...new Set(shown)]) {
    const [at, text] = [x(value), short(value)];
    const [lastAt, lastText] = marks[marks.length - 1] || [-Infinity, ''];
    if (at - lastAt > (textWidth(text, 12) + textWidth(lastText, 12)) / 2 + 5) marks.push([at, text]);
  }
  return { x, marks };
}

// Returns a function that draws the sample of a series in the legend.
function seriesSample(series, style) {
  return (x, y) => [
    ...(series.style === 'points' ? [] : [
      el('line', {
        x1: x,
        x2: x + 24,
        y1: y,
        y2: y,
        class: lineClass(series),
        'stroke-dasharray': dashOf(series, style),
        style: `stroke:${ink(style.colour)}`,
      }),
    ]),
    ...(isMarked(series) ? [marker(style.marker, x + 12, y, 3.8, fill(style.colour))] : []),
  ];
}
const isMarked = (series) => series.style !== 'dashed' && series.style !== 'thin';
const lineClass = (series) => (series.style === 'thin' ? 'curve thin' : 'curve');
const dashOf = (series, style) => (series.style === 'dashed' ? '2 5' : style.dash || null);

/**
 * @param {CurveChart} chart
 * @param {number} width
 * @returns {Picture}
 */
function drawCurveChart(chart, width) {
  const all = chart.series.flatMap((series) => series.points.filter((point) => isNumber(point.value)));
  const names = chart.series.length > 1 || (chart.series[0] && chart.series[0].name)
    ? legend(
      chart.series.map((series, i) => ({ name: series.name, sample: seriesSample(series, styleOf(i)) })),
      width,
    )
    : { group: el('g'), height: 0 };
  if (!all.length) {
    return {
      children: [label(0, 20, 'No data.', { class: 'tick' })],
      height: 30,
      describe: 'It contains no data.',
    };
  }
  const height = names.height + Math.min(380, Math.max(250, width * 0.5));
  const [top, bottom] = [names.height + 24, height - 46];
  const values = verticalAxis(chart, all, top, bottom);
  const texts = values.marks.map((mark) => numberText(mark, chart.y.percent));
  const left = Math.ceil(Math.max(...texts.map((text) => textWidth(text, 12)))) + 12;
  const right = width - 8;
  const places = horizontalAxis(chart, all, left, right);
  const children = [names.group];
  values.marks.forEach((mark, i) =>
    children.push(
      el('line', { x1: left, x2: right, y1: values.y(mark), y2: values.y(mark), class: i ? 'grid' : 'axis' }),
      label(left - 6, values.y(mark) + 4, texts[i], { class: 'tick', 'text-anchor': 'end' }),
    )
  );
  for (const [at, text] of places.marks) {
    children.push(label(at, bottom + 18, text, { class: 'tick', 'text-anchor': 'middle' }));
  }
  children.push(
    label((left + right) / 2, height - 6, fitted(chart.x.label, right - left), {
      class: 'tick',
      'text-anchor': 'middle',
    }),
  );
  children.push(label(0, names.height + 10, fitted(chart.y.label || '', width), { class: 'tick' }));
  children.push(...referenceLines(chart, values, places, { top, bottom, left, right }));
  const marks = [];
  chart.series.forEach((series, i) => drawSeries(chart, series, styleOf(i), values, places, children, marks));
  return {
    children: [...children, ...marks],
    height,
    describe: `${chart.y.label || 'Values'} against ${chart.x.label}: ${
      chart.series.map((series) => series.name).join(', ')
    }.`,
  };
}

// Draws the vertical and horizontal reference lines.
function referenceLines(chart, values, places, { top, bottom, left, right }) {
  const lines = [];
  for (const { y, label: text } of chart.levels || []) {
    lines.push(
      el('line', { x1: left, x2: right, y1: values.y(y), y2: values.y(y), class: 'reference' }),
      label(right - 4, values.y(y) - 5, text || '', { class: 'tick', 'text-anchor': 'end' }),
    );
  }
  (chart.marks || []).forEach(({ x, label: text }, i) => {
    const at = places.x(x);
    const end = at > (left + right) / 2;
    lines.push(
      el('line', { x1: at, x2: at, y1: top, y2: bottom, class: 'reference' }),
      label(end ? at - 5 : at + 5, top + 11 + 15 * (i % 3), text || '', {
        class: 'tick',
        'text-anchor': end ? 'end' : 'start',
      }),
    );
  });
  return lines;
}

// Draws one series: intervals into `background`, lines and marks into `foreground`.
function drawSeries(chart, series, style, values, places, background, foreground) {
  const colour = ink(style.colour);
  const points = series.points.filter((point) => isNumber(point.value));
  const line = series.style !== 'points';
  const at = (point, value) => `${places.x(point.x).toFixed(1)},${values.y(value).toFixed(1)}`;
  const wide = points.filter(hasInterval);
  if (line && wide.length > 1) {
    background.push(
      el('polygon', {
        points: [
          ...wide.map((point) => at(point, point.high)),
          ...[...wide].reverse().map((point) => at(point, point.low)),
        ].join(' '),
        class: 'band',
        style: `fill:${colour}`,
      }),
    );
  } else {
    for (const point of wide) {
      background.push(
        el('line', {
          x1: places.x(point.x),
          x2: places.x(point.x),
          y1: values.y(point.low),
          y2: values.y(point.high),
          class: 'whisker',
          style: `stroke:${colour}`,
        }),
      );
    }
  }
  if (line) {
    foreground.push(el('polyline', {
      points: points.map((point) => at(point, point.value)).join(' '),
      class: lineClass(series),
      'stroke-dasharray': dashOf(series, style),
      style: `stroke:${colour}`,
    }));
  }
  if (series.style === 'thin') return; // a model has no points of its own
  // Mark only every few points of a long series.
  const every = Math.ceil(points.length / 40) * (points.length > 40 ? 4 : 1);
  points.forEach((point, i) => {
    const [x, y] = [places.x(point.x), values.y(point.value)];
    foreground.push(
      el(
        'g',
        {
          tip: valueTip(
            [point.name || series.name, pointText(chart, point)].filter(Boolean),
            point,
            chart.y.percent,
          ),
        },
        el('circle', { cx: x, cy: y, r: points.length > 40 ? 5 : 10, class: 'hit' }),
        ...(isMarked(series) && i % every === 0
          ? [marker(style.marker, x, y, 3.8, { class: 'dot', style: `fill:${colour};stroke:${colour}` })]
          : []),
      ),
    );
  });
}

// ---- Bars: horizontal, to leave room for long names.

/**
 * Returns the numbers of the CSV file.
 * @param {BarChart} chart
 */
function barRows(chart) {
  return chart.x.values.flatMap((x, at) =>
    chart.series.flatMap((series) => {
      const value = series.values[at];
      return value && isNumber(value.value) ? [{ x, series: series.name, ...valueFields(value) }] : [];
    })
  );
}

/**
 * @param {BarChart} chart
 * @param {number} width
 * @returns {Picture}
 */
function drawBarChart(chart, width) {
  const colourOf = (i) => chart.series[i].colour || styleOf(i).colour;
  const sample = (i) => (x, y) => [
    el('rect', { x: x + 5, y: y - 6, width: 14, height: 12, rx: 2, ...fill(colourOf(i)) }),
  ];
  const names = chart.series.length > 1
    ? legend(chart.series.map((series, i) => ({ name: series.name, sample: sample(i) })), width)
    : { group: el('g'), height: 0 };
  const texts = chart.x.values.map((text) => fitted(text, width * 0.4));
  const left = Math.ceil(Math.max(...texts.map((text) => textWidth(text, 12)), 10)) + 12;
  const right = width - (chart.stacked ? 24 : 58);
  const values = chart.series.flatMap((series) => series.values)
    .filter((value) => value && isNumber(value.value));
  const ends = chart.stacked
    ? chart.x.values.map((_, at) =>
      chart.series.reduce((sum, series) => sum + ((series.values[at] || {}).value || 0), 0)
    )
    : values.flatMap((value) => [value.value, value.high].filter(isNumber));
  const fullRange = chart.percent && !ends.some((value) => value > 1.0005);
  const scale = ticks(0, fullRange ? 1 : Math.max(...ends, 1e-9), width < 500 ? 2 : 5);
  const high = scale[scale.length - 1];
  const x = (value) => left + (Math.min(high, Math.max(0, value)) / high) * (right - left);
  const bar = chart.stacked ? 20 : chart.series.length > 3 ? 11 : 15;
  const lines = chart.stacked ? 1 : chart.series.length;
  const step = lines * (bar + 2) + 10;
  const top = names.height + 6;
  const bottom = top + chart.x.values.length * step;
  const children = [names.group];
  for (const mark of scale) {
    children.push(
      el('line', { x1: x(mark), x2: x(mark), y1: top, y2: bottom, class: mark ? 'grid' : 'axis' }),
      label(x(mark), bottom + 16, numberText(mark, chart.percent), {
        class: 'tick',
        'text-anchor': 'middle',
      }),
    );
  }
  chart.x.values.forEach((text, at) => {
    const y = top + at * step + 4;
    children.push(
      label(left - 8, y + (step - 10) / 2 + 4, texts[at], { class: 'tick', 'text-anchor': 'end' }),
    );
    let done = 0;
    chart.series.forEach((series, i) => {
      const value = series.values[at];
      if (!value || !isNumber(value.value)) {
        if (!chart.stacked) {
          children.push(label(left + 4, y + i * (bar + 2) + bar - 3, 'n/a', { class: 'tick' }));
        }
        return;
      }
      const tip = valueTip([series.name, `${chart.x.label || ''} ${text}`.trim()], value, chart.percent);
      if (chart.stacked) {
        children.push(
          segment(
            x(done),
            x(done + value.value),
            y,
            bar,
            value,
            chart.percent,
            colourOf(i),
            series.colour ? `${series.colour}-ink` : 'paper',
            tip,
          ),
        );
        done += value.value;
      } else {
        children.push(oneBar(x, y + i * (bar + 2), bar, value, chart.percent, colourOf(i), tip));
      }
    });
  });
  return {
    children,
    height: bottom + 24,
    describe: `Bars by ${chart.x.label || 'name'}: ${chart.series.map((series) => series.name).join(', ')}.`,
  };
}

// Draws one part of a stacked bar.
function segment(from, to, y, height, value, inPercent, colour, inkColour, tip) {
  const text = numberText(value.value, inPercent);
  const group = el(
    'g',
    { tip },
    el('rect', { x: from, y, width: Math.max(0.5, to - from - 1), height, ...fill(colour) }),
  );
  if (to - from > textWidth(text, 11) + 8) {
    group.append(
      label((from + to) / 2, y + height / 2 + 4, text, {
        class: 'segment',
        'text-anchor': 'middle',
        ...fill(inkColour),
      }),
    );
  }
  return group;
}

// Draws a bar with its interval and number.
function oneBar(x, y, height, value, inPercent, colour, tip) {
  const end = Math.max(x(value.value), x(0) + 1);
  const group = el(
    'g',
    { tip },
    el('rect', { x: x(0), y, width: end - x(0), height, rx: 1.5, ...fill(colour), opacity: 0.82 }),
  );
  const last = hasInterval(value) ? Math.max(end, x(value.high)) : end;
  if (hasInterval(value)) {
    const middle = y + height / 2;
    group.append(
      el('line', {
        x1: x(value.low),
        x2: x(value.high),
        y1: middle,
        y2: middle,
        class: 'whisker',
        style: `stroke:${ink('ink-strong')}`,
      }),
    );
  }
  group.append(label(last + 6, y + height / 2 + 4, numberText(value.value, inPercent), { class: 'tick' }));
  return group;
}
