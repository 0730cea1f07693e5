// A suite's files: made once by `runnel generate`, loaded into each engine from the same files.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Gives each table its `file` and its `bytes`. `calls` are the arguments of `runnel generate`.
export function generate(program, calls, tables, folder) {
  mkdirSync(folder, { recursive: true });
  for (const table of tables) table.file = join(folder, `${table.name}.csv`);
  if (!tables.every((table) => existsSync(table.file))) {
    const unfinished = join(folder, 'unfinished');
    for (const call of calls)
      execFileSync(program, ['generate', ...call, '--output', unfinished], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (const name of readdirSync(unfinished)) renameSync(join(unfinished, name), join(folder, name));
    rmdirSync(unfinished);
  }
  for (const table of tables) table.bytes = statSync(table.file).size;
}
