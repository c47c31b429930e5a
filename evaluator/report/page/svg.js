// @ts-check
// Creates elements, figures with a caption and downloads, tooltips, controls and colours.

/**
 * Attributes of an element; `tip` gives the lines of its tooltip.
 * @typedef {Record<string, any> & { tip?: string[] }} Attributes
 *
 * A drawn figure: its SVG elements, its height in pixels, and a description for screen readers.
 * @typedef {{ children: Element[], height: number, describe: string }} Picture
 *
 * @typedef {{ name: string, title: string, caption: string | (() => string),
 *   draw: (width: number) => Picture, rows: () => object[], columns?: string[], extra?: Element[],
 *   onkey?: (event: KeyboardEvent, svg: SVGSVGElement) => void }} FigureOptions
 *
 * @typedef {{ name: string, title: string, body: Element, svg: () => string, table: () => string,
 *   extra?: Element[] }} FrameOptions
 */

const SVG = document.getElementById('brand-mark').namespaceURI;

/**
 * Creates an SVG element. Attributes that are null or undefined are left out; numbers are rounded to 0.01.
 * @param {string} name
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
function el(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    if (key === 'tip') addTip(node, value);
    else node.setAttribute(key, typeof value === 'number' ? +value.toFixed(2) : value);
  }
  node.append(...children);
  return node;
}
/**
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
const svgElement = (
  attributes,
  ...children
) => /** @type {SVGSVGElement} */ (el('svg', attributes, ...children));
const label = (x, y, text, attributes = {}) => el('text', { x, y, ...attributes }, text);

/**
 * Creates an HTML element.
 * @param {string} name
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 * @returns {any}
 */
function html(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') node.addEventListener('click', value);
    else if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const measuringContext = document.createElement('canvas').getContext('2d');
// Returns the width of a text in pixels; `pixels` is the font size.
function textWidth(text, pixels) {
  measuringContext.font = `${pixels}px ${getComputedStyle(document.body).fontFamily}`;
  return measuringContext.measureText(text).width;
}

// Functions that redraw the figures when the reader changes a control.
const listeners = [];
const redrawAll = () => {
  for (const listener of listeners) listener();
};

// Return colours of the style sheet, so that switching the theme needs no redraw.
const ink = (name) => `var(--${name})`;
const fill = (name) => ({ style: `fill:${ink(name)}` });

// Samples the cividis colour map (Nuñez, Anderton and Renslow, 2018), which suits readers with colour vision
// deficiency.
const RAMP = [
  '#00224e',
  '#123570',
  '#3b496c',
  '#575d6d',
  '#707173',
  '#8a8678',
  '#a59c74',
  '#c3b369',
  '#e1cc55',
  '#fee838',
]
  .map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
// Returns the colour of a share in [0, 1].
function ramp(share) {
  const at = Math.min(0.999999, Math.max(0, share)) * (RAMP.length - 1);
  const [a, b] = [RAMP[Math.floor(at)], RAMP[Math.floor(at) + 1]];
  return `rgb(${a.map((channel, i) => Math.round(channel + (b[i] - channel) * (at % 1))).join(',')})`;
}
// Returns a text colour that is readable on ramp(share).
const rampInk = (share) => (share > 0.5 ? '#10151f' : '#ffffff');

function rampLegend(x, y, width, text = percent) {
  const group = el('g', { 'aria-hidden': 'true' });
  const steps = 40;
  for (let i = 0; i < steps; i++) {
    group.append(
      el('rect', {
        x: x + (i * width) / steps,
        y,
        width: width / steps + 0.6,
        height: 8,
        fill: ramp(i / (steps - 1)),
      }),
    );
  }
  for (const share of [0, 0.5, 1]) {
    group.append(
      label(x + share * width, y + 21, text(share), {
        class: 'tick',
        'text-anchor': share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
      }),
    );
  }
  return group;
}

// ---- Tooltips: an element with a tip shows it on hover; arrow keys move between the tips of a figure.

const tipBox = document.getElementById('tip');
/** @type {WeakMap<Element, string[]>} */
const tips = new WeakMap();
function addTip(element, lines) {
  tips.set(element, lines);
  element.setAttribute('data-tip', '');
}
/** @param {Element} target */
function showTip(target, x, y) {
  tipBox.replaceChildren(...tips.get(target).map((line, i) => html(i ? 'span' : 'strong', {}, line)));
  tipBox.hidden = false;
  const box = tipBox.getBoundingClientRect();
  tipBox.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - box.width - 6))}px`;
  tipBox.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 12) : y + 18}px`;
}
const hideTip = () => {
  tipBox.hidden = true;
};
document.addEventListener('pointermove', (event) => {
  const target = event.target instanceof Element && event.target.closest('[data-tip]');
  if (target) showTip(target, event.clientX, event.clientY);
  else hideTip();
});
document.addEventListener('scroll', hideTip, { passive: true });

// Moves the tooltip to the next or previous mark of a figure by arrow keys.
function moveBetweenTips(event, svg) {
  const marks = [...svg.querySelectorAll('[data-tip]')];
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key === 'Escape') hideTip();
  if (!step || !marks.length) return;
  event.preventDefault();
  const current = svg.querySelector('.marked');
  if (current) current.classList.remove('marked');
  const next = marks[current ? (marks.indexOf(current) + step + marks.length) % marks.length : 0];
  next.classList.add('marked');
  const box = next.getBoundingClientRect();
  showTip(next, box.right, box.top);
}

// ---- Figures

// Creates a button that saves content() as a file. `text` is the label and the extension.
const fileButton = (name, what, text, type, content) =>
  html('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => save(`${name}.${text.toLowerCase()}`, type, content()),
    'aria-label': `Download ${what}`,
  }, text);

/**
 * Adds a figure with its downloads around `body`. svg() and table() return the contents of the two files.
 * @param {Element} parent
 * @param {FrameOptions} options
 */
function frame(parent, { name, title, body, svg, table, extra = [] }) {
  const caption = html('figcaption');
  const node = html(
    'figure',
    { 'data-figure': name },
    html(
      'div',
      { class: 'figure-head' },
      html('h3', {}, title),
      html(
        'div',
        { class: 'figure-tools' },
        ...extra,
        fileButton(name, `${name} as SVG`, 'SVG', 'image/svg+xml', svg),
        fileButton(name, `the numbers of ${name} as CSV`, 'CSV', 'text/csv', table),
      ),
    ),
    body,
    caption,
  );
  parent.append(node);
  return { node, caption };
}

/**
 * Adds a figure that is redrawn when its width or a control changes. rows() returns the numbers of the CSV
 * file. onkey(event, svg) handles keys; by default arrow keys move between the tips.
 * @param {Element} parent
 * @param {FigureOptions} options
 */
function figure(parent, { name, title, caption, draw, rows, columns, extra, onkey = moveBetweenTips }) {
  const svg = svgElement({
    role: onkey === moveBetweenTips ? 'img' : 'application',
    tabindex: '0',
    class: 'figure',
  });
  const { node, caption: captionNode } = frame(parent, {
    name,
    title,
    body: svg,
    extra,
    svg: () => standalone(svg),
    table: () => csv(rows(), columns),
  });
  svg.addEventListener('keydown', (event) => onkey(event, svg));
  svg.addEventListener('blur', hideTip);
  let drawn = 0;
  const redraw = () => {
    const width = Math.floor(node.clientWidth);
    if (width < 50) return;
    drawn = width;
    const picture = draw(width);
    resize(svg, width, picture.height);
    svg.setAttribute('aria-label', picture.describe);
    svg.replaceChildren(...picture.children);
    captionNode.textContent = typeof caption === 'function' ? caption() : caption;
  };
  listeners.push(redraw);
  // Redraw in the next frame: drawing within the observer may change sizes again.
  new ResizeObserver(() =>
    requestAnimationFrame(() => {
      if (Math.abs(node.clientWidth - drawn) >= 1) redraw();
    })
  ).observe(node);
  redraw();
  node.redraw = redraw; // for figures that also change by themselves
  return node;
}

// Sets the size of an SVG element in pixels.
function resize(svg, width, height) {
  svg.setAttribute('viewBox', `0 0 ${width} ${Math.ceil(height)}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', Math.ceil(height));
}

const INLINED_PROPERTIES = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity'],
  ...['fill-opacity', 'stroke-opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor'],
];
/**
 * Serialises a figure as a stand-alone file, with the properties of the style sheet inlined.
 * @param {SVGSVGElement} svg
 */
function standalone(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = [svg, ...svg.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((node, i) => {
    const computed = getComputedStyle(originals[i]);
    node.setAttribute(
      'style',
      INLINED_PROPERTIES.map((property) => `${property}:${computed.getPropertyValue(property)}`).join(';'),
    );
    node.removeAttribute('class');
    node.removeAttribute('data-tip');
  });
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

// Serialises a picture that the page does not show.
function offscreen(children, width, height) {
  const svg = svgElement({ class: 'figure offscreen' }, ...children);
  resize(svg, width, height);
  document.body.append(svg);
  const text = standalone(svg);
  svg.remove();
  return text;
}

// Saves a text as a file.
function save(name, type, text) {
  const link = html('a', { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- Controls

// Creates a group of buttons of which one is pressed. options: [{ key, label }]; current() returns the
// pressed key.
function segmented(name, options, current, pick) {
  const group = html('div', { class: 'segmented', role: 'group', 'aria-label': name });
  const mark = () =>
    [...group.children].forEach((button, i) =>
      button.setAttribute('aria-pressed', options[i].key === current())
    );
  for (const option of options) {
    group.append(html('button', {
      type: 'button',
      onclick: () => {
        pick(option.key);
        mark();
      },
    }, option.label));
  }
  mark();
  return group;
}

// Arranges `count` square panels in a grid with as many columns as fit. at(i) returns a panel's x and its
// row.
function panels(width, count, minWidth, gap) {
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (minWidth + gap))));
  const side = (width - gap * (columns - 1)) / columns;
  return { columns, side, at: (i) => [(i % columns) * (side + gap), Math.floor(i / columns)] };
}

// Returns about `count` round numbers that span [low, high].
function ticks(low, high, count) {
  const rough = (high - low) / count || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9) * step;
  const marks = [];
  for (let at = first; at < high + step * 0.999; at += step) marks.push(+at.toPrecision(10));
  return marks;
}

// Moves labels { y } apart to at least `gap`, and above `bottom`.
function spread(labels, gap, bottom) {
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + gap);
  let limit = bottom;
  for (let i = labels.length - 1; i >= 0; i--, limit -= gap) labels[i].y = Math.min(labels[i].y, limit);
}

// Follows the system's light or dark theme until the button is pressed. Prints in the light theme.
function buildTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  document.getElementById('theme').addEventListener('click', () => {
    const now = root.dataset.theme || (dark.matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
  });
  let chosen;
  addEventListener('beforeprint', () => {
    chosen = root.dataset.theme;
    root.dataset.theme = 'light';
  });
  addEventListener('afterprint', () => {
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
  });
}
