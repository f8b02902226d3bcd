// Runs the suites one after the other against one demo. `node run.mjs [name…]`; the last line is
// `e2e: N passed, M failed`.

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

import { start } from './demo.mjs';

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

const demo = await start().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`demo at ${demo.url} with ${Object.keys(demo.people).join(', ') || 'nobody to sign in as'}`);
process.env.EVERLIT_E2E_URL = demo.url;
process.env.EVERLIT_E2E_PEOPLE = JSON.stringify(demo.people);

let passed = 0;
let failed = 0;
const counts = (data) => data.details?.type !== 'suite' && data.skip === undefined;
const results = run({ files, concurrency: 1, timeout: 300_000 });
results.on('test:pass', (data) => counts(data) && !files.includes(data.name) && (passed += 1));
results.on('test:fail', (data) => counts(data) && (failed += 1));
results.compose(spec).pipe(process.stdout);
await new Promise((resolve) => results.once('end', resolve));
await demo.stop();
// After the reporter has written its own summary.
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`\ne2e: ${passed} passed, ${failed} failed\n`, () => process.exit(failed === 0 && passed > 0 ? 0 : 1));
