// The main journey by keyboard alone: every step is reached with Tab, its focus can be seen, and Enter or Space acts.

import assert from 'node:assert/strict';

import { freshPhone, signIn, until, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

scene('a mobile top-up is ordered by keyboard alone', { width: 1280 }, async (page) => {
  await signIn(page, 'customer');
  await visit(page, ROUTE.services);
  await enter(page, LABEL.mobileTopUp);
  await page.getByRole('heading', { level: 1, name: LABEL.mobileTopUp }).waitFor();
  await enter(page, LABEL.start);
  await page.getByRole('main').getByRole('textbox').first().waitFor();
  await tabTo(page, LABEL.phone);
  // What may have been filled in from last time is replaced.
  await page.keyboard.press('Control+A');
  await page.keyboard.type(freshPhone());
  if ((await page.getByRole('radio').count()) > 0) {
    await tabTo(page, /./, 'radio');
    await page.keyboard.press('Space');
  }
  await until(async () => {
    await page.waitForLoadState();
    if (/\/orders\/[^/]+/.test(new URL(page.url()).pathname)) return true;
    await enter(page, new RegExp(`${LABEL.pay.source}|${LABEL.next.source}`));
    return false;
  }, 60_000, 'the page of the order');
});

async function enter(page, label) {
  await tabTo(page, label);
  await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
  await page.waitForLoadState();
}

/** Presses Tab until the control inside `main` is reached, and checks that its focus can be seen. */
async function tabTo(page, label, type) {
  await page.evaluate(() => document.activeElement?.blur());
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e?.closest('main')) return null;
      const label = e.getAttribute('aria-label') ?? [...(e.labels ?? [])].map((l) => l.textContent).join(' ');
      const name = (label || e.textContent || e.value || '').trim();
      // A radio button may be hidden inside the card that shows its focus.
      const shown = [e, e.closest('label'), e.nextElementSibling].filter(Boolean).map((s) => getComputedStyle(s));
      // A link that covers its whole card draws the ring around the card.
      shown.push(getComputedStyle(e, '::after'), getComputedStyle(e, '::before'));
      const visible = shown.some((s) => (s.outlineStyle !== 'none' && s.outlineWidth !== '0px') || s.boxShadow !== 'none');
      return { name, type: e.type ?? '', visible };
    });
    if (at && label.test(at.name) && (!type || at.type === type)) {
      assert.ok(at.visible, `the focus on “${at.name}” cannot be seen`);
      return;
    }
  }
  assert.fail(`Tab never reaches ${label} on ${page.url()}`);
}
