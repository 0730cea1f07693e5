// chDB (ClickHouse) in this process: MergeTree tables in a session's directory, two threads.
import { Session } from 'chdb';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseCsv } from '../csv.mjs';
import { folderBytes } from '../files.mjs';

const TYPES = { bigint: 'Int64', text: 'String', timestamp: 'DateTime64(6)', double: 'Float64', smallint: 'Int16',
  int: 'Int32', integer: 'Int32', char: 'String', varchar: 'String', date: 'Date32' };

// Of char(n) and varchar(n) the name counts; decimal(p,s) is called that here, too.
const chdbType = (type) => TYPES[type.replace(/\(.*/, '')] ?? type;

export class ChDB {
  static title = 'chDB';
  name = ChDB.title;

  static async open(folder, threads) {
    const self = new ChDB();
    self.path = join(folder, 'chdb');
    self.session = new Session(self.path);
    // The condition cache answers a repeated filter without running it; a NULL of an outer join is SQL's.
    self.settings = { max_threads: threads, use_query_condition_cache: 0, join_use_nulls: 1 };
    self.run('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
    self.run('USE bench');
    self.version = self.run('SELECT version()').trim().replaceAll('"', '');
    return self;
  }

  static isLoaded(folder) {
    return existsSync(join(folder, 'chdb'));
  }

  static remove(folder) {
    rmSync(join(folder, 'chdb'), { recursive: true, force: true });
  }

  run(sql, more = {}) {
    const settings = Object.entries({ ...this.settings, ...more }).map(([name, value]) => `${name}=${value}`).join(', ');
    return this.session.query(/^(SELECT|WITH|INSERT)/i.test(sql) ? `${sql} SETTINGS ${settings}` : sql, 'CSV');
  }

  async load(table, file) {
    const shape = table.columns.map(([name, type]) => `"${name}" ${chdbType(type)}`).join(', ');
    this.run(`CREATE TABLE ${table.name} (${shape}) ENGINE = MergeTree ORDER BY "${table.order}"`);
    this.run(`INSERT INTO ${table.name} SELECT * FROM file('${file}', 'CSVWithNames', '${shape}')`,
      { input_format_csv_trim_whitespaces: 0, input_format_with_names_use_header: 0 });
    // No merge shall run in the background while something is measured.
    this.run(`OPTIMIZE TABLE ${table.name} FINAL`);
  }

  // The two ways of sizing a join's hash table: each repetition measures both and keeps the better one.
  variants(sql) {
    return /\bJOIN\b/i.test(sql)
      ? [{ collect_hash_table_stats_during_joins: 0 }, { collect_hash_table_stats_during_joins: 1 }]
      : [{}];
  }

  async query(sql, variant) {
    return parseCsv(this.run(sql, variant), false);
  }

  bytes() {
    return folderBytes(join(this.path, 'store'));
  }

  async close() {
    this.session.close();
  }
}
