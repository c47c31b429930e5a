// @ts-check
// Shows any JSON as nested tables, to describe how the page was made.

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const words = (key) => key.replace(/_/g, ' ');

function scalar(value) {
  if (value === null) return '–';
  return typeof value === 'number' && Math.abs(value) >= 10000 && Number.isInteger(value)
    ? count(value)
    : String(value);
}

// Creates the elements that show a JSON value.
function describe(value) {
  if (Array.isArray(value)) {
    if (value.length && value.every(isObject)) return objectTable(value);
    return html(
      'span',
      {},
      value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : scalar(item))).join(', '),
    );
  }
  if (!isObject(value)) {
    return html('span', { class: /^[0-9a-f]{16,}$/.test(value) ? 'hash' : '' }, scalar(value));
  }
  const list = html('dl', { class: 'tree' });
  for (const [key, inner] of Object.entries(value)) {
    list.append(html('dt', {}, words(key)), html('dd', {}, describe(inner)));
  }
  return list;
}

// Shows a list of objects as a table.
function objectTable(items) {
  const keys = [...new Set(items.flatMap(Object.keys))];
  return html(
    'div',
    { class: 'scroll' },
    html(
      'table',
      {},
      html('thead', {}, html('tr', {}, ...keys.map((key) => html('th', { scope: 'col' }, words(key))))),
      html(
        'tbody',
        {},
        ...items.map((item) =>
          html('tr', {}, ...keys.map((key) => html('td', {}, key in item ? describe(item[key]) : '')))
        ),
      ),
    ),
  );
}

function buildProvenance() {
  const parent = document.getElementById('provenance-body');
  const parts = [
    { title: 'Policy', value: DOC.policy, open: true },
    { title: 'Configuration, seeds, versions, hardware', value: DOC.provenance, open: false },
  ];
  for (const { title, value, open } of parts) {
    if (!value || !Object.keys(value).length) continue;
    const details = html('details', {}, html('summary', {}, title), describe(value));
    details.open = open;
    parent.append(details);
  }
  parent.append(
    html(
      'div',
      { class: 'figure-tools' },
      html('button', {
        type: 'button',
        class: 'quiet',
        onclick: () => save('summary.csv', 'text/csv', csv(DOC.rows)),
      }, `all ${count(DOC.rows.length)} numbers as CSV`),
      html('button', {
        type: 'button',
        class: 'quiet',
        onclick: () => save('report.json', 'application/json', JSON.stringify(DOC, null, 1)),
      }, 'the whole document as JSON'),
    ),
  );
}
