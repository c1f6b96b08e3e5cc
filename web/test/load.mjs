// Loads sources of the display as the page does: joined, in one scope, as a classic script.

import { readFileSync } from 'node:fs';

export function load(files, names) {
  const folder = new URL('../src/display/', import.meta.url);
  const text = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n');
  return new Function(`'use strict';\n${text}\nreturn { ${names.join(', ')} };`)();
}

/** An answer of the polling endpoint, as the server gives it: the gateway's tests keep this file true. */
export function polled() {
  return JSON.parse(readFileSync(new URL('../../gateway/fixtures/polled.json', import.meta.url), 'utf8'));
}
