// What a page may weigh, compressed: HTML 15 KB, CSS 12 KB, JavaScript 8 KB (25 KB in the console).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { open, stateOf } from './lib.mjs';
import { allPages } from './pages.mjs';
import './suite.mjs';

const KB = 1024;
const LIMIT = { document: 15 * KB, stylesheet: 12 * KB, script: 8 * KB };
const CONSOLE_SCRIPT = 25 * KB;

const states = {
  customer: await stateOf('customer'),
  operator: await stateOf('operator'),
  administrator: await stateOf('administrator'),
};

for (const { name, path, as } of await allPages(states)) {
  test(`${name} (${path}) is light`, async () => {
    const page = await open({ state: states[as] });
    try {
      const responses = [];
      page.on('response', (response) => responses.push(response));
      await page.goto(path, { waitUntil: 'load' });
      const weight = { document: 0, stylesheet: 0, script: 0 };
      for (const response of responses) {
        const kind = response.request().resourceType();
        if (kind in weight && response.status() !== 303) weight[kind] += gzipSync(await response.body()).length;
      }
      const limit = path.startsWith('/console') ? { ...LIMIT, script: CONSOLE_SCRIPT } : LIMIT;
      for (const [kind, bytes] of Object.entries(weight)) {
        assert.ok(bytes <= limit[kind], `${kind}: ${bytes} bytes compressed, more than ${limit[kind]}`);
      }
    } finally {
      await page.context().close();
    }
  });
}
