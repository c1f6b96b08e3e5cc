// What the screen says.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './load.mjs';

const { captionOf, counterText, connectionText } = load(['words.js'], ['captionOf', 'counterText', 'connectionText']);

test('a bare counter gets its word, a named one keeps its own', () => {
  assert.equal(counterText('4'), 'Guichet 4');
  assert.equal(counterText('Guichet 4'), 'Guichet 4');
  assert.equal(counterText('Bureau 12'), 'Bureau 12');
  assert.equal(counterText('Accueil'), 'Accueil');
  assert.equal(counterText(null), '');
});

test('the caption can be read aloud', () => {
  assert.equal(captionOf({ number: 'A017', counter: '4' }), 'Ticket A 017 → Guichet 4');
  assert.equal(captionOf({ number: 'A017', counter: null }), 'Ticket A 017');
});

test('the indicator says how things stand', () => {
  assert.equal(connectionText({ kind: 'live' }, 'live', NaN), 'Connecté');
  assert.equal(connectionText({ kind: 'stale', backup: false }, 'waking', NaN), 'Reconnexion…');
  assert.match(connectionText({ kind: 'stale' }, 'stale', Date.parse('2026-03-02T09:05:00Z')), /^Déconnecté depuis \d\d:05$/);
});
