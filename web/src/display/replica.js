// What a display knows of its board, as a value: `receive` takes one message and answers the next replica.
// No DOM, no network, no clock: the time comes in, in milliseconds of any clock that never goes back.
// The rules are those of docs/spec/live.md; the same fixtures run here and in the gateway's tests.

const TICKETS_SHOWN_MAX = 10;
/** An older call is history: it is shown, and not announced. */
const ANNOUNCED_AGE_MS_MAX = 60000;
/** How many calls are remembered as announced; far more than a board shows. */
const CALLS_HEARD_MAX = 200;
const HEARTBEAT_SECONDS_DEFAULT = 25;

/** A replica that has heard nothing yet. */
function newReplica() {
  return {
    epoch: null,
    seq: null,
    view: null,
    heard: [],
    caughtUpAt: 0,
    clock: null,
    heartbeatSeconds: HEARTBEAT_SECONDS_DEFAULT,
  };
}

/** Takes one message. `announce` holds the tickets to announce, oldest first; `resync` asks to connect again. */
function receive(replica, message, now) {
  switch (message.type) {
    case 'connection':
      return receiveConnection(replica, message, now);
    case 'ticket_called':
    case 'ticket_updated':
    case 'refresh':
      return receiveChange(replica, message, now);
    case 'pong':
      return receivePong(replica, message, now);
    default:
      return step(replica, [], false);
  }
}

/**
 * Takes the answer of the polling endpoint: its `view` is that of the sockets, the rest is for other clients. The time is
 * that of the answer's `Date`; the `timestamp` in the body is that of the last change.
 */
function receivePolled(replica, body, date, now) {
  return takeView(withClock(replica, date, now), body.view, body.seq, body.epoch, now);
}

/** The server's time in milliseconds since 1970, or NaN before it told us. */
function serverNow(replica, now) {
  return replica.clock === null ? NaN : replica.clock.server + (now - replica.clock.heardAt);
}

function step(replica, announce, resync) {
  return { replica: replica, announce: announce, resync: resync };
}

function receiveConnection(replica, message, now) {
  let next = withClock(replica, message.server_time, now);
  if (message.heartbeat_seconds > 0) {
    next = Object.assign({}, next, { heartbeatSeconds: message.heartbeat_seconds });
  }
  if (message.view) {
    return takeView(next, message.view, message.seq, message.epoch, now);
  }
  const resumes = message.resumed && next.view !== null && next.seq !== null && next.epoch === message.epoch;
  if (!resumes) {
    return step(forgetPosition(next), [], true);
  }
  const caughtUpAt = typeof message.position === 'number' ? message.position : message.seq;
  return step(Object.assign({}, next, { caughtUpAt: caughtUpAt }), [], false);
}

/** Messages come in order and once, so that each `ticket_called` is a call that nobody has heard yet. */
function receiveChange(replica, message, now) {
  if (replica.view === null || replica.seq === null) {
    return step(replica, [], true);
  }
  if (message.type === 'refresh' && message.seq >= replica.seq) {
    return takeView(replica, message.view, message.seq, replica.epoch, now);
  }
  if (message.seq <= replica.seq) {
    return step(replica, [], false);
  }
  if (message.prev !== replica.seq) {
    return step(replica, [], true);
  }
  const view = Object.assign({}, replica.view, {
    tickets: changedTickets(replica.view.tickets, message),
    waiting_stats: message.waiting_stats || {},
  });
  const next = Object.assign({}, replica, { view: view, seq: message.seq });
  if (message.type !== 'ticket_called') {
    return step(next, [], false);
  }
  const called = [message.ticket];
  return step(hear(next, called).replica, called, false);
}

/** Whether a message only tells what happened a while ago, as after a long cut: worth showing, too late to announce. */
function isHistory(replica, message, now) {
  return message.seq <= replica.caughtUpAt && !isRecent(replica, message.timestamp, now);
}

/** A heartbeat carries the position: another one than ours means that something was lost. */
function receivePong(replica, message, now) {
  const lost = typeof message.seq === 'number' && message.seq !== replica.seq;
  return step(withClock(replica, message.server_time, now), [], lost);
}

function changedTickets(shown, message) {
  const removed = message.removed || [];
  const ticket = message.ticket;
  let tickets = shown.filter(function (row) {
    return removed.indexOf(row.id) < 0;
  });
  if (ticket && message.type === 'ticket_called') {
    const others = tickets.filter(function (row) {
      return row.id !== ticket.id;
    });
    tickets = [ticket].concat(others);
  } else if (ticket) {
    tickets = tickets.map(function (row) {
      return row.id === ticket.id ? ticket : row;
    });
  }
  return tickets.concat(message.restored || []).slice(0, TICKETS_SHOWN_MAX);
}

/** Replaces all. The very first view announces nothing: nobody waits for calls made before the screen was on. */
function takeView(replica, view, seq, epoch, now) {
  const first = replica.view === null;
  const next = Object.assign({}, replica, {
    view: Object.assign({}, view, { tickets: (view.tickets || []).slice(0, TICKETS_SHOWN_MAX) }),
    seq: seq,
    epoch: epoch,
    caughtUpAt: 0,
  });
  const oldestFirst = next.view.tickets.slice().reverse();
  const heard = hear(next, oldestFirst);
  const announce = heard.fresh.filter(function (ticket) {
    return !first && isRecent(next, ticket.called_at, now);
  });
  return step(heard.replica, announce, false);
}

/** Marks calls as heard, and tells which of them are new. */
function hear(replica, tickets) {
  const fresh = tickets.filter(function (ticket) {
    return replica.heard.indexOf(callOf(ticket)) < 0;
  });
  const heard = replica.heard.concat(fresh.map(callOf)).slice(-CALLS_HEARD_MAX);
  return { replica: Object.assign({}, replica, { heard: heard }), fresh: fresh };
}

/** One call. The count alone would not do: it begins again when a ticket returns to the line and is called anew. */
function callOf(ticket) {
  return [ticket.id, ticket.calls, ticket.called_at].join(' ');
}

function isRecent(replica, at, now) {
  const age = serverNow(replica, now) - Date.parse(at);
  return !(age > ANNOUNCED_AGE_MS_MAX);
}

function withClock(replica, serverTime, now) {
  const server = Date.parse(serverTime);
  return isNaN(server) ? replica : Object.assign({}, replica, { clock: { server: server, heardAt: now } });
}

/** Keeps the picture and asks for a whole view next time. */
function forgetPosition(replica) {
  return Object.assign({}, replica, { seq: null, epoch: null });
}

if (typeof module !== 'undefined') {
  module.exports = { newReplica, receive, receivePolled, serverNow, forgetPosition, isHistory };
}
