// The scenarios that the gateway's room tests also read: both sides keep the same rules.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { newReplica, receive } = createRequire(import.meta.url)('../src/display/replica.js');
const file = new URL('../../gateway/fixtures/replica.json', import.meta.url);

function run(messages) {
  const outcome = { replica: newReplica(), announced: [], needsResync: false };
  for (const message of messages) {
    const result = receive(outcome.replica, message, 0);
    outcome.replica = result.replica;
    outcome.announced.push(...result.announce.map(({ number, calls }) => ({ number, calls })));
    outcome.needsResync = result.resync;
  }
  return outcome;
}

function scenarios() {
  const read = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  return Array.isArray(read) ? read : read.scenarios;
}

for (const scenario of scenarios()) {
  test(`fixture: ${scenario.name}`, () => {
    const { replica, announced, needsResync } = run(scenario.messages);
    const shown = replica.view === null ? { tickets: [], waiting_stats: {} } : replica.view;
    assert.deepEqual(shown.tickets.map((ticket) => ticket.id), scenario.expect.tickets);
    assert.deepEqual(shown.waiting_stats, scenario.expect.waiting_stats);
    assert.equal(replica.seq, scenario.expect.seq);
    assert.deepEqual(announced, scenario.expect.announced);
    assert.equal(needsResync, Boolean(scenario.expect.needs_resync));
  });
}
