// @ts-check
// Reads the document and formats numbers. Draws nothing.

/**
 * One row of summary.json: a measure for one maze size and placement, with its 95 % interval.
 * @typedef {{ id: string, size: number, placement: string, measure: string, value: number, low: number,
 *   high: number, n: number }} Row
 */

/**
 * The document that this page draws; main.js and compare.js describe its fields.
 * @type {any}
 */
const DOC = JSON.parse(document.getElementById('document').textContent);

/**
 * Formats a share as a percentage without its sign, as the report's first sentence does: an integer where
 * that is precise enough; 0 and 100 only for exact values.
 * @param {number} share
 */
function percentNumber(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return value < 0.001 ? '<0.001' : String(Number(value.toPrecision(1)));
  const nearEnd = (value > 0 && value < 1) || (value > 99 && value < 100);
  return nearEnd ? Math.min(99.9, Math.max(0.1, value)).toFixed(1) : value.toFixed(0);
}
/**
 * Formats shares as percentages without sign, all with as many decimals as the most demanding of them needs: a
 * value beside its interval.
 * @param {...number} shares
 */
function percentNumbers(...shares) {
  const span = 100 * (Math.max(...shares) - Math.min(...shares));
  const decimals = Math.max(
    span > 0 && span < 1.5 ? 1 : 0,
    ...shares.map((share) => (percentNumber(share).split('.')[1] || '').length),
  );
  const smallest = 10 ** -decimals;
  return shares.map((share) => {
    const value = 100 * share;
    if (value === 0 || value === 100) return percentNumber(share);
    if (value > 0 && value < 100) return Math.min(100 - smallest, Math.max(smallest, value)).toFixed(decimals);
    return value.toFixed(decimals);
  });
}
const percent = (share) => `${percentNumber(share)}\u00a0%`;
const count = (n) => Math.round(n).toLocaleString('en-GB');

/**
 * Formats a number for an axis: 1234567 as "1.23 M".
 * @param {number} value
 */
function short(value) {
  const size = Math.abs(value);
  if (size >= 1e12) return `${+(value / 1e12).toPrecision(3)} T`;
  if (size >= 1e9) return `${+(value / 1e9).toPrecision(3)} G`;
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replace('e-', 'e−');
  return `${+value.toPrecision(3)}`;
}

const CSV_COLUMNS = ['id', 'size', 'placement', 'measure', 'value', 'low', 'high', 'n'];
// Formats objects as a CSV table (RFC 4180), by default with the columns of summary.json.
const csv = (rows, columns = CSV_COLUMNS) =>
  csvOf([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
function csvOf(lines) {
  const quote = (text) => `"${text.replace(/"/g, '""')}"`;
  const cell = (value) => /[",\n]/.test(String(value)) ? quote(String(value)) : value ?? '';
  return lines.map((line) => `${line.map(cell).join(',')}\n`).join('');
}
