// Drawing: elements, figures with their caption and downloads, tooltips, switches, colours.

const SVG = document.getElementById('brand-mark').namespaceURI;

function el(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    if (key === 'tip') node.tipLines = value, node.setAttribute('data-tip', '');
    else node.setAttribute(key, typeof value === 'number' ? +value.toFixed(2) : value);
  }
  node.append(...children);
  return node;
}
const label = (x, y, text, attributes = {}) => el('text', { x, y, ...attributes }, text);

function html(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') node.addEventListener('click', value);
    else if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const pen = document.createElement('canvas').getContext('2d');
function textWidth(text, pixels) {
  pen.font = `${pixels}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

// Figures draw anew when what the reader chose has changed.
const listeners = [];
const redrawAll = () => {
  for (const listener of listeners) listener();
};

// Colours live in the style sheet, so that a theme changes them without a redraw.
const ink = (name) => `var(--${name})`;
const fill = (name) => ({ style: `fill:${ink(name)}` });

// Cividis (Nuñez, Anderton and Renslow, 2018): reads the same with and without colour vision.
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
function ramp(share) {
  const at = Math.min(0.999999, Math.max(0, share)) * (RAMP.length - 1);
  const [a, b] = [RAMP[Math.floor(at)], RAMP[Math.floor(at) + 1]];
  return `rgb(${a.map((channel, i) => Math.round(channel + (b[i] - channel) * (at % 1))).join(',')})`;
}
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

// ---- Tooltips: any element made with `tip` shows its lines on hover; arrow keys step through those of a figure.

const tipBox = document.getElementById('tip');
function showTip(target, x, y) {
  tipBox.replaceChildren(...target.tipLines.map((line, i) => html(i ? 'span' : 'strong', {}, line)));
  tipBox.hidden = false;
  const box = tipBox.getBoundingClientRect();
  tipBox.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - box.width - 6))}px`;
  tipBox.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 12) : y + 18}px`;
}
// An HTML element that shows these lines on hover.
function tipped(node, lines) {
  node.tipLines = lines;
  node.setAttribute('data-tip', '');
}
const hideTip = () => {
  tipBox.hidden = true;
};
document.addEventListener('pointermove', (event) => {
  const target = event.target.closest && event.target.closest('[data-tip]');
  if (target) showTip(target, event.clientX, event.clientY);
  else hideTip();
});
document.addEventListener('scroll', hideTip, { passive: true });

function stepThroughTips(event, svg) {
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

const fileButton = (name, what, text, type, content) =>
  html('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => save(`${name}.${text.toLowerCase()}`, type, content()),
    'aria-label': `Download ${what}`,
  }, text);

// A figure with its downloads around `body`. svg() and table() give the texts of the two files.
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

// draw(width) gives { svg children, height, describe }; rows() gives the numbers of the CSV. Drawn anew when its width
// or what the reader chose changes. onkey(event, svg): what keys do, if they do not step through the tips.
function figure(parent, { name, title, caption, draw, rows, columns, extra, onkey = stepThroughTips }) {
  const svg = el('svg', {
    role: onkey === stepThroughTips ? 'img' : 'application',
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
  // Later, because drawing within the observer may change sizes again.
  new ResizeObserver(() =>
    requestAnimationFrame(() => {
      if (Math.abs(node.clientWidth - drawn) >= 1) redraw();
    })
  ).observe(node);
  redraw();
  node.redraw = redraw;
  return node;
}

function resize(svg, width, height) {
  svg.setAttribute('viewBox', `0 0 ${width} ${Math.ceil(height)}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', Math.ceil(height));
}

const INLINED = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'fill-opacity',
  'stroke-opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
];
// The figure as a file of its own: what the style sheet says is written into it.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((node, i) => {
    const computed = getComputedStyle(originals[i]);
    node.setAttribute(
      'style',
      INLINED.map((property) => `${property}:${computed.getPropertyValue(property)}`).join(';'),
    );
    node.removeAttribute('class');
    node.removeAttribute('data-tip');
  });
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

// The same of a picture that the page does not show.
function offscreen(children, width, height) {
  const svg = el('svg', { class: 'figure offscreen' }, ...children);
  resize(svg, width, height);
  document.body.append(svg);
  const text = standalone(svg);
  svg.remove();
  return text;
}

function save(name, type, text) {
  const link = html('a', { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- Controls

// Buttons of which one is on. options: [{ key, label }].
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

// Panels in a grid: as many columns as fit.
function panels(width, count, narrowest, gap) {
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (narrowest + gap))));
  const side = (width - gap * (columns - 1)) / columns;
  return { columns, side, at: (i) => [(i % columns) * (side + gap), Math.floor(i / columns)] };
}

// Round numbers that hold [low, high], about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / count || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9) * step;
  const marks = [];
  for (let at = first; at < high + step * 0.999; at += step) marks.push(+at.toPrecision(10));
  return marks;
}

// Light or dark as the reader's system has it, until the button is pressed; paper is light.
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
