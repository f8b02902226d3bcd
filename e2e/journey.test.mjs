// The first journey: register, top up the balance by card, order a mobile top-up, watch it being done, print the
// receipt. The same on a phone and on a desktop, with scripts and without.

import assert from 'node:assert/strict';

import { chooseIfAsked, fill, fillTopUp, press, printed, register, until, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const TOP_UP = '200';
const WAIT_MS = 60_000;

for (const width of [390, 1280]) {
  for (const js of [true, false]) {
    const how = `at ${width} px, ${js ? 'with' : 'without'} scripts`;
    scene(`from registering to a printed receipt ${how}`, { width, js, timeout: 240_000 }, async (page) => {
      await register(page);
      await topUpByCard(page);
      await orderMobileTopUp(page);
      await watchItBeingDone(page, js);
      await printReceipt(page);
    });
  }
}

async function topUpByCard(page) {
  await visit(page, ROUTE.topUp);
  await fill(page, LABEL.amount, TOP_UP);
  await chooseIfAsked(page, LABEL.card);
  const ours = new URL(page.url()).origin;
  await press(page, LABEL.topUpButton);
  const gateway = page.getByRole('heading', { name: LABEL.gateway });
  await until(async () => {
    await page.waitForLoadState();
    if (await gateway.isVisible()) return true;
    refusedIsAFailure(await page.getByRole('alert').allTextContents());
    // Some forms ask to check the answers before they send anybody to the gateway.
    const button = page.getByRole('main').getByRole('button', { name: LABEL.pay });
    if ((await button.count()) > 0) await button.first().click();
    return false;
  }, WAIT_MS, 'the page of the card gateway');
  await page.getByRole('button', { name: LABEL.gatewayPay }).click();
  await page.waitForURL((at) => at.origin === ours && !at.pathname.startsWith('/card/'));
  await until(async () => {
    await visit(page, ROUTE.account);
    return (await page.getByRole('main').textContent()).includes(`¥${TOP_UP}.00`);
  }, WAIT_MS, 'the money to arrive');
}

async function orderMobileTopUp(page) {
  await fillTopUp(page);
  // Questions, check answers, pay: press on until the order has a page of its own.
  await until(async () => {
    await page.waitForLoadState();
    if (/\/orders\/[^/]+/.test(new URL(page.url()).pathname)) return true;
    refusedIsAFailure(await page.getByRole('alert').allTextContents());
    await chooseIfAsked(page, LABEL.balance);
    await chooseIfAsked(page, LABEL.agree);
    await press(page, new RegExp(`${LABEL.pay.source}|${LABEL.next.source}`));
    return false;
  }, WAIT_MS, 'the page of the order');
}

/** An error summary means that what was filled in was refused. */
function refusedIsAFailure(alerts) {
  const said = alerts.map((text) => text.trim()).filter(Boolean);
  assert.deepEqual(said, [], 'the form was refused');
}

async function watchItBeingDone(page, js) {
  const order = new URL(page.url()).pathname.match(/\/orders\/[^/]+/)[0];
  if (new URL(page.url()).pathname !== order) await visit(page, order);
  // The steps are done one by one; the tag beside the title says it of the order.
  const state = page.locator('#order-now .tag').filter({ hasText: LABEL.done });
  if (!js) {
    await until(async () => {
      await visit(page, order);
      return state.isVisible();
    }, WAIT_MS, 'the order to be done');
    return;
  }
  // A reload would lose this mark.
  await page.evaluate(() => (window.neverReloaded = true));
  await state.waitFor({ timeout: WAIT_MS });
  assert.equal(await page.evaluate(() => window.neverReloaded), true, 'the page was reloaded');
}

async function printReceipt(page) {
  await press(page, LABEL.receipt);
  await page.getByRole('heading', { level: 1, name: LABEL.receipt }).waitFor();
  const text = await printed(page);
  for (const part of [LABEL.receipt, /50\.00/, /大写：?\s*伍拾元整/, LABEL.mobileTopUp]) {
    assert.match(text.replace(/(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu, ''), part);
  }
  assert.doesNotMatch(text, /打印或存为|主导航/, 'buttons and navigation are not printed');
}
