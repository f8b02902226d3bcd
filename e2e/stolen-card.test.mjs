// A stolen card, from the alarm to the evidence, in the browser: somebody else signs in as a customer on a new device and buys in a
// burst; the customer is alarmed and freezes the account; the risk desk decides in a few clicks and hands evidence to the police.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { chooseIfAsked, fill, fillTopUp, open, press, refusal, register, signIn, until, visit } from './lib.mjs';
import { WAIT_MS, inspect, isDone, toCheck, topUpByCard } from './paying.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const OFFICER = { login: `risk${Date.now()}@example.com`, password: 'a-desk-that-never-sleeps-24' };
/** More than a click a step would be too slow while a thief is at work (R2). */
const MOST_CLICKS = 4;
const main = (page) => page.getByRole('main');
const path = (page) => new URL(page.url()).pathname;

/** Sends the form in which this button is. */
async function send(page, form, name, value) {
  await page.locator(`${form} button${name ? `[name="${name}"][value="${value}"]` : ''}`).first().click();
  await page.waitForLoadState();
}

let ready;

/** The administrator invites a risk officer and writes a rule; the officer, as the second person, makes it live. Once for all scenes. */
function watched() {
  ready ??= (async () => {
    const administrator = await open({ width: 1280 });
    const officer = await open({ width: 1280 });
    try {
      await signIn(administrator, 'administrator');
      await visit(administrator, ROUTE.staff);
      await administrator.locator('form[action="/console/staff/invite"] [name="role"]').selectOption('risk_officer');
      await send(administrator, 'form[action="/console/staff/invite"]');
      const link = (await main(administrator).innerText()).match(/https?:\S+\/setup\/\S+/)[0];
      await visit(officer, new URL(link).pathname);
      await fill(officer, LABEL.account, OFFICER.login);
      await fill(officer, LABEL.password, OFFICER.password);
      await main(officer).locator('input[type="password"]').first().press('Enter');
      await officer.waitForURL((at) => !at.pathname.startsWith('/setup/'));

      await visit(administrator, ROUTE.riskRules);
      const form = '#draft-form';
      await administrator.locator(`${form} [name="code"]`).fill('burst_on_new_device');
      await administrator.locator(`${form} [name="name"]`).fill('新设备连续支付');
      await administrator.locator(`${form} [name="name_en"]`).fill('A burst on a new device');
      await administrator.locator(`${form} [name="point_payment"]`).check({ force: true });
      await administrator.locator(`${form} [name="outcome"]`).selectOption('review');
      const rule = 'customer.count_1d >= 2 || (device.new && customer.count_1d >= 1)';
      await administrator.locator(`${form} [name="source"]`).fill(rule);
      await send(administrator, form);
      const page = path(administrator);
      assert.match(page, /^\/console\/risk\/rules\/rul_/, `the rule was not kept:\n${await main(administrator).innerText()}`);
      for (const state of ['shadow', 'live']) {
        await administrator.locator(`#ask-form [name="to"][value="${state}"]`).check({ force: true });
        await administrator.locator('#ask-form [name="ask_reason"]').fill('近期盗用多为新设备连续支付');
        await send(administrator, '#ask-form');
      }
      await signInAs(officer, OFFICER);
      await visit(officer, page);
      await send(officer, `form[action="${page}/approve"]`);
      await main(officer).getByText('已保存').first().waitFor();
      assert.deepEqual([...administrator.problems, ...officer.problems], []);
    } finally {
      await administrator.context().close();
      await officer.context().close();
    }
  })();
  return ready;
}

async function signInAs(page, person, at = ROUTE.consoleLogin) {
  await page.context().clearCookies();
  await visit(page, at);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.loginButton);
  await page.waitForURL((now) => !now.pathname.endsWith('/login'));
}

/** Orders a top-up of 50 yuan and pays this way; the page of the order. */
async function buy(page, way) {
  await fillTopUp(page);
  await toCheck(page);
  await chooseIfAsked(page, way);
  await press(page, LABEL.pay);
  await page.waitForURL((at) => at.pathname.startsWith('/orders/'));
  return `/orders/${path(page).split('/')[2]}`;
}

/** From home to the risk desk; how many clicks that took. On a narrow screen the navigation is opened first. */
async function desk(page) {
  await visit(page, ROUTE.console);
  const link = page.locator('a[href="/console/risk/desk"]').filter({ visible: true });
  let clicks = 1;
  if ((await link.count()) === 0) {
    await page.locator('details.sidenav > summary').click();
    clicks += 1;
  }
  await link.first().click();
  await page.waitForURL((at) => at.pathname === '/console/risk/desk');
  return clicks;
}

/** Evidence as a file: its name, and what it says. */
async function evidence(page, kind) {
  await page.locator('#evidence-form [name="export_reason"]').fill('公安机关来函调取');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`#evidence-form button[name="format"][value="${kind}"]`).click(),
  ]);
  const tool = kind === 'pdf' ? ['pdftotext', ['-layout', await file.path(), '-']] : ['cat', [await file.path()]];
  return { name: file.suggestedFilename(), text: execFileSync(...tool, { encoding: 'utf8' }) };
}

for (const width of [390, 1280]) {
  scene(`a stolen card is noticed, stopped, looked at and proved at ${width} px`, { width, timeout: 290_000 }, async (page) => {
    await watched();
    const owner = await register(page);
    await topUpByCard(page, '200');
    const own = await buy(page, LABEL.balance);
    await isDone(page, own);

    const thief = await open({ width });
    const officer = await open({ width });
    try {
      // Another device, in a hurry: with the balance and with a card.
      await signInAs(thief, owner, ROUTE.login);
      for (const way of [LABEL.balance, LABEL.card]) {
        const order = await buy(thief, way);
        await visit(thief, order);
        await main(thief).getByText(LABEL.isChecked).first().waitFor();
        assert.doesNotMatch(await main(thief).innerText(), /新设备|连续支付|风控|盗用/, 'nobody is told what gave them away');
      }

      // The alarm is where the owner looks, with the brake one press away.
      await until(async () => {
        await visit(page, ROUTE.messages);
        return (await main(page).getByText('账号有异常操作').count()) >= 2;
      }, WAIT_MS, 'the alarm');
      assert.match(await main(page).innerText(), /50\.00.*不是本人操作时，立即冻结账号/s);
      await inspect(page);
      const alarm = main(page).locator('li, article, .card').filter({ hasText: '账号有异常操作' }).first();
      await alarm.getByRole('link').or(alarm.getByRole('button')).first().click();
      await page.waitForURL((at) => at.pathname === ROUTE.freeze);
      await inspect(page);
      await page.locator(`main form[action="${ROUTE.freeze}"] button`).click();
      await page.getByRole('heading', { name: LABEL.frozen }).waitFor();
      await thief.goto(ROUTE.orders);
      assert.ok(path(thief).startsWith(ROUTE.login), 'the thief is out');
      refusal(thief, 403);
      await fill(thief, LABEL.account, owner.login);
      await fill(thief, LABEL.password, owner.password);
      await press(thief, LABEL.loginButton);
      await thief.getByRole('alert').getByText(LABEL.frozen).waitFor();

      // The desk: what waits, why, and a decision in a few clicks.
      await signInAs(officer, OFFICER);
      await desk(officer);
      await main(officer).getByText('新设备连续支付').first().waitFor();
      assert.match(await main(officer).innerText(), /¥50\.00/);
      await inspect(officer);
      await main(officer).locator('details.more summary').filter({ hasText: '案件' }).first().click();
      await officer.locator('#case-form [name="title"]').fill(`盗用账号和银行卡 ${width}`);
      await send(officer, '#case-form');
      await officer.waitForURL((at) => /^\/console\/risk\/cases\/cas_/.test(at.pathname));
      const file = path(officer);
      await inspect(officer);
      for (let left = 2; left > 0; left -= 1) {
        const clicks = (await desk(officer)) + 1;
        await officer.locator('#decide-form [name="reason"]').fill('本人否认，设备从未用过');
        await send(officer, '#decide-form', 'choice', 'reject');
        assert.equal(new URL(officer.url()).searchParams.get('done'), 'reject');
        assert.ok(clicks <= MOST_CLICKS, `${clicks} clicks`);
      }
      await main(officer).getByText('没有等待复查的业务').waitFor();

      // What is handed out says the same twice, and carries its number and its digest.
      await visit(officer, file);
      const table = await evidence(officer, 'csv');
      const sheet = await evidence(officer, 'pdf');
      assert.match(sheet.name, /^evidence-.+\.pdf$/);
      const words = sheet.text.replace(/\s+/g, '');
      for (const part of [/证据材料/, /总摘要SHA-256[0-9a-f]{64}/, /交易·SHA-256/]) assert.match(words, part);
      // In the narrow columns of the sheet a word may stand on two lines.
      assert.match(table.text, /支付/);
      assert.ok(words.includes(sheet.name.slice('evidence-'.length, -'.pdf'.length).replace(/\s/g, '')), 'its number stands on it');
      assert.match(table.text, /总摘要,SHA-256,[0-9a-f]{64}/);
      for (const text of [table.text, sheet.text]) assert.ok(!text.includes(owner.login), 'no number of a person lies open');
      await officer.locator('#evidence-form [name="export_reason"]').fill('公安机关来函调取');
      await send(officer, '#evidence-form', 'format', 'page');
      await main(officer).locator('article.sheet').waitFor();
      await inspect(officer);
      assert.deepEqual([...thief.problems, ...officer.problems], []);
    } finally {
      await thief.context().close();
      await officer.context().close();
    }
  });
}
