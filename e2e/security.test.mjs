// What a customer does about their own safety, in the browser: an authenticator app, the second factor, a fresh proof that
// keeps what was typed, freezing and unfreezing, a forgotten password. With and without scripts.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { axe, codeAfter, codesFor, fill, noSidewaysScroll, open, people, press, refusal, register, signIn, visit } from './lib.mjs';
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

/** What scripts in the page can tell of it; where none run, the same page with scripts has told it. */
async function inspect(page, js) {
  if (!js) return;
  await axe(page);
  await noSidewaysScroll(page);
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
  const secret = await page.locator('main code.num').innerText();
  await send(page, 'code', shows(secret, -1));
  const shown = page.locator('main .codes code');
  await shown.first().waitFor();
  const codes = await shown.allInnerTexts();
  assert.equal(codes.length, 10, 'ten recovery codes, shown once');
  return { secret, codes };
}

/** Freezes whoever is signed in on this page. */
async function freeze(page, js) {
  await visit(page, ROUTE.freeze);
  await inspect(page, js);
  await page.locator(`main form[action="${ROUTE.freeze}"] button`).click();
  await page.getByRole('heading', { name: LABEL.frozen }).waitFor();
}

/** Whoever is frozen knows the password, and gets nowhere with it. */
async function staysShut(page, person) {
  refusal(page, 403);
  await logIn(page, person);
  await page.getByRole('alert').getByText(LABEL.frozen).waitFor();
  assert.ok(new URL(page.url()).pathname.startsWith(ROUTE.login));
}

for (const js of [true, false]) {
  const how = js ? 'with scripts' : 'without scripts';

  scene(`an app is the second factor, a proof keeps what was typed, ${how}`, { js, timeout: 240_000 }, async (page) => {
    const person = await register(page);
    const { secret } = await withApp(page);
    await signOut(page);
    await logIn(page, person);
    assert.equal(new URL(page.url()).pathname, ROUTE.second, 'the password alone opens nothing');
    await inspect(page, js);
    await page.locator('main [name="remember"]').first().check();
    await send(page, 'totp', shows(secret));
    assert.equal(new URL(page.url()).pathname, ROUTE.home);

    // The remembered device spares the second factor, and is no fresh proof.
    await signOut(page);
    await logIn(page, person);
    assert.equal(new URL(page.url()).pathname, ROUTE.home);
    await visit(page, ROUTE.keys);
    refusal(page, 403);
    await send(page, 'name', '收银系统');
    await page.locator('main [name="totp"]').waitFor();
    await inspect(page, js);
    await send(page, 'totp', shows(secret, 1));
    // One press more, and what was typed goes where it was meant to.
    const onward = page.getByRole('main').getByRole('button').first();
    if (new URL(page.url()).pathname !== ROUTE.keys) await onward.click();
    await page.getByText(/evl_[\w-]{43}/).first().waitFor();
    await visit(page, ROUTE.keys);
    await page.getByText('收银系统').first().waitFor();
  });

  scene(`a forgotten password is set anew by a code, ${how}`, { js, timeout: 180_000 }, async (page) => {
    const person = await register(page);
    const other = await open({ js });
    try {
      await visit(other, ROUTE.recover);
      await inspect(other, js);
      const before = await codesFor(other, person.login);
      await send(other, 'contact', person.login);
      await other.locator('main [name="code"]').fill(await codeAfter(other, person.login, before.length));
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

scene('one tap freezes, every device is signed out, and two factors open the account again', { timeout: 240_000 }, async (page) => {
  // Somebody to whom no code went in the last minute: codes are sent that far apart.
  const person = people.customer;
  await signIn(page, 'customer');
  const { secret } = await withApp(page);
  await freeze(page, true);
  await staysShut(page, person);

  await visit(page, ROUTE.unfreeze);
  await inspect(page, true);
  const before = await codesFor(page, person.login);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.continue);
  await page.locator('main [name="sms"]:visible').first().fill(await codeAfter(page, person.login, before.length));
  await inspect(page, true);
  await send(page, 'totp', shows(secret));
  await page.getByRole('main').getByText(LABEL.unfrozen).waitFor();

  await logIn(page, person);
  await page.locator('main [name="totp"]:visible').first().waitFor();
  await send(page, 'totp', shows(secret, 1));
  assert.equal(new URL(page.url()).pathname, ROUTE.home);
  // As it was before, for the scenes after this one.
  await visit(page, ROUTE.app);
  await press(page, LABEL.removeApp);
  await page.waitForURL((at) => at.pathname === ROUTE.security);
  await page.getByRole('main').getByText(LABEL.appRemoved).first().waitFor();
});

scene('an account frozen without scripts is opened again by staff', { js: false, timeout: 240_000 }, async (page) => {
  const person = await register(page);
  await freeze(page, false);
  await staysShut(page, person);
  const desk = await open({ width: 1280, js: false });
  try {
    await signIn(desk, 'administrator');
    await visit(desk, `${ROUTE.customers}?q=${person.login}`);
    // Somebody found by the whole number is shown at once.
    const unfreeze = desk.locator('main details', { has: desk.locator('button[value="unfreeze"]') });
    await unfreeze.locator('summary').click();
    await unfreeze.locator('[name="state_reason"]').fill('本人持证件到柜台办理');
    await unfreeze.locator('button').click();
    await press(desk, LABEL.unfreeze);
    await desk.getByText(LABEL.unfrozen).first().waitFor();
    assert.deepEqual(desk.problems, []);
  } finally {
    await desk.context().close();
  }
  await logIn(page, person);
  assert.equal(new URL(page.url()).pathname, ROUTE.home);
});

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
