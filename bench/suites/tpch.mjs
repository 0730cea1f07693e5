// TPC-H over `runnel generate tpch`: the tables and the 22 queries are read from the corpora.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ORDER = { lineitem: 'l_shipdate', orders: 'o_orderdate' };

// Names and types as create.sql has them.
function tables(corpora) {
  const text = readFileSync(join(corpora, 'tpch', 'create.sql'), 'utf8').toLowerCase();
  return [...text.matchAll(/create table (\w+)\s*\((.*?)\n\);/gs)].map(([, name, body]) => {
    const columns = [...body.matchAll(/^\s+(\w+)\s+((?:int|char|varchar|decimal|date)\b(?:\([\d,]+\))?)/gm)]
      .map(([, column, type]) => [column, type]);
    return { name, order: ORDER[name] ?? columns[0][0], columns };
  });
}

// A view that is made and dropped for one query stands in a WITH of it.
function oneStatement(text) {
  return text.trim().replace(/^create view (.*?) as\s(.*?);\s*(select.*?);\s*drop view.*$/s, 'with $1 as (\n$2\n)\n$3')
    .replace(/;\s*$/, '');
}

const WHAT = ['pricing summary', 'minimum cost supplier', 'shipping priority', 'order priority', 'local supplier volume',
  'forecasting revenue', 'volume shipping', 'national market share', 'product type profit', 'returned items', 'important stock',
  'shipping modes', 'customer distribution', 'promotion effect', 'top supplier', 'parts and suppliers', 'small quantities',
  'large volume customer', 'discounted revenue', 'part promotion', 'suppliers who waited', 'global sales opportunity'];

// ClickHouse's quotient of decimals has the scale of the first.
const chdb = (sql) => sql.replace('/ sum(volume)', '/ toFloat64(sum(volume))');

function queries(scale, corpora) {
  return WHAT.map((what, i) => {
    const file = `q${String(i + 1).padStart(2, '0')}.sql`;
    return { id: `q${i + 1}`, what, ordered: true, chdb, sql: oneStatement(readFileSync(join(corpora, 'tpch', 'queries', file), 'utf8')) };
  });
}

export const tpch = {
  borrowed: 'tpch/queries',
  size: 1,
  title: (scale) => `scale ${scale}`,
  tables,
  generate: (scale) => [['tpch', '--scale', String(scale)]],
  queries,
};
