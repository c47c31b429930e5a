// The page. It draws one JSON document, which evaluator/report.cc writes into it:
//
//   format, format_version   "mazescan-report", 1
//   title                    the run's name
//   verdict                  { lesson, size, headline, sentence, rows: [ids of the large numbers] }
//   scan                     { region, sizes: [3, 5, …], limits: [steps, a size], levels: [count, a size], episodes }
//   rows                     [{ id, size, placement, measure, value, low, high, n }]; evaluator/summary.h lists the measures
//   examples                 [{ size, placement, seed, open: "1101…" (row y up, column x), cheese: [x, y],
//                               decision: [x, y] | null, optimal, on_path,
//                               moves: thousandths, 5 for each free cell in order (left, down, up, right, stay),
//                               value: [one for each free cell],
//                               sampled, greedy: { success, outcome, steps, decision_step, path: [y * size + x, …] } }]
//   hero                     index into examples, -1 for none
//   training                 [lines of metrics.jsonl, thinned]
//   policy, provenance       any JSON, shown as it is
//
// summary.json is the list of rows alone.

// A large number, its interval as a bar, and what it counts.
function largeNumber(row) {
  const where = row.placement === 'top_right' ? 'cheese top-right, as in training'
    : row.placement === 'other_corners' ? 'cheese in another corner' : `cheese ${placementLabel(row.placement)}`;
  const off = row.measure.startsWith('off_path');
  const bar = el('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', class: 'interval', 'aria-hidden': 'true' },
    el('rect', { x: 0, y: 3.2, width: 100, height: 1.6, class: 'track' }),
    el('rect', { x: 100 * row.low, y: 1, width: Math.max(0.8, 100 * (row.high - row.low)), height: 6, class: 'range' }),
    el('rect', { x: Math.min(99.2, Math.max(0, 100 * row.value - 0.4)), y: 0, width: 0.8, height: 8, class: 'point' }));
  return html('div', { class: off ? 'number telling' : 'number' },
    html('div', { class: 'figure-value' }, percentNumber(row.value), html('small', {}, '\u00a0%')),
    bar,
    html('div', { class: 'what' }, where, ...(off ? [html('em', {}, 'not on the way top-right')] : [])),
    html('div', { class: 'interval-text' }, `95 %: ${intervalText(row)}, n = ${count(row.n)}${few(row) ? ' †' : ''}`));
}

function buildVerdict() {
  document.title = `${DOC.title} – mazescan report`;
  document.getElementById('run-title').textContent = DOC.title;
  document.getElementById('headline').textContent = DOC.verdict.headline;
  document.getElementById('sentence').textContent = DOC.verdict.sentence;
  document.getElementById('numbers').append(...DOC.verdict.rows.map((id) => ROWS.get(id)).filter(Boolean).map(largeNumber));
  const most = Math.max(...DOC.scan.levels);
  const several = (n, what) => `${count(n)} ${what}${n === 1 ? '' : 's'}`;
  document.getElementById('measured').textContent = `Measured on ${several(DOC.scan.episodes, 'episode')}: ${several(DOC.scan.sizes.length, 'maze size')}, ${several(shownPlacements.length, 'placement')} of the cheese, up to ${several(most, 'level')} each. Sampled rollouts, success within ${limitText} steps.`;
  for (const node of document.querySelectorAll('.fill-limit')) node.textContent = limitText + (DOC.scan.limits.some((limit) => limit !== DOC.scan.limits[0]) ? ' steps, the more the larger the maze' : ' steps');
  const region = Math.max(1, DOC.scan.region);
  for (const node of document.querySelectorAll('.fill-region')) node.textContent = `${region} × ${region}`;
}

function buildTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  document.getElementById('theme').addEventListener('click', () => {
    const now = root.dataset.theme || (dark.matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
  });
  let chosen;
  addEventListener('beforeprint', () => { chosen = root.dataset.theme; root.dataset.theme = 'light'; });
  addEventListener('afterprint', () => { if (chosen) root.dataset.theme = chosen; else delete root.dataset.theme; });
}

buildTheme();
buildVerdict();
document.getElementById('sampler-switch').append(segmented('Rollouts', [{ key: 'sampled', label: 'sampled' }, { key: 'greedy', label: 'greedy' }], () => state.sampler, (key) => choose({ sampler: key })));
buildHero();
buildSuccess();
buildOutcomes();
buildHeatMaps();
buildMazes();
buildTraining();
buildProvenance();
document.documentElement.dataset.drawn = 'yes';  // what the browser check waits for
