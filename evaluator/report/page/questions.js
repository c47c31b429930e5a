// @ts-check
// Draws the questions: a list on the first screen, and a section for each.

// Returns whether the numbers of a question are shown as percentages.
const isShare = (question) =>
  question.percent !== false &&
  [question.value, question.low, question.high].every((value) =>
    value === null || (value >= 0 && value <= 1)
  );

/**
 * Returns whether a chart has content. A small scan leaves curves without points and tables without rows.
 * @param {Chart} chart
 */
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
      return true; // an unknown type, which buildChart reports
  }
}
// Returns the charts of a question that have content.
const chartsOf = (question) => question.figures.filter((chart) => chart && chart.type && hasNumbers(chart));

// Turns a clause into a sentence.
const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

// Draws a share and its interval as a bar.
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

// Returns the elements that show value, interval and sample size, or none.
function answerNumber(question) {
  if (!isNumber(question.value)) return [];
  const texts = valueTexts(question, isShare(question));
  const details = [];
  if (question.exact) details.push('exact');
  else if (hasInterval(question)) details.push(`95 %: ${texts.interval}`);
  if (question.n > 0) details.push(`n = ${count(question.n)}`);
  return [
    html('strong', {}, texts.value),
    ' ',
    html('span', { class: 'interval-text' }, details.join(', ')),
  ];
}

// Returns the judgement to show first: the one about the statement as it is written, if it applies.
const mainJudgement = (question) =>
  question.finding === 'not applicable' && question.others.length ? question.others[0] : question;

// Creates the line of a question in the list.
function questionRow(question) {
  const judgement = mainJudgement(question);
  const bar = isShare(judgement) && hasInterval(judgement) && isNumber(judgement.value)
    ? [intervalBar(judgement)]
    : [];
  const scope = judgement === question ? '' : `Only at ${judgement.scope}: `;
  return html(
    'li',
    {},
    html(
      'a',
      { href: `#${question.id}`, class: 'question' },
      html('span', { class: 'question-id' }, question.id),
      html('span', { class: 'question-statement' }, question.statement),
      html('span', { class: 'question-finding' }, findingChip(judgement.finding)),
      html(
        'span',
        { class: 'question-number' },
        ...answerNumber(judgement),
        ...bar,
        html(
          'small',
          { title: [judgement.measure, judgement.basis].filter(Boolean).join('; ') },
          scope,
          judgement.measure || sentence(judgement.because),
        ),
      ),
    ),
  );
}

// Returns the p-value of a verdict, alone and among all verdicts of the page.
function pText({ p, p_across: across }) {
  if (!isNumber(p)) return '';
  const text = (value) => value === 0 ? '0' : value < 1e-4 ? '< 0.0001' : value.toPrecision(2);
  return `p = ${text(p)}; adjusted for all verdicts of the page: ${text(across)}`.replace(/= </g, '<');
}

// Creates the verdict of a judgement and its evidence.
function judgementLines(judgement) {
  return [
    html(
      'p',
      { class: 'answer-line' },
      findingChip(judgement.finding),
      ...answerNumber(judgement),
      html('span', { class: 'note' }, [judgement.scope, judgement.measure].filter(Boolean).join(': ')),
      html('span', { class: 'note' }, isNumber(judgement.value) ? judgement.basis : ''),
      html('span', { class: 'note' }, pText(judgement)),
    ),
    html('p', { class: 'intro' }, sentence(judgement.because)),
  ];
}

// Creates the section of a question, and the element for its charts.
function questionSection(question) {
  const section = html(
    'section',
    { id: question.id, class: 'wide question-section', 'aria-labelledby': `${question.id}-title` },
    html('p', { class: 'kicker' }, `Question ${question.id.replace(/^Q/, '')}`),
    html('h2', { id: `${question.id}-title` }, question.statement),
    ...[question, ...question.others].flatMap(judgementLines),
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
  document.getElementById('verdict').classList.add('with-questions');
  document.getElementById('question-list').append(...questions.map(questionRow));
  const parent = document.getElementById('question-sections');
  for (const question of questions) {
    const { section, figures } = questionSection(question);
    parent.append(section);
    chartsOf(question).forEach((chart, i) => buildChart(figures, chart, `${question.id}-${i + 1}`));
  }
}
