// @ts-check
// Builds the view of a layer: all of its channels, one of them enlarged, and the form that clamps a cell of it.

/**
 * What the view shows. `before` and `after` are the taps without and with the edit, in order.
 * @type {{ layer: number, channel: number, shown: string, ownRange: boolean, picked: Cell | null,
 *   before: Tap[] | null, after: Tap[] | null }}
 */
const view = { layer: 0, channel: 0, shown: 'before', ownRange: false, picked: null, before: null, after: null };
const LAYER_NAMES = () => ['observation', ...DOC.layers.map(({ name }) => name)];
const shapeText = (shape) => shape.join(' × ');
const SEEN = () => ({ ...DOC.environment, side: DOC.observation[1] });

/**
 * Returns the tap that is shown, or null.
 * @returns {Tap | null}
 */
function shownTap() {
  const [before, after] = [view.before && view.before[view.layer], view.after && view.after[view.layer]];
  if (view.shown === 'before' || !after) return before;
  if (view.shown === 'after') return after;
  return before && { ...before, data: Float32Array.from(before.data, (value, i) => after.data[i] - value) };
}

// Returns whether cells of the maze have places on the map of a layer.
const hasPlaces = (tap) => tap.shape.length === 3 && DOC.environment.whole_world;

// Returns the cell of the maze whose place on the map is nearest to [row, column]; null if no cell is there.
function cellOfPlace(tap, [row, column]) {
  const found = [];
  for (let at = 0; at < scene.size * scene.size; at++) {
    if (same(placeOf(SEEN(), scene, tap.shape, cellAt(at)), [row, column])) found.push(cellAt(at));
  }
  return found.find(isOpen) || found[0] || null;
}

const numberInput = (name, value, options = {}) => html('input', { type: 'number', 'aria-label': name, value, class: 'number-input', ...options });
const selectOf = (name, options, pick) => {
  const select = html('select', { 'aria-label': name }, ...options.map(({ key, label: text }) => html('option', { value: key }, text)));
  select.addEventListener('change', () => pick(select.value));
  return select;
};

/**
 * Builds the view. clamp(line) adds a line to the file of edits. Returns a function that draws the view.
 * @param {(line: string) => void} clamp
 */
function buildLayers(clamp) {
  const names = LAYER_NAMES();
  view.layer = Math.max(0, names.findIndex((name) => name.endsWith('block1.res1.resadd')));
  const grid = html('canvas', { role: 'img', tabindex: '0' });
  const one = html('canvas', { role: 'img' });
  const readout = html('p', { class: 'note readout', 'aria-live': 'polite' });
  const scale = html('p', { class: 'note' });
  let arranged;
  let enlarged;

  const channel = numberInput('Channel', '0', { min: '0' });
  const x = numberInput('Column of the cell, from 0', '0', { min: '0' });
  const y = numberInput('Row of the cell, from 0 at the bottom', '0', { min: '0' });
  const value = numberInput('Value', '1', { step: 'any' });
  const elsewhere = numberInput('Value elsewhere; empty: unchanged', '', { step: 'any', placeholder: '–' });
  const which = selectOf('Cell to clamp', [{ key: 'fixed', label: 'cell' }, { key: 'target', label: 'the target' }, { key: 'cheese', label: 'the cheese' }], () => draw());
  const shown = html('div');
  const form = html('div', { class: 'play-controls' });

  const choose = (number) => {
    view.channel = number;
    channel.value = String(number);
    draw();
  };
  const valueAt = (tap, place) => tap.data[(view.channel * (tap.shape[1] || 1) + place[0]) * (tap.shape[2] || 1) + place[1]];
  const read = (place) => {
    const tap = shownTap();
    if (!tap) return;
    const at = tap.shape.length === 3 ? `, row ${place[0]}, column ${place[1]} of its map` : '';
    const cell = hasPlaces(tap) ? cellOfPlace(tap, place) : null;
    readout.textContent = `Channel ${view.channel}${at}${cell ? `, cell (${cell.join(', ')})` : ''}: ${valueAt(tap, place).toPrecision(4)}`;
  };
  function draw() {
    const tap = shownTap();
    if (!tap) return;
    const map = tap.shape.length === 3;
    view.channel = Math.min(view.channel, tap.shape[0] - 1);
    channel.max = String(tap.shape[0] - 1);
    const range = rangeOf(tap.data);
    const width = grid.parentElement.clientWidth;
    arranged = drawChannels(grid, tap, width, view.channel, range, view.ownRange && map);
    grid.setAttribute('aria-label', `${tap.shape[0]} channels of ${tap.name}, from ${short(range[0])} to ${short(range[1])}`);
    scale.textContent = `${tap.name}. Dark: ${short(range[0])}, bright: ${short(range[1])}${view.ownRange && map ? ' in the layer; here each channel has its own scale' : ''}.`;
    const marks = [];
    const mark = (cell, colour) => cell && marks.push({ place: placeOf(SEEN(), scene, tap.shape, cell), colour });
    if (hasPlaces(tap)) {
      mark(scene.cheese, 'cheese');
      mark(scene.mouse, 'blue');
      mark(clamped(), 'vermillion');
    }
    const plane = (tap.shape[1] || 1) * (tap.shape[2] || 1);
    const own = Array.prototype.slice.call(tap.data, view.channel * plane, (view.channel + 1) * plane);
    enlarged = drawChannel(one, tap, Math.min(320, one.parentElement.clientWidth), view.channel, view.ownRange ? rangeOf(own) : range, marks);
    one.setAttribute('aria-label', `Channel ${view.channel} of ${tap.name}`);
    const canClamp = hasPlaces(tap) && view.layer > 0 && !/fc|flatten/.test(tap.name);
    form.hidden = !canClamp;
    for (const input of [x, y]) {
      input.max = String(scene.size - 1);
      input.disabled = which.value !== 'fixed';
    }
    read(map && hasPlaces(tap) ? placeOf(SEEN(), scene, tap.shape, scene.mouse) : [0, 0]);
  }
  /** @returns {Cell} */
  const clamped = () => which.value === 'fixed' ? [Number(x.value), Number(y.value)] : which.value === 'target' ? scene.target : scene.cheese;

  const placeUnder = (event) => {
    const box = one.getBoundingClientRect();
    return enlarged.placeAt(event.clientX - box.left, event.clientY - box.top);
  };
  one.addEventListener('pointermove', (event) => read(placeUnder(event)));
  one.addEventListener('click', (event) => {
    const tap = shownTap();
    const cell = hasPlaces(tap) && cellOfPlace(tap, placeUnder(event));
    if (!cell) return;
    which.value = 'fixed';
    [x.value, y.value] = cell.map(String);
    draw();
  });
  const channelUnder = (event) => {
    const box = grid.getBoundingClientRect();
    return arranged.channelAt(event.clientX - box.left, event.clientY - box.top);
  };
  grid.addEventListener('click', (event) => {
    const number = channelUnder(event);
    if (number >= 0) choose(number);
  });
  grid.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: arranged.across, ArrowUp: -arranged.across }[event.key];
    const number = view.channel + step;
    if (!step || number < 0 || number >= shownTap().shape[0]) return;
    event.preventDefault();
    choose(number);
  });
  for (const input of [x, y, elsewhere]) input.addEventListener('input', draw);
  channel.addEventListener('input', () => choose(Math.max(0, Math.min(shownTap().shape[0] - 1, Math.round(Number(channel.value))))));

  const layer = selectOf('Layer', names.map((name, i) => ({ key: String(i), label: `${name}  ${shapeText(i ? DOC.layers[i - 1].shape : DOC.observation)}` })), (key) => {
    view.layer = Number(key);
    choose(0);
  });
  layer.value = String(view.layer);
  document.getElementById('layer-controls').append(
    layer,
    shown,
    segmented('Colour scale', [{ key: false, label: 'one scale' }, { key: true, label: 'each channel its own' }], () => view.ownRange, (key) => {
      view.ownRange = key;
      draw();
    }),
    html('span', { class: 'figure-tools' }, fileButton('layer', 'the outputs of this layer as CSV', 'CSV', 'text/csv', () => tapCsv(shownTap())),
      html('button', { type: 'button', class: 'quiet', onclick: () => saveTaps(), 'aria-label': 'Download all layers as safetensors' }, 'all layers: safetensors')),
  );
  document.getElementById('channels').append(grid, scale);
  const line = () => clampLine({
    layer: names[view.layer],
    channel: view.channel,
    cell: which.value === 'fixed' ? [Number(x.value), Number(y.value)] : which.value,
    value: Number(value.value),
    elsewhere: elsewhere.value === '' ? null : Number(elsewhere.value),
  });
  form.append(
    controlRow('Clamp', which, x, y),
    controlRow('value', value, html('span', { class: 'note' }, 'elsewhere'), elsewhere),
    controlRow('', plainButton('add to the edit', () => clamp(line()))),
  );
  document.getElementById('channel').append(controlRow('Channel', channel), one, readout, form);
  listeners.push(draw);
  new ResizeObserver(() => requestAnimationFrame(draw)).observe(document.getElementById('layer-view'));

  // Offers what can be shown: with an edit also its result and the difference.
  const offer = () => {
    if (!view.after) view.shown = 'before';
    shown.replaceChildren(...(view.after
      ? [segmented('Outputs', [{ key: 'before', label: 'without the edit' }, { key: 'after', label: 'with it' }, { key: 'difference', label: 'difference' }], () => view.shown, (key) => {
        view.shown = key;
        draw();
      })]
      : []));
  };
  return () => {
    offer();
    draw();
  };
}

// Returns the values of a tap as CSV: one line for each value.
function tapCsv(tap) {
  const plane = (tap.shape[1] || 1) * (tap.shape[2] || 1);
  return csvOf([['layer', 'channel', 'row', 'column', 'value'], ...Array.from(tap.data, (value, i) => [
    tap.name,
    Math.floor(i / plane),
    Math.floor((i % plane) / (tap.shape[2] || 1)),
    i % (tap.shape[2] || 1),
    value,
  ])]);
}
