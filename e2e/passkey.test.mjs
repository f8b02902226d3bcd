// Passkeys with Chromium's own virtual authenticator: added on one profile, used on a second that has the same passkey (as
// a password manager would bring it there), removed, and the way in without it.

import assert from 'node:assert/strict';

import { axe, field, fill, noSidewaysScroll, open, press, register, url, visit } from './lib.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const NAME = '红色的小电话';

/** A platform authenticator that verifies its person, in this page's profile. */
async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false,
    },
  });
  const send = (what, more = {}) => cdp.send(`WebAuthn.${what}`, { authenticatorId, ...more });
  return {
    keys: async () => (await send('getCredentials')).credentials,
    put: (credential) => send('addCredential', { credential }),
    /** From now on a finger lies on the sensor, or the wrong one, or none. */
    touch: (enabled) => send('setAutomaticPresenceSimulation', { enabled }),
    verify: (isUserVerified) => send('setUserVerified', { isUserVerified }),
  };
}

const main = (page) => page.getByRole('main');

/** The person at this device does as it asks; the page that follows is loaded. */
async function pressWithFinger(page, device, label) {
  await device.touch(true);
  await press(page, label);
}

scene('a passkey is added, signs in on a second profile, is removed, and the password still works', { timeout: 240_000 }, async (page) => {
  assert.match(url, /^https?:\/\/localhost[:/]?/, 'passkeys need a name, not an address');
  const person = await register(page);
  const phone = await authenticator(page);

  await visit(page, ROUTE.security);
  await press(page, LABEL.passkeys);
  await page.waitForURL((at) => at.pathname === ROUTE.passkeys);
  await axe(page);
  await noSidewaysScroll(page);
  await fill(page, LABEL.passkeyName, NAME);
  await pressWithFinger(page, phone, LABEL.addPasskey);
  // The first second factor brings recovery codes, shown once.
  await page.getByRole('heading', { name: LABEL.recoveryCodes }).waitFor();
  assert.ok((await main(page).getByRole('listitem').count()) >= 8, 'the codes are shown');
  await press(page, LABEL.codesSaved);
  await main(page).getByText(NAME).first().waitFor();

  const [key, ...more] = await phone.keys();
  assert.deepEqual(more, []);
  assert.equal(key.isResidentCredential, true);
  assert.equal(key.rpId, 'localhost');
  assert.equal(Buffer.from(key.userHandle, 'base64').length, 16);

  // The device already has one: it is not made twice.
  await visit(page, ROUTE.passkeys);
  await press(page, LABEL.addPasskey);
  await main(page).getByText(LABEL.passkeyKnown).waitFor();
  assert.equal((await phone.keys()).length, 1);

  const other = await open({ width: 1280 });
  try {
    const laptop = await authenticator(other);
    // Here by the button alone; the suggestions of the field have a scene of their own.
    await other.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
    await laptop.put(key);
    await visit(other, ROUTE.login);
    assert.match(await field(other, LABEL.account).getAttribute('autocomplete'), /\bwebauthn$/);

    // Somebody whom the device does not know gets nowhere, and is told so.
    await laptop.verify(false);
    await pressWithFinger(other, laptop, LABEL.passkeySignIn);
    await main(other).getByText(LABEL.passkeyNotDone).waitFor();
    await laptop.verify(true);
    await press(other, LABEL.passkeySignIn);
    await other.waitForURL((at) => !at.pathname.startsWith(ROUTE.login));
    await visit(other, ROUTE.passkeys);
    await main(other).getByText(NAME).first().waitFor();

    // A passkey is a fresh proof: it may be taken away at once, by whoever just used it.
    await press(other, LABEL.removePasskey);
    await press(other, LABEL.confirmRemove);
    await main(other).getByText(LABEL.passkeyRemoved).waitFor();
    assert.equal(await main(other).getByText(NAME).count(), 0);

    await other.context().clearCookies();
    await laptop.touch(false);
    const left = await laptop.keys();
    // Where the browser was told of it (signal API) it has forgotten the passkey; bring it back as a lost copy would be.
    if (left.length === 0) await laptop.put(key);
    await visit(other, ROUTE.login);
    await pressWithFinger(other, laptop, LABEL.passkeySignIn);
    await other.getByRole('alert').getByText(LABEL.passkeyRefused).waitFor();
    assert.deepEqual(other.problems, []);
  } finally {
    await other.context().close();
  }

  await page.context().clearCookies();
  await phone.touch(false);
  await visit(page, ROUTE.login);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.loginButton);
  await page.waitForURL((at) => !at.pathname.startsWith(ROUTE.login));
});

scene('a passkey chosen among the suggestions of the account field signs in', { timeout: 180_000 }, async (page) => {
  await register(page);
  const device = await authenticator(page);
  await visit(page, ROUTE.passkeys);
  await pressWithFinger(page, device, LABEL.addPasskey);
  await page.getByRole('heading', { name: LABEL.recoveryCodes }).waitFor();
  await page.context().clearCookies();
  // The virtual authenticator answers a conditional request as if the suggestion had been chosen.
  await page.goto(ROUTE.login);
  await page.waitForURL((at) => !at.pathname.startsWith(ROUTE.login));
  await visit(page, ROUTE.security);
});

scene('a passkey is the second factor after a password, and a fresh proof', { timeout: 180_000 }, async (page) => {
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  const person = await register(page);
  const device = await authenticator(page);
  await visit(page, ROUTE.passkeys);
  await pressWithFinger(page, device, LABEL.addPasskey);
  await page.getByRole('heading', { name: LABEL.recoveryCodes }).waitFor();
  await page.context().clearCookies();
  await visit(page, ROUTE.login);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.loginButton);
  await page.waitForURL((at) => at.pathname === ROUTE.second);
  await press(page, LABEL.passkeyConfirm);
  await page.waitForURL((at) => !at.pathname.startsWith(ROUTE.login));
  await page.goto(`${ROUTE.proof}?next=${ROUTE.passkeys}`);
  await press(page, LABEL.passkeyConfirm);
  await page.waitForURL((at) => at.pathname === ROUTE.passkeys);
  await main(page).getByText(/最近使用/).waitFor();
});

scene('whoever loses the only passkey comes back with a recovery code and makes a new one', { timeout: 240_000 }, async (page) => {
  const person = await register(page);
  const lost = await authenticator(page);
  await visit(page, ROUTE.passkeys);
  await fill(page, LABEL.passkeyName, NAME);
  await pressWithFinger(page, lost, LABEL.addPasskey);
  await page.getByRole('heading', { name: LABEL.recoveryCodes }).waitFor();
  const codes = await page.locator('main .codes code').allInnerTexts();

  const other = await open();
  try {
    await other.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
    const fresh = await authenticator(other);
    await visit(other, ROUTE.login);
    await fill(other, LABEL.account, person.login);
    await fill(other, LABEL.password, person.password);
    await press(other, LABEL.loginButton);
    await other.waitForURL((at) => at.pathname === ROUTE.second);
    const code = other.locator('main [name="recovery_code"]');
    if (!(await code.isVisible())) await main(other).locator('details summary').first().click();
    await code.fill(codes[0]);
    await code.press('Enter');
    await other.waitForURL((at) => at.pathname === ROUTE.home);

    // What was just shown is a fresh proof: the lost one goes, a new one comes.
    await visit(other, ROUTE.passkeys);
    await press(other, LABEL.removePasskey);
    await press(other, LABEL.confirmRemove);
    await main(other).getByText(LABEL.passkeyRemoved).waitFor();
    await visit(other, ROUTE.passkeys);
    await pressWithFinger(other, fresh, LABEL.addPasskey);
    await other.getByRole('heading', { name: LABEL.recoveryCodes }).waitFor();
    assert.equal((await fresh.keys()).length, 1);
    await visit(other, ROUTE.security);
    await press(other, LABEL.endOthers);
    await main(other).getByText(LABEL.othersEnded).first().waitFor();
    assert.deepEqual(other.problems, []);
  } finally {
    await other.context().close();
  }
  // Whoever found the phone gets nowhere with it: it is signed out, and its passkey is not known any more.
  await page.goto(ROUTE.security);
  assert.ok(new URL(page.url()).pathname.startsWith(ROUTE.login), 'the session on the lost phone has ended');
  const [key] = await lost.keys();
  assert.ok(key, 'the phone still has its passkey');
  await lost.touch(false);
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  await visit(page, ROUTE.login);
  await pressWithFinger(page, lost, LABEL.passkeySignIn);
  await page.getByRole('alert').getByText(LABEL.passkeyRefused).waitFor();
});

scene('without scripts the pages say so and name the other ways', { js: false }, async (page) => {
  await visit(page, ROUTE.login);
  await main(page).getByText(LABEL.passkeyNeedsScript).waitFor();
  assert.equal(await main(page).getByRole('button', { name: LABEL.passkeySignIn }).count(), 0, 'a button that does nothing');
  await register(page);
  await visit(page, ROUTE.passkeys);
  await main(page).getByText(LABEL.passkeyNeedsScript).waitFor();
});

scene('password managers find where passkeys are managed', {}, async (page) => {
  const answer = await page.request.get('/.well-known/passkey-endpoints');
  assert.equal(answer.headers()['content-type'], 'application/json');
  const told = await answer.json();
  assert.deepEqual(told, { enroll: `${url}${ROUTE.passkeys}`, manage: `${url}${ROUTE.passkeys}` });
});
