// What staff do: sign in, look at the queue, open an order, finish a task, send a fallen-out order on its way again.

import assert from 'node:assert/strict';

import { fill, field, press, signIn, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const desktop = { width: 1280 };

scene('an operator signs in and sees the queue', desktop, async (page) => {
  await signIn(page, 'operator');
  await visit(page, ROUTE.queue);
  await page.getByRole('heading', { level: 1, name: LABEL.consoleTitle }).waitFor();
  assert.ok((await page.getByRole('table').getByRole('row').count()) > 1, 'the queue has rows');
});

scene('an order opens with its timeline', desktop, async (page) => {
  await signIn(page, 'operator');
  await openFirst(page, ROUTE.queue);
  await page.getByRole('heading', { name: LABEL.progress }).first().waitFor();
  assert.ok((await page.getByRole('main').getByRole('listitem').count()) > 0, 'the timeline has entries');
});

scene('a staff task is finished and leaves the list', desktop, async (page) => {
  await signIn(page, 'operator');
  const path = await openFirst(page, ROUTE.tasks);
  await fill(page, LABEL.technician, '王师傅');
  await press(page, LABEL.finishTask);
  await page.waitForLoadState();
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing was refused');
  await visit(page, ROUTE.tasks);
  assert.equal(await page.locator(`main a[href="${path}"]`).count(), 0, 'the task is gone');
});

scene('a fallen-out order is retried with a reason', desktop, async (page) => {
  await signIn(page, 'operator');
  await openFirst(page, ROUTE.fallout);
  await giveReason(page);
  await press(page, LABEL.retry);
  await page.waitForLoadState();
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing was refused');
});

scene('a customer has no business in the console', { ...desktop }, async (page) => {
  await signIn(page, 'customer');
  const response = await page.goto(ROUTE.queue);
  assert.equal(response.status(), 403);
  page.problems = page.problems.filter((problem) => !problem.includes('403'));
});

async function openFirst(page, list) {
  await visit(page, list);
  const link = page.locator(`main a[href^="${list}/"]`).first();
  assert.ok((await link.count()) > 0, `${list} is empty: the demo should have one`);
  await link.click();
  await page.waitForURL((at) => at.pathname.startsWith(`${list}/`));
  return new URL(page.url()).pathname;
}

async function giveReason(page) {
  if ((await field(page, LABEL.reason).count()) > 0) await fill(page, LABEL.reason, '已与客户电话核对');
}
