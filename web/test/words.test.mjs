// What the screen says, in each language.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './load.mjs';

const { WORDS, wordsFor, langOf, captionOf, counterText, connectionText, dateText, refusalWord, screenText } = load(
  ['closing.js', 'words.js'],
  ['WORDS', 'wordsFor', 'langOf', 'captionOf', 'counterText', 'connectionText', 'dateText', 'refusalWord', 'screenText'],
);
const [fr, wo, en] = ['fr', 'wo', 'en'].map(wordsFor);
const TICKET = { number: 'A017', counter: '4' };
/** A Wednesday, at noon so that it is one everywhere. */
const DAY = new Date(2026, 10, 25, 12).getTime();

test('a bare counter gets its word, a named one keeps its own', () => {
  assert.equal(counterText('4', fr), 'Guichet 4');
  assert.equal(counterText('4', en), 'Counter 4');
  assert.equal(counterText('Guichet 4', en), 'Guichet 4');
  assert.equal(counterText('Bureau 12', fr), 'Bureau 12');
  assert.equal(counterText('Accueil', fr), 'Accueil');
  assert.equal(counterText(null, fr), '');
});

test('a long name is not taken apart', () => {
  const name = 'Bureau de la sage-femme, bâtiment B, étage 2';
  assert.equal(counterText(name, fr), name);
});

test('the caption can be read aloud', () => {
  assert.equal(captionOf(TICKET, fr), 'Ticket A 017 → Guichet 4');
  assert.equal(captionOf(TICKET, wo), 'Tike A 017 → Guichet 4');
  assert.equal(captionOf(TICKET, en), 'Ticket A 017 → Counter 4');
  assert.equal(captionOf({ number: 'A017', counter: null }, fr), 'Ticket A 017');
});

test('each language has its own days', () => {
  assert.equal(dateText(DAY, fr), 'mercredi 25 novembre');
  assert.equal(dateText(DAY, wo), 'Àlarba 25 Nowàmbar');
  assert.equal(dateText(DAY, en), 'Wednesday 25 November');
});

test('English says everything, Wolof falls back to French and says so, an unknown language is French', () => {
  assert.deepEqual(Object.keys(WORDS.en), Object.keys(WORDS.fr));
  assert.deepEqual(Object.keys(WORDS.wo).filter((key) => !(key in WORDS.fr)), []);
  assert.equal(wo.live, 'Connecté');
  assert.equal(langOf(wo, 'live'), 'fr');
  assert.equal(langOf(wo, 'welcome'), 'wo');
  assert.equal(langOf(en, 'live'), 'en');
  assert.equal(wordsFor('xx').lang, 'fr');
  assert.equal(wordsFor(undefined).lang, 'fr');
});

test('the indicator says how things stand', () => {
  assert.equal(connectionText({ kind: 'live' }, 'live', NaN, fr), 'Connecté');
  assert.equal(connectionText({ kind: 'live' }, 'live', NaN, en), 'Connected');
  assert.equal(connectionText({ kind: 'stale', backup: false }, 'waking', NaN, fr), 'Reconnexion…');
  assert.equal(connectionText({ kind: 'stale', backup: true }, 'waking', NaN, fr), 'Reconnexion… (secours actif)');
  assert.match(connectionText({ kind: 'stale' }, 'stale', Date.parse('2026-03-02T09:05:00Z'), fr), /^Déconnecté depuis \d\d:05$/);
});

test('a refusal says why, and which screen it is', () => {
  assert.equal(fr[refusalWord(4503, false)], 'Écran inconnu ou désactivé');
  assert.equal(fr[refusalWord(4503, true)], 'Écran désactivé');
  assert.equal(en[refusalWord(4501, false)], 'Access not authorised');
  assert.equal(screenText('Hall', { tenant: 'clinique', display: 'd1' }, fr), 'Écran : Hall – clinique / d1');
  assert.equal(screenText('', { tenant: null, display: 'd1' }, en), 'Screen: d1');
});
