// The questions: a list on the first screen, and a section for each.

const isShare = (question) =>
  question.percent !== false &&
  [question.value, question.low, question.high].every((value) =>
    value === null || (value >= 0 && value <= 1)
  );

// Whether there is anything to draw: a small scan leaves curves without points and tables without rows.
function hasNumbers(chart) {
  switch (chart.type) {
    case 'curve':
      return chart.series.some((series) => series.points.length > 0);
    case 'heat':
      return chart.cells.some((row) => row.some((cell) => cell));
    case 'bars':
      return chart.series.some((series) => series.values.some((value) => value));
    case 'table':
      return chart.rows.length > 0;
    case 'mazes':
      return chart.mazes.length > 0;
    default:
      return true; // of a kind that is not known, which the page says
  }
}
const chartsOf = (question) => question.figures.filter((chart) => chart && chart.type && hasNumbers(chart));

// Evidence is written as clauses.
const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

function intervalBar({ value, low, high }) {
  return el(
    'svg',
    { viewBox: '0 0 100 8', preserveAspectRatio: 'none', class: 'interval', 'aria-hidden': 'true' },
    el('rect', { x: 0, y: 3.2, width: 100, height: 1.6, class: 'track' }),
    el('rect', { x: 100 * low, y: 1, width: Math.max(0.8, 100 * (high - low)), height: 6, class: 'range' }),
    el('rect', {
      x: Math.min(99.2, Math.max(0, 100 * value - 0.4)),
      y: 0,
      width: 0.8,
      height: 8,
      class: 'point',
    }),
  );
}

// Value and interval in words, or nothing.
function answerNumber(question) {
  if (!isNumber(question.value)) return [];
  const shares = isShare(question);
  const interval = question.exact
    ? 'exact'
    : hasInterval(question)
    ? `95 %: ${rangeText(question, shares)}`
    : '';
  return [
    html('strong', {}, numberText(question.value, shares)),
    ' ',
    html(
      'span',
      { class: 'interval-text' },
      [interval, question.n > 0 ? `n = ${count(question.n)}` : ''].filter(Boolean).join(', '),
    ),
  ];
}

function questionRow(question) {
  const bar = isShare(question) && hasInterval(question) && isNumber(question.value)
    ? [intervalBar(question)]
    : [];
  return html(
    'li',
    {},
    html(
      'a',
      { href: `#${question.id}`, class: 'question' },
      html('span', { class: 'question-id' }, question.id),
      html('span', { class: 'question-statement' }, question.statement),
      html('span', { class: 'question-finding' }, findingChip(question.finding)),
      html(
        'span',
        { class: 'question-number' },
        ...answerNumber(question),
        ...bar,
        html('small', { title: question.measure }, question.measure || sentence(question.because)),
      ),
    ),
  );
}

function questionSection(question) {
  const number = answerNumber(question);
  const section = html(
    'section',
    { id: question.id, class: 'wide question-section', 'aria-labelledby': `${question.id}-title` },
    html('p', { class: 'kicker' }, `Question ${question.id.replace(/^Q/, '')}`),
    html('h2', { id: `${question.id}-title` }, question.statement),
    html(
      'p',
      { class: 'answer-line' },
      findingChip(question.finding),
      ...number,
      html('span', { class: 'note' }, question.measure),
    ),
    html('p', { class: 'intro' }, sentence(question.because)),
  );
  const figures = html('div', { class: chartsOf(question).length > 1 ? 'figures' : '' });
  section.append(figures);
  return { section, figures };
}

function buildQuestions() {
  const questions = DOC.questions || [];
  if (!questions.length) {
    for (const id of ['questions', 'question-sections']) document.getElementById(id).remove();
    document.querySelector('nav a[href="#questions"]').remove();
    return;
  }
  document.getElementById('verdict').classList.add('asked');
  document.getElementById('question-list').append(...questions.map(questionRow));
  const parent = document.getElementById('question-sections');
  for (const question of questions) {
    const { section, figures } = questionSection(question);
    parent.append(section);
    chartsOf(question).forEach((chart, i) => buildChart(figures, chart, `${question.id}-${i + 1}`));
  }
}
