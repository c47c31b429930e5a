// @ts-check
// Plays walks: a slider over their steps, which can also run by itself.

/**
 * Creates the controls of a timeline. show(step) draws a step.
 * @param {(step: number) => void} show
 */
function timeline(show) {
  let timer;
  const slider = html('input', { type: 'range', min: '0', max: '0', value: '0', 'aria-label': 'Step of the walk', class: 'timeline' });
  const label = html('output', { class: 'play-name' });
  const button = html('button', { type: 'button', class: 'plain', onclick: () => (timer ? pause() : play()), 'aria-label': 'Play or pause the walk' }, '▶');
  const node = html('div', { class: 'play-row', hidden: '' }, button, slider, label);
  const last = () => Number(slider.max);
  const reach = (step) => {
    slider.value = String(step);
    label.textContent = `step ${step} of ${last()}`;
    show(step);
  };
  function pause() {
    clearInterval(timer);
    timer = undefined;
    button.textContent = '▶';
  }
  function play() {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return reach(last());
    if (Number(slider.value) === last()) reach(0);
    button.textContent = '❚❚';
    timer = setInterval(() => {
      reach(Number(slider.value) + 1);
      if (Number(slider.value) >= last()) pause();
    }, Math.max(60, Math.min(200, 8000 / (last() + 1))));
  }
  slider.addEventListener('input', () => {
    pause();
    reach(Number(slider.value));
  });
  return {
    node,
    // Shows a walk of so many steps from its start, and runs it.
    start: (steps) => {
      pause();
      slider.max = String(steps);
      node.hidden = false;
      reach(0);
      if (steps) play();
    },
    stop: () => {
      pause();
      node.hidden = true;
    },
  };
}
