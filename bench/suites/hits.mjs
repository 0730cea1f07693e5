// ClickBench over `runnel generate hits`: its table and its 43 queries are read from the corpora.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TYPES = { varchar: 'text', char: 'text' };

// Names and types as create.sql has them, without the key.
function tables(corpora) {
  const text = readFileSync(join(corpora, 'clickbench', 'create.sql'), 'utf8');
  const columns = [...text.matchAll(/^\s+(\w+) (\w+)(?:\(\d+\))? NOT NULL/gm)]
    .map(([, name, type]) => [name, TYPES[type.toLowerCase()] ?? type.toLowerCase()]);
  return [{ name: 'hits', order: 'EventTime', columns }];
}

// Expressions between SELECT and FROM.
function countColumns(sql) {
  const list = /^SELECT (.*?) FROM hits\b/i.exec(sql.replace(/'[^']*'/g, "''").replace(/extract\(minute FROM \w+\)/gi, 'm'))[1];
  let depth = 0;
  let count = 1;
  for (const c of list) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0;
    count += c === ',' && depth === 0 ? 1 : 0;
  }
  return count;
}

// A LIMIT without a total order has many right answers: the one that is compared breaks ties by all columns.
function total(sql) {
  const limit = /\s+LIMIT \d+(?: OFFSET \d+)?$/.exec(sql);
  if (limit === null) return sql;
  const places = /^SELECT \*/.test(sql) ? ['WatchID'] : Array.from({ length: countColumns(sql) }, (_, i) => i + 1);
  const rest = sql.slice(0, limit.index);
  return `${rest}${/ ORDER BY /.test(rest) ? ',' : ' ORDER BY'} ${places.join(', ')}${limit[0]}`;
}

// In ClickHouse length counts bytes, a backslash escapes, and the average of bigints overflows.
const chdb = (sql) => sql.replaceAll('\\', '\\\\').replace(/\blength\(/gi, 'lengthUTF8(').replace('AVG(UserID)', 'AVG(toFloat64(UserID))');

function queries(rows, corpora) {
  return readFileSync(join(corpora, 'clickbench', 'queries.sql'), 'utf8').trim().split('\n').map((line, i) => {
    const sql = line.replace(/;\s*$/, '');
    return { id: `q${i + 1}`, what: '', sql, checked: total(sql), ordered: / LIMIT /.test(sql), chdb };
  });
}

export const hits = {
  borrowed: 'clickbench/queries.sql',
  size: 10000000,
  title: (rows) => `${rows.toLocaleString('en')} rows`,
  tables,
  generate: (rows) => [['hits', '--rows', String(rows)]],
  queries,
};
