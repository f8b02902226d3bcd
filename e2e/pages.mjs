// The pages that every question is asked of: the routes everybody can name, and those found by looking around in the
// demo (a guide, its form, an order and its receipt, an order in the console).

import { LABEL, ROUTE } from './words.mjs';
import { open, visit } from './lib.mjs';

/** @typedef {{name: string, path: string, as?: 'customer' | 'operator' | 'administrator', status?: number}} Page */

/** @type {Page[]} */
const KNOWN = [
  { name: 'home, signed out', path: ROUTE.home },
  { name: 'home', path: ROUTE.home, as: 'customer' },
  { name: 'services', path: ROUTE.services },
  { name: 'search', path: ROUTE.search },
  { name: 'register', path: ROUTE.register },
  { name: 'login', path: ROUTE.login },
  { name: 'help', path: ROUTE.help },
  { name: 'a page that is not there', path: ROUTE.missing, status: 404 },
  { name: 'cart', path: ROUTE.cart, as: 'customer' },
  { name: 'orders', path: ROUTE.orders, as: 'customer' },
  { name: 'account', path: ROUTE.account, as: 'customer' },
  { name: 'transactions', path: ROUTE.transactions, as: 'customer' },
  { name: 'top up', path: ROUTE.topUp, as: 'customer' },
  { name: 'a page that is not allowed', path: ROUTE.console, as: 'customer', status: 403 },
  { name: 'outbox of the demo', path: ROUTE.outbox },
  { name: 'console: login', path: ROUTE.consoleLogin },
  { name: 'console: my work', path: ROUTE.console, as: 'operator' },
  { name: 'console: queue', path: ROUTE.queue, as: 'operator' },
  { name: 'console: tasks', path: ROUTE.tasks, as: 'operator' },
  { name: 'console: fallout', path: ROUTE.fallout, as: 'operator' },
  { name: 'console: catalogue', path: ROUTE.catalogue, as: 'administrator' },
  { name: 'console: stock', path: ROUTE.stock, as: 'administrator' },
  { name: 'console: customers', path: ROUTE.customers, as: 'operator' },
  { name: 'console: audit', path: ROUTE.audit, as: 'administrator' },
  { name: 'console: health', path: ROUTE.health, as: 'administrator' },
  ...['loginByCode', 'lostFactor', 'recover', 'unfreeze'].map((name) => ({ name, path: ROUTE[name] })),
  ...['me', 'display', 'privacy', 'identity', 'security', 'links', 'logins', 'merge', 'recovery', 'codes', 'passkeys', 'app', 'freeze', 'keys', 'messages', 'organisation', 'newOrganisation', 'statements', 'payees', 'payeeCustomer', 'transfer', 'withdraw', 'documents', 'invoices', 'invoiceTitles'].map((name) => ({ name, path: ROUTE[name], as: 'customer' })),
  ...['staff', 'roles', 'clients', 'organisations', 'recoveries', 'identities', 'risk', 'incidents', 'shield', 'payments', 'paymentFigures', 'riskDesk', 'riskFigures', 'riskCases', 'riskRules', 'riskLists', 'riskModels', 'reconciliation', 'differences', 'ledger', 'adjustments', 'settlements', 'consoleInvoices'].map((name) => ({ name: `console: ${name}`, path: ROUTE[name], as: 'administrator' })),
];

/** Every page, with the ones found in the demo. @param {Record<string, object>} states signed-in states by role */
export async function allPages(states) {
  return [...KNOWN, ...(await found(states))];
}

export async function found(states) {
  const page = await open({ state: states.customer });
  /** @type {Page[]} */
  const pages = [];
  const add = (name, as) => pages.push({ name, path: new URL(page.url()).pathname + new URL(page.url()).search, as });
  try {
    await visit(page, ROUTE.services);
    await page.getByRole('main').getByRole('link', { name: LABEL.mobileTopUp }).first().click();
    await page.getByRole('heading', { level: 1, name: LABEL.mobileTopUp }).waitFor();
    add('guide');
    await page.getByRole('main').getByRole('link', { name: LABEL.start }).or(page.getByRole('button', { name: LABEL.start })).first().click();
    await page.getByRole('main').getByRole('textbox').first().waitFor();
    add('form', 'customer');
    await visit(page, new URL(page.url()).pathname.replace(/[^/]+$/, 'discard'));
    add('discard a draft', 'customer');
    await visit(page, ROUTE.orders);
    await page.locator('main a[href^="/orders/"]').first().click();
    await page.waitForURL(/\/orders\/[^/]+$/);
    add('progress', 'customer');
    const receipt = page.getByRole('main').getByRole('link', { name: LABEL.receipt });
    if ((await receipt.count()) > 0) {
      await receipt.first().click();
      await page.getByRole('heading', { level: 1, name: LABEL.receipt }).waitFor();
      add('receipt', 'customer');
    }
  } finally {
    await page.context().close();
  }
  const desk = await open({ width: 1280, state: states.operator });
  try {
    await visit(desk, ROUTE.queue);
    await desk.locator(`main a[href^="${ROUTE.queue}/"]`).first().click();
    await desk.waitForURL((at) => at.pathname.startsWith(`${ROUTE.queue}/`));
    pages.push({ name: 'console: order', path: new URL(desk.url()).pathname, as: 'operator' });
  } finally {
    await desk.context().close();
  }
  return pages;
}
