// The connection, with the clock turned by hand and sockets that are only lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load, polled } from './load.mjs';

const { Client, retryDelay, serverNow } = load(['replica.js', 'closing.js', 'client.js'], ['Client', 'retryDelay', 'serverNow']);

class World {
  constructor({ tenant = 'clinique', random = 0.999 } = {}) {
    this.now = 0;
    this.sockets = [];
    this.requests = [];
    this.announced = [];
    const env = {
      now: () => this.now,
      wall: () => this.now,
      random: () => random,
      openSocket: (path) => this.openSocket(path),
      request: (path, etag, done) => this.requests.push({ path, etag, done }),
    };
    this.client = new Client({ tenant, display: 'hall' }, env, {
      changed: (_, announce) => this.announced.push(...announce.map((ticket) => ticket.number)),
      stateChanged: () => {},
      buildSeen: (build) => { this.build = build; },
    });
    this.client.tick();
  }

  openSocket(path) {
    const socket = { path, sent: [], closed: false };
    socket.send = (text) => socket.sent.push(text);
    socket.close = () => { socket.closed = true; };
    this.sockets.push(socket);
    return socket;
  }

  get socket() { return this.sockets[this.sockets.length - 1]; }

  pass(seconds) {
    for (let step = 0; step < seconds * 4; step += 1) {
      this.now += 250;
      this.client.tick();
    }
  }

  hear(message) { this.socket.onmessage({ data: JSON.stringify(message) }); }

  connect(seq = 5) {
    const view = { display: {}, tickets: [], waiting_stats: {} };
    this.hear({ type: 'connection', seq, epoch: 'e', build: 'b1', server_time: '2026-03-02T09:00:00Z', heartbeat_seconds: 25, view });
  }

  close(code, reason = '') { this.socket.onclose({ code, reason }); }

  get kind() { return this.client.state.kind; }
}

test('connects at once, and resumes from where it was', () => {
  const world = new World();
  assert.equal(world.socket.path, '/ws/tenants/clinique/displays/hall/');
  world.connect();
  assert.equal(world.kind, 'live');
  assert.equal(world.build, 'b1');
  world.close(1006);
  assert.equal(world.kind, 'stale');
  world.pass(3);
  assert.equal(world.socket.path, '/ws/tenants/clinique/displays/hall/?after=5&epoch=e');
});

test('the first retry comes within three seconds, no retry waits longer than thirty, and it never gives up', () => {
  assert.ok(retryDelay(0, 1) <= 3000);
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    assert.ok(retryDelay(attempt, 1) <= 30000);
  }
  const world = new World();
  for (let failure = 0; failure < 50; failure += 1) {
    const before = world.sockets.length;
    world.close(1006);
    world.pass(31);
    assert.ok(world.sockets.length > before);
  }
});

test('a display that is unknown or not allowed stops with its reason, until a person asks again', () => {
  const world = new World();
  world.close(4503);
  assert.deepEqual(world.client.state, { kind: 'refused', code: 4503 });
  world.pass(60);
  assert.equal(world.sockets.length, 1);
  world.client.retry();
  world.pass(1);
  assert.equal(world.sockets.length, 2);
  world.close(4501);
  assert.equal(world.client.state.code, 4501);
  world.pass(600);
  assert.deepEqual([world.sockets.length, world.requests.length], [2, 0]);
});

test('a screen that was turned off asks about every minute, and connects again once it is there', () => {
  const world = new World({ random: 0.5 });
  world.connect();
  world.close(4503);
  world.pass(59);
  assert.equal(world.requests.length, 0);
  world.pass(2);
  assert.equal(world.requests[0].path, '/api/v1/public/displays/hall/');
  world.requests[0].done({ status: 404, body: {} });
  world.pass(59);
  world.requests[1].done({ status: 0, body: null });
  assert.equal(world.kind, 'refused');
  world.pass(60);
  world.requests[2].done({ status: 200, body: { tenant: 'banque', id: 'hall', name: 'Hall' } });
  world.pass(1);
  assert.equal(world.sockets.length, 1);
  world.pass(60);
  world.requests[3].done({ status: 200, body: { tenant: 'clinique', id: 'hall', name: 'Hall' } });
  world.pass(1);
  assert.equal(world.sockets.length, 2);
  world.connect(9);
  assert.equal(world.kind, 'live');
  world.pass(20);
  assert.equal(world.requests.length, 4);
});

test('a server that stops says when to come back', () => {
  const world = new World();
  world.connect();
  world.close(4001, '{"reconnect_in":[4,8]}');
  world.pass(3.5);
  assert.equal(world.sockets.length, 1);
  world.pass(5);
  assert.equal(world.sockets.length, 2);
});

test('a silent connection is taken for dead', () => {
  const world = new World();
  world.connect();
  world.pass(32);
  assert.equal(world.kind, 'live');
  world.pass(2);
  assert.equal(world.kind, 'stale');
  assert.ok(world.sockets[0].closed);
});

test('heartbeats keep it alive, and it asks every twenty seconds', () => {
  const world = new World();
  world.connect();
  for (let beat = 0; beat < 10; beat += 1) {
    world.pass(20);
    world.hear({ type: 'pong', seq: 5 });
  }
  assert.equal(world.kind, 'live');
  assert.equal(world.socket.sent.length, 10);
  assert.equal(world.socket.sent[0], '{"type":"ping"}');
});

test('a gap connects again to resume; if that does not help it asks for a whole view', () => {
  const world = new World();
  const gap = { type: 'ticket_called', seq: 9, prev: 8, ticket: { id: 't' } };
  world.connect();
  world.hear(gap);
  assert.ok(world.sockets[0].closed);
  world.pass(4);
  assert.match(world.socket.path, /after=5/);
  world.hear({ type: 'connection', seq: 5, epoch: 'e', resumed: true, server_time: '2026-03-02T09:00:04Z' });
  world.hear(gap);
  world.pass(6);
  assert.equal(world.socket.path, '/ws/tenants/clinique/displays/hall/');
});

test('after a long cut the old calls are shown and only the recent ones announced', () => {
  const world = new World();
  const called = (seq, at) => ({ type: 'ticket_called', seq, prev: seq - 1, timestamp: at, ticket: { id: `t${seq}`, number: `A00${seq}`, calls: 1, called_at: at }, waiting_stats: {} });
  world.connect();
  world.close(1006);
  world.pass(3);
  world.hear({ type: 'connection', seq: 5, epoch: 'e', resumed: true, position: 7, server_time: '2026-03-02T09:10:00Z' });
  world.hear(called(6, '2026-03-02T09:02:00Z'));
  world.hear(called(7, '2026-03-02T09:09:40Z'));
  assert.deepEqual(world.client.replica.view.tickets.map((ticket) => ticket.number), ['A007', 'A006']);
  assert.deepEqual(world.announced, ['A007']);
});

test('a heartbeat that is ahead waits for frames that are on their way', () => {
  const world = new World();
  world.connect();
  world.hear({ type: 'pong', seq: 6 });
  world.pass(1);
  world.hear({ type: 'ticket_updated', seq: 6, prev: 5, ticket: null, waiting_stats: {} });
  world.pass(5);
  assert.equal(world.kind, 'live');
  world.hear({ type: 'pong', seq: 7 });
  world.pass(3);
  assert.equal(world.kind, 'stale');
});

test('events of a socket that was given up change nothing', () => {
  const world = new World();
  world.connect();
  world.close(1006);
  world.pass(3);
  world.sockets[0].onmessage({ data: '{"type":"pong","seq":99}' });
  world.sockets[0].onclose({ code: 4503 });
  assert.notEqual(world.kind, 'refused');
});

test('polls only while the socket has been down for ten seconds, and stops when it is back', () => {
  const world = new World();
  world.connect();
  world.close(1006);
  world.pass(9);
  assert.equal(world.requests.length, 0);
  world.pass(2);
  assert.equal(world.requests.length, 1);
  assert.equal(world.requests[0].path, '/api/v1/public/tenants/clinique/displays/hall/tickets/');
  world.requests[0].done({ status: 200, etag: '"7"', body: polled() });
  assert.equal(world.client.state.backup, true);
  world.pass(5);
  assert.equal(world.requests[1].etag, '"7"');
  world.connect(8);
  world.requests[1].done({ status: 200, etag: '"6"', body: polled() });
  assert.equal(world.client.replica.seq, 8);
  world.pass(20);
  assert.equal(world.requests.length, 2);
});

test('what was polled is whole, and a socket that resumes from it keeps it', () => {
  const world = new World();
  world.close(1006);
  world.pass(11);
  const date = 'Mon, 02 Mar 2026 10:00:00 GMT';
  world.requests[0].done({ status: 200, etag: '"7"', date, body: polled() });
  const { seq, epoch, view } = polled();
  assert.equal(serverNow(world.client.replica, world.now), Date.parse(date));
  world.client.wake();
  world.pass(2);
  assert.equal(world.socket.path, `/ws/tenants/clinique/displays/hall/?after=${seq}&epoch=${epoch}`);
  world.hear({ type: 'connection', seq, epoch, resumed: true, position: seq, server_time: '2026-03-02T10:00:02Z' });
  assert.deepEqual(world.client.replica.view, view);
  assert.equal(view.display.chime, 'soft');
  assert.equal(view.display.theme.primary, '#ffcc00');
  assert.deepEqual(Object.values(view.display.queues), [{ color: '#009e73', name: 'Accueil', prefix: 'A' }]);
});

test('an answer of polling without a view is no backup', () => {
  const world = new World();
  world.connect();
  const { view } = world.client.replica;
  world.close(1006);
  world.pass(11);
  world.requests[0].done({ status: 200, etag: '"7"', body: { ...polled(), view: undefined } });
  assert.equal(world.client.state.backup, false);
  assert.equal(world.client.replica.view, view);
});

test('a tenant that was stopped is asked for again and again', () => {
  const world = new World();
  world.connect();
  world.close(4012, 'the log is damaged');
  assert.equal(world.kind, 'stale');
  world.pass(31);
  assert.ok(world.sockets.length > 1);
});

test('a link without a tenant asks the server whose display it is', () => {
  const world = new World({ tenant: null });
  assert.equal(world.requests[0].path, '/api/v1/public/displays/hall/');
  world.requests[0].done({ status: 0, body: null });
  world.pass(3);
  world.requests[1].done({ status: 200, body: { tenant: 'banque', id: 'hall', name: 'Hall' } });
  assert.equal(world.socket.path, '/ws/tenants/banque/displays/hall/');
  const lost = new World({ tenant: null });
  lost.requests[0].done({ status: 404, body: {} });
  assert.deepEqual(lost.client.state, { kind: 'refused', code: 4503 });
});

test('waking shortens the wait', () => {
  const world = new World();
  for (let failure = 0; failure < 12; failure += 1) {
    world.close(1006);
    world.pass(31);
  }
  world.close(1006);
  const before = world.sockets.length;
  world.client.wake();
  world.pass(1.25);
  assert.equal(world.sockets.length, before + 1);
});
