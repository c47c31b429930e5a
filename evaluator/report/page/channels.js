// @ts-check
// Draws the outputs of layers: each channel as a map of colours.

const TILE = 62; // pixels of a channel's map, about; more for few channels
const LABEL = 14; // pixels of the number below it

/**
 * Returns the ends of the colour scale of values.
 * @param {ArrayLike<number>} values
 */
function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? [low, high] : [0, 0];
}

/** @type {[number, number, number][]} */
const COLOURS = Array.from({ length: 256 }, (_, i) => ramp(i / 255).match(/\d+/g).map(Number)).map(([r, g, b]) => [r, g, b]);

// Returns a canvas with a pixel for each value of a map.
function mapCanvas(data, width, height, [low, high]) {
  const canvas = html('canvas', { width, height });
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    if (!Number.isFinite(data[i])) continue;
    const share = high > low ? (data[i] - low) / (high - low) : 0.5;
    image.data.set([...COLOURS[Math.round(255 * Math.min(1, Math.max(0, share)))], 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Sets the size of a canvas in pixels of the page; returns its context, which draws in these.
function prepareCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return context;
}
const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Arranges the channels of a tap on a canvas as wide as `width`. A flat layer has one value for each channel.
 * @param {Tap} tap
 */
function channelGrid(tap, width) {
  const [channels, rows, columns] = [tap.shape[0], tap.shape[1] || 1, tap.shape[2] || 1];
  const flat = tap.shape.length === 1;
  const wide = channels > 32 ? TILE : Math.max(TILE, Math.min(110, width / 8 - 8));
  const side = flat ? 22 : columns * Math.max(1, Math.floor(wide / columns));
  const high = flat ? 22 : (side * rows) / columns;
  const gap = flat ? 3 : 8;
  const across = Math.max(1, Math.min(channels, Math.floor((width + gap) / (side + gap))));
  const line = high + (flat ? gap : LABEL + gap);
  return {
    across,
    side,
    high,
    flat,
    height: Math.ceil(channels / across) * line,
    at: (channel) => [(channel % across) * (side + gap), Math.floor(channel / across) * line],
    channelAt: (x, y) => {
      const [column, row] = [Math.floor(x / (side + gap)), Math.floor(y / line)];
      const channel = row * across + column;
      return column < across && channel < channels ? channel : -1;
    },
  };
}

/**
 * Draws all channels of a tap; the chosen one has a frame.
 * @param {Tap} tap
 */
function drawChannels(canvas, tap, width, chosen, range, ownRange) {
  const grid = channelGrid(tap, width);
  const context = prepareCanvas(canvas, width, grid.height);
  const plane = (tap.shape[1] || 1) * (tap.shape[2] || 1);
  for (let channel = 0; channel < tap.shape[0]; channel++) {
    const data = Array.prototype.slice.call(tap.data, channel * plane, (channel + 1) * plane);
    const [x, y] = grid.at(channel);
    const map = mapCanvas(data, tap.shape[2] || 1, tap.shape[1] || 1, ownRange ? rangeOf(data) : range);
    context.drawImage(map, x, y, grid.side, grid.high);
    if (!grid.flat) {
      context.fillStyle = colourOf(channel === chosen ? 'ink-strong' : 'soft');
      context.textAlign = 'center';
      context.fillText(String(channel), x + grid.side / 2, y + grid.high + LABEL - 3);
    }
    if (channel === chosen) {
      context.strokeStyle = colourOf('vermillion');
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, grid.side - 2, grid.high - 2);
    }
  }
  return grid;
}

/**
 * Draws one channel. marks: [{ place: [row, column], colour }].
 * @param {Tap} tap
 */
function drawChannel(canvas, tap, width, channel, range, marks) {
  const [rows, columns] = [tap.shape[1] || 1, tap.shape[2] || 1];
  const scale = Math.min(width / columns, width / rows, 80);
  const context = prepareCanvas(canvas, Math.round(columns * scale), Math.round(rows * scale));
  const data = Array.prototype.slice.call(tap.data, channel * rows * columns, (channel + 1) * rows * columns);
  context.drawImage(mapCanvas(data, columns, rows, range), 0, 0, columns * scale, rows * scale);
  for (const { place: [row, column], colour } of marks) {
    context.strokeStyle = colourOf(colour);
    context.lineWidth = 2;
    context.strokeRect(column * scale + 1, row * scale + 1, Math.max(3, scale - 2), Math.max(3, scale - 2));
  }
  return { scale, placeAt: (x, y) => [Math.min(rows - 1, Math.floor(y / scale)), Math.min(columns - 1, Math.floor(x / scale))] };
}
