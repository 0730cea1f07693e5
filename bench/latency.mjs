// What a trivial query costs: a round trip to `runnel local` over HTTP, and a whole `runnel sql -d` process.
import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';

export function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
}

function post(agent, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers: {
      'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Accept: 'application/json' } });
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function serve(program, data) {
  const child = spawn(program, ['local', '--data', data, '--http', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (part) => {
      text += part;
      const match = /ready.*?(http:\/\/\S+?)[\s,]/.exec(`${text} `);
      if (match && text.includes('\n')) resolve(match[1]);
    });
    child.on('exit', () => reject(new Error(`runnel local ended: ${text}`)));
  });
  return { child, url };
}

export async function httpRoundTrip(program, data, count) {
  const { child, url } = await serve(program, data);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];

  try {
    for (let i = -50; i < count; i++) {
      const start = process.hrtime.bigint();
      await post(agent, `${url}/query`, '{"sql":"SELECT 1"}');
      if (i >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  } finally {
    agent.destroy();
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('exit', resolve));
  }
  times.sort((a, b) => a - b);
  return { count, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

export function firstAnswer(program, data, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    execFileSync(program, ['sql', '-d', data, 'SELECT 1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  return { count, best: times[0], median: percentile(times, 0.5) };
}
