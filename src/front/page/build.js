/* Bundles the page and its libraries into dist/, with the libraries' licences. */
import { build } from 'esbuild';
import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { metafile } = await build({
  entryPoints: ['page.js'], bundle: true, minify: true, format: 'esm', target: 'es2022', legalComments: 'none', metafile: true,
  outfile: 'dist/page.js',
});
const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
const licences = [...packages].sort().map(name => {
  const folder = join('node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find(candidate => /^licen[cs]e/i.test(candidate));
  if (!file || !existsSync(join(folder, file))) throw new Error(`${name} has no licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
});
writeFileSync('dist/licences.txt', `The page of Runnel contains these libraries.\n\n${licences.join(`\n${'-'.repeat(78)}\n\n`)}`);
for (const name of ['index.html', 'page.css']) copyFileSync(name, `dist/${name}`);
