// Runnel embedded in a process of its own: statements go to its standard input, CSV comes back.
import { execFile, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseCsv } from '../csv.mjs';
import { folderBytes } from '../files.mjs';

const exec = promisify(execFile);
const TYPES = { double: 'double precision' };

export class Runnel {
  name = 'Runnel';

  static async open(folder, threads, program) {
    const self = new Runnel();
    self.program = program;
    self.path = join(folder, 'runnel');
    // As many threads as the others have: Runnel takes the cores that it may run on.
    self.prefix = cpus().length > threads ? ['taskset', '-c', `0-${threads - 1}`] : [];
    self.version = (await exec(program, ['--version'])).stdout.split('\n')[0].replace(/^runnel /, '');
    return self;
  }

  static isLoaded(folder) {
    return existsSync(join(folder, 'runnel'));
  }

  static remove(folder) {
    rmSync(join(folder, 'runnel'), { recursive: true, force: true });
  }

  async load(table, file) {
    // Queries name columns without quotes, which makes the names lower-case.
    const shape = table.columns.map(([name, type]) => `"${name.toLowerCase()}" ${TYPES[type] ?? type}`).join(', ');
    await exec(this.program, ['sql', '-d', this.path, `CREATE TABLE ${table.name} (${shape})`]);
    const [command, ...rest] = [...this.prefix, this.program, 'load', table.name, file, '-d', this.path];
    await exec(command, rest);
  }

  // Both outputs share one pipe, so that the line of --timing says that the rows before it are all there are.
  start() {
    const command = [...this.prefix, this.program, 'sql', '-d', this.path, '-f', '-', '--timing', '--format', 'csv'];
    this.process = spawn('/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.output = '';
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (text) => this.receive(text));
    this.process.on('exit', () => {
      this.process = null;
      this.settle?.reject(new Error(this.output.trim() || 'runnel ended'));
    });
  }

  receive(text) {
    this.output += text;
    const end = /(^|\n)Time: [0-9.]+ ms\n$/.exec(this.output);
    if (end !== null) this.settle?.resolve(this.output.slice(0, end.index + end[1].length));
  }

  async query(sql) {
    if (!this.process) this.start();
    this.output = '';
    const text = await new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.process.stdin.write(`${sql}\n;\n`);
    });
    this.settle = null;
    return parseCsv(text, true);
  }

  bytes() {
    return folderBytes(join(this.path, 'store'));
  }

  async close() {
    const running = this.process;
    if (!running) return;
    await new Promise((resolve) => {
      running.on('exit', resolve);
      running.stdin.end();
    });
  }
}
