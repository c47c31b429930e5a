// @ts-check
// Draws charts of type heat (values in a grid) and mazes (policies on mazes).

/**
 * Returns the numbers of the CSV file.
 * @param {HeatChart} chart
 */
function heatRows(chart) {
  return chart.y.values.flatMap((y, row) =>
    chart.x.values.flatMap((x, column) => {
      const value = chart.cells[row][column];
      return value && isNumber(value.value) ? [{ y, x, ...valueFields(value) }] : [];
    })
  );
}

/**
 * @param {HeatChart} chart
 * @param {number} width
 */
function drawHeatChart(chart, width) {
  const values = chart.cells.flat().map((value) => value && value.value).filter(isNumber);
  const low = isNumber(chart.from) ? chart.from : chart.percent ? 0 : Math.min(...values, 0);
  const high = isNumber(chart.to) ? chart.to : chart.percent ? 1 : Math.max(...values, low + 1e-9);
  const share = (value) => (value - low) / (high - low);
  const names = chart.y.values.map((text) => fitted(text, width * 0.4));
  const left = Math.ceil(
    Math.max(
      ...names.map((text) => textWidth(text, 12)),
      textWidth(fitted(chart.y.label || '', width * 0.4), 12),
    ),
  ) + 12;
  const columns = chart.x.values.length;
  const cell = Math.min(86, (width - left) / columns);
  const height = Math.max(14, Math.min(32, cell * (columns > 8 ? 1 : 0.6)));
  const children = [
    label(left - 8, 34, fitted(chart.y.label || '', width * 0.4), { class: 'tick', 'text-anchor': 'end' }),
    label(left + (columns * cell) / 2, 12, fitted(chart.x.label || '', width - left), {
      class: 'tick',
      'text-anchor': 'middle',
    }),
  ];
  const every = Math.ceil(
    (Math.max(...chart.x.values.map((text) => textWidth(String(text), 12))) + 6) / cell,
  );
  chart.x.values.forEach((text, column) => {
    if (column % every === 0) {
      children.push(
        label(left + (column + 0.5) * cell, 34, text, { class: 'head', 'text-anchor': 'middle' }),
      );
    }
  });
  chart.y.values.forEach((text, row) => {
    const y = 42 + row * height;
    children.push(
      label(left - 8, y + height / 2 + 4, names[row], {
        class: 'tick',
        'text-anchor': 'end',
        ...(names[row] === String(text) ? {} : { tip: [text] }),
      }),
    );
    chart.x.values.forEach((at, column) => {
      const value = chart.cells[row][column];
      const box = { x: left + column * cell, y, width: cell, height };
      const title = [`${chart.y.label || ''} ${text}`.trim(), `${chart.x.label || ''} ${at}`.trim()];
      children.push(heatCell(value, share, title, chart.percent, box));
    });
  });
  for (const [row, column] of chart.marks || []) {
    children.push(
      el('rect', {
        x: left + column * cell - 0.5,
        y: 42 + row * height - 0.5,
        width: cell + 1,
        height: height + 1,
        rx: 3,
        class: 'chosen',
      }),
    );
  }
  const bottom = 42 + chart.y.values.length * height;
  children.push(
    rampLegend(
      left + 1,
      bottom + 12,
      Math.min(220, columns * cell),
      (at) => numberText(low + at * (high - low), chart.percent),
    ),
  );
  return {
    children,
    height: bottom + 40,
    describe: `${chart.y.label || 'Rows'} by ${chart.x.label || 'columns'}.`,
  };
}

// Draws a cell of the grid. share(value) is its position on the colour map.
function heatCell(value, share, title, inPercent, { x, y, width, height }) {
  const box = {
    x: x + 0.75,
    y: y + 0.75,
    width: width - 1.5,
    height: height - 1.5,
    rx: Math.min(2.5, width / 8),
  };
  if (!value || !isNumber(value.value)) {
    return el('rect', { ...box, class: 'empty', tip: [...title, 'not applicable'] });
  }
  const mark = el(
    'g',
    { tip: valueTip(title, value, inPercent) },
    el('rect', { ...box, fill: ramp(share(value.value)) }),
  );
  const number = inPercent ? (100 * value.value).toFixed(0) : short(value.value);
  if (height > 13 && textWidth(number, 11) + 4 < width) {
    mark.append(
      label(box.x + box.width / 2, y + height / 2 + 4, number, {
        class: 'segment',
        'text-anchor': 'middle',
        style: `fill:${rampInk(share(value.value))}`,
      }),
    );
  }
  return mark;
}

// ---- Mazes

/**
 * Returns the numbers of the CSV file.
 * @param {MazeChart} chart
 */
function mazeRows(chart) {
  return chart.mazes.flatMap((maze, i) =>
    freeCells(maze).map((at, index) => {
      const [x, y] = [at % maze.size, Math.floor(at / maze.size)];
      const here = (cell) => (cell && cell[0] === x && cell[1] === y ? 1 : 0);
      const step = maze.path ? maze.path.indexOf(at) : -1;
      const moves = (list, prefix) => (list
        ? Object.fromEntries(MOVE_NAMES.map((name, move) => [prefix + name, list[5 * index + move] / 1000]))
        : {});
      return {
        maze: i + 1,
        caption: maze.caption,
        size: maze.size,
        x,
        y,
        mouse: here(maze.mouse),
        cheese: here(maze.cheese),
        target: here(maze.target),
        step: step < 0 ? '' : step,
        ...moves(maze.moves, ''),
        ...moves(maze.after, 'after_'),
        shade: maze.shade ? maze.shade[index] : '',
      };
    })
  );
}

/**
 * Draws one panel for each maze, or two (before and after) for a maze with an edit.
 * @param {MazeChart} chart
 * @param {number} width
 */
function drawMazeChart(chart, width) {
  const mazes = chart.mazes.flatMap((maze) =>
    maze.after
      ? [{ ...maze, heading: 'before the edit' }, { ...maze, moves: maze.after, heading: 'after the edit' }]
      : [maze]
  );
  const pairs = mazes.some((maze) => maze.heading);
  const grid = panels(
    width,
    Math.max(2, mazes.length),
    width < 500 && !pairs ? width : Math.min(width / 2 - 14, 240),
    28,
  );
  if (pairs && grid.columns % 2) grid.columns -= 1; // keep the two panels of an edit side by side
  const side = Math.min(grid.side, 340);
  const captions = mazes.map((maze) => {
    const caption = wrapped(maze.caption || '', side);
    return maze.heading ? [maze.heading, ...caption] : caption;
  });
  const above = 16 * Math.max(...captions.map((lines) => lines.length)) + 8;
  const drawings = [];
  const children = mazes.map((maze, i) => {
    const [x, line] = [(i % grid.columns) * (grid.side + 28), Math.floor(i / grid.columns)];
    const path = (maze.path || []).filter((at, step, all) => step === 0 || at !== all[step - 1]);
    const drawing = drawMaze({ ...maze, path }, side);
    if (path.length > 1) drawings.push(drawing);
    drawing.group.setAttribute('transform', `translate(0 ${above})`);
    return el(
      'g',
      { transform: `translate(${x} ${line * (side + above + 22)})` },
      ...captions[i].map((text, row) =>
        label(0, 13 + 16 * row, text, { class: maze.heading && row === 0 ? 'panel-name' : 'tick' })
      ),
      drawing.group,
    );
  });
  return {
    children,
    drawings,
    height: Math.ceil(mazes.length / grid.columns) * (side + above + 22) - 14,
    describe: `${mazes.length} mazes: ${[...new Set(chart.mazes.map((maze) => maze.caption))].join('; ')}.`,
  };
}
