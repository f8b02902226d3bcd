// The questions find what they ask for: each is put to a page that is wrong on purpose.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readPeople, until } from './demo.mjs';
import { axe, noSidewaysScroll, open } from './lib.mjs';
import './suite.mjs';

async function withPage(html, body) {
  const page = await open();
  try {
    await page.setContent(`<!doctype html><html lang="zh-CN"><title>试</title><meta name="viewport" content="width=device-width"><body><main><h1>试</h1>${html}</main>`);
    await body(page);
  } finally {
    await page.context().close();
  }
}

test('axe finds an image without words', async () => {
  await withPage('<p>好</p>', (page) => axe(page));
  await withPage('<img src="data:,">', (page) => assert.rejects(axe(page), /image-alt/));
});

test('a page wider than the window is found, with what makes it so', async () => {
  await withPage('<p>好</p>', (page) => noSidewaysScroll(page));
  await withPage('<div style="width:700px">宽</div>', (page) => assert.rejects(noSidewaysScroll(page), /宽/));
});

test('the people of the demo are read from what it prints, whatever stands between the words', () => {
  const person = { login: '13800000000', password: 'walk-the-lamp' };
  for (const line of [
    'customer 13800000000 walk-the-lamp',
    '  客户：13800000000 / walk-the-lamp',
    'customer       13800000000   password: walk-the-lamp',
    'customer | 13800000000 | walk-the-lamp |',
  ]) {
    assert.deepEqual(readPeople(`listening on http://127.0.0.1:8024\n${line}\n`), { customer: person }, line);
  }
  assert.deepEqual(readPeople('operator op@everlit.test abc-def-ghi').operator.login, 'op@everlit.test');
});

test('waiting in vain ends with what was waited for', async () => {
  await assert.rejects(until(() => false, 150, 'the moon'), /the moon/);
});
