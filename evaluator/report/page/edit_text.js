// @ts-check
// Shows the file of edits as text, which the server checks.

const EDIT_HELP = '- {layer: embedder.block1.res1.resadd, kind: clamp_cells, channels: [5], cell: target, value: 4}';

// Creates the elements that show a fault of the program.
const faultText = ({ problem, reason, hint }) => [
  html('strong', {}, problem),
  html('span', {}, `reason: ${reason}`),
  html('span', {}, `hint: ${hint}`),
];

/**
 * Returns the line of a file of edits that clamps a cell of a channel.
 * @param {{ layer: string, channel: number, cell: Cell | string, value: number, elsewhere: number | null }} clamp
 */
function clampLine({ layer, channel, cell, value, elsewhere }) {
  const where = Array.isArray(cell) ? `[${cell.join(', ')}]` : cell;
  const others = elsewhere === null ? '' : `, elsewhere: ${elsewhere}`;
  return `- {layer: ${layer}, kind: clamp_cells, channels: [${channel}], cell: ${where}, value: ${value}${others}}\n`;
}

/**
 * Builds the editor. use(edits) is called with the edits that were checked, or null without edits.
 * @param {HTMLElement} parent
 * @param {(edits: Edits | null) => void} use
 */
function buildEditText(parent, use) {
  const text = html('textarea', { id: 'edit-text', rows: '7', spellcheck: 'false', class: 'code', placeholder: EDIT_HELP, 'aria-label': 'File of edits, YAML' });
  const status = html('p', { class: 'edit-status', 'aria-live': 'polite' });
  const files = html('input', { type: 'file', multiple: '', accept: '.yaml,.yml,.safetensors', id: 'edit-files' });
  let yaml = '';

  const show = (...lines) => status.replaceChildren(...lines);
  const fail = (error) => {
    if (!(error instanceof RequestFault)) throw error;
    status.classList.add('fault');
    show(...faultText(error.fault));
  };
  const check = async () => {
    status.classList.remove('fault');
    yaml = '';
    if (!text.value.trim()) {
      show('No edit.');
      return use(null);
    }
    const checked = text.value;
    try {
      const found = await (await request('edits', { maze: sentMaze(scene), target: scene.target, edits: checked })).json();
      yaml = found.yaml;
      show(`Changes ${found.share}.`);
      use({ text: checked, entries: found.entries });
    } catch (error) {
      use(null);
      fail(error);
    }
  };
  files.addEventListener('change', async () => {
    try {
      for (const file of files.files) {
        if (file.name.endsWith('.safetensors')) await request(`tensors?name=${encodeURIComponent(file.name)}`, file);
        else text.value = await file.text();
      }
    } catch (error) {
      return fail(error);
    } finally {
      files.value = '';
    }
    await check();
  });
  text.addEventListener('change', check);
  parent.append(
    text,
    html(
      'div',
      { class: 'play-row' },
      plainButton('use the edit', check),
      plainButton('no edit', () => {
        text.value = '';
        check();
      }),
      html('label', { class: 'plain file', for: 'edit-files' }, 'load files'),
      files,
      fileButton('edits', 'the edit as YAML', 'YAML', 'text/yaml', () => yaml || text.value),
    ),
    status,
  );
  return {
    // Adds lines to the file.
    add: (lines) => {
      text.value = `${text.value.trimEnd()}${text.value.trim() ? '\n' : ''}${lines}`;
      return check();
    },
    set: (all) => {
      text.value = all;
      return check();
    },
    fail,
  };
}
