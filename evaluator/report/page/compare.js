// @ts-check
// Builds the page that compares policies from its JSON document, which evaluator/report/comparison.cc writes:
//
//   format, format_version   "mazescan-comparison", 1
//   title, headline, sentence
//   intro                    text above the figures
//   figures                  charts; charts.js defines their format
//   policies                 { name: { policy, provenance } }, any JSON, shown unchanged

buildTheme();
document.title = `${DOC.title} – mazescan comparison`;
document.getElementById('run-title').textContent = DOC.title;
document.getElementById('headline').textContent = DOC.headline;
document.getElementById('sentence').textContent = DOC.sentence;
document.getElementById('intro').textContent = DOC.intro;
DOC.figures.forEach((chart, i) =>
  buildChart(document.getElementById(i ? 'curves' : 'overview'), chart, `comparison-${i + 1}`)
);
document.getElementById('provenance-body').append(
  ...Object.entries(DOC.policies).map(([name, about]) =>
    html('details', {}, html('summary', {}, name), describe(about))
  ),
  html(
    'div',
    { class: 'figure-tools' },
    html('button', {
      type: 'button',
      class: 'quiet',
      onclick: () => save('comparison.json', 'application/json', JSON.stringify(DOC, null, 1)),
    }, 'the whole document as JSON'),
  ),
);
document.documentElement.dataset.drawn = 'yes'; // marks the page as complete, for tests
