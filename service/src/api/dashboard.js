// The dashboard: asks the same interface as everybody, with the token that was typed, every few seconds while the page is seen.

const PERIOD_MS = 3000;

const byId = (id) => document.getElementById(id);
const fault = byId('fault');
/** The order in which a job goes through them. */
const STATES = ['queued', 'proving', 'done', 'refused', 'parked', 'cancelled', 'expired'];
let token = '';
/** What the token is not for: not asked again. */
let denied = new Set();

function cells(row, kind, texts) {
  for (const text of texts) {
    const cell = document.createElement(kind);
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

async function ask(path) {
  if (denied.has(path)) return null;
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
  if (response.ok) return response.json();
  if (response.status === 403) {
    denied.add(path);
    return null;
  }
  const { error } = await response.json();
  // A wrong token does not get better by being sent again.
  if (response.status === 401) token = '';
  const message = response.status === 401 ? 'This token is not known' : error.message;
  throw new Error(`${message}. ${error.remedy}`);
}

function showStatus(status) {
  const list = byId('status').querySelector('dl');
  list.replaceChildren();
  const entries = STATES.map((state) => [state, status.jobs[state] ?? 0]);
  entries.push(['workers', `${status.workers.ready} of ${status.workers.configured} ready`]);
  for (const [name, value] of entries) {
    const [term, text] = ['dt', 'dd'].map((kind) => document.createElement(kind));
    term.textContent = name;
    text.textContent = String(value);
    const tile = document.createElement('div');
    tile.append(term, text);
    list.append(tile);
  }
}

function showJobs({ jobs }) {
  const rows = jobs.map((job) => {
    const row = cells(document.createElement('tr'), 'td', [
      job.job.slice(0, 16),
      job.state,
      String(job.attempts),
      new Date(job.submitted_ms).toLocaleString(),
      job.proving_ms === undefined ? '' : `${job.proving_ms} ms`,
      job.reason?.code ?? '',
    ]);
    row.cells[1].dataset.state = job.state;
    return row;
  });
  byId('jobs').querySelector('tbody').replaceChildren(...rows);
}

async function refresh() {
  try {
    const response = await fetch('/readyz');
    byId('health').textContent = response.ok ? 'Ready.' : 'Not ready.';
    byId('health').dataset.ready = String(response.ok);
    if (token === '') return;
    const [status, jobs] = await Promise.all([ask('/v1/status'), ask('/v1/jobs')]);
    byId('status').hidden = status === null;
    byId('jobs').hidden = jobs === null;
    if (status !== null) showStatus(status);
    if (jobs !== null) showJobs(jobs);
    fault.textContent = '';
  } catch (error) {
    fault.textContent = error.message;
  }
}

byId('entry').addEventListener('submit', (event) => {
  event.preventDefault();
  token = byId('token').value.trim();
  byId('token').value = '';
  denied = new Set();
  void refresh();
});

setInterval(() => {
  if (!document.hidden) void refresh();
}, PERIOD_MS);
void refresh();
