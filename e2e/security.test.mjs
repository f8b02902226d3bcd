// What a customer does about their own safety, in the browser: an authenticator app, the second factor, a fresh proof that
// keeps what was typed, freezing and unfreezing, a forgotten password. With and without scripts.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { axe, fill, noSidewaysScroll, open, press, register, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an app with this secret shows, `ahead` half minutes from now (RFC 6238). Each is taken once, so a scene uses several. */
function shows(secret, ahead = 0) {
  const bits = [...secret.replaceAll(' ', '')].map((c) => LETTERS.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac('sha1', key).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

/** Sends the form that holds this control. */
async function send(page, name, value) {
  const control = page.locator(`main [name="${name}"]:visible`).first();
  await control.fill(value);
  await control.press('Enter');
  await page.waitForLoadState();
}

/** The newest code in the outbox of the demo; the page stays where it is. */
async function newestCode(page) {
  const other = await page.context().newPage();
  await other.goto(ROUTE.outbox);
  const text = await other.getByRole('main').innerText();
  await other.close();
  return text.match(/\b\d{6}\b/)[0];
}

async function logIn(page, person) {
  await visit(page, ROUTE.login);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.loginButton);
  await page.waitForLoadState();
}

/** Forgets who is signed in, but not the device. */
async function signOut(page) {
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.context().addCookies(cookies.filter((cookie) => cookie.name === 'everlit_device'));
}

/** Turns an app on; its secret and the recovery codes. */
async function withApp(page) {
  await visit(page, ROUTE.app);
  await axe(page);
  const secret = await page.locator('main code.num').innerText();
  await send(page, 'code', shows(secret, -1));
  const codes = await page.locator('main .codes code').allInnerTexts();
  assert.equal(codes.length, 10, 'ten recovery codes, shown once');
  return { secret, codes };
}

for (const js of [true, false]) {
  const how = js ? 'with scripts' : 'without scripts';

  scene(`an app is the second factor, a proof keeps what was typed, ${how}`, { js, timeout: 240_000 }, async (page) => {
    const person = await register(page);
    const { secret } = await withApp(page);
    await signOut(page);
    await logIn(page, person);
    assert.equal(new URL(page.url()).pathname, ROUTE.second, 'the password alone opens nothing');
    await axe(page);
    await noSidewaysScroll(page);
    await page.locator('main [name="remember"]').first().check();
    await send(page, 'totp', shows(secret));
    assert.equal(new URL(page.url()).pathname, ROUTE.home);

    // The remembered device spares the second factor, and is no fresh proof.
    await signOut(page);
    await logIn(page, person);
    assert.equal(new URL(page.url()).pathname, ROUTE.home);
    await visit(page, ROUTE.keys);
    await send(page, 'name', '收银系统');
    await page.locator('main [name="totp"]').waitFor();
    // The question is the answer to a refused form: 403 is what it should be.
    const told = page.problems.findIndex((problem) => problem.includes('403'));
    if (told >= 0) page.problems.splice(told, 1);
    await axe(page);
    await send(page, 'totp', shows(secret, 1));
    // One press more, and what was typed goes where it was meant to.
    const onward = page.getByRole('main').getByRole('button').first();
    if (new URL(page.url()).pathname !== ROUTE.keys) await onward.click();
    await page.getByText(/evl_[\w-]{43}/).first().waitFor();
    await visit(page, ROUTE.keys);
    await page.getByText('收银系统').first().waitFor();
  });

  scene(`one tap freezes, and every device is signed out, ${how}`, { js, timeout: 240_000 }, async (page) => {
    const person = await register(page);
    await visit(page, ROUTE.freeze);
    await axe(page);
    await page.locator('main form[action="/me/security/freeze"] button').click();
    await page.waitForLoadState();
    await visit(page, ROUTE.login);
    await fill(page, LABEL.account, person.login);
    await fill(page, LABEL.password, person.password);
    await press(page, LABEL.loginButton);
    await page.getByRole('alert').getByText(/冻结/).waitFor();
    assert.ok(new URL(page.url()).pathname.startsWith(ROUTE.login), 'a frozen account stays shut');
    await visit(page, ROUTE.unfreeze);
    await axe(page);
    await noSidewaysScroll(page);
  });

  scene(`a forgotten password is set anew by a code, ${how}`, { js, timeout: 180_000 }, async (page) => {
    const person = await register(page);
    const other = await open({ js });
    try {
      await visit(other, ROUTE.recover);
      await axe(other);
      await send(other, 'contact', person.login);
      await other.locator('main [name="code"]').fill(await newestCode(other));
      await send(other, 'password', 'a-lamp-for-every-hour-of-the-day');
      assert.deepEqual(other.problems, []);
    } finally {
      await other.context().close();
    }
    await page.goto(ROUTE.security);
    assert.ok(new URL(page.url()).pathname.startsWith(ROUTE.login), 'every session has ended');
    await logIn(page, { ...person, password: 'a-lamp-for-every-hour-of-the-day' });
    assert.equal(new URL(page.url()).pathname, ROUTE.home);
  });
}

scene('the last way in after everything is lost: a recovery code', { timeout: 180_000 }, async (page) => {
  const person = await register(page);
  const { codes } = await withApp(page);
  await page.context().clearCookies();
  await logIn(page, person);
  await page.locator('main details summary').first().click();
  await send(page, 'recovery_code', codes[0]);
  assert.equal(new URL(page.url()).pathname, ROUTE.home);
  await page.context().clearCookies();
  await logIn(page, person);
  await page.locator('main details summary').first().click();
  await send(page, 'recovery_code', codes[0]);
  assert.equal(new URL(page.url()).pathname, ROUTE.second, 'each works once');
});
