// docs/PERFORMANCE.md from measured results: a section a suite and size; those without new results stay as they are.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTable, queryTable } from './figures.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

// The newest result of each suite and size.
function newest() {
  const files = new Map();
  for (const name of readdirSync(join(HERE, 'results')).filter((entry) => entry.endsWith('.json')).sort())
    files.set(name.replace(/-\d{4}-\d\d-\d\dT.*/, ''), join(HERE, 'results', name));
  return [...files.values()];
}

function queryTexts(queries) {
  return queries.map((query) => `${query.id}\n${query.sql.replace(/\n\s+/g, '\n    ')}`).join('\n\n');
}

function section(result) {
  const { machine, engines, tables } = result;
  const sizes = tables.map((table) => `${table.name} ${table.rows.toLocaleString('en')} rows`).join(', ');
  const wrong = result.queries.filter((query) => query.error).map((query) => `- ${query.id}: ${query.error}\n`);

  return `## ${result.suite}, ${result.title}

${result.date.slice(0, 10)}; ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB, Linux ${machine.kernel};
${engines.map((engine) => `${engine.name} ${engine.version}`).join(', ')}; ${result.threads} threads each; ${sizes}.
Times are milliseconds, the best of ${result.repeat}; ratios are Runnel's time over the other's, so less than 1 is faster.

${queryTable(result.queries)}
${wrong.length > 0 ? `\nNot measured:\n\n${wrong.join('')}` : ''}
Loading from CSV:

${loadTable(tables, engines)}
${result.http ? `
A trivial query: ${result.http.p50.toFixed(2)} ms (median of ${result.http.count}; 99 % within ${result.http.p99.toFixed(2)} ms) over HTTP with
a connection kept alive; ${result.firstAnswer.best.toFixed(1)} ms (best of ${result.firstAnswer.count}; median ${result.firstAnswer.median.toFixed(1)} ms) from the start of
\`runnel sql -d DIR 'SELECT 1'\` to its end.
` : ''}
${result.borrowed ? `The queries are those of \`$RUNNEL_CORPORA/${result.borrowed}\`.` : `\`\`\`sql
${queryTexts(result.queries)}
\`\`\``}
`;
}

// Sections by their headings: `suite, title`.
function sections(text) {
  const parts = text.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), part.trimEnd()]));
}

const PAGE = join(HERE, '..', 'docs', 'PERFORMANCE.md');
const files = process.argv.length > 2 ? process.argv.slice(2) : newest();
if (files.length === 0) {
  process.stderr.write('bench/report: no results; run bench/run first\n');
  process.exit(2);
}
const parts = existsSync(PAGE) ? sections(readFileSync(PAGE, 'utf8')) : new Map();
for (const file of files)
  for (const [heading, part] of sections(section(JSON.parse(readFileSync(file, 'utf8'))))) parts.set(heading, part);
const text = `# Performance

How these figures come about: \`bench/run\` makes the data once with \`runnel generate\`, loads the same CSV files into each engine's own
storage, and checks that all engines give the same answers. Then it runs each query in each engine in turn, several times over, on warm
data, and takes each engine's best time, measured at the client with all rows of the result received. DuckDB and chDB (ClickHouse) run in
the measuring process; Runnel runs in a process of its own and answers in CSV through a pipe. chDB's cache of conditions is off, since it
answers a repeated filter without running it; of its two ways to size the table of a join the better one counts. Where the machine is
shared, times are noisy and the ratios, measured side by side, are what can be trusted. \`bench/report\` writes this page.

${[...parts.values()].join('\n\n')}
`;
mkdirSync(join(HERE, '..', 'docs'), { recursive: true });
writeFileSync(PAGE, text);
process.stdout.write('docs/PERFORMANCE.md\n');
