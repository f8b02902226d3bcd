// What the suites about money share: a balance that is filled, an order that is checked and done, a person who proves who they are.

import assert from 'node:assert/strict';

import { axe, chooseIfAsked, fill, noSidewaysScroll, press, until, visit } from './lib.mjs';
import { LABEL, ROUTE } from './words.mjs';

export const WAIT_MS = 60_000;

/** Whatever is asked of every page, of the page as it stands. */
export async function inspect(page) {
  await axe(page);
  await noSidewaysScroll(page);
}

/** Fills the balance by card; the money has arrived afterwards. */
export async function topUpByCard(page, yuan) {
  await visit(page, ROUTE.topUp);
  await fill(page, LABEL.amount, yuan);
  await chooseIfAsked(page, LABEL.card);
  await press(page, LABEL.topUpButton);
  await page.locator('button[name="card"][value="pay"]').click();
  await until(async () => {
    await visit(page, ROUTE.account);
    return (await page.getByRole('main').textContent()).includes(`¥${yuan}.00`);
  }, WAIT_MS, 'the money to arrive');
}

/** Presses on through the questions of an order until everything is there to be checked. */
export async function toCheck(page) {
  await until(async () => {
    await page.waitForLoadState();
    if (new URL(page.url()).pathname.endsWith('/check')) return true;
    const alerts = await page.getByRole('alert').allTextContents();
    assert.deepEqual(alerts.map((text) => text.trim()).filter(Boolean), [], 'the form was refused');
    await press(page, LABEL.next);
    return false;
  }, WAIT_MS, 'the page to check the answers');
}

export async function isDone(page, order) {
  await until(async () => {
    await visit(page, order);
    return page.locator('#order-now .tag').filter({ hasText: LABEL.done }).isVisible();
  }, WAIT_MS, 'the order to be done');
}

/** Whoever is asked who they are says it with the password. */
export async function proveIfAsked(page, person) {
  await page.waitForLoadState();
  const password = page.locator('main input[type="password"]:visible');
  if ((await password.count()) === 0) return;
  await password.first().fill(person.password);
  await password.first().press('Enter');
  await page.waitForLoadState();
}

/**
 * Sends an amount to somebody of the book from a page that lists them; the path of the order, which is done. What is known of the payee,
 * `filled`, stands in the form already; `purpose` too where none is given.
 */
export async function transfer(page, person, { from = ROUTE.transfer, payee, filled, amount, purpose }) {
  const main = page.getByRole('main');
  await visit(page, from);
  await inspect(page);
  await main.locator('.card').filter({ hasText: payee }).locator('form[action="/account/transfer"]').first().getByRole('button').click();
  await page.waitForURL((at) => /^\/o\/[^/]+\/1$/.test(at.pathname));
  for (const [name, value] of Object.entries(filled)) {
    assert.equal(await main.locator(`[name="${name}"]`).inputValue(), value, `${name} is filled in`);
  }
  await press(page, LABEL.next);
  await main.locator('[name="amount"]').fill(amount);
  if (purpose) await main.locator('[name="purpose"]').fill(purpose);
  else assert.notEqual(await main.locator('[name="purpose"]').inputValue(), '', 'what for is filled in');
  await toCheck(page);
  await inspect(page);
  await press(page, LABEL.pay);
  await proveIfAsked(page, person);
  await page.waitForURL((at) => at.pathname.startsWith('/orders/'));
  const order = `/orders/${new URL(page.url()).pathname.split('/')[2]}`;
  await isDone(page, order);
  return order;
}
