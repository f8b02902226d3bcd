// Money in the browser: one order by each way to pay on the gateways' own pages, a refusal and another way, what coming back shows.

import assert from 'node:assert/strict';

import { axe, fill, fillTopUp, noSidewaysScroll, open, press, register, until, visit } from './lib.mjs';
import { WAIT_MS, toCheck, topUpByCard } from './paying.mjs';
import { readCode } from './qr.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

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

/** The address that a phone finds in the code on the page. */
async function scan(page) {
  const svg = main(page).locator('svg[role="img"]');
  const [drawn, box] = [await svg.locator('path').getAttribute('d'), await svg.getAttribute('viewBox')];
  return readCode(drawn, Number(box.split(' ')[2]) - 8);
}

/** What is to be copied, by what it is called. */
async function copied(page) {
  const all = await main(page).locator('dl.sum > div').all();
  const pairs = {};
  for (const row of all) pairs[(await row.locator('dt').innerText()).trim()] = await row.locator('[data-copy]').first().getAttribute('data-copy', { timeout: 500 }).catch(() => undefined);
  return pairs;
}

/** Where the sandbox is: the pages may send forms there. */
async function sandboxOf(page) {
  const answer = await page.context().request.get(ROUTE.home);
  const origins = answer.headers()['content-security-policy'].match(/form-action[^;]*/)[0].match(/https?:\/\/[^\s;]+/g);
  return origins[0];
}

/** The payer's own bank sends this much with this purpose. */
async function sendFromBank(page, { account, amount, purpose }) {
  const sandbox = await sandboxOf(page);
  const bank = await page.context().newPage();
  await bank.goto(`${sandbox}/bank/send?account=${account}&amount=${amount}&purpose=${purpose}`);
  await bank.locator('[name="payer"]').fill('林晓');
  await bank.locator('[name="payer_account"]').fill('6222020000000000000');
  await bank.locator('form button.main').click();
  await bank.getByRole('status').getByText(/已转出/).waitFor();
  await bank.close();
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

  scene(`a code of WeChat Pay is scanned, or opened on the phone ${how}`, look, async (page) => {
    await register(page);
    await orderBy(page, 'wechat');
    const order = orderOf(page);
    await goToPay(page, 'wechat', 'computer');
    await page.waitForURL((at) => at.pathname === `/pay/${order}/code`);
    await inspect(page, js);
    // Leaving and coming back shows the same code.
    const code = await scan(page);
    await visit(page, `/pay/${order}`);
    await press(page, LABEL.goOnPaying);
    assert.equal(await scan(page), code);
    const phone = await open({ width: 390 });
    try {
      await phone.goto(code);
      await phone.locator('.amount').getByText('50.00').waitFor();
      await phone.locator('button[name="way"][value="pay"]').click();
      await phone.waitForLoadState();
    } finally {
      await phone.context().close();
    }
    if (js) await page.waitForURL((at) => at.pathname.startsWith('/orders/'), { timeout: WAIT_MS });
    await isPaid(page, order);

    await orderBy(page, 'wechat');
    const second = orderOf(page);
    await goToPay(page, 'wechat', 'phone');
    await page.locator('button[name="way"][value="pay"]').click();
    await isPaid(page, second);
  });

  scene(`Alipay gives nothing, then the balance pays; and Alipay pays ${how}`, look, async (page) => {
    await register(page);
    await topUpByCard(page, '60');
    await orderBy(page, 'alipay');
    const order = orderOf(page);
    const screen = width < 768 ? 'phone' : 'computer';
    await goToPay(page, 'alipay', screen);
    await page.locator('button[name="way"][value="back"]').click();
    await page.waitForURL((at) => at.pathname === `/pay/${order}/result`);
    await main(page).getByRole('heading', { name: LABEL.notPaidYet }).waitFor();
    await inspect(page, js);
    await press(page, LABEL.payAgain);
    await page.waitForURL((at) => at.pathname === `/pay/${order}`);
    await goToPay(page, 'balance');
    await isPaid(page, order);

    await orderBy(page, 'alipay');
    const second = orderOf(page);
    await goToPay(page, 'alipay', screen);
    await page.locator('button[name="way"][value="pay"]').click();
    await isPaid(page, second);
  });

  scene(`money sent from the payer's bank pays an order ${how}`, look, async (page) => {
    await register(page);
    await orderBy(page, 'bank_transfer');
    const order = orderOf(page);
    await goToPay(page, 'bank_transfer');
    await page.waitForURL((at) => at.pathname === `/pay/${order}/code`);
    await inspect(page, js);
    const told = await copied(page);
    assert.equal(told['转账金额'], '50.00');
    await sendFromBank(page, { account: told['收款账号'], amount: '50.00', purpose: told['转账附言'] });
    if (js) await page.waitForURL((at) => at.pathname.startsWith('/orders/'), { timeout: WAIT_MS });
    await isPaid(page, order);
  });
}
