// The real server and a real browser for one test file. It owns what it starts and ends it.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const BINARY = process.env.SMARTQUEUE_BIN || new URL('../../target/debug/smartqueue', import.meta.url).pathname;
const BROWSER = process.env.SMARTQUEUE_CHROMIUM || '/usr/bin/chromium';
const START_MS_MAX = 20000;
const SEEN_MS_MAX = 10000;
const BROWSER_ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
/** As a kiosk is started, so that the chime may be heard without a touch. */
const KIOSK_ARGS = ['--autoplay-policy=no-user-gesture-required'];

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** `smartqueue serve` on a port of its own, with a data folder that goes when the test ends. */
export class Server {
  static async start() {
    if (!existsSync(BINARY)) {
      throw new Error(`no server at ${BINARY}: run \`cargo build -p server\`, or name one in SMARTQUEUE_BIN`);
    }
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), 'smartqueue-e2e-'));
    server.port = await freePort();
    server.origin = `http://127.0.0.1:${server.port}`;
    server.log = '';
    await server.run();
    return server;
  }

  /** Starts the process on the same port and data, and waits until it is ready. */
  async run() {
    const args = ['serve', '--listen', `127.0.0.1:${this.port}`, '--database-url', `sqlite:${join(this.folder, 'smartqueue.db')}`];
    const process = spawn(BINARY, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = process;
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('data', (bytes) => { this.log += bytes; });
    }
    await this.ready();
  }

  async ready() {
    const until = Date.now() + START_MS_MAX;
    while (Date.now() < until && this.process.exitCode === null) {
      const answer = await fetch(`${this.origin}/readyz`).catch(() => null);
      if (answer !== null && answer.ok) {
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    throw new Error(`the server did not become ready\n${this.log}`);
  }

  /** As a power cut would: no goodbye to anybody. */
  async kill() {
    await this.end('SIGKILL');
  }

  async stop() {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async end(signal) {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill(signal);
      await ended;
    }
  }

  async send(method, path, body) {
    const answer = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: method === 'GET' ? undefined : JSON.stringify(body || {}),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    }
    return text === '' ? null : JSON.parse(text);
  }
}

/** A small clinic: one site, one queue, agents at their counters, one display. */
export class Clinic {
  static async open(server, counters = ['4', '12'], locale = 'fr', slug = 'clinique-test') {
    const clinic = new Clinic();
    clinic.server = server;
    clinic.slug = slug;
    clinic.base = `/tenants/${slug}`;
    const id = { site: randomUUID(), queue: randomUUID(), display: randomUUID() };
    clinic.id = id;
    clinic.site = id.site;
    clinic.queue = id.queue;
    clinic.display = id.display;
    await server.send('PUT', `${clinic.base}/`, { name: 'Clinique', locale });
    await clinic.define('sites', id.site, { name: 'Dakar', time_zone: 'Africa/Dakar' });
    await clinic.define('queues', id.queue, { site_id: id.site, name: 'Consultation', prefix: 'A' });
    await clinic.define('displays', id.display, { site_id: id.site, name: 'Hall' });
    clinic.agents = [];
    for (const label of counters) {
      clinic.agents.push(await clinic.seat(id, label));
    }
    return clinic;
  }

  /** Gives the queue a colour and the display a theme. */
  async paint({ color, primary }) {
    const theme = randomUUID();
    await this.define('queues', this.queue, { site_id: this.site, name: 'Consultation', prefix: 'A', color });
    await this.define('themes', theme, { name: 'Nuit', primary, background: '#101820', text: '#ffffff' });
    await this.define('displays', this.display, { site_id: this.site, name: 'Hall', theme_id: theme });
  }

  define(things, id, fields) {
    return this.server.send('PUT', `${this.base}/${things}/${id}/`, fields);
  }

  /** Another site with a display of its own. */
  async addSite(name, display) {
    const site = randomUUID();
    await this.define('sites', site, { name, time_zone: 'Africa/Dakar' });
    await this.define('displays', randomUUID(), { site_id: site, name: display });
  }

  async seat(id, label) {
    const [agent, counter] = [randomUUID(), randomUUID()];
    await this.define('counters', counter, { site_id: id.site, label });
    await this.define('agents', agent, { site_id: id.site, name: `Agent ${label}`, queues: [id.queue] });
    await this.server.send('POST', `${this.base}/agent-status/set_status/`, { agent_id: agent, status: 'available', counter_id: counter });
    return agent;
  }

  /** A visitor takes a ticket; answers its number. */
  async issue() {
    const path = `/public${this.base}/queues/${this.queue}/signup/`;
    return (await this.server.send('POST', path, {})).ticket_number;
  }

  async callNext(agent = this.agents[0]) {
    const answer = await this.server.send('POST', `${this.base}/agent-status/call_next/`, { agent_id: agent });
    return answer.ticket;
  }

  /** `recall`, `start_service`, `close` and their like. */
  act(ticket, action, agent = this.agents[0]) {
    return this.server.send('POST', `${this.base}/tickets/${ticket.id}/${action}/`, { agent_id: agent });
  }

  /** `activate` or `deactivate` a display. */
  turn(display, action) {
    return this.server.send('POST', `${this.base}/displays/${display}/${action}/`, {});
  }

  async finish(ticket, agent = this.agents[0]) {
    await this.act(ticket, 'start_service', agent);
    await this.act(ticket, 'close', agent);
  }

  get displayPath() {
    return `/display/${this.slug}/${this.display}`;
  }
}

export function openBrowser({ kiosk = true } = {}) {
  if (!existsSync(BROWSER)) {
    throw new Error(`no browser at ${BROWSER}: install Debian's chromium, or name one in SMARTQUEUE_CHROMIUM`);
  }
  return chromium.launch({ executablePath: BROWSER, args: kiosk ? [...BROWSER_ARGS, ...KIOSK_ARGS] : BROWSER_ARGS });
}

/** Runs a promise of the page; when it is broken, tells what the page showed and what the server and page logged. */
export async function keep(server, page, promise) {
  const log = [];
  page.on('console', (message) => log.push(message.text()));
  page.on('pageerror', (error) => log.push(String(error)));
  try {
    await promise();
  } catch (error) {
    const shown = await page.locator('body').innerText().catch(() => '(no page)');
    console.error(`--- page\n${shown}\n--- console\n${log.join('\n')}\n--- server\n${server.log}`);
    throw error;
  }
}

/** Waits until the element with this role and name says it. */
export async function says(page, role, name, words, timeout = SEEN_MS_MAX) {
  const place = page.getByRole(role, name === null ? {} : { name });
  const until = Date.now() + timeout;
  let said = '';
  while (Date.now() < until) {
    said = ((await place.first().textContent({ timeout: 250 }).catch(() => '')) || '').trim();
    if (words.test(said)) {
      return;
    }
    await page.waitForTimeout(25);
  }
  throw new Error(`${role} ${name || ''} says « ${said} », not ${words}`);
}

export const announcements = (page) => page.locator('body').getAttribute('data-announced').then(Number);

export async function announced(page, count, timeout = SEEN_MS_MAX) {
  await page.locator(`body[data-announced="${count}"]`).waitFor({ state: 'attached', timeout });
}
