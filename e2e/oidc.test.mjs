// Signing in with other parties: a certified OpenID provider against `everlit serve`, and the sandbox's WeChat and Alipay
// against the demo, with and without scripts.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { axe, fill, freshPhone, noSidewaysScroll, press, visit } from './lib.mjs';
import { CLIENT_SECRET, startProvider } from './oidc-provider.mjs';
import { freePort, serve } from './serve.mjs';
import { scene } from './suite.mjs';
import { LABEL, ROUTE } from './words.mjs';

const CLIENTS = ['rs256', 'es256', 'eddsa'];

let provider;
let counter;

/** The provider's pages want a font from elsewhere; there is no elsewhere here. */
function quiet(page) {
  return page.route(/googleapis|gstatic/, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
}

/** On the provider's own pages: the name, then consent where it asks for it; until the browser is back. */
async function agree(page, name) {
  for (let step = 0; step < 4 && page.url().startsWith(provider.issuer); step += 1) {
    const login = page.locator('input[name=login]');
    if ((await login.count()) > 0) {
      await login.fill(name);
      await page.locator('input[name=password]').fill('any');
    }
    await page.locator('button[type=submit]').first().click();
    await page.waitForLoadState();
  }
  assert.ok(page.url().startsWith(counter.url), `still at ${page.url()}`);
}

async function leave(page, label = 'RS256') {
  await quiet(page);
  await visit(page, `${counter.url}/login?next=/me`);
  await press(page, `${label}登录`);
  await page.waitForURL(`${provider.issuer}/**`);
}

/** Makes an account for a name at the provider; ends on the page that asks for the code. */
async function register(page, name, label) {
  await leave(page, label);
  await agree(page, name);
  await page.waitForURL('**/login/claim');
  assert.match(await page.getByRole('main').innerText(), new RegExp(`小林${name}`));
  await fill(page, LABEL.account, freshPhone());
  await press(page, '注册并继续');
  await page.waitForURL('**/register/verify**');
}

describe('with a certified provider', { skip: process.env.EVERLIT_E2E_BINARY ? false : 'needs the binary' }, () => {
  before(async () => {
    const port = await freePort();
    provider = await startProvider((client) => `http://127.0.0.1:${port}/login/return/${client}`);
    const party = (client) => `
      [sign_in.${client}]
      label = "${client.toUpperCase()}"
      issuer = "${provider.issuer}"
      client_id = "${client}"
      client_secret = "${CLIENT_SECRET}"
      insecure_loopback = true`;
    counter = await serve(port, CLIENTS.map(party).join('\n'));
  });
  after(async () => {
    await counter?.stop();
    await provider?.stop();
  });

  for (const client of CLIENTS) {
    scene(`somebody registers with a token signed ${client} and signs in with it elsewhere`, {}, async (page) => {
      const label = client.toUpperCase();
      await register(page, `lin-${client}`, label);
      await page.context().clearCookies();
      await leave(page, label);
      await agree(page, `lin-${client}`);
      await page.waitForURL(`${counter.url}/me`);
      assert.match(await page.getByRole('main').innerText(), new RegExp(`小林lin-${client}|199\\*+`));
    });
  }

  scene('without scripts it works the same', { js: false }, async (page) => {
    await register(page, 'quiet');
  });

  scene('whoever refuses at the provider is told so and has other ways', {}, async (page) => {
    await leave(page);
    await page.getByRole('link', { name: /cancel/i }).click();
    await page.waitForURL(`${counter.url}/login/return/**`);
    const said = await page.getByRole('main').innerText();
    assert.match(said, /取消了授权/);
    await press(page, '换一种方式登录');
    await page.waitForURL('**/login');
  });

  scene('an address that brought somebody back works once and in one browser', {}, async (page) => {
    let back;
    page.on('request', (request) => {
      if (request.url().includes('/login/return/')) back = request.url();
    });
    await leave(page);
    await agree(page, 'replayed');
    await page.waitForURL('**/login/claim');
    const again = await page.goto(back);
    assert.equal(again.status(), 409);
    assert.match(await page.getByRole('main').innerText(), /已失效/);
    const stranger = await page.context().browser().newContext();
    const answer = await stranger.request.get(back);
    assert.equal(answer.status(), 409);
    await stranger.close();
    const tampered = new URL(back);
    tampered.searchParams.set('iss', 'https://evil.example');
    tampered.searchParams.set('state', '0'.repeat(64));
    assert.equal((await page.goto(tampered.href)).status(), 409);
  });

  scene('where to go on is never another site', {}, async (page) => {
    await quiet(page);
    await visit(page, `${counter.url}/login/with/rs256?next=https://evil.example/`);
    await agree(page, 'lin-rs256');
    await page.waitForURL((at) => at.pathname !== '/login/return/rs256');
    assert.equal(new URL(page.url()).origin, counter.url);
  });
});

/** Accessible, and never wider than the window. */
async function sound(page) {
  await axe(page);
  await noSidewaysScroll(page);
}

for (const [party, js] of [['微信', true], ['支付宝', false]]) {
  scene(`the demo lets somebody in with ${party}${js ? '' : ', without scripts'}`, { js }, async (page) => {
    await visit(page, `${ROUTE.login}?next=/me`);
    if (js) await sound(page);
    await press(page, `${party}（沙箱）登录`);
    await page.getByRole('button', { name: js ? '小满' : '老王' }).click();
    await page.waitForURL('**/login/claim');
    if (js) await sound(page);
    await fill(page, LABEL.account, freshPhone());
    await press(page, '注册并继续');
    await page.waitForURL('**/register/verify**');
    await visit(page, '/me/security/links');
    if (js) await sound(page);
    assert.match(await page.getByRole('main').innerText(), new RegExp(party));
  });
}
