// The page of several policies. It draws one JSON document, which evaluator/comparison.cc writes into it:
//
//   format, format_version   "mazescan-comparison", 1
//   title, headline, sentence
//   figures                  charts, told at the head of charts.js
//   policies                 { name: { policy, provenance } }, any JSON, shown as it is

buildTheme();
document.title = `${DOC.title} – mazescan comparison`;
document.getElementById('run-title').textContent = DOC.title;
document.getElementById('headline').textContent = DOC.headline;
document.getElementById('sentence').textContent = DOC.sentence;
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
document.documentElement.dataset.drawn = 'yes'; // what the browser check waits for
