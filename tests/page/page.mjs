// page.mjs URL MODULES CHROMIUM [PICTURES]: uses the page in a browser as a person does; prints what fails and a line that counts.
import { createRequire } from 'node:module';

const [url, modules, chromium, pictures] = process.argv.slice(2);
const { chromium: browserType } = createRequire(`${modules}/`)('playwright-core');
let passed = 0;
let failed = 0;
function check(name, expected, got) {
  if (expected instanceof RegExp ? expected.test(got) : expected === got) passed++;
  else { failed++; console.log(`FAILED: ${name}\n    expected: ${expected}\n    got: ${got}`); }
}

const browser = await browserType.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.complaints = [];
  // A statement without a plan has no tree (404). Chromium itself styles what is typed over a selection; the policy drops that, and
  // the editor draws the text anew.
  const expected = /status of 404|^Applying inline style violates/;
  page.on('console', message => { if (message.type() === 'error' && !expected.test(message.text())) page.complaints.push(message.text()); });
  page.on('pageerror', error => page.complaints.push(String(error)));
  page.on('request', request => { if (!request.url().startsWith(url)) page.complaints.push(`asks ${request.url()}`); });
  await page.goto(url);
  await page.waitForSelector('#tables li');
  return page;
}

async function run(page, sql, state) {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(sql);
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction(wanted => document.getElementById('state').textContent.startsWith(wanted) && document.getElementById('cancel').disabled, state, { timeout: 120000 });
}
const picture = (page, name) => (pictures ? page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true }) : null);

const page = await open({ viewport: { width: 1280, height: 900 } });
await run(page, 'SELECT event_type, count(*) AS n, 9007199254740993 AS big, NULL AS nothing FROM events WHERE value > 1 GROUP BY event_type ORDER BY n DESC', 'done');
check('columns', 'event_typetext,nbigint,bigbigint,nothingtext', (await page.locator('#rows thead th').allInnerTexts()).map(text => text.replace(/\n/, '')).join());
check('every digit', '9007199254740993', await page.locator('#rows tbody tr:first-child td:nth-child(3)').innerText());
check('NULL', 'NULL', await page.locator('#rows tbody tr:first-child td.null').innerText());
check('statistics', /rows and .* scanned/, await page.locator('#state').innerText());
await picture(page, 'result');
await page.locator('#show-tree').click();
check('the tree has nodes', true, (await page.locator('#picture g.node').count()) > 5);
await page.locator('#picture g.node').last().focus();
await page.keyboard.press('Enter');
check('a node tells of its tasks', /worker-\d/, await page.locator('#node').innerText());
check('and keeps the focus', true, await page.evaluate(() => document.activeElement.classList.contains('node')));
await picture(page, 'tree');
await page.locator('#show-result').click();

await run(page, 'SELECT user_id FROM events ORDER BY user_id, timestamp, event_type, value', 'done');
check('the first page', /^1 to 200 of 60,000 rows/, await page.locator('#range').innerText());
await page.locator('#next').click();
await page.waitForFunction(() => /^201 /.test(document.getElementById('range').textContent));
check('the second page', 200, await page.locator('#rows tbody tr').count());

await run(page, "SELECT 'é𝄞', nothing FROM events", 'failed');
check('the problem', /42703 at character 14: /, await page.locator('#problem').innerText());
check('is marked in the editor', 'nothing', await page.locator('.cm-lintRange-error').innerText());
await picture(page, 'problem');

await page.locator('.cm-content').click();
await page.keyboard.press('Control+a');
await page.keyboard.insertText('SELECT count(*) FROM events a, events b, events c WHERE a.value + b.value + c.value = 7');
await page.keyboard.press('Control+Enter');
await page.waitForFunction(() => document.getElementById('state').textContent.startsWith('running'));
await page.locator('#show-tree').click();
await page.waitForSelector('#picture g.node');
check('the tree lives while it runs', true, (await page.locator('#picture g.node').count()) > 3);
await picture(page, 'running');
await page.locator('#cancel').click();
await page.waitForFunction(() => document.getElementById('state').textContent.startsWith('cancelled'));
check('it is cancelled', true, await page.locator('#cancel').isDisabled());
await page.locator('#show-result').click();

await run(page, 'CREATE TABLE "<b>odd</b>" AS SELECT \'<img src=x onerror=alert(1)>\' AS "<i>x</i>"', 'done');
await page.waitForSelector('#tables li:has-text("<b>odd</b>")');
check('text is text', 0, await page.locator('main b, main i, main img').count());
await run(page, 'SELECT * FROM "<b>odd</b>"', 'done');
check('a value is text', '<img src=x onerror=alert(1)>', await page.locator('#rows td').first().innerText());
check('history', true, (await page.locator('#history li').count()) >= 5);
await page.locator('#history button').nth(1).click();
await page.waitForFunction(() => document.getElementById('state').textContent.startsWith('done'));
check('the editor has the former statement', /CREATE TABLE/, await page.locator('.cm-content').innerText());
check('nothing to complain of', '', page.complaints.join('; '));

const narrow = await open({ viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
await run(narrow, 'SELECT * FROM events ORDER BY user_id, timestamp, event_type, value LIMIT 20', 'done');
check('a narrow window has no bar below', true, await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
check('it is dark', 'rgb(18, 22, 28)', await narrow.evaluate(() => getComputedStyle(document.body).backgroundColor));
await picture(narrow, 'narrow');
await narrow.locator('#show-result').focus();
await narrow.keyboard.press('ArrowRight');
check('tabs by keys', true, await narrow.locator('#tree').isVisible());
await picture(narrow, 'narrow-tree');
check('nothing to complain of there', '', narrow.complaints.join('; '));
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
