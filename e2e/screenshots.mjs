// The pictures in docs/images, made again from a running demo: what a customer sees on a phone, what staff see on a
// desktop, in light and dark.

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { start } from './demo.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../docs/images');
mkdirSync(folder, { recursive: true });

const demo = await start();
// Read by lib.mjs when it loads.
process.env.EVERLIT_E2E_URL = demo.url;
process.env.EVERLIT_E2E_PEOPLE = JSON.stringify(demo.people);
const { closeBrowser, open, stateOf, visit } = await import('./lib.mjs');
const { found } = await import('./pages.mjs');
const { ROUTE } = await import('./words.mjs');

let status = 0;
try {
  const states = { customer: await stateOf('customer'), operator: await stateOf('operator') };
  const pages = await found(states);
  const named = (name) => pages.find((page) => page.name === name);
  const shots = [
    { file: 'home', path: ROUTE.home, as: 'customer', width: 390 },
    { file: 'guide', ...named('guide'), width: 390 },
    { file: 'form', ...named('form'), width: 390 },
    { file: 'progress', ...named('progress'), width: 390 },
    { file: 'console', path: ROUTE.queue, as: 'operator', width: 1280 },
  ];
  for (const { file, path, as, width } of shots) {
    for (const dark of [false, true]) {
      const page = await open({ width, dark, scale: width < 768 ? 2 : 1, state: states[as] });
      await visit(page, path);
      await page.evaluate(() => document.fonts.ready);
      const name = `${file}-${width}-${dark ? 'dark' : 'light'}.png`;
      await page.screenshot({ path: join(folder, name) });
      await page.context().close();
      console.log(`docs/images/${name}`);
    }
  }
} catch (error) {
  console.error(error);
  status = 1;
} finally {
  await closeBrowser();
  await demo.stop();
}
process.exit(status);
