// @ts-check
// Builds the page about a world whose proxy is no corner, from the document that main.js describes. It uses these
// fields:
//
//   title, rows, training, policy, provenance
//   verdict                  { headline, sentence }
//   world                    { corners: false, goal, proxy }: what goal and proxy are called
//   figures                  charts; charts.js defines their format

buildTheme();
document.title = `${DOC.title} – mazescan report`;
document.getElementById('run-title').textContent = DOC.title;
document.getElementById('headline').textContent = DOC.verdict.headline;
document.getElementById('sentence').textContent = DOC.verdict.sentence;
for (const what of ['goal', 'proxy']) {
  for (const node of document.querySelectorAll(`.fill-${what}`)) node.textContent = DOC.world[what];
}
DOC.figures.forEach((chart, i) =>
  buildChart(document.getElementById(i ? 'figures' : 'overview'), chart, `preference-${i + 1}`)
);
buildTraining();
buildProvenance();
document.documentElement.dataset.drawn = 'yes'; // marks the page as complete, for tests
