// The demo tables: made once by `runnel generate`, loaded into each engine from the same files.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function eventsTables(rows) {
  return [
    { name: 'events', rows, order: 'timestamp',
      columns: [['user_id', 'bigint'], ['event_type', 'text'], ['timestamp', 'timestamp'], ['value', 'double']] },
    { name: 'users', rows: Math.floor(rows / 10), order: 'user_id',
      columns: [['user_id', 'bigint'], ['name', 'text'], ['country', 'text']] },
  ];
}

export function generate(program, tables, folder) {
  mkdirSync(folder, { recursive: true });
  for (const table of tables) {
    table.file = join(folder, `${table.name}.csv`);
    if (!existsSync(table.file)) {
      const unfinished = join(folder, 'unfinished');
      execFileSync(program, ['generate', table.name, '--rows', String(table.rows), '--output', unfinished],
        { stdio: ['ignore', 'ignore', 'inherit'] });
      renameSync(join(unfinished, `${table.name}.csv`), table.file);
    }
    table.bytes = statSync(table.file).size;
  }
}
