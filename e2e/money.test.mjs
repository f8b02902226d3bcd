// Money in the browser: orders paid from the balance, by card and from both, a card that is declined and another with which the bank
// asks back, and what coming back shows.

import assert from 'node:assert/strict';

import {
  axe, chooseIfAsked, fill, fillTopUp, noSidewaysScroll, press, register, until, visit,
} from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const WAIT_MS = 60_000;
const LOOKS = [{ width: 390, js: true }, { width: 390, js: false }, { width: 1280, js: true }];
const main = (page) => page.getByRole('main');
const path = (page) => new URL(page.url()).pathname;
const isOrder = (page) => /^\/orders\/[^/]+/.test(path(page));

/** What scripts in the page can tell of it; where none run, the same page with scripts has told it. */
async function inspect(page, js = true) {
  if (!js) return;
  await axe(page);
  await noSidewaysScroll(page);
}

/** Ticks a radio button or box by name and value. */
async function choose(page, name, value) {
  await main(page).locator(`input[name="${name}"]${value ? `[value="${value}"]` : '[type="checkbox"]'}`).first().check({ force: true });
}

/** Presses on through the questions of an order until everything is there to be checked. */
async function toCheck(page) {
  await until(async () => {
    await page.waitForLoadState();
    if (path(page).endsWith('/check')) return true;
    assert.deepEqual(await said(page), [], 'the form was refused');
    await press(page, LABEL.next);
    return false;
  }, WAIT_MS, 'the page to check the answers');
}

async function said(page) {
  const alerts = await page.getByRole('alert').allTextContents();
  return alerts.map((text) => text.trim()).filter(Boolean);
}

/** Orders a top-up of 50 yuan this way; what follows is the page to pay on, or the order. */
async function orderBy(page, method, { part = false } = {}) {
  await fillTopUp(page);
  await toCheck(page);
  await choose(page, 'method', method);
  if (part) await choose(page, 'use_part');
  await press(page, LABEL.pay);
  await page.waitForURL((at) => /^\/(pay|orders)\/[^/]+/.test(at.pathname));
}

/** From our page to the gateway's, or to ours with a code or an account. */
async function goToPay(page, method, screen) {
  await choose(page, 'method', method);
  if (screen) await choose(page, 'screen', screen);
  await press(page, LABEL.pay);
  await page.waitForLoadState();
}

/** The order is paid: the browser is led to it, with scripts by itself. */
async function isPaid(page, order) {
  await until(async () => {
    await page.waitForLoadState();
    if (isOrder(page)) return true;
    await visit(page, `/pay/${order}/result`);
    return isOrder(page);
  }, WAIT_MS, 'the order to be paid');
  assert.match(path(page), new RegExp(`^/orders/${order}`));
}

const orderOf = (page) => path(page).split('/')[2];

async function topUpByCard(page, yuan) {
  await visit(page, ROUTE.topUp);
  await fill(page, LABEL.amount, yuan);
  await chooseIfAsked(page, LABEL.card);
  await press(page, LABEL.topUpButton);
  await page.locator('button[name="card"][value="pay"]').click();
  await until(async () => {
    await visit(page, ROUTE.account);
    return (await main(page).textContent()).includes(`¥${yuan}.00`);
  }, WAIT_MS, 'the money to arrive');
}

for (const { width, js } of LOOKS) {
  const how = `at ${width} px, ${js ? 'with' : 'without'} scripts`;
  const look = { width, js, timeout: 240_000 };

  scene(`an order is paid from the balance, and one in two parts ${how}`, look, async (page) => {
    await register(page);
    await topUpByCard(page, '70');
    await orderBy(page, 'balance');
    assert.ok(isOrder(page), 'nothing is left to pay');
    await inspect(page, js);
    await orderBy(page, 'card', { part: true });
    const order = orderOf(page);
    await main(page).getByText('¥30.00').first().waitFor();
    await inspect(page, js);
    await goToPay(page, 'card');
    await page.locator('.amount').getByText('30.00').waitFor();
    await page.locator('button[name="card"][value="pay"]').click();
    await isPaid(page, order);
    await visit(page, ROUTE.account);
    assert.match(await main(page).innerText(), /可用余额\s*¥0\.00/, 'the balance gave its part');
  });

  scene(`an order is paid by card, with the bank asking back, after another card was declined ${how}`, look, async (page) => {
    await register(page);
    await orderBy(page, 'card');
    const order = orderOf(page);
    await inspect(page, js);
    await goToPay(page, 'card');
    await page.locator('button[name="card"][value="decline"]').click();
    await page.waitForURL((at) => at.pathname === `/pay/${order}/result`);
    await main(page).getByText(LABEL.notCharged).first().waitFor();
    await inspect(page, js);
    await press(page, LABEL.payAgain);
    await page.waitForURL((at) => at.pathname === `/pay/${order}`);
    await goToPay(page, 'card');
    await page.locator('button[name="card"][value="secure"]').click();
    await page.locator('button[name="answer"][value="approve"]').click();
    await isPaid(page, order);
  });
}
