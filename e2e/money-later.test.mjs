// Money that moves when the work is done, in the browser: a card that is only authorised until a technician has mended the line, or
// let go when the order is cancelled; and money that goes from one balance here to another.

import assert from 'node:assert/strict';

import { fill, open, people, press, register, signIn, until, visit } from './lib.mjs';
import { WAIT_MS, inspect, isDone, proveIfAsked, toCheck, transfer } from './paying.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const HOME = { city: '上海市', district: '徐汇区', street: '漕溪北路 88 号 1203 室', name: '林晓', phone: '13900001234' };
/** Another customer of the demo, by the name that was verified. */
const PAYEE = { name: '周启明', shown: '周*明', contact: '13910001188' };
const main = (page) => page.getByRole('main');
const path = (page) => new URL(page.url()).pathname;

/** Orders a repair, and lets the card be authorised; the path of the order. */
async function orderRepair(page) {
  await visit(page, ROUTE.services);
  await press(page, LABEL.broadbandRepair);
  await press(page, LABEL.start);
  await page.waitForURL((at) => at.pathname.startsWith('/o/'));
  await main(page).locator('[name="address.province"]').selectOption({ label: '上海市' });
  for (const [part, value] of Object.entries(HOME)) await main(page).locator(`[name="address.${part}"]`).fill(value);
  await press(page, LABEL.next);
  await main(page).locator('[name="fault"]').fill('昨晚开始断网，红灯常亮');
  await toCheck(page);
  await main(page).getByText(LABEL.chargedLater).waitFor();
  assert.equal(await main(page).locator('input[name="method"][value="wechat"]').count(), 0, 'only what can authorise is offered');
  await inspect(page);
  await main(page).locator('input[name="method"][value="card"]').check({ force: true });
  await press(page, LABEL.pay);
  await page.waitForURL((at) => at.pathname.startsWith('/pay/'));
  await main(page).getByText(LABEL.chargedLater).waitFor();
  await inspect(page);
  await main(page).locator('input[name="method"][value="card"]').check({ force: true });
  await press(page, LABEL.pay);
  await page.locator('button[name="card"][value="pay"]').click();
  await page.waitForURL((at) => at.pathname.startsWith('/orders/'), { timeout: WAIT_MS });
  const order = `/orders/${path(page).split('/')[2]}`;
  await visit(page, order);
  await main(page).getByText(LABEL.authorisedOnly).first().waitFor();
  await inspect(page);
  return order;
}

/** What the console says about the payment of an order. */
async function payment(staff, number) {
  await visit(staff, `${ROUTE.payments}?q=${encodeURIComponent(number)}`);
  assert.match(path(staff), /^\/console\/payments\/pay_/, 'a number leads to its payment');
  return main(staff).innerText();
}

/** Does the task of an order that asks for this. */
async function finish(staff, number, asked, answer) {
  await until(async () => {
    await visit(staff, ROUTE.tasks);
    const task = main(staff).locator('tr').filter({ hasText: number }).locator(`a[href^="${ROUTE.tasks}/"]`);
    if ((await task.count()) === 0) return false;
    await task.first().click();
    await staff.waitForURL((at) => at.pathname.startsWith(`${ROUTE.tasks}/`));
    return (await main(staff).locator(`[name="${asked}"]`).count()) > 0;
  }, WAIT_MS, `the task that asks for ${asked}`);
  await main(staff).locator(`[name="${asked}"]`).fill(answer);
  await press(staff, LABEL.finishTask);
  await staff.waitForURL((at) => at.searchParams.get('done') === 'completed');
}

const numberOf = async (page) => (await main(page).innerText()).match(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}/)[0];

for (const width of [390, 1280]) {
  const look = { width, timeout: 240_000 };

  scene(`a card is charged when the line is mended, at ${width} px`, look, async (page) => {
    await register(page);
    const order = await orderRepair(page);
    const number = await numberOf(page);
    const staff = await open({ width: 1280 });
    try {
      await signIn(staff, 'administrator');
      assert.match(await payment(staff, number), /已预授权/);
      await inspect(staff);
      await finish(staff, number, 'technician', '王师傅');
      await finish(staff, number, 'cause', '入户光纤折断');
      await isDone(page, order);
      assert.match(await main(page).innerText(), /入户光纤折断/, 'what was wrong is told');
      await inspect(page);
      // The gateway is asked beside the page that finished the work.
      const charged = await until(async () => {
        const said = await payment(staff, number);
        return /已支付/.test(said) && said;
      }, WAIT_MS, 'the card to be charged');
      assert.match(charged, /¥60\.00/);
      assert.deepEqual(staff.problems, []);
    } finally {
      await staff.context().close();
    }
  });

  scene(`nothing is charged for a repair that is cancelled before it begins, at ${width} px`, look, async (page) => {
    await register(page);
    const order = await orderRepair(page);
    await press(page, LABEL.cancelOrder);
    await page.waitForURL((at) => at.pathname.endsWith('/cancel'));
    await inspect(page);
    await press(page, LABEL.confirmCancel);
    await page.waitForURL((at) => at.pathname.startsWith(order) && !at.pathname.endsWith('/cancel'));
    await visit(page, order);
    await main(page).getByText(LABEL.nothingCharged).first().waitFor();
    await visit(page, ROUTE.transactions);
    assert.doesNotMatch(await main(page).innerText(), /60\.00/, 'nothing was booked');
  });

  scene(`money goes from one balance to another, at ${width} px`, look, async (page) => {
    await signIn(page, 'customer');
    await visit(page, ROUTE.payees);
    // Both widths share the customer: the payee is written down once.
    if ((await main(page).getByText(PAYEE.shown).count()) === 0) {
      await visit(page, ROUTE.payeeCustomer);
      await inspect(page);
      await fill(page, LABEL.payeeName, PAYEE.name);
      await main(page).locator('[name="contact"]').fill(PAYEE.contact);
      await press(page, LABEL.addPayee);
      await page.waitForURL((at) => at.pathname !== ROUTE.payeeCustomer);
      await proveIfAsked(page, people.customer);
      await page.waitForURL((at) => at.pathname === ROUTE.payees);
    }
    await main(page).getByText(PAYEE.shown).first().waitFor();
    assert.doesNotMatch(await main(page).innerText(), /1391000/, 'the number is masked');
    await inspect(page);
    // Each width another amount: both share the customer, and its statement tells them apart.
    const amount = `1${width % 7}.25`;
    // A name is not told in full.
    const filled = { payee: PAYEE.shown, contact: `+86${PAYEE.contact}` };
    await transfer(page, people.customer, { payee: PAYEE.shown, filled, amount, purpose: '分摊电费' });
    await inspect(page);
    await visit(page, ROUTE.transactions);
    await main(page).getByText(amount).first().waitFor();
  });
}

scene('a payee who is not a customer by this name is not told apart from one who is none', { width: 390, timeout: 120_000 }, async (page) => {
  await signIn(page, 'customer');
  const answers = [];
  for (const [name, contact] of [['王不对', PAYEE.contact], ['王不对', '19900000009']]) {
    await visit(page, ROUTE.payeeCustomer);
    await fill(page, LABEL.payeeName, name);
    await main(page).locator('[name="contact"]').fill(contact);
    await press(page, LABEL.addPayee);
    await proveIfAsked(page, people.customer);
    await page.getByRole('alert').first().waitFor();
    answers.push((await page.getByRole('alert').first().innerText()).trim());
    await inspect(page);
  }
  assert.equal(answers[0], answers[1]);
  assert.equal(await main(page).locator('[name="contact"]').inputValue(), '19900000009', 'nothing typed is lost');
});
