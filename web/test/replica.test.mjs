// The rules of the replica: what is shown, what is announced, when to ask again.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { polled } from './load.mjs';

const { newReplica, receive, receivePolled, serverNow, isHistory } = createRequire(import.meta.url)('../src/display/replica.js');

const START = Date.parse('2026-03-02T09:00:00Z');
const iso = (seconds) => new Date(START + seconds * 1000).toISOString();

function ticket(number, at, calls = 1) {
  return { id: `id-${number}`, number, queue_id: 'q', queue_name: 'Soins', status: 'appele', called_at: iso(at), counter: '4', calls };
}

function connection(seq, at, tickets, rest = {}) {
  const view = tickets && { display: { name: 'Hall' }, tickets, waiting_stats: { q: 3 } };
  return { type: 'connection', status: 'connected', seq, epoch: 'e', server_time: iso(at), heartbeat_seconds: 25, view, ...rest };
}

function called(seq, prev, shown, rest = {}) {
  return { type: 'ticket_called', seq, prev, ticket: shown, timestamp: shown.called_at, waiting_stats: { q: 2 }, removed: [], restored: [], ...rest };
}

/** Plays messages at the second each was sent; answers the last replica and all that was announced. */
function play(messages) {
  const played = { replica: newReplica(), announced: [], resync: false };
  for (const [at, message] of messages) {
    const result = receive(played.replica, message, at * 1000);
    played.replica = result.replica;
    played.resync = result.resync;
    played.announced.push(...result.announce.map((row) => `${row.number} ${row.calls}`));
  }
  return played;
}

const numbers = (played) => played.replica.view.tickets.map((row) => row.number);

test('the first view is shown and announces nothing', () => {
  const played = play([[0, connection(5, 0, [ticket('A002', -3), ticket('A001', -9)])]]);
  assert.deepEqual(numbers(played), ['A002', 'A001']);
  assert.deepEqual(played.announced, []);
  assert.equal(played.replica.seq, 5);
});

test('a call goes to the top and is announced once', () => {
  const call = called(6, 5, ticket('A003', 1));
  const played = play([[0, connection(5, 0, [ticket('A002', -3)])], [1, call], [2, call]]);
  assert.deepEqual(numbers(played), ['A003', 'A002']);
  assert.deepEqual(played.announced, ['A003 1']);
  assert.deepEqual(played.replica.view.waiting_stats, { q: 2 });
  assert.equal(played.resync, false);
});

test('a recall moves the ticket to the top and is announced again', () => {
  const played = play([
    [0, connection(5, 0, [ticket('A002', -3), ticket('A001', -9)])],
    [1, called(7, 5, ticket('A001', 1, 2))],
  ]);
  assert.deepEqual(numbers(played), ['A001', 'A002']);
  assert.deepEqual(played.announced, ['A001 2']);
});

test('a ticket that returned to the line is announced when it is called anew, although its count begins again', () => {
  const played = play([
    [0, connection(5, 0, [])],
    [1, called(6, 5, ticket('A001', 1))],
    [2, { type: 'ticket_updated', seq: 7, prev: 6, ticket: ticket('A001', 1), removed: ['id-A001'], restored: [], waiting_stats: {} }],
    [9, called(8, 7, ticket('A001', 9))],
  ]);
  assert.deepEqual(played.announced, ['A001 1', 'A001 1']);
});

test('an update replaces in place, removes, and appends what comes back', () => {
  const played = play([
    [0, connection(5, 0, [ticket('A002', -3), ticket('A001', -9)])],
    [1, { type: 'ticket_updated', seq: 6, prev: 5, ticket: { ...ticket('A001', -9), status: 'en_service' }, removed: ['id-A002'], restored: [ticket('A000', -20)], waiting_stats: { q: 9 } }],
  ]);
  assert.deepEqual(numbers(played), ['A001', 'A000']);
  assert.equal(played.replica.view.tickets[0].status, 'en_service');
  assert.deepEqual(played.announced, []);
});

test('an update of a ticket that is not shown changes only the waiting numbers', () => {
  const played = play([
    [0, connection(5, 0, [ticket('A001', -9)])],
    [1, { type: 'ticket_updated', seq: 6, prev: 5, ticket: ticket('A009', 1), removed: [], restored: [], waiting_stats: { q: 4 } }],
  ]);
  assert.deepEqual(numbers(played), ['A001']);
  assert.deepEqual(played.replica.view.waiting_stats, { q: 4 });
});

test('ten are shown at most', () => {
  const messages = [[0, connection(0, 0, [])]];
  for (let seq = 1; seq <= 12; seq += 1) {
    messages.push([seq, called(seq, seq - 1, ticket(`A${seq}`, seq))]);
  }
  const played = play(messages);
  assert.equal(numbers(played).length, 10);
  assert.equal(numbers(played)[0], 'A12');
});

test('a gap changes nothing and asks to connect again', () => {
  const played = play([[0, connection(5, 0, [])], [1, called(9, 8, ticket('A003', 1))]]);
  assert.equal(played.resync, true);
  assert.deepEqual(numbers(played), []);
  assert.equal(played.replica.seq, 5);
});

test('a heartbeat with another position asks to connect again; one with ours does not', () => {
  assert.equal(play([[0, connection(5, 0, [])], [1, { type: 'pong', seq: 6 }]]).resync, true);
  assert.equal(play([[0, connection(5, 0, [])], [1, { type: 'pong', seq: 5 }]]).resync, false);
});

test('a view after a reconnect announces calls of the last minute that were never announced, oldest first', () => {
  const played = play([
    [0, connection(5, 0, [ticket('A001', -9)])],
    [100, connection(9, 100, [ticket('A004', 95), ticket('A003', 60), ticket('A002', 30), ticket('A001', -9)])],
  ]);
  assert.deepEqual(played.announced, ['A003 1', 'A004 1']);
});

test('missed frames older than a minute are history', () => {
  const resumed = connection(5, 100, null, { resumed: true, position: 7 });
  const { replica } = play([[0, connection(5, 0, [])], [100, resumed]]);
  assert.equal(isHistory(replica, called(6, 5, ticket('A001', 20)), 100000), true);
  assert.equal(isHistory(replica, called(7, 5, ticket('A002', 90)), 100000), false);
  assert.equal(isHistory(replica, called(8, 5, ticket('A003', 20)), 100000), false, 'live messages never are');
});

test('a resume of another history is no resume', () => {
  const played = play([[0, connection(5, 0, [])], [1, connection(5, 1, null, { resumed: true, epoch: 'other' })]]);
  assert.equal(played.resync, true);
  assert.equal(played.replica.seq, null);
});

test('a refresh replaces all', () => {
  const view = { display: { name: 'Salle 2' }, tickets: [], waiting_stats: {} };
  const played = play([[0, connection(5, 0, [ticket('A001', -9)])], [1, { type: 'refresh', seq: 6, prev: 5, view }]]);
  assert.deepEqual(numbers(played), []);
  assert.equal(played.replica.view.display.name, 'Salle 2');
});

test('a polled picture replaces all, and its recent calls are announced', () => {
  const { replica } = play([[0, connection(5, 0, [])]]);
  const body = polled();
  const { replica: next, announce } = receivePolled(replica, body, iso(20), 20000);
  assert.deepEqual(next.view, body.view);
  assert.deepEqual([next.seq, next.epoch], [body.seq, body.epoch]);
  assert.deepEqual(announce.map((row) => row.number), ['A001']);
});

test('the clock is the server\'s', () => {
  const { replica } = play([[7, connection(5, 0, [])]]);
  assert.equal(serverNow(replica, 9000), START + 2000);
});

test('what is remembered stays bounded', () => {
  const messages = [[0, connection(0, 0, [])]];
  for (let seq = 1; seq <= 500; seq += 1) {
    messages.push([seq, called(seq, seq - 1, ticket(`A${seq}`, seq))]);
  }
  assert.equal(play(messages).replica.heard.length, 200);
});
