// @ts-check
// Builds the report's page from its JSON document, which evaluator/report/report.cc writes:
//
//   format, format_version   "mazescan-report", 1
//   title                    the run's name
//   verdict                  { lesson, size, headline, sentence, rows: [ids of the large numbers] }
//   scan                     { region, sizes: [3, 5, …], limits: [steps for each size],
//                            levels: [number for each size], episodes }
//   rows                     [{ id, size, placement, measure, value, low, high, n }];
//                            evaluator/questions/summary.h lists the measures
//   examples                 [{ size, placement, seed, open: "1101…" (row y upwards, column x),
//                               cheese: [x, y],
//                               decision: [x, y] | null, optimal, on_path,
//                               moves: probabilities in thousandths, 5 for each free cell in order
//                               (left, down, up, right, stay),
//                               value: [one for each free cell],
//                               sampled, greedy: { success, outcome, steps, decision_step,
//                                                  path: [y * size + x, …] } }]
//   hero                     index into examples, -1 for none
//   questions                [{ id: "Q1", statement, measure,
//                               finding: "holds" | "fails" | "undecided" | "not applicable",
//                               value, low, high (numbers or null), percent: whether they are shares, n,
//                               because, figures: charts; charts.js defines their format }]
//   play                     { network, environment, levels, unavailable }: the policy itself; if network is
//                            null, unavailable gives the reason.
//                            network: { channels: [one for each block], residual_blocks, fc, activation,
//                            input: [channels, height, width], input_scale, actions, parameters, weights:
//                            base64 of little-endian float32, in the order of Network::layout() };
//                            environment: { world, anchor, actions };
//                            levels: [{ size, seed, open }]
//   training                 [a subset of the lines of metrics.jsonl]
//   policy, provenance       any JSON, shown unchanged
//
// summary.json is the list of rows, followed by the questions without `because` and `figures`, with size 0
// and placement "".

// Creates a large number with its interval as a bar and its description.
function largeNumber(row) {
  const where = row.placement === 'top_right' ? 'cheese top-right, as in training'
    : row.placement === 'other_corners' ? 'cheese in another corner' : `cheese ${placementLabel(row.placement)}`;
  const off = row.measure.startsWith('off_path');
  return html('div', { class: off ? 'number telling' : 'number' },
    html('div', { class: 'figure-value' }, percentNumber(row.value), html('small', {}, '\u00a0%')),
    intervalBar(row),
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
buildTraining();
buildProvenance();
document.documentElement.dataset.drawn = 'yes';  // marks the page as complete, for tests
