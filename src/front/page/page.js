/* The page: takes a statement, follows it, shows its rows and its tree. All of it over the REST interface. */
import { makeEditor } from './editor.js';
import { bytes, count, makeTree, time } from './tree.js';

const PAGE = 200;
const POLL_MS = 200;
const OVER = ['done', 'failed', 'cancelled'];
const at = id => document.getElementById(id);
const editor = makeEditor(at('editor'), 'SELECT table_name FROM information_schema.tables', () => run());
const tree = makeTree(at('picture'), at('node'));
let current = null; /* the query that is shown */
let offset = 0;

/* A result's JSON: numbers stay as they are written, with all their digits. */
function parseRows(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === 'number' && context?.source && key !== 'row_count' ? context.source : value);
}

async function call(path, options, parse = JSON.parse) {
  const answer = await fetch(path, options);
  const text = await answer.text();
  const body = text ? parse(text) : null;
  if (!answer.ok) throw Object.assign(new Error(body?.detail || answer.statusText), { problem: body || { detail: answer.statusText } });
  return body;
}

function made(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/* --- what is shown --- */

function showProblem(problem) {
  const place = at('problem');
  place.hidden = !problem;
  place.replaceChildren();
  if (!problem) return;
  const where = problem.position ? ` at character ${problem.position}` : '';
  place.append(made('p', '', made('strong', '', problem.sqlstate ? `${problem.sqlstate}${where}: ` : ''), problem.detail || problem.title || ''));
  if (problem.hint) place.append(made('p', '', `Hint: ${problem.hint}`));
}

function showState(status) {
  const { state, stats, progress } = status;
  const words = [state];
  if (stats && state !== 'queued' && state !== 'planning') {
    words.push(time(stats.elapsed_ms), `${count(stats.rows_scanned)} rows and ${bytes(stats.bytes_scanned)} scanned`,
      `${count(progress?.tasks_done)} of ${count(stats.tasks)} tasks`);
    if (stats.retries) words.push(`${count(stats.retries)} retries`);
  }
  at('state').textContent = words.join(' · ');
  at('progress').hidden = OVER.includes(state);
  at('progress').value = progress?.fraction || 0;
}

const isNumeric = type => /^(smallint|integer|bigint|numeric|real|double)/.test(type);
function cell(value, type) {
  if (value === null) return made('td', 'null', 'NULL');
  return made('td', isNumeric(type) ? 'number' : '', typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function showRows(result) {
  const columns = result.columns || [];
  const rows = result.rows || [];
  const total = result.row_count ?? rows.length;
  const head = made('tr', '', ...columns.map(column => {
    const heading = made('th', '', column.name, made('small', '', column.type));
    heading.scope = 'col';
    return heading;
  }));
  at('rows').replaceChildren(made('thead', '', head),
    made('tbody', '', ...rows.map(row => made('tr', '', ...row.map((value, i) => cell(value, columns[i].type))))));
  at('pages').hidden = columns.length === 0;
  at('range').textContent = rows.length ? `${count(offset + 1)} to ${count(offset + rows.length)} of ${count(total)} rows` : 'no rows';
  at('previous').disabled = offset === 0;
  at('next').disabled = offset + rows.length >= total;
  if (columns.length === 0) at('state').textContent += ` · ${result.command || ''} ${result.row_count ?? ''}`;
}

function choose(tab) {
  for (const name of ['result', 'tree']) {
    const chosen = name === tab;
    at(`show-${name}`).setAttribute('aria-selected', chosen);
    at(`show-${name}`).tabIndex = chosen ? 0 : -1;
    at(name).hidden = !chosen;
  }
}

/* --- a query --- */

async function showPage(id) {
  const result = await call(`query/${id}/result?offset=${offset}&limit=${PAGE}`, {}, parseRows);
  if (current?.id !== id) return;
  const status = current.status;
  showRows({ ...result, row_count: status?.row_count ?? result.row_count });
  at('csv').href = `query/${id}/result?format=csv`;
  at('csv').download = `${id}.csv`;
}

async function showTree(id) {
  const answer = await call(`query/${id}/tree`).catch(() => null); /* what has no plan has no tree */
  if (answer && current?.id === id) tree.draw(answer);
}

async function follow(query) {
  for (;;) {
    const status = await call(`query/${query.id}`);
    if (current !== query) return;
    showState(status);
    await showTree(query.id);
    if (current !== query) return;
    if (OVER.includes(status.state)) {
      if (status.error) fail(status.error, query);
      else await showPage(query.id);
      return;
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}

function fail(problem, query) {
  showProblem(problem);
  if (query?.statement) editor.mark(problem, query.statement);
}

function begin(query) {
  current = query;
  offset = 0;
  editor.clearMarks();
  showProblem(null);
  tree.clear();
  at('rows').replaceChildren();
  at('pages').hidden = true;
  at('cancel').disabled = false;
}

async function end(query) {
  if (current === query) {
    at('cancel').disabled = true;
    at('progress').hidden = true;
  }
  await Promise.all([listHistory(), listTables()]);
}

async function attend(query, work) {
  try {
    await work();
  } catch (error) {
    if (current === query) fail(error.problem || { detail: `The server does not answer: ${error.message}` }, query);
  }
  await end(query);
}

function run() {
  const query = { id: null, statement: editor.selected() };
  begin(query);
  at('state').textContent = 'sent';
  return attend(query, async () => {
    const body = JSON.stringify({ sql: query.statement.text, async: true });
    const taken = await call('query', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    query.id = taken.id;
    await follow(query);
  });
}

function show(id) {
  const query = { id };
  begin(query);
  return attend(query, () => follow(query));
}

async function cancel() {
  const query = current;
  if (!query?.id) return;
  at('cancel').disabled = true;
  await call(`query/${query.id}`, { method: 'DELETE' }).catch(error => fail(error.problem || { detail: error.message }, query));
}

/* --- beside it --- */

function entry(title, note, className, act) {
  const button = made('button', '', title, made('small', '', note));
  button.type = 'button';
  button.addEventListener('click', act);
  return made('li', className, button);
}

async function listTables() {
  const { tables } = await call('tables').catch(() => ({ tables: [] }));
  at('tables').replaceChildren(...tables.map(table => {
    const item = entry(table.name, `${count(table.rows)} rows, ${table.columns.length} columns`, '', () => editor.insert(table.name));
    item.firstChild.title = table.columns.map(column => `${column.name} ${column.type}`).join('\n');
    return item;
  }));
  editor.setSchema(Object.fromEntries(tables.map(table => [table.name, table.columns.map(column => column.name)])));
}

async function listHistory() {
  const { queries } = await call('query?limit=50').catch(() => ({ queries: [] }));
  at('history').replaceChildren(...queries.map(query => entry(query.sql, `${query.state}, ${time(query.stats?.elapsed_ms)}`, query.state, () => {
    editor.setText(query.sql);
    show(query.id);
  })));
}

async function showCluster() {
  const health = await fetch('health').then(answer => answer.json()).catch(() => null);
  at('cluster').textContent = !health ? 'The server does not answer' :
    `${health.status}: ${health.workers.length} workers, ${health.reducers.length} reducers`;
}

at('run').addEventListener('click', run);
at('cancel').addEventListener('click', cancel);
for (const [id, step] of [['previous', -PAGE], ['next', PAGE]])
  at(id).addEventListener('click', () => {
    offset = Math.max(0, offset + step);
    attend(current, () => showPage(current.id));
  });
const tabs = [at('show-result'), at('show-tree')];
tabs.forEach((tab, i) => {
  tab.addEventListener('click', () => choose(tab.getAttribute('aria-controls')));
  tab.addEventListener('keydown', event => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    tabs[1 - i].focus();
    tabs[1 - i].click();
  });
});
setInterval(showCluster, 5000);
showCluster();
listTables();
listHistory();
editor.focus();
