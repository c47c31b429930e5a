// @ts-check
// Draws the charts of questions and comparisons: objects that the evaluator writes. This list defines their
// format.

/**
 * A number with its 95 % interval and sample size. `percent` anywhere means that values are shares.
 * @typedef {{ value: number, low?: number, high?: number, n?: number }} Value
 *
 * Values against a number or a name. `marks` are vertical lines, `levels` horizontal ones. `ticks` are the values
 * to label; without it, those of the points. A series of style thin is a model beside measured points.
 * @typedef {{ name: string, style?: 'line' | 'points' | 'dashed' | 'thin', points: Point[] }} Series
 * @typedef {Value & { x: any, name?: string }} Point
 * @typedef {{ type: 'curve', title: string, note?: string, x: { label: string, scale?: 'log',
 *   ticks?: number[] }, y: { label?: string, scale?: 'log', percent?: boolean, from?: number, to?: number }, series: Series[],
 *   marks?: { x: any, label?: string }[], levels?: { y: number, label?: string }[] }} CurveChart
 *
 * A grid of values: cells[row][column]. `marks` are the outlined cells, as [row, column]. `from` and `to` are the
 * ends of the colour map.
 * @typedef {{ type: 'heat', title: string, note?: string, x: { label?: string, values: any[] },
 *   y: { label?: string, values: any[] }, percent?: boolean, from?: number, to?: number,
 *   cells: (Value | null)[][], marks?: [number, number][] }} HeatChart
 *
 * Horizontal bars. `colour` names a colour of the style sheet, for series that other figures draw in that
 * colour.
 * @typedef {{ name: string, colour?: string, values: (Value | null)[] }} BarSeries
 * @typedef {{ type: 'bars', title: string, note?: string, x: { label?: string, values: any[] },
 *   percent?: boolean, stacked?: boolean, series: BarSeries[] }} BarChart
 *
 * A table of texts, numbers and values.
 * @typedef {{ type: 'table', title: string, note?: string, columns: string[],
 *   rows: (string | number | null | (Value & { percent?: boolean }))[][] }} TableChart
 *
 * Policies on mazes. `after` is `moves` after an edit.
 * @typedef {Maze & { caption?: string, heading?: string, after?: number[] }} ChartMaze
 * @typedef {{ type: 'mazes', title: string, note?: string, mazes: ChartMaze[] }} MazeChart
 *
 * @typedef {CurveChart | HeatChart | BarChart | TableChart | MazeChart} Chart
 */

// Styles of series, in order. Marker and dash distinguish them without colour.
const STYLES = [
  { colour: 'blue', marker: 'circle', dash: '' },
  { colour: 'vermillion', marker: 'square', dash: '9 4' },
  { colour: 'green', marker: 'triangle', dash: '3 4' },
  { colour: 'purple', marker: 'diamond', dash: '10 3 2 3' },
  { colour: 'orange', marker: 'circle', dash: '5 3' },
  { colour: 'sky', marker: 'square', dash: '2 3' },
  { colour: 'ink', marker: 'triangle', dash: '12 3' },
  { colour: 'grey', marker: 'diamond', dash: '6 6' },
];
const styleOf = (i) => STYLES[i % STYLES.length];

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
const numberText = (value, inPercent) => (inPercent ? percent(value) : short(value));
const hasInterval = (value) => isNumber(value.low) && isNumber(value.high);
/**
 * Returns the texts of a value and of its interval, '' without one.
 * @param {{ value?: number, low?: number, high?: number }} of
 */
function valueTexts(of, inPercent) {
  if (!hasInterval(of)) return { value: numberText(of.value, inPercent), interval: '' };
  if (!inPercent) return { value: short(of.value), interval: `${short(of.low)} – ${short(of.high)}` };
  const [value, low, high] = percentNumbers(of.value, of.low, of.high);
  return { value: `${value}\u00a0%`, interval: `${low} – ${high}\u00a0%` };
}

// Returns the tooltip of a value.
function valueTip(title, value, inPercent) {
  const texts = valueTexts(value, inPercent);
  const lines = [...title, texts.value + (texts.interval ? `   95 %: ${texts.interval}` : '')];
  if (isNumber(value.n)) lines.push(`n = ${count(value.n)}`);
  return lines;
}

// Shortens a text in the middle to fit `maxWidth` pixels.
function fitted(text, maxWidth, pixels = 12) {
  let kept = String(text);
  if (textWidth(kept, pixels) <= maxWidth) return kept;
  while (kept.length > 4 && textWidth(`${kept}…`, pixels) > maxWidth) kept = kept.slice(0, -1);
  const half = Math.ceil(kept.length / 2);
  return `${kept.slice(0, half)}…${String(text).slice(String(text).length - (kept.length - half))}`;
}

// Breaks a text into lines that fit `maxWidth` pixels.
function wrapped(text, maxWidth, pixels = 12) {
  const lines = [''];
  for (const word of String(text).split(' ')) {
    const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${word}` : word;
    if (textWidth(longer, pixels) <= maxWidth || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// Draws the marker of a series.
function marker(shape, x, y, r, attributes) {
  if (shape === 'square') {
    return el('rect', { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8, ...attributes });
  }
  if (shape === 'circle') return el('circle', { cx: x, cy: y, r, ...attributes });
  const corners = shape === 'triangle'
    ? [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]]
    : [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]];
  return el('polygon', {
    points: corners.map(([dx, dy]) => `${(x + dx * r).toFixed(1)},${(y + dy * r).toFixed(1)}`).join(' '),
    ...attributes,
  });
}

// Draws entries { name, sample(x, y): elements in 24 x 12 pixels } side by side, in as many lines as needed.
function legend(entries, width) {
  const group = el('g', { class: 'legend' });
  let [x, y] = [0, 12];
  for (const entry of entries) {
    const name = fitted(entry.name, width - 34);
    const entryWidth = 30 + textWidth(name, 12);
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      y += 21;
    }
    group.append(...entry.sample(x, y - 4), label(x + 30, y, name, { class: 'tick' }));
    x += entryWidth + 18;
  }
  return { group, height: entries.length ? y + 14 : 0 };
}

/** @type {Record<string, (chart: any, width: number) => Picture & { drawings?: any[] }>} */
const CHARTS = { curve: drawCurveChart, heat: drawHeatChart, bars: drawBarChart, mazes: drawMazeChart };
/** @type {Record<string, (chart: any) => object[]>} */
const CHART_ROWS = { curve: curveRows, heat: heatRows, bars: barRows, mazes: mazeRows };
const VALUE_COLUMNS = ['value', 'low', 'high', 'n'];
const CHART_COLUMNS = {
  curve: ['series', 'x', 'name', ...VALUE_COLUMNS],
  heat: ['y', 'x', ...VALUE_COLUMNS],
  bars: ['x', 'series', ...VALUE_COLUMNS],
  mazes: [
    ...['maze', 'caption', 'size', 'x', 'y', 'mouse', 'cheese', 'target', 'step', ...MOVE_NAMES],
    ...[...MOVE_NAMES.map((name) => `after_${name}`), 'shade'],
  ],
};
const valueFields = (value) => Object.fromEntries(VALUE_COLUMNS.map((name) => [name, value[name]]));

/**
 * Draws a chart into `parent`. Reports a type that this page does not know.
 * @param {Element} parent
 * @param {Chart} chart
 * @param {string} name
 */
function buildChart(parent, chart, name) {
  if (chart.type === 'table') return buildTable(parent, chart, name);
  if (!CHARTS[chart.type]) {
    const note = html('p', { class: 'note' }, `This page cannot draw a chart of type “${chart.type}”.`);
    parent.append(note);
    return note;
  }
  let drawings = [];
  const node = figure(parent, {
    name,
    title: chart.title,
    caption: chart.note || '',
    columns: CHART_COLUMNS[chart.type],
    extra: chart.type === 'mazes' && chart.mazes.some((maze) => maze.path && maze.path.length > 1)
      ? [walkButton(() => drawings)]
      : [],
    rows: () => CHART_ROWS[chart.type](chart),
    draw: (width) => {
      const picture = CHARTS[chart.type](chart, width);
      drawings = picture.drawings || [];
      return { ...picture, describe: `${chart.title}. ${picture.describe}` };
    },
  });
  // Use the full width for more than two mazes.
  if (chart.type === 'mazes' && chart.mazes.length + chart.mazes.filter((maze) => maze.after).length > 2) {
    node.classList.add('full');
  }
  return node;
}

// ---- Tables

/** @returns {cell is Value & { percent?: boolean }} */
const isValue = (cell) => cell !== null && typeof cell === 'object';
function cellText(cell) {
  if (cell === null || cell === undefined || (isValue(cell) && !isNumber(cell.value))) return '–';
  if (!isValue(cell)) {
    return typeof cell === 'number' ? (Number.isInteger(cell) ? String(cell) : short(cell)) : String(cell);
  }
  const texts = valueTexts(cell, cell.percent);
  return texts.value + (texts.interval ? ` (${texts.interval})` : '');
}
// Returns the content of a table cell. A line may break between a value and its interval, not within them.
function cellParts(cell) {
  if (!isNumeric(cell)) return [cellText(cell)];
  return cellText(cell).split(' (').flatMap((part, i) =>
    i ? [' ', html('span', { class: 'unbroken' }, `(${part}`)] : [html('span', { class: 'unbroken' }, part)]
  );
}
const isNumeric = (cell) => typeof cell === 'number' || isValue(cell);

const ROWS_SHOWN = 10; // report.css hides the further rows of a longer table
/**
 * @param {Element} parent
 * @param {TableChart} chart
 * @param {string} name
 */
function buildTable(parent, chart, name) {
  const numeric = chart.columns.map((_, column) =>
    chart.rows.length > 0 && chart.rows.every((row) => row[column] === null || isNumeric(row[column]))
  );
  const side = (column) => (numeric[column] ? 'number-cell' : '');
  const body = html(
    'tbody',
    {},
    ...chart.rows.map((row) =>
      html(
        'tr',
        {},
        ...row.map((cell, column) => {
          const node = html(column ? 'td' : 'th', {
            class: side(column),
            ...(column ? {} : { scope: 'row' }),
          }, ...(findingParts(cell) || cellParts(cell)));
          if (isValue(cell) && isNumber(cell.value)) {
            addTip(node, valueTip([`${row[0]}`, chart.columns[column]], cell, cell.percent));
          }
          return node;
        }),
      )
    ),
  );
  const head = html(
    'thead',
    {},
    html(
      'tr',
      {},
      ...chart.columns.map((text, column) => html('th', { scope: 'col', class: side(column) }, text)),
    ),
  );
  const { node, caption } = frame(parent, {
    name,
    title: chart.title,
    body: html(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': chart.title },
      html('table', { class: 'chart-table' }, head, body),
    ),
    svg: () => tablePicture(chart, numeric),
    table: () => tableCsv(chart),
  });
  caption.textContent = chart.note || '';
  if (chart.columns.length > 5) node.classList.add('full');
  if (chart.rows.length > ROWS_SHOWN + 4) {
    node.classList.add('long');
    const all = html('button', { type: 'button', class: 'all-rows' }, `all ${chart.rows.length} rows`);
    all.addEventListener('click', () => {
      node.classList.remove('long');
      all.remove();
    });
    caption.before(all);
  }
  return node;
}

// Formats the table as CSV. Value, interval and sample size have their own columns.
function tableCsv(chart) {
  const wide = chart.columns.map((_, column) => chart.rows.some((row) => isValue(row[column])));
  const parts = (cell) => (isValue(cell) ? VALUE_COLUMNS.map((name) => cell[name]) : [cell, '', '', '']);
  return csvOf([
    chart.columns.flatMap((text, column) =>
      wide[column] ? [text, `${text} low`, `${text} high`, `${text} n`] : [text]
    ),
    ...chart.rows.map((row) => row.flatMap((cell, column) => (wide[column] ? parts(cell) : [cell]))),
  ]);
}

// Draws the table as an SVG file.
function tablePicture(chart, numeric) {
  const lines = [chart.columns.map(String), ...chart.rows.map((row) => row.map(cellText))];
  const widths = chart.columns.map((_, column) =>
    Math.max(...lines.map((line) => 1.08 * textWidth(line[column] ?? '', 13))) + 24
  );
  const left = widths.map((_, column) => widths.slice(0, column).reduce((sum, width) => sum + width, 0));
  const total = left[left.length - 1] + widths[widths.length - 1];
  const children = lines.flatMap((line, row) =>
    line.map((text, column) =>
      label(
        numeric[column] ? left[column] + widths[column] - 16 : left[column],
        18 + 24 * row,
        text,
        { class: row ? '' : 'head', 'text-anchor': numeric[column] ? 'end' : 'start' },
      )
    )
  );
  children.push(el('line', { x1: 0, x2: total, y1: 26, y2: 26, class: 'axis' }));
  return offscreen(children, total, 24 * lines.length + 6);
}

// ---- Findings: each has a shape, a word and a colour.

const FINDINGS = {
  holds: { shape: '●', className: 'holds' },
  fails: { shape: '✕', className: 'fails' },
  undecided: { shape: '◐', className: 'undecided' },
  'not applicable': { shape: '○', className: 'not-applicable' },
};
// Returns the elements of a cell that is a finding, "holds", or one with its scope, "fails (sizes 3 to 9)": the scope appears
// when the pointer is on the chip, and a mark shows that there is one. What is not applicable has its shape only, so that many
// columns fit. null: the cell is no finding.
function findingParts(cell) {
  const [, finding, scope] = (typeof cell === 'string' && /^([a-z ]+?)(?: \((.*)\))?$/.exec(cell)) || [];
  if (!finding || !Object.hasOwn(FINDINGS, finding)) return null;
  const word = finding === 'not applicable' ? '' : finding;
  const chip = findingChip(finding, scope ? `${word}°` : word);
  if (scope || !word) chip.setAttribute('title', [finding, scope].filter(Boolean).join(': '));
  return [chip];
}
// word: what it says beside its shape, the finding if not given.
function findingChip(finding, word = finding) {
  const known = FINDINGS[finding] || FINDINGS.undecided;
  return html(
    'span',
    { class: `finding ${known.className}` },
    html('span', { 'aria-hidden': 'true' }, known.shape),
    ` ${word}`,
  );
}
