// Runs the suites one after the other, each against a demo with the same history. `node run.mjs [name…]`; the last line is
// `e2e: N passed, M failed`.

import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

import { prepare, start } from './demo.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const names = process.argv.slice(2);
const files = readdirSync(here)
  .filter((file) => file.endsWith('.test.mjs'))
  .filter((file) => names.length === 0 || names.some((name) => file.startsWith(name)))
  .sort()
  .map((file) => join(here, file));
if (files.length === 0) {
  console.error(`no suite is called ${names.join(' or ')}`);
  process.exit(2);
}

const fail = (error) => {
  console.error(error.message);
  process.exit(1);
};

let passed = 0;
let failed = 0;
const counts = (data) => data.details?.type !== 'suite' && data.skip === undefined;
const given = { url: process.env.EVERLIT_E2E_URL, people: process.env.EVERLIT_E2E_PEOPLE };

/** Runs one suite against a demo of its own: what it uses up, or how often it registers, is nothing to the next. */
async function suite(file, data) {
  const demo = await start(data);
  console.log(`${basename(file)} with ${Object.keys(demo.people).join(', ') || 'nobody to sign in as'} at ${demo.url}`);
  process.env.EVERLIT_E2E_URL = demo.url;
  process.env.EVERLIT_E2E_PEOPLE = JSON.stringify(demo.people);
  const results = run({ files: [file], concurrency: 1, timeout: 300_000 });
  results.on('test:pass', (data) => counts(data) && data.name !== file && (passed += 1));
  results.on('test:fail', (data) => counts(data) && (failed += 1));
  results.compose(spec).pipe(process.stdout, { end: false });
  await new Promise((resolve) => results.once('end', resolve));
  await demo.stop();
  // After the reporter has written its own summary.
  await new Promise((resolve) => setImmediate(resolve));
  for (const [name, value] of [['EVERLIT_E2E_URL', given.url], ['EVERLIT_E2E_PEOPLE', given.people]]) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const data = await prepare().catch(fail);
for (const file of files) await suite(file, data).catch(fail);
process.stdout.write(`\ne2e: ${passed} passed, ${failed} failed\n`, () => process.exit(failed === 0 && passed > 0 ? 0 : 1));
