// Lighthouse gives at least 95 in every category on the five pages that matter most.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lighthouse, stateOf } from './lib.mjs';
import { found } from './pages.mjs';
import './suite.mjs';
import { ROUTE } from './words.mjs';

const ENOUGH = 95;

const states = { customer: await stateOf('customer'), operator: await stateOf('operator') };
const pages = await found(states);
const named = (name) => pages.find((page) => page.name === name);

for (const { name, path, as, desktop } of [
  { name: 'home', path: ROUTE.home },
  named('guide'),
  named('form'),
  named('progress'),
  { name: 'console: queue', path: ROUTE.queue, as: 'operator', desktop: true },
]) {
  test(`${name} (${path}) scores at least ${ENOUGH}`, { timeout: 240_000 }, async (t) => {
    const { scores, faults } = await lighthouse(path, { state: states[as], desktop, enough: ENOUGH });
    const text = Object.entries(scores).map(([category, score]) => `${category} ${score}`).join(', ');
    t.diagnostic(`${name}: ${text}`);
    assert.ok(Object.values(scores).every((score) => score >= ENOUGH), `${text}\n    ${faults.join('\n    ')}`);
  });
}
