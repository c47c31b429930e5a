// @ts-check
// Draws success by the cell of the cheese, one map for each maze size.

// Returns { size, tiles: [{ x0, x1, y0, y1, row }] } for each size with numbers.
function heatMaps() {
  const prefix = state.sampler === 'greedy' ? 'greedy_' : '';
  const maps = new Map();
  for (const row of DOC.rows) {
    if (row.measure !== `${prefix}cell_success`) continue;
    const numbers = row.placement.match(/\d+/g).map(Number);
    const [x0, x1, y0, y1] = numbers.length === 2
      ? [numbers[0], numbers[0], numbers[1], numbers[1]]
      : numbers;
    if (!maps.has(row.size)) maps.set(row.size, []);
    maps.get(row.size).push({ x0, x1, y0, y1, row });
  }
  return [...maps].sort((a, b) => a[0] - b[0]).map(([size, tiles]) => ({ size, tiles }));
}

// Describes the cells of a tile.
function tileText({ x0, x1, y0, y1 }) {
  if (x0 === x1 && y0 === y1) return `cheese at column ${x0 + 1}, row ${y0 + 1} from the start`;
  return `cheese in columns ${x0 + 1}–${x1 + 1}, rows ${y0 + 1}–${y1 + 1} from the start`;
}

function drawHeatMaps(width) {
  const maps = heatMaps();
  const grid = panels(width, maps.length, width < 500 ? 150 : maps.length > 6 ? 170 : 210, 26);
  const side = Math.min(grid.side, 290);
  const panelHeight = side + 44;
  const children = [];
  maps.forEach(({ size, tiles }, i) => {
    const [x, line] = grid.at(i);
    const panel = el('g', { transform: `translate(${x} ${line * panelHeight})` });
    const levels = tiles.reduce((sum, tile) => sum + tile.row.n, 0) / tiles.length;
    panel.append(
      label(0, 14, `${size} × ${size}`, { class: 'panel-name' }),
      label(side, 14, `${levels < 10 ? levels.toFixed(1) : levels.toFixed(0)} levels per square`, {
        class: 'tick',
        'text-anchor': 'end',
      }),
    );
    const cell = side / size;
    const place = (column, row) => [column * cell, 24 + (size - 1 - row) * cell];
    panel.append(el('rect', { x: 0, y: 24, width: side, height: side, class: 'blank' }));
    for (const tile of tiles) {
      const [left, top] = place(tile.x0, tile.y1);
      const wide = (tile.x1 - tile.x0 + 1) * cell;
      const high = (tile.y1 - tile.y0 + 1) * cell;
      const mark = el(
        'g',
        { tip: rateTip(tileText(tile), tile.row) },
        el('rect', {
          x: left + 0.5,
          y: top + 0.5,
          width: wide - 1,
          height: high - 1,
          rx: Math.min(2, wide / 8),
          fill: ramp(tile.row.value),
        }),
      );
      if (wide > 27 && tile.x0 === tile.x1) {
        mark.append(
          label(left + wide / 2, top + high / 2 + 4, (100 * tile.row.value).toFixed(0), {
            class: 'segment',
            'text-anchor': 'middle',
            style: `fill:${rampInk(tile.row.value)}`,
          }),
        );
      }
      panel.append(mark);
    }
    const region = Math.min(size, Math.max(1, DOC.scan.region));
    const [left, top] = place(size - region, size - 1);
    panel.append(
      el('rect', { x: left, y: top, width: region * cell, height: region * cell, class: 'region' }),
    );
    const [startX, startY] = place(0, 0);
    const icon = Math.max(18, Math.min(cell, 34));
    panel.append(
      mouseIcon(startX + Math.max(cell, icon) / 2, startY + cell - Math.max(cell, icon) / 2, icon),
    );
    children.push(panel);
  });
  const bottom = Math.ceil(maps.length / grid.columns) * panelHeight;
  children.push(rampLegend(1, bottom, Math.min(220, width)));
  return {
    children,
    height: bottom + 28,
    describe: `Success by the cell of the cheese, ${state.sampler} rollouts, one map for each size.`,
  };
}

function buildHeatMaps() {
  const parent = document.getElementById('heat-maps');
  if (!heatMaps().length) {
    const text = 'The scan does not include the placement “uniform”, which puts the cheese on any free cell.';
    parent.append(html('p', { class: 'note' }, text));
    return;
  }
  figure(parent, {
    name: 'cheese-cells',
    title: 'Success by cheese cell',
    draw: drawHeatMaps,
    rows: () => heatMaps().flatMap((map) => map.tiles.map((tile) => tile.row)),
    caption: () =>
      'Numbers are percentages. The mouse starts bottom-left; the dashed square is the cheese region of ' +
      'training. Blank: the cheese was never there. A goal “top-right” shows as a bright ridge along the ' +
      'diagonal: those cells are on most paths to the corner. A square has few levels: read the pattern, ' +
      'not single squares.' +
      (DOC.scan.sizes.some((size) => size > 9) ? ' In large mazes a square covers several cells.' : ''),
  });
}
