// Money that more than one person handles, in the browser: an order of an enterprise that two colleagues check, a payee and a
// transfer through the bank, a refund by staff, the statement of a month on paper.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { chooseIfAsked, fill, fillTopUp, freshPhone, open, people, press, printed, register, signIn, until, visit } from './lib.mjs';
import { WAIT_MS, inspect, isDone, proveIfAsked, toCheck, topUpByCard, transfer } from './paying.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const main = (page) => page.getByRole('main');
const path = (page) => new URL(page.url()).pathname;

/** A unified social credit code with its check character (GB 32100-2015). */
function creditCode() {
  const digits = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = `91310000${freshPhone().slice(2)}`.slice(0, 17);
  const sum = [...body].reduce((total, digit, at) => total + digits.indexOf(digit) * (3 ** at % 31), 0);
  return body + digits[(31 - (sum % 31)) % 31];
}

/** Joins by a link that the owner makes, and acts for the enterprise. */
async function join(owner, page, person, role = 'org_buyer') {
  await visit(owner, ROUTE.organisation);
  await main(owner).locator('#invite-form [name="role"], form[action="/org/invite"] [name="role"]').first().selectOption(role);
  await fill(owner, LABEL.inviteContact, person.login);
  await press(owner, LABEL.inviteButton);
  const shown = await main(owner).getByText(/\/join\//).first().innerText();
  await visit(page, new URL(shown.match(/https?:\S+/)[0]).pathname);
  await press(page, LABEL.join);
  await main(page).getByText(LABEL.joined).first().waitFor();
  await press(page, LABEL.actForIt);
  await main(page).getByText(LABEL.actingFor).first().waitFor();
}

/** Agrees to the request that waits first in the list. */
async function approve(page, person) {
  await visit(page, ROUTE.approvals);
  await main(page).locator('a[href^="/org/approvals/apr"]').first().click();
  await main(page).getByText('¥50.00').first().waitFor();
  await inspect(page);
  await press(page, LABEL.approve);
  await proveIfAsked(page, person);
  await page.waitForURL((at) => at.searchParams.get('done') === 'approved');
}

/** Founds an enterprise and acts for it. */
async function found(page) {
  const owner = await register(page);
  await visit(page, ROUTE.newOrganisation);
  await fill(page, LABEL.organisationName, `夜班商行${freshPhone().slice(-6)}`);
  await fill(page, LABEL.creditCode, creditCode());
  await press(page, LABEL.foundOrganisation);
  await main(page).getByText(LABEL.actingFor).first().waitFor();
  return owner;
}

/** What costs more than `yuan` is agreed to by an owner, and then by as many more as there are further levels. */
async function ruleAbove(page, owner, yuan, levels) {
  await visit(page, ROUTE.approvalRules);
  const offered = await main(page).locator('[name="level_0"] option').allInnerTexts();
  await main(page).locator('[name="above"]').fill(yuan);
  for (let level = 0; level < levels; level += 1) {
    await main(page).locator(`[name="level_${level}"]`).selectOption('role:org_owner');
  }
  await press(page, LABEL.addRule);
  await proveIfAsked(page, owner);
  await main(page).getByText(`¥${yuan}.00`).first().waitFor();
  return offered;
}

scene('an order above the rule of an enterprise is agreed to by two colleagues', { width: 1280, timeout: 280_000 }, async (page) => {
  const owner = await found(page);
  const maker = await open({ width: 390 });
  const checker = await open({ width: 390 });
  try {
    const buyer = await register(maker);
    await join(page, maker, buyer);
    await topUpByCard(page, '80');

    // Two owners one after the other; whoever may not check is not offered as one who does.
    const offered = await ruleAbove(page, owner, '20', 2);
    assert.ok(!offered.some((text) => text.includes(buyer.login.slice(-4))), `a buyer cannot check: ${offered}`);
    await inspect(page);
    const colleague = await register(checker);
    await join(page, checker, colleague, 'org_owner');

    await fillTopUp(maker);
    await toCheck(maker);
    await chooseIfAsked(maker, LABEL.balance);
    await press(maker, LABEL.pay);
    await maker.waitForURL((at) => at.pathname.startsWith('/orders/'));
    const order = `/orders/${path(maker).split('/')[2]}`;
    await visit(maker, order);
    await main(maker).getByText(LABEL.waitsForApproval).first().waitFor();
    await inspect(maker);
    // Its maker may not agree.
    await visit(maker, ROUTE.approvals);
    await main(maker).locator('a[href^="/org/approvals/apr"]').first().click();
    assert.equal(await main(maker).getByRole('button', { name: LABEL.approve }).count(), 0);

    await approve(checker, colleague);
    await visit(maker, order);
    await main(maker).getByText(LABEL.waitsForApproval).first().waitFor();
    await approve(page, owner);
    await isDone(maker, order);
    assert.deepEqual([...maker.problems, ...checker.problems], []);
  } finally {
    await maker.context().close();
    await checker.context().close();
  }
});

scene('orders of a file are mended, submitted and agreed to all at once', { width: 1280, timeout: 280_000 }, async (page) => {
  const owner = await found(page);
  const maker = await open({ width: 390 });
  try {
    const buyer = await register(maker);
    await join(page, maker, buyer);
    await topUpByCard(page, '200');
    await ruleAbove(page, owner, '20', 1);

    await visit(maker, ROUTE.batchNew);
    await main(maker).locator('a[href*="service=mobile-top-up"][href*="offering=y50"]').click();
    await inspect(maker);
    const [template] = await Promise.all([
      maker.waitForEvent('download'),
      main(maker).locator('a[href^="/org/batches/template"]').click(),
    ]);
    const head = await readFile(await template.path(), 'utf8');
    const phones = [freshPhone(), freshPhone()];
    const text = `${head}${phones[0]}\n1380\n`;
    await main(maker).locator('input[name="file"]').setInputFiles({ name: '十一月.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await main(maker).locator('#upload button').click();
    await maker.waitForURL((at) => at.pathname.startsWith('/org/batches/bat_'));
    const file = path(maker);
    await main(maker).getByText(LABEL.lineToMend).first().waitFor();
    await inspect(maker);

    await main(maker).locator('a[href$="/lines/3"]').first().click();
    await maker.locator('[name="c0"]').fill(phones[1]);
    await inspect(maker);
    await main(maker).locator('form[action$="/lines/3"] button').first().click();
    await maker.waitForURL((at) => at.pathname === file);
    await main(maker).locator(`form[action="${file}/submit"] button`).click();

    const agree = main(page).locator('button[name="do"][value="agree_all"]');
    await until(async () => {
      await visit(page, file);
      return agree.isVisible();
    }, WAIT_MS, 'both orders to wait for the owner');
    await inspect(page);
    await agree.click();
    await proveIfAsked(page, owner);
    await page.waitForURL((at) => at.pathname === file);
    await visit(maker, file);
    assert.equal(await main(maker).locator('button[name="do"]').count(), 0, 'whoever handed the file in does not agree to it');
    const orders = await main(maker).locator('a[href^="/orders/ord_"]').evaluateAll((links) => links.map((link) => link.pathname));
    for (const order of orders) await isDone(maker, order);
    const [results] = await Promise.all([
      maker.waitForEvent('download'),
      visit(maker, file).then(() => main(maker).locator(`a[href="${file}/results"]`).click()),
    ]);
    const told = await readFile(await results.path(), 'utf8');
    for (const part of [...phones, ...orders.map((order) => order.split('/')[2])]) assert.ok(told.includes(part), part);
    assert.deepEqual(maker.problems, []);
  } finally {
    await maker.context().close();
  }
});

for (const width of [390, 1280]) {
  scene(`a payee is written down, and money goes there through the bank, at ${width} px`, { width, timeout: 240_000 }, async (page) => {
    const name = `王建国${width}`;
    await signIn(page, 'customer');
    await visit(page, ROUTE.payees);
    await fill(page, LABEL.payeeName, name);
    await fill(page, LABEL.payeeBank, '中国银行');
    // An account stands in the book once, and both widths share the customer; the bank checks the last digit.
    const account = width === 390 ? '6217000123456788' : '6217000123456796';
    await fill(page, LABEL.payeeAccount, account);
    await press(page, LABEL.addPayee);
    await proveIfAsked(page, people.customer);
    await main(page).getByText(name).first().waitFor();
    assert.doesNotMatch(await main(page).innerText(), /62170001/, 'the account is masked');
    await inspect(page);

    const filled = { payee: name, bank: '中国银行', account };
    await transfer(page, people.customer, { payee: account.slice(-4), filled, amount: '12.50', purpose: '合租水费' });
    assert.match(await main(page).innerText(), /BK\d{14}/, 'the number of the bank is told');
  });
}

for (const width of [390, 1280]) {
  scene(`somebody takes their balance back to their own bank, at ${width} px`, { width, timeout: 240_000 }, async (page) => {
    await signIn(page, 'customer');
    await visit(page, ROUTE.account);
    await main(page).locator(`a[href="${ROUTE.withdraw}"]`).click();
    await page.waitForURL((at) => at.pathname === ROUTE.withdraw);
    const account = width === 390 ? '6222021234567001' : '6222021234567019';
    await fill(page, LABEL.payeeBank, '工商银行');
    await fill(page, LABEL.payeeAccount, account);
    await press(page, LABEL.addOwn);
    await proveIfAsked(page, people.customer);
    await main(page).getByText(account.slice(-4)).first().waitFor();
    const payee = await main(page).innerText().then((text) => text.match(/户名须为 (\S+?)，/)[1]);
    // More than goes to anybody else who was added a moment ago.
    // Each width another amount: both share the customer, and its entries tell them apart.
    const yuan = `20${width % 7}.50`;
    const filled = { payee, bank: '工商银行', account };
    await transfer(page, people.customer, { from: ROUTE.withdraw, payee: account.slice(-4), filled, amount: `1${yuan}` });
    await inspect(page);
    assert.match(await main(page).innerText(), /BK\d{14}/, 'the number of the bank is told');
    await visit(page, ROUTE.transactions);
    await main(page).getByText(`1,${yuan}`).first().waitFor();
  });
}

scene('a member of staff gives the money of a stuck order back', { width: 1280, timeout: 180_000 }, async (page) => {
  await signIn(page, 'administrator');
  await visit(page, ROUTE.fallout);
  const stuck = main(page).locator(`a[href^="${ROUTE.fallout}/"]`).last();
  const number = (await stuck.innerText()).trim();
  await stuck.click();
  await page.waitForURL((at) => at.pathname.startsWith(`${ROUTE.fallout}/`));
  await main(page).locator('[name="reason"]').fill('商家无法办理，已与客户说明');
  await main(page).locator('button[name="repair"][value="refund"]').click();
  await proveIfAsked(page, people.administrator);
  // Asked once more, with what it leads to.
  await main(page).locator('form[action^="/console/fallout/"] button').first().click();
  await page.waitForURL((at) => at.searchParams.get('done') === 'refund');
  assert.equal(await main(page).getByText(number).count(), 0, 'it is no longer stuck');
  await visit(page, `${ROUTE.queue}?q=${encodeURIComponent(number)}`);
});

scene('the statement of a month is printed', { width: 1280, timeout: 180_000 }, async (page) => {
  await register(page);
  await topUpByCard(page, '80');
  await visit(page, ROUTE.statements);
  await inspect(page);
  await main(page).locator('a[href^="/account/statements/20"]').last().click();
  await main(page).locator('article.sheet').waitFor();
  await inspect(page);
  const text = (await printed(page)).replace(/(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu, '');
  for (const part of [/对账单/, /收入合计/, /支出合计/, /期末余额\s*¥80\.00/, /[0-9a-f]{64}/, /\+80\.00\s+80\.00/]) {
    assert.match(text, part);
  }
  assert.doesNotMatch(text, /打印或存为|主导航|下载表格/, 'buttons and navigation are not printed');
});
