// What old televisions cannot run must not be in the built display. Source: the feature tables of Chromium 63.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const assets = readdirSync(new URL('assets/', dist));
const SCRIPT_BYTES_MAX = 25 * 1024;

function asset(name, extension) {
  const found = assets.filter((file) => file.startsWith(`${name}.`) && file.endsWith(`.${extension}`));
  assert.equal(found.length, 1, `one ${name}.*.${extension} in web/dist/assets`);
  return readFileSync(new URL(`assets/${found[0]}`, dist), 'utf8');
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

const FORBIDDEN_IN_SCRIPTS = [
  /\?\.[\w[(]/, /\?\?/, /\.\.\.\w/, /\basync\b/, /\bawait\b/, /\bcatch\s*\{/, /\*\*/, /\bimport\b/, /\bBigInt\b/, /\d_\d/, /#\w+\s*[=(;]/,
  /\bqueueMicrotask\b/, /\bglobalThis\b/, /\bAbortController\b/, /\bResizeObserver\b/, /\bstructuredClone\b/, /\brandomUUID\b/,
  /\bfetch\(/, /\.(flat|flatMap|at|replaceAll|matchAll|trimStart|trimEnd|padStart|padEnd|finally|includes|replaceChildren)\(/,
  /Object\.(fromEntries|entries|values)/, /Promise\.(allSettled|any)/, /Intl\.RelativeTimeFormat/, /innerHTML|insertAdjacentHTML|\beval\b/,
];

const FORBIDDEN_IN_STYLES = [
  /(^|[\s{;])(row-|column-)?gap\s*:/m, /(^|[^\w-])(clamp|min|max)\(/, /aspect-ratio/, /:(is|where|has|not\([^)]*,)/, /@layer/, /@container/,
  /\binset\s*:/, /\d(dvh|svh|lvh|cqw)\b/, /backdrop-filter/, /color-mix/, /&[\s.:]/, /place-(items|content|self)\s*:/,
];

for (const [extension, forbidden] of [['js', FORBIDDEN_IN_SCRIPTS], ['css', FORBIDDEN_IN_STYLES]]) {
  test(`the display's ${extension} runs on Chromium 63`, () => {
    const text = withoutComments(asset('display', extension));
    const found = forbidden.map((pattern) => pattern.exec(text)).filter(Boolean).map((match) => match[0].trim());
    assert.deepEqual(found, []);
  });
}

test('the display\'s script is small', () => {
  const bytes = gzipSync(asset('display', 'js')).length;
  assert.ok(bytes <= SCRIPT_BYTES_MAX, `${bytes} bytes`);
});

test('pages load nothing from elsewhere and carry no inline script', () => {
  for (const page of ['display.html', 'index.html']) {
    const html = readFileSync(new URL(page, dist), 'utf8');
    assert.doesNotMatch(html, /https?:\/\//);
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src=)|\son\w+=/);
    for (const [, address] of html.matchAll(/(?:src|href)="\/([^"]+)"/g)) {
      assert.ok(readFileSync(new URL(address, dist)).length > 0);
    }
  }
});
