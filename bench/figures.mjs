// Figures to text.

export function geometricMean(values) {
  return values.length === 0 ? NaN : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

// Runnel's time over the others': { duckdb, chdb, better }, of one query's best times.
export function ratios(best) {
  return {
    DuckDB: best.Runnel / best.DuckDB,
    chDB: best.Runnel / best.chDB,
    better: best.Runnel / Math.min(best.DuckDB ?? Infinity, best.chDB ?? Infinity),
  };
}

const number = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');

export function queryTable(queries) {
  const head = ['', 'query', 'Runnel ms', 'DuckDB ms', 'chDB ms', '/ DuckDB', '/ chDB', '/ better'];
  const body = queries.map((query) => {
    const part = query.error ? {} : ratios(query.best);
    return [query.id, query.what, number(query.best.Runnel, 1), number(query.best.DuckDB, 1), number(query.best.chDB, 1),
      number(part.DuckDB, 2), number(part.chDB, 2), number(part.better, 2)];
  });
  const good = queries.filter((query) => !query.error).map((query) => ratios(query.best));
  body.push(['', 'geometric mean', '', '', '',
    ...['DuckDB', 'chDB', 'better'].map((engine) => number(geometricMean(good.map((part) => part[engine])), 2))]);
  return markdown(head, body);
}

export function loadTable(tables, engines) {
  const head = ['engine', ...tables.map((table) => `${table.name}, s`), 'million rows/s', 'MB/s of CSV', 'MB on disk'];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const body = engines.filter((engine) => engine.loadSeconds).map((engine) => {
    const total = engine.loadSeconds.reduce((sum, seconds) => sum + seconds, 0);
    return [engine.name, ...engine.loadSeconds.map((seconds) => number(seconds, 2)), number(rows / total / 1e6, 2),
      number(bytes / total / 1e6, 0), number(engine.bytes / 1e6, 0)];
  });
  return markdown(head, body);
}

function markdown(head, body) {
  const widths = head.map((name, column) => Math.max(name.length, ...body.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => (i > 1 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i > 1 ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
