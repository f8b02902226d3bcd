// A counter of its own with settings of its own, as `everlit serve` runs it for others, beside the demo.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './demo.mjs';

/** A port that is free now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts the built binary with an empty folder.
 * @param {number} port
 * @param {string} settings TOML, besides where it listens and keeps its data
 * @returns {Promise<{url: string, log: () => string, stop: () => Promise<void>}>}
 */
export async function serve(port, settings) {
  const url = `http://127.0.0.1:${port}`;
  const data = mkdtempSync(join(tmpdir(), 'everlit-serve-'));
  const file = join(data, 'everlit.toml');
  writeFileSync(file, `data = "${data}"\nlisten = "127.0.0.1:${port}"\npublic_url = "${url}"\n${settings}`);
  // The suite's own variables look like settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EVERLIT_')));
  const child = spawn(process.env.EVERLIT_E2E_BINARY, ['--config', file, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  };
  process.once('exit', () => child.kill('SIGKILL'));
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`everlit ended:\n${printed}`);
    return fetch(`${url}/health/ready`).then((answer) => answer.ok, () => false);
  };
  await until(answers, 30_000, 'everlit serve to be ready').catch(async (error) => {
    await stop();
    throw new Error(`${error.message}\n${printed}`);
  });
  return { url, log: () => printed, stop };
}
