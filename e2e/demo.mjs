// The demo under test: the built binary with an empty data folder, or one that already runs.
//
// EVERLIT_E2E_BINARY  the program to start            EVERLIT_E2E_KEEP    keep its data folder
// EVERLIT_E2E_URL     a running demo instead of it    EVERLIT_E2E_PEOPLE  its people, as start() returns them, as JSON

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How each role may be called in the lines that the demo prints. */
const ROLES = {
  customer: /customer|顾客|客户/i,
  operator: /operator|操作员|业务员|坐席/i,
  administrator: /administrator|admin|管理员/i,
};

/** Making a year of history takes a while in a debug build. */
const START_MS = 180_000;

/**
 * Makes the history once, for suites that each begin with it; `undefined` when a running demo is tried instead.
 * @returns {Promise<string | undefined>} its data folder
 */
export async function prepare() {
  if (process.env.EVERLIT_E2E_URL) return undefined;
  const data = folder();
  await (await serve(data)).stop();
  return data;
}

/**
 * A demo: the one that runs already, or a new one with a copy of this data.
 * @param {string} [data] what `prepare` made; without it the demo makes its history itself
 * @returns {Promise<{url: string, people: Record<string, {login: string, password: string}>, stop: () => Promise<void>}>}
 */
export async function start(data) {
  if (process.env.EVERLIT_E2E_URL) {
    const people = JSON.parse(process.env.EVERLIT_E2E_PEOPLE ?? '{}');
    return { url: process.env.EVERLIT_E2E_URL.replace(/\/$/, ''), people, stop: async () => {} };
  }
  const own = folder();
  if (data) cpSync(data, own, { recursive: true });
  const demo = await serve(own);
  return { ...demo, stop: () => demo.stop().then(() => remove(own)) };
}

const folders = new Set();
const running = new Set();

// Whatever ends this program ends the demos too, and leaves nothing of them.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const data of folders) remove(data);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

function folder() {
  const data = mkdtempSync(join(tmpdir(), 'everlit-e2e-'));
  if (process.env.EVERLIT_E2E_KEEP) console.log(`the demo's data is in ${data}`);
  else folders.add(data);
  return data;
}

function remove(data) {
  if (folders.delete(data)) rmSync(data, { recursive: true, force: true });
}

async function serve(data) {
  const binary = process.env.EVERLIT_E2E_BINARY;
  if (!binary) throw new Error('run `cargo xtask e2e`, or set EVERLIT_E2E_BINARY or EVERLIT_E2E_URL');
  const child = spawn(binary, ['demo', '--data', data, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let printed = '';
  running.add(child);
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    running.delete(child);
  };

  try {
    const url = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the demo printed no address:\n${printed}`)), START_MS);
      const read = (chunk) => {
        printed += chunk;
        const found = printed.match(/http:\/\/(?:localhost|127\.0\.0\.1):\d+/);
        if (found) {
          clearTimeout(late);
          resolve(found[0]);
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`the demo ended (${code}):\n${printed}`)));
    });
    await until(() => answers(`${url}/health/ready`), START_MS, 'the demo to be ready');
    return { url, people: readPeople(printed), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Lines such as `operator  lin@example.test  correct-horse`; labels and punctuation between the words do not matter. */
export function readPeople(text) {
  const people = {};
  for (const line of text.split('\n')) {
    const words = line.split(/[\s|,，:：=/]+/).filter((word) => word.length > 3);
    const at = words.findIndex((word) => /^(\+?\d{11,14}|[^@\s]+@[^@\s]+)$/.test(word));
    if (at < 0) continue;
    const password = words.slice(at + 1).findLast((word) => !/^(password|密码|口令)$/i.test(word));
    const role = Object.keys(ROLES).find((name) => ROLES[name].test(line));
    if (role && password && !people[role]) people[role] = { login: words[at], password };
  }
  return people;
}

/** Asks until the answer is truthy, and returns it. */
export async function until(ask, limitMs, what) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
