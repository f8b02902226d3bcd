// A test with a page. A page that logs an error, breaks its security policy or gets a 5xx fails its test.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { closeBrowser, open } from './lib.mjs';

const out = join(dirname(fileURLToPath(import.meta.url)), 'out');

after(closeBrowser);

/** A test with a page of its own; a failure leaves a picture in `e2e/out/`. */
export function scene(name, options, body) {
  test(name, { timeout: options.timeout ?? 120_000 }, async () => {
    const page = await open(options);
    try {
      await body(page);
      assert.deepEqual(page.problems, [], 'the page had problems');
      assert.deepEqual(page.refusals, [], 'a refusal that should have come did not');
    } catch (error) {
      mkdirSync(out, { recursive: true });
      const file = join(out, `${name.replace(/[^\p{L}\p{N}]+/gu, '-')}.png`);
      await page.screenshot({ path: file, fullPage: true }).catch(() => {});
      writeFileSync(file.replace(/png$/, 'html'), await page.content().catch(() => ''));
      error.message += `\n  at ${page.url()}, see ${file}${page.problems.map((p) => `\n  ${p}`).join('')}`;
      throw error;
    } finally {
      await page.context().close();
    }
  });
}
