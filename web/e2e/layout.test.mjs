// Whatever is called and however the screen hangs: number, counter and queue are there to be read.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Clinic, Server, keep, openBrowser, says } from './harness.mjs';

const SIZES = [[1920, 1080], [1080, 1920], [390, 844]];
const LONG_LABEL = 'Bureau de la sage-femme, bâtiment B, 2e étage';
const LONG_QUEUE = 'Consultation prénatale et planification familiale';
let browser;
let server;
let page;

before(async () => { browser = await openBrowser(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  server = await Server.start();
  page = await browser.newPage();
});
afterEach(async () => {
  await page?.close();
  await server?.stop();
});

/** A clinic whose newest calls are at these counters, the last one newest. */
async function called(counters, { queue = 'Consultation', prefix = 'A', layout = 'grid' } = {}) {
  const clinic = await Clinic.open(server, counters);
  await clinic.define('queues', clinic.queue, { site_id: clinic.id.site, name: queue, prefix });
  await clinic.define('displays', clinic.display, { site_id: clinic.id.site, name: 'Hall', layout });
  for (const agent of clinic.agents) {
    await clinic.issue();
    await clinic.callNext(agent);
  }
  return clinic;
}

async function watch(clinic, [width, height]) {
  await page.setViewportSize({ width, height });
  await page.goto(server.origin + clinic.displayPath);
  await says(page, 'status', null, /^Connecté$/);
}

/** The box of the only shown element; throws unless it lies within the screen. */
async function boxOf(selector) {
  const box = await page.locator(selector).locator('visible=true').first().boundingBox();
  const { width, height } = page.viewportSize();
  const inside = box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1;
  assert.ok(inside, `${selector} at ${JSON.stringify(box)} of ${width}x${height}`);
  return box;
}

function overlap(one, other) {
  return one.x + one.width > other.x + 1 && other.x + other.width > one.x + 1
    && one.y + one.height > other.y + 1 && other.y + other.height > one.y + 1;
}

function within(inner, outer) {
  return inner.x >= outer.x - 1 && inner.y >= outer.y - 1
    && inner.x + inner.width <= outer.x + outer.width + 1 && inner.y + inner.height <= outer.y + outer.height + 1;
}

const fontSize = (selector) => page.locator(selector).first().evaluate((node) => parseFloat(getComputedStyle(node).fontSize));

for (const counters of [[LONG_LABEL], ['4', '12', 'Accueil', LONG_LABEL], ['1', '2', '3', '4', '5', '6', '7', '8', '9', LONG_LABEL]]) {
  test(`a long counter and a wide number are whole beside each other, with ${counters.length} calls`, () => keep(server, page, async () => {
    const clinic = await called(counters, { queue: LONG_QUEUE, prefix: 'WWW' });
    for (const size of SIZES) {
      await watch(clinic, size);
      const hero = await boxOf('#hero');
      const parts = [];
      for (const part of ['.number', '.label', '.queue']) {
        parts.push(await boxOf(`#hero ${part}`));
        assert.ok(within(parts[parts.length - 1], hero), `${part} of ${size}`);
      }
      assert.ok(!overlap(parts[0], parts[1]) && !overlap(parts[1], parts[2]), `${size}`);
      assert.ok(parts[0].height >= Math.min(...size) * 0.08, `the number at ${size} is ${parts[0].height} px high`);
      await says(page, 'region', 'Dernier appel', new RegExp(`${LONG_LABEL} ${LONG_QUEUE}$`));
    }
  }));
}

test('however long a queue is called, its count is seen', () => keep(server, page, async () => {
  const clinic = await called(['4'], { queue: `${LONG_QUEUE} et suivi des nourrissons` });
  await clinic.issue();
  for (const size of SIZES) {
    await watch(clinic, size);
    await boxOf('#waiting .count');
  }
}));

test('there are no empty boxes, and few calls are larger than many', () => keep(server, page, async () => {
  const clinic = await called(['4', '12']);
  for (const size of SIZES) {
    await watch(clinic, size);
    assert.equal(await page.locator('.call').locator('visible=true').count(), 2);
  }
  await watch(clinic, SIZES[0]);
  const few = await fontSize('#hero .number');
  assert.ok(await fontSize('#hero .word') >= 1080 * 0.134 * 0.9, 'the word is read from eight metres');
  for (const label of ['1', '2', '3', '5', '6', '7']) {
    const agent = await clinic.seat(clinic.id, label);
    await clinic.issue();
    await clinic.callNext(agent);
  }
  await says(page, 'region', 'Dernier appel', /Guichet 7/);
  assert.ok(await fontSize('#hero .number') < few);
}));

test('a list shows number, counter and queue of each call in one column', () => keep(server, page, async () => {
  const clinic = await called(['1', '2', '3', '4', LONG_LABEL, '6', '7', '8', '9', '10'], { layout: 'list' });
  for (const size of SIZES) {
    await watch(clinic, size);
    const hero = await boxOf('#hero');
    for (const row of await page.locator('.call').locator('visible=true').all()) {
      const box = await row.boundingBox();
      assert.ok(Math.abs(box.x - hero.x) < 1 && Math.abs(box.width - hero.width) < 1);
      for (const part of ['.number', '.label', '.queue']) {
        assert.ok(within(await row.locator(part).boundingBox(), box), `${part} at ${size}`);
      }
    }
  }
}));

test('a split screen has the newest call on the left and the rest on the right', () => keep(server, page, async () => {
  const clinic = await called(['1', '2', LONG_LABEL, '4'], { layout: 'split' });
  await watch(clinic, SIZES[0]);
  const [hero, rest] = [await boxOf('#hero'), await boxOf('#recent .call')];
  assert.ok(hero.x + hero.width <= rest.x && rest.y < hero.y + hero.height / 2);
  for (const row of await page.locator('#recent .call').locator('visible=true').all()) {
    for (const part of ['.number', '.label']) {
      assert.ok(within(await row.locator(part).boundingBox(), await row.boundingBox()), part);
    }
  }
}));
