// The chime: what is rendered, and what happens where the browser keeps the page mute.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Clinic, Server, keep, openBrowser, says } from './harness.mjs';

const browsers = [];
after(() => Promise.all(browsers.map((browser) => browser.close())));

async function newPage(options) {
  const browser = await openBrowser(options);
  browsers.push(browser);
  return browser.newPage();
}

for (const name of ['ding_dong', 'three_notes', 'soft']) {
  test(`the chime ${name} wakes the sound path, is long enough and does not clip`, async () => {
    const page = await newPage();
    await page.addScriptTag({ path: fileURLToPath(new URL('../src/display/chime.js', import.meta.url)) });
    const heard = await page.evaluate(async (chime) => {
      const context = new OfflineAudioContext(1, 3 * 44100, 44100);
      const end = scheduleChime(context, context.destination, 0, chime);
      const samples = (await context.startRendering()).getChannelData(0);
      const peak = (from, to) => samples.subarray(from * 44100, to * 44100).reduce((most, one) => Math.max(most, Math.abs(one)), 0);
      return { end, leadIn: peak(0, 0.39), note: peak(0.4, 0.7), whole: peak(0, 3), after: peak(2.5, 3) };
    }, name);
    assert.ok(heard.end >= 1.2, `ends at ${heard.end} s`);
    assert.ok(heard.leadIn > 0 && heard.leadIn < 0.001, `lead-in ${heard.leadIn}`);
    assert.ok(heard.note > 0.1, `first note ${heard.note}`);
    assert.ok(heard.whole < 1, `peak ${heard.whole}`);
    assert.equal(heard.after, 0);
  });
}

test('a mute page says so until somebody presses a key', async () => {
  const server = await Server.start();
  const page = await newPage({ kiosk: false });
  try {
    await keep(server, page, async () => {
      const clinic = await Clinic.open(server);
      await page.goto(server.origin + clinic.displayPath);
      await says(page, 'status', null, /^Connecté$/);
      const badge = page.getByText("Son bloqué – touchez l'écran ou appuyez sur OK");
      await badge.waitFor({ state: 'visible' });
      await page.keyboard.press('Enter');
      await badge.waitFor({ state: 'hidden' });
    });
  } finally {
    await server.stop();
  }
});
