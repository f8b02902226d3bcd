// What is asked of every page, on a light and a dark phone and on a desktop: no accessibility violation, nothing wider than the
// window. Three suites ask it, so that each ends in time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { axe, noSidewaysScroll, open, stateOf } from './lib.mjs';
import { allPages } from './pages.mjs';
import './suite.mjs';

const LOOKS = [
  { width: 390, dark: false },
  { width: 390, dark: true },
  { width: 1280, dark: false },
];

const states = {
  customer: await stateOf('customer'),
  operator: await stateOf('operator'),
  administrator: await stateOf('administrator'),
};

/** Asks it of the pages that `wanted` lets through. @param {(page: import('./pages.mjs').Page) => boolean} wanted */
export async function inspectPages(wanted) {
  const pages = (await allPages(states)).filter(wanted);
  assert.ok(pages.length > 9, 'the pages are there');
  for (const page of pages) inspectPage(page);
}

function inspectPage({ name, path, as, status = 200 }) {
  describe(`${name} (${path})`, () => {
    for (const look of LOOKS) {
      test(`has no violation at ${look.width} px, ${look.dark ? 'dark' : 'light'}`, async () => {
        const page = await open({ ...look, state: states[as] });
        try {
          const response = await page.goto(path);
          assert.equal(response.status(), status, path);
          await axe(page);
          if (!look.dark && look.width === 390) await structure(page);
        } finally {
          await page.context().close();
        }
      });
    }
    test('never scrolls sideways', async () => {
      const page = await open({ state: states[as] });
      try {
        await page.goto(path);
        await noSidewaysScroll(page);
        // Text at twice its size (WCAG 1.4.4), set as a person's own style would set it.
        await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
        await noSidewaysScroll(page, [1280]);
      } finally {
        await page.context().close();
      }
    });
  });
}

/** One heading of the first rank, a main part, and the language said (A3, T1). */
async function structure(page) {
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, 'exactly one h1');
  assert.equal(await page.getByRole('main').count(), 1, 'exactly one main');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
}
