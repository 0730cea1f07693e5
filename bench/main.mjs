// Loads the same files into each engine, checks that answers agree, then measures in turn.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { difference } from './answers.mjs';
import { ChDB } from './engines/chdb.mjs';
import { DuckDB } from './engines/duckdb.mjs';
import { Runnel } from './engines/runnel.mjs';
import { loadTable, queryTable } from './figures.mjs';
import { generate } from './generate.mjs';
import { firstAnswer, httpRoundTrip } from './latency.mjs';
import { corpora, suites } from './suites.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const THREADS = 2;
const USAGE = `Usage: bench/run ${Object.keys(suites).join('|')} [OPTION]...
Runnel, DuckDB and chDB over the same data: ${THREADS} threads each, hot, in turn, the best of several times.

      --rows N         of events and hits (default: 10000000); users are a tenth of events
      --scale X        of tpch: the scale factor (default: 1)
      --runnel PATH    the program (default: build/runnel)
      --only IDS       queries, such as q3,q5
      --peers NAMES    engines beside Runnel (default: DuckDB,chDB)
      --repeat N       measurements of each query (default: 5)
      --work DIR       where data files and databases are kept (default: bench/results/work)
      --reload         load the engines anew, and measure that
      --reload-runnel  the same for Runnel alone
      --no-latency     leave out round trips and start
      --help
`;

function refuse(message) {
  process.stderr.write(`bench/run: ${message}\n`);
  process.exit(2);
}

// The engines that a comma-separated list names, in any case of letters.
function peersOf(names) {
  const known = [DuckDB, ChDB];
  const chosen = names.split(',').filter(Boolean).map((name) => {
    const engine = known.find((Engine) => Engine.title.toLowerCase() === name.toLowerCase());
    if (!engine) refuse(`--peers: '${name}' is none of ${known.map((Engine) => Engine.title).join(', ')}`);
    return engine;
  });
  return known.filter((Engine) => chosen.includes(Engine));
}

function options() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    rows: { type: 'string' }, scale: { type: 'string' }, runnel: { type: 'string', default: join(HERE, '..', 'build', 'runnel') },
    only: { type: 'string' }, peers: { type: 'string', default: 'DuckDB,chDB' }, repeat: { type: 'string', default: '5' },
    work: { type: 'string', default: join(HERE, 'results', 'work') }, reload: { type: 'boolean' },
    'reload-runnel': { type: 'boolean' }, 'no-latency': { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help || positionals.length !== 1 || !Object.hasOwn(suites, positionals[0])) {
    process.stdout.write(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const peers = peersOf(values.peers);
  const runnel = resolve(values.runnel);
  if (!existsSync(runnel)) refuse(`there is no ${runnel}; --runnel names the program`);
  const suite = suites[positionals[0]];
  const size = Number(values.rows ?? values.scale ?? suite.size);
  return { ...values, suite, name: positionals[0], size, repeat: Number(values.repeat), runnel, peers };
}

const milliseconds = (start) => Number(process.hrtime.bigint() - start) / 1e6;

async function openEngine(Engine, folder, opts, tables, reload) {
  if (reload) Engine.remove(folder);
  const loaded = Engine.isLoaded(folder);
  const engine = await Engine.open(folder, THREADS, opts.runnel);
  const record = join(folder, `${engine.name}.load.json`);

  if (!loaded) {
    engine.loadSeconds = [];
    for (const table of tables) {
      const start = process.hrtime.bigint();
      await engine.load(table, table.file);
      engine.loadSeconds.push(milliseconds(start) / 1000);
      process.stderr.write(`${engine.name}: ${table.name} in ${engine.loadSeconds.at(-1).toFixed(2)} s\n`);
    }
    writeFileSync(record, JSON.stringify(engine.loadSeconds));
  } else {
    engine.loadSeconds = JSON.parse(readFileSync(record, 'utf8'));
  }
  return engine;
}

const wording = (query, engine, sql) => (query[engine.name.toLowerCase()] ?? ((text) => text))(sql);

async function measureOnce(engine, query) {
  const sql = wording(query, engine, query.sql);
  let best = Infinity;
  for (const variant of engine.variants?.(sql) ?? [undefined]) {
    const start = process.hrtime.bigint();
    await engine.query(sql, variant);
    best = Math.min(best, milliseconds(start));
  }
  return best;
}

// Says what is wrong, or null; doubles as the warm-up.
async function check(engines, query) {
  const answers = [];
  for (const engine of engines) {
    try {
      answers.push(await engine.query(wording(query, engine, query.checked ?? query.sql)));
    } catch (error) {
      return `${engine.name}: ${error.message}`;
    }
  }
  for (let i = 1; i < engines.length; i++) {
    const what = difference(answers[0], answers[i], query.ordered);
    if (what !== null) return `${engines[0].name} and ${engines[i].name} differ: ${what}`;
  }
  return null;
}

async function measure(engines, query, repeat) {
  const result = { id: query.id, what: query.what, sql: query.sql, times: {}, best: {} };

  result.error = await check(engines, query);
  if (result.error !== null) {
    process.stderr.write(`${query.id}: ${result.error}\n`);
    return result;
  }
  for (const engine of engines) result.times[engine.name] = [];
  try {
    for (let i = 0; i < repeat; i++)
      for (const engine of engines) result.times[engine.name].push(await measureOnce(engine, query));
  } catch (error) {
    result.error = error.message;
    process.stderr.write(`${query.id}: ${result.error}\n`);
  }
  for (const engine of engines) result.best[engine.name] = Math.min(...result.times[engine.name]);
  return result;
}

function machine() {
  return { cpu: cpus()[0].model.trim(), cores: cpus().length, memory: totalmem(), kernel: release(), node: process.version };
}

const opts = options();
const folder = resolve(opts.work, `${opts.name}-${opts.size}`);
const tables = opts.suite.tables(corpora);
mkdirSync(folder, { recursive: true });
generate(opts.runnel, opts.suite.generate(opts.size), tables, folder);

const engines = [];
for (const Engine of [Runnel, ...opts.peers])
  engines.push(await openEngine(Engine, folder, opts, tables, opts.reload || (Engine === Runnel && opts['reload-runnel'])));

const wanted = opts.only?.split(',');
for (const table of tables) table.rows = Number((await engines[0].query(`SELECT count(*) FROM ${table.name}`))[0][0]);
const results = { suite: opts.name, borrowed: opts.suite.borrowed, title: opts.suite.title(opts.size), date: new Date().toISOString(), threads: THREADS, repeat: opts.repeat,
  machine: machine(), tables: tables.map(({ name, rows, bytes }) => ({ name, rows, bytes })), queries: [] };
for (const query of opts.suite.queries(opts.size, corpora))
  if (!wanted || wanted.includes(query.id)) results.queries.push(await measure(engines, query, opts.repeat));
results.engines = engines.map((engine) => ({ name: engine.name, version: engine.version, loadSeconds: engine.loadSeconds,
  bytes: engine.bytes() }));
for (const engine of engines) await engine.close();
if (!opts['no-latency']) {
  const data = join(folder, 'runnel');
  results.http = await httpRoundTrip(opts.runnel, data, 1000);
  results.firstAnswer = firstAnswer(opts.runnel, data, 20);
}

process.stdout.write(`${queryTable(results.queries)}\n\n${loadTable(results.tables, results.engines)}\n`);
if (results.http) {
  process.stdout.write(`\nHTTP round trip: p50 ${results.http.p50.toFixed(2)} ms, p99 ${results.http.p99.toFixed(2)} ms\n` +
    `start to first answer: best ${results.firstAnswer.best.toFixed(1)} ms, median ${results.firstAnswer.median.toFixed(1)} ms\n`);
}
mkdirSync(join(HERE, 'results'), { recursive: true });
if (!wanted && opts.peers.length > 0)
  writeFileSync(join(HERE, 'results', `${opts.name}-${opts.size}-${results.date.replaceAll(':', '')}.json`), `${JSON.stringify(results, null, 1)}\n`);
process.exit(results.queries.some((query) => query.error) ? 1 : 0);
