// DuckDB in this process: a database file, two threads.
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TYPES = { bigint: 'BIGINT', text: 'VARCHAR', timestamp: 'TIMESTAMP', double: 'DOUBLE' };

export class DuckDB {
  static title = 'DuckDB';
  name = DuckDB.title;

  static async open(folder, threads) {
    const self = new DuckDB();
    self.path = join(folder, 'duckdb.db');
    self.instance = await DuckDBInstance.create(self.path, { threads: String(threads) });
    self.connection = await self.instance.connect();
    self.version = (await self.query('SELECT version()'))[0][0];
    return self;
  }

  static isLoaded(folder) {
    return existsSync(join(folder, 'duckdb.db'));
  }

  static remove(folder) {
    for (const name of ['duckdb.db', 'duckdb.db.wal']) rmSync(join(folder, name), { force: true });
  }

  async load(table, file) {
    const columns = table.columns.map(([name, type]) => `'${name}': '${TYPES[type] ?? type}'`).join(', ');
    await this.connection.run(
      `CREATE TABLE ${table.name} AS SELECT * FROM read_csv('${file}', header=true, allow_quoted_nulls=false, columns={${columns}})`);
    await this.connection.run('CHECKPOINT');
  }

  // Rows of values as text or null.
  async query(sql) {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  }

  bytes() {
    return statSync(this.path).size;
  }

  async close() {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
