// What the picture decides by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './load.mjs';

const { isLight, queueColors } = load(['words.js', 'screen.js'], ['isLight', 'queueColors']);

test('a light ground is told from a dark one', () => {
  assert.deepEqual(['#ffffff', '#f0e442', '#56b4e9'].map(isLight), [true, true, true]);
  assert.deepEqual(['#000000', '#101820', '#1d4ed8'].map(isLight), [false, false, false]);
});

test('a queue has its own colour, or one that the others of the display do not have', () => {
  const colors = queueColors({ a: { color: '#123456' }, b: { color: null }, c: { color: null } });
  assert.equal(colors.a, '#123456');
  assert.notEqual(colors.b, colors.c);
});
