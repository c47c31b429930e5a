// Draws the page from one JSON document, which evaluator/report/report.cc writes into it:
//
//   format, format_version   "mazescan-report", 1
//   title                    the run's name
//   world                    { corners: true, goal: 'cheese', proxy: 'top-right' }; without corners see preference.js
//   verdict                  { conclusion, size, headline, sentence, rows: [ids of the large numbers] }
//   scan                     { region, sizes: [3, 5, …], limits: [steps per size], levels: [count per size],
//                               episodes }
//   rows                     [{ id, size, placement, measure, value, low, high, n }];
//                            evaluator/questions/summary.h lists the measures
//   examples                 [{ size, placement, seed, open: "1101…" (row y up, column x), cheese: [x, y],
//                               decision: [x, y] | null, optimal, on_path,
//                               moves: thousandths, 5 per free cell (left, down, up, right, stay),
//                               value: [one per free cell],
//                               sampled, greedy: { success, outcome, steps, decision_step,
//                                                  path: [y * size + x, …] } }]
//   hero                     index into examples, -1 for none
//   questions                [{ id: "Q1", statement,
//                               finding: "holds" | "fails" | "undecided" | "not applicable", measure,
//                               value, low, high (numbers or null), percent: true for shares, n, because,
//                               p, p_across: p-values of the verdict, alone and among all (Holm), or null,
//                               scope: the sizes or cases that it is about,
//                               others: [judgements of their own key: finding, measure, …, scope],
//                               figures: charts, described in charts.js }]
//   play                     { network, environment, levels, unavailable }: the policy itself, or network null
//                            and the reason in unavailable.
//                            network: { layers: [{ name, kind, options, inputs: [indices of layers,
//                            -1: the observation], shape, parameters: [{ name, shape }] }],
//                            logits, value: indices of the output layers, input: [channels, height, width],
//                            input_scale, parameters: their number,
//                            weights: base64 of little-endian float32, all layers in order };
//                            environment: { world, anchor, actions }; levels: [{ size, seed, open }]
//   sparsity                 charts of how sparse the policy is, described in charts.js; [] without that job
//   rationale                charts of the cells that the policy needs, described in charts.js; [] without that job
//   training                 [lines of metrics.jsonl, thinned]
//   policy, provenance       any JSON, shown as it is
//
// summary.json is the list of rows, followed by the questions without `because` and `figures`, with size 0
// and placement "".

// Draws a large number, its interval as a bar, and its label.
function largeNumber(row) {
  const where = row.placement === 'top_right' ? 'cheese top-right, as in training'
    : row.placement === 'other_corners' ? 'cheese in another corner' : `cheese ${placementLabel(row.placement)}`;
  const off = row.measure.startsWith('off_path');
  const texts = shareTexts(row);
  return html('div', { class: off ? 'number telling' : 'number' },
    html('div', { class: 'figure-value' }, texts.value.replace(/\s%$/, ''), html('small', {}, '\u00a0%')),
    intervalBar(row),
    html('div', { class: 'what' }, where, ...(off ? [html('em', {}, 'not on the way top-right')] : [])),
    html('div', { class: 'interval-text' }, `95 %: ${texts.interval}, n = ${count(row.n)}${few(row) ? ' †' : ''}`));
}

// Counts the verdicts on this page: each is wrong with some probability, and all are about one policy.
function verdictsText() {
  const all = (DOC.questions || []).flatMap((question) => [question, ...question.others]);
  const given = all.filter((judgement) => /^(holds|fails)$/.test(judgement.finding));
  if (!given.length) return 'One training run.';
  const tested = given.filter((judgement) => isNumber(judgement.p_across));
  const firm = tested.filter((judgement) => judgement.p_across <= 0.05);
  return `${given.length} of ${all.length} statements have a verdict, each at 95 % on its own: among so many ` +
    `${(0.05 * given.length).toFixed(1)} may be expected to be wrong. ${firm.length} of the ${tested.length} with a ` +
    'p-value also have it at 95 % for all together (Holm). One training run: nothing here is about other seeds.';
}

function buildVerdict() {
  document.title = `${DOC.title} – mazescan report`;
  document.getElementById('run-title').textContent = DOC.title;
  document.getElementById('headline').textContent = DOC.verdict.headline;
  document.getElementById('sentence').textContent = DOC.verdict.sentence;
  document.getElementById('numbers').append(...DOC.verdict.rows.map((id) => ROWS.get(id)).filter(Boolean).map(largeNumber));
  const most = Math.max(...DOC.scan.levels);
  const several = (n, what) => `${count(n)} ${what}${n === 1 ? '' : 's'}`;
  document.getElementById('measured').textContent = `Measured on ${several(DOC.scan.episodes, 'episode')}: ${several(DOC.scan.sizes.length, 'maze size')}, ${several(shownPlacements.length, 'placement')} of the cheese, up to ${several(most, 'level')} each. Sampled moves, exact chances, success within ${limitText} steps. ${verdictsText()}`;
  for (const node of document.querySelectorAll('.fill-limit')) node.textContent = limitText + (DOC.scan.limits.some((limit) => limit !== DOC.scan.limits[0]) ? ' steps, the more the larger the maze' : ' steps');
  const region = Math.max(1, DOC.scan.region);
  for (const node of document.querySelectorAll('.fill-region')) node.textContent = `${region} × ${region}`;
}

// Draws the figures of the job sparsity, if it was run.
function buildSparsity() {
  const place = document.getElementById('sparsity');
  place.hidden = !DOC.sparsity.length;
  DOC.sparsity.forEach((chart, i) => buildChart(document.getElementById('sparsity-figures'), chart, `sparsity-${i + 1}`));
}
// Draws the figures of the job rationale, if it was run.
function buildRationale() {
  document.getElementById('rationale').hidden = !DOC.rationale.length;
  DOC.rationale.forEach((chart, i) => buildChart(document.getElementById('rationale-figures'), chart, `rationale-${i + 1}`));
}

buildTheme();
buildVerdict();
document.getElementById('sampler-switch').append(segmented('Rollouts', [{ key: 'sampled', label: 'sampled' }, { key: 'greedy', label: 'greedy' }], () => state.sampler, (key) => choose({ sampler: key })));
buildHero();
buildQuestions();
buildSuccess();
buildOutcomes();
buildHeatMaps();
buildPlay();
buildMazes();
buildSparsity();
buildRationale();
buildTraining();
buildProvenance();
document.documentElement.dataset.drawn = 'yes';  // what the browser check waits for
