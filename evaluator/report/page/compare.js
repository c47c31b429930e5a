// @ts-check
// Builds a page about several policies from its JSON document, which evaluator/report/comparison.cc or scaling.cc writes:
//
//   format, format_version   "mazescan-comparison" or "mazescan-scaling", 1
//   title, headline, sentence
//   intro                    text above the figures
//   figures                  charts; charts.js defines their format
//   policies                 { name: { policy, ... } }, any JSON, shown unchanged

const PAGE = DOC.format.split('-')[1]; // "comparison", "scaling"
const [KICKER, QUESTION] = PAGE === 'scaling'
  ? ['Networks of several sizes', 'How do size and training trade off?']
  : ['Comparison of several policies', 'What did training produce?'];
buildTheme();
document.getElementById('kicker').textContent = KICKER;
document.getElementById('question').textContent = QUESTION;
document.title = `${DOC.title} – mazescan ${PAGE}`;
document.getElementById('run-title').textContent = DOC.title;
document.getElementById('headline').textContent = DOC.headline;
document.getElementById('sentence').textContent = DOC.sentence;
document.getElementById('intro').textContent = DOC.intro;
DOC.figures.forEach((chart, i) =>
  buildChart(document.getElementById(i ? 'curves' : 'overview'), chart, `${PAGE}-${i + 1}`)
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
      onclick: () => save(`${PAGE}.json`, 'application/json', JSON.stringify(DOC, null, 1)),
    }, 'the whole document as JSON'),
  ),
);
document.documentElement.dataset.drawn = 'yes'; // marks the page as complete, for tests
