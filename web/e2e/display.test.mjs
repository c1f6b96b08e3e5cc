// What people in the waiting room are promised, seen through a real browser at a real server.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Clinic, Server, announced, announcements, keep, openBrowser, says } from './harness.mjs';

const HERO = 'Dernier appel';
let browser;
let server;
let clinic;
let page;

before(async () => { browser = await openBrowser(); });
after(async () => { await browser?.close(); });

beforeEach(async () => {
  server = await Server.start();
  clinic = await Clinic.open(server);
  page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
});

afterEach(async () => {
  await page?.close();
  await server?.stop();
});

async function watch(path = clinic.displayPath) {
  await page.goto(server.origin + path);
  await says(page, 'status', null, /^Connecté$/);
}

test('a called ticket appears without a reload and is announced once', () => keep(server, page, async () => {
  await watch();
  await clinic.issue();
  await clinic.callNext();
  await says(page, 'region', HERO, /^A001 → Guichet 4/);
  await announced(page, 1);
  await page.locator('#caption', { hasText: 'Ticket A 001 → Guichet 4' }).waitFor({ state: 'attached' });
}));

test('the newest call is the hero, those before it stay in the grid, the served leave', () => keep(server, page, async () => {
  await watch();
  await clinic.issue();
  await clinic.issue();
  const first = await clinic.callNext(clinic.agents[0]);
  await clinic.callNext(clinic.agents[1]);
  await says(page, 'region', HERO, /^A002 → Guichet 12/);
  await says(page, 'list', 'Appels précédents', /^A001 → Guichet 4/);
  await clinic.finish(first);
  await page.waitForFunction(() => !document.getElementById('recent').textContent.includes('A001'));
}));

test('who waits is counted', () => keep(server, page, async () => {
  await watch();
  await clinic.issue();
  await clinic.issue();
  await says(page, 'list', 'Personnes en attente', /^AConsultation2$/);
  await clinic.callNext();
  await says(page, 'list', 'Personnes en attente', /Consultation1$/);
}));

test('a recall is announced again', () => keep(server, page, async () => {
  await watch();
  await clinic.issue();
  const ticket = await clinic.callNext();
  await announced(page, 1);
  await clinic.act(ticket, 'recall');
  await announced(page, 2);
}));

test('calls made before the screen was on are shown and not announced', () => keep(server, page, async () => {
  await clinic.issue();
  await clinic.callNext();
  await watch();
  await says(page, 'region', HERO, /^A001/);
  assert.equal(await announcements(page), 0);
}));

test('a dead server leaves the picture, and a restart brings the missed call within three seconds', () => keep(server, page, async () => {
  await watch();
  await clinic.issue();
  await clinic.issue();
  await clinic.callNext(clinic.agents[0]);
  await announced(page, 1);
  await server.kill();
  await says(page, 'status', null, /^(Reconnexion…|Déconnecté depuis \d\d:\d\d)$/);
  await says(page, 'region', HERO, /^A001/);
  await server.run();
  await clinic.callNext(clinic.agents[1]);
  await says(page, 'status', null, /^Connecté$/, 3000);
  await says(page, 'region', HERO, /^A002 → Guichet 12/, 1000);
  await announced(page, 2);
  assert.equal(await announcements(page), 2);
}));

test('the screen does without what televisions of 2019 lack', () => keep(server, page, async () => {
  await page.addInitScript(() => {
    for (const name of ['queueMicrotask', 'globalThis', 'ResizeObserver', 'AbortController', 'fetch', 'structuredClone']) {
      delete window[name];
    }
    delete Array.prototype.flat;
    delete Array.prototype.at;
    delete Object.fromEntries;
    delete String.prototype.replaceAll;
  });
  await watch();
  await clinic.issue();
  await clinic.callNext();
  await says(page, 'region', HERO, /^A001 → Guichet 4/);
  await announced(page, 1);
}));

test('an unknown display says so', () => keep(server, page, async () => {
  await page.goto(`${server.origin}/display/clinique-test/00000000-0000-4000-8000-000000000000`);
  await says(page, 'alert', null, /^Écran inconnu ou désactivé/);
}));

test('a screen that is turned off tells the reception, and comes back by itself when it is turned on', () => keep(server, page, async () => {
  await page.clock.install();
  await watch();
  await clinic.turn(clinic.display, 'deactivate');
  await says(page, 'alert', null, /^Écran désactivé/);
  await says(page, 'alert', null, new RegExp(`Hall – clinique-test / ${clinic.display}[^]*personne qui gère SmartQueue`));
  await clinic.turn(clinic.display, 'activate');
  await page.clock.fastForward('01:31');
  await says(page, 'status', null, /^Connecté$/);
  await clinic.issue();
  await clinic.callNext();
  await says(page, 'region', HERO, /^A001 → Guichet 4/);
}));

test('a link may leave out the tenant, or name it as a parameter', () => keep(server, page, async () => {
  await watch(`/display/${clinic.display}?tenant=clinique-test`);
  await watch(`/display/${clinic.display}`);
  await page.getByText(/Bienvenue\s*Votre numéro s'affichera ici/).waitFor();
}));

test('where WebSockets are blocked, the calls come by polling, and nothing is lost when they are free again', () => keep(server, page, async () => {
  let blocked = true;
  await page.routeWebSocket(/\/ws\//, (socket) => (blocked ? socket.close() : socket.connectToServer()));
  await clinic.paint({ color: '#123456', primary: '#ffcc00' });
  await clinic.issue();
  await clinic.issue();
  await clinic.callNext();
  await page.goto(server.origin + clinic.displayPath);
  await says(page, 'region', HERO, /^A001/, 20000);
  await says(page, 'status', null, /secours actif/);
  const painted = async () => {
    await says(page, 'list', 'Personnes en attente', /^AConsultation1$/);
    const colors = () => [
      document.getElementById('hero').style.getPropertyValue('--queue'),
      document.documentElement.style.getPropertyValue('--accent'),
    ];
    assert.deepEqual(await page.evaluate(colors), ['#123456', '#ffcc00']);
  };
  await painted();
  blocked = false;
  await says(page, 'status', null, /^Connecté$/, 40000);
  await painted();
}));

test('the front page tells screens of one name apart, and links to them', () => keep(server, page, async () => {
  await clinic.addSite('Thiès', 'Hall');
  await page.goto(`${server.origin}/`);
  await page.getByRole('link', { name: /^Hall\s*Thiès · Clinique/ }).waitFor();
  await page.getByRole('link', { name: /^Hall\s*Dakar · Clinique/ }).click();
  await says(page, 'status', null, /^Connecté$/);
}));

test('until the first calls are there, nobody is welcomed: the screen connects', () => keep(server, page, async () => {
  await page.routeWebSocket(/\/ws\//, () => {});
  await page.goto(server.origin + clinic.displayPath);
  await page.locator('main').getByText('Connexion…').waitFor();
  assert.equal(await page.getByText('Bienvenue').isVisible(), false);
}));

for (const [locale, connected, welcome, heading, called] of [
  ['fr', /^Connecté$/, 'Bienvenue', 'Dernier appel', 'Ticket A 001 → Guichet 4'],
  ['wo', /^Connecté$/, 'Dalal ak diam', 'Dernier appel', 'Tike A 001 → Guichet 4'],
  ['en', /^Connected$/, 'Welcome', 'Latest call', 'Ticket A 001 → Counter 4'],
]) {
  test(`a tenant whose language is ${locale} has screens that speak it`, () => keep(server, page, async () => {
    const abroad = await Clinic.open(server, ['4'], locale, 'ailleurs');
    await page.goto(server.origin + abroad.displayPath);
    await says(page, 'status', null, connected);
    await page.getByText(welcome).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), locale);
    await abroad.issue();
    await abroad.callNext();
    await page.getByRole('region', { name: heading }).waitFor();
    await page.locator('#caption', { hasText: called }).waitFor({ state: 'attached' });
  }));
}
