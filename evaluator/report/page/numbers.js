// The document, and how numbers are written. Nothing here draws.

const DOC = JSON.parse(document.getElementById('document').textContent);

// As in the report's first sentence: whole numbers where those suffice; 0 and 100 only where that is exact.
function percentNumber(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return value < 0.001 ? '<0.001' : String(Number(value.toPrecision(1)));
  const nearEnd = (value > 0 && value < 1) || (value > 99 && value < 100);
  return nearEnd ? Math.min(99.9, Math.max(0.1, value)).toFixed(1) : value.toFixed(0);
}
const percent = (share) => `${percentNumber(share)}\u00a0%`;
const count = (n) => Math.round(n).toLocaleString('en-GB');

// 1234567 as "1.2 M", for axes.
function short(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${+(value / 1e9).toPrecision(3)} G`;
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replace('e-', 'e−');
  return `${+value.toPrecision(3)}`;
}

// Rows, each an object, as a table (RFC 4180); the columns are those of summary.json where no others are named.
const CSV_COLUMNS = ['id', 'size', 'placement', 'measure', 'value', 'low', 'high', 'n'];
const csv = (rows, columns = CSV_COLUMNS) =>
  csvOf([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
function csvOf(lines) {
  const cell = (
    value,
  ) => (/[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : value ?? '');
  return lines.map((line) => `${line.map(cell).join(',')}\n`).join('');
}
