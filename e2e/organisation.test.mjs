// An enterprise in the browser: registered, a colleague invited with a link, a limit that holds at the counter and is raised,
// and a member who is removed and loses the hat at once.

import assert from 'node:assert/strict';

import { axe, chooseIfAsked, fill, fillTopUp, freshPhone, noSidewaysScroll, open, press, refusal, register, until, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const main = (page) => page.getByRole('main');

/** A unified social credit code of nobody, with its check character (GB 32100-2015). */
function creditCode() {
  const digits = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = `91310000${freshPhone().slice(2)}`.slice(0, 17);
  const sum = [...body].reduce((total, digit, at) => total + digits.indexOf(digit) * (3 ** at % 31), 0);
  return body + digits[(31 - (sum % 31)) % 31];
}

async function foundOrganisation(page, name) {
  await visit(page, ROUTE.newOrganisation);
  await fill(page, LABEL.organisationName, name);
  await fill(page, LABEL.creditCode, creditCode());
  await press(page, LABEL.foundOrganisation);
  await main(page).getByText(name).first().waitFor();
}

/** The address that the invitation page shows once. */
async function invite(page, contact) {
  await visit(page, ROUTE.organisation);
  await fill(page, LABEL.inviteContact, contact);
  await press(page, LABEL.inviteButton);
  const shown = await main(page).getByText(/\/join\//).first().innerText();
  return new URL(shown.match(/https?:\S+/)[0]).pathname;
}

async function limitTo(page, member, yuan) {
  await visit(page, ROUTE.organisation);
  const row = main(page).getByRole('row').filter({ hasText: member.login.slice(-4) });
  await row.locator('summary').click();
  await row.locator('[name="transaction_limit"]').fill(yuan);
  await row.getByRole('button', { name: LABEL.save }).click();
  await main(page).getByText(LABEL.saved).first().waitFor();
}

/** Fills in a top-up for 50 yuan and presses on, until `ended` says where that led. */
async function order(page, ended) {
  await fillTopUp(page);
  await until(async () => {
    await page.waitForLoadState();
    if (await ended()) return true;
    await chooseIfAsked(page, LABEL.card);
    await chooseIfAsked(page, LABEL.agree);
    await press(page, new RegExp(`${LABEL.pay.source}|${LABEL.next.source}`));
    return false;
  }, 60_000, 'the end of ordering');
}

scene('a member of an enterprise orders within the limit that its owner set, and no more once removed', { width: 1280, timeout: 240_000 }, async (page) => {
  const name = `长夜便利店${freshPhone().slice(-6)}`;
  await register(page);
  await foundOrganisation(page, name);
  await axe(page);
  await noSidewaysScroll(page);

  const member = await open({ width: 390 });
  try {
    const person = await register(member);
    const path = await invite(page, person.login);
    await visit(member, path);
    await main(member).getByText(name).first().waitFor();
    await press(member, LABEL.join);
    await main(member).getByText(LABEL.joined).first().waitFor();
    await press(member, LABEL.actForIt);
    await main(member).getByText(LABEL.actingFor).first().waitFor();
    await axe(member);
    await noSidewaysScroll(member);
    const again = await member.goto(path);
    assert.equal(again.status(), 404, 'the link works once');

    await limitTo(page, person, '20');
    refusal(member, 403);
    const refused = main(member).getByText(LABEL.overLimit).first();
    await order(member, () => refused.isVisible());

    await limitTo(page, person, '100');
    const ours = new URL(member.url()).origin;
    await order(member, async () => new URL(member.url()).origin !== ours || /\/orders\/[^/]+/.test(member.url()));

    await visit(page, ROUTE.organisation);
    const row = main(page).getByRole('row').filter({ hasText: person.login.slice(-4) });
    await row.getByRole('button', { name: LABEL.removeMember }).click();
    await main(page).getByText(LABEL.memberRemoved).first().waitFor();
    await visit(member, ROUTE.organisation);
    assert.equal(await main(member).getByText(name).count(), 0, 'the hat is gone at once');
    assert.deepEqual(member.problems, []);
    assert.deepEqual(member.refusals, []);
  } finally {
    await member.context().close();
  }
});
