(function () {
'use strict';

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

// What the server means when it closes a socket (the codes of docs/spec/live.md), and how long a screen waits then.

const RETRY_CEILING_MS_FIRST = 1000;
const RETRY_CEILING_MS_MAX = 30000;
const RETRY_GROWTH = 1.5;
/** How often a screen that the server does not know asks whether it is there again; half of it more or less. */
const ASK_AGAIN_MS = 60000;

/** The server stops, and says in which window of seconds its screens shall come back. */
const SHUTDOWN = 4001;

/** The server knows no such display, or not any more: it may be turned off, and on again. */
const UNKNOWN_DISPLAY = 4503;

/** Codes from 4500 on ask to stay away until a person has acted; all others to come back. */
function isRefusal(code) {
  return code >= 4500 && code <= 4999;
}

/** `{"reconnect_in":[min,max]}` in seconds, or null. */
function reconnectWindow(told) {
  const seconds = told === null ? null : told.reconnect_in;
  return Array.isArray(seconds) && seconds[0] >= 0 && seconds[1] >= seconds[0] ? seconds : null;
}

/** Full jitter: anywhere between now and a ceiling that grows. */
function retryDelay(attempt, random) {
  return random * Math.min(RETRY_CEILING_MS_MAX, RETRY_CEILING_MS_FIRST * Math.pow(RETRY_GROWTH, attempt));
}

function askAgainDelay(random) {
  return ASK_AGAIN_MS * (0.5 + random);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

// The connection of a display: opens, watches, resumes and never gives up. It owns the socket and the replica.
// It has no timer of its own: `tick` looks at every deadline, so that tests turn the clock by hand.
// Its state is one of {kind: connecting}, {kind: live}, {kind: stale, since, backup}, {kind: refused, code}.

const WAKE_MS_MAX = 1000;
const CONNECT_MS_MAX = 10000;
const SILENCE_MS_EXTRA = 8000;
const PING_EVERY_MS = 20000;
/** A connection that lived shorter than this does not count as a success. */
const SETTLED_MS_MIN = 10000;
const POLL_AFTER_MS = 10000;
const POLL_EVERY_MS = 5000;
/** How long a frame may be on its way after a heartbeat that already counts it. */
const IN_FLIGHT_MS_MAX = 2000;

class Client {
  // `env`: now() in ms that never goes back, wall() in ms since 1970, random(), openSocket(path), request(path, etag, done).
  // `listener`: changed(replica, announce), stateChanged(state), buildSeen(build).
  constructor(place, env, listener) {
    this.place = place;
    this.env = env;
    this.listener = listener;
    this.replica = newReplica();
    this.state = { kind: 'connecting' };
    this.socket = null;
    this.locating = false;
    this.attempt = 0;
    this.resyncs = 0;
    this.retryAt = env.now();
    this.downSince = env.now();
    this.pollAt = 0;
    this.polling = false;
    this.etag = null;
    this.askAt = null;
    this.resetDeadlines();
  }

  resetDeadlines() {
    this.openedAt = this.env.now();
    this.lastHeard = { now: this.env.now(), wall: this.env.wall() };
    this.pingAt = this.env.now() + PING_EVERY_MS;
    this.doubtedSeq = null;
    this.doubtAt = null;
  }

  /** To be called a few times a second; it does whatever is due. */
  tick() {
    const now = this.env.now();
    if (this.state.kind === 'refused') {
      this.askAgain(now);
      return;
    }
    if (this.socket === null) {
      if (now >= this.retryAt && !this.locating) {
        this.open();
      }
    } else if (this.isSilent(now) || this.doubtIsConfirmed(now)) {
      this.hangUp();
    } else if (this.state.kind === 'live' && now >= this.pingAt) {
      this.pingAt = now + PING_EVERY_MS;
      this.socket.send('{"type":"ping"}');
    }
    if (this.pollIsDue(now)) {
      this.poll(now);
    }
  }

  /** The network or the screen came back: no need to wait for the rest of the back-off. */
  wake() {
    this.retryAt = Math.min(this.retryAt, this.env.now() + this.env.random() * WAKE_MS_MAX);
  }

  /** A person asks a refused screen to try again, or the server knows it again. */
  retry() {
    if (this.state.kind === 'refused') {
      this.askAt = null;
      this.attempt = 0;
      this.retryAt = this.env.now();
      this.downSince = this.env.now();
      this.become({ kind: 'connecting' });
    }
  }

  open() {
    if (this.place.tenant === null) {
      this.locate();
      return;
    }
    this.resetDeadlines();
    const socket = this.env.openSocket(this.socketPath());
    this.socket = socket;
    const ifCurrent = (act) => (event) => {
      if (this.socket === socket) {
        act(event);
      }
    };
    socket.onmessage = ifCurrent((event) => this.heard(event.data));
    socket.onclose = ifCurrent((event) => this.closed(event.code, event.reason));
  }

  socketPath() {
    const path = '/ws/tenants/' + this.placePath() + '/';
    const { seq, epoch } = this.replica;
    return seq === null ? path : path + '?after=' + seq + '&epoch=' + encodeURIComponent(epoch);
  }

  placePath() {
    return encodeURIComponent(this.place.tenant) + '/displays/' + encodeURIComponent(this.place.display);
  }

  /** A link may name the display alone; the server knows whose it is. */
  locate() {
    this.locating = true;
    this.askWhose((answer) => {
      this.locating = false;
      if (answer.status === 200 && answer.body && answer.body.tenant) {
        this.place = { tenant: answer.body.tenant, display: this.place.display };
        this.open();
      } else if (answer.status === 404) {
        this.refuse(UNKNOWN_DISPLAY);
      } else {
        this.scheduleRetry();
      }
    });
  }

  askWhose(done) {
    this.env.request('/api/v1/public/displays/' + encodeURIComponent(this.place.display) + '/', null, done);
  }

  /** Nobody can touch a screen on a wall: it notices by itself that it was turned on again. */
  askAgain(now) {
    if (this.askAt === null || now < this.askAt) {
      return;
    }
    this.askAt = now + askAgainDelay(this.env.random());
    this.askWhose((answer) => {
      const known = answer.status === 200 && answer.body !== null;
      if (known && (this.place.tenant === null || this.place.tenant === answer.body.tenant)) {
        this.retry();
      }
    });
  }

  heard(text) {
    this.lastHeard = { now: this.env.now(), wall: this.env.wall() };
    const message = parse(text);
    if (message === null) {
      this.hangUp();
      return;
    }
    const before = this.replica;
    const result = receive(this.replica, message, this.env.now());
    if (isHistory(before, message, this.env.now())) {
      result.announce = [];
    }
    this.take(result, before);
    if (message.type === 'pong') {
      this.doubt(result.resync, message.seq);
    } else if (result.resync) {
      this.resync();
    } else {
      this.afterMessage(message);
    }
  }

  take(result, before) {
    this.replica = result.replica;
    if (result.replica.view !== before.view) {
      this.resyncs = 0;
      this.listener.changed(result.replica, result.announce);
    }
  }

  afterMessage(message) {
    if (message.type === 'connection') {
      this.etag = null;
      this.become({ kind: 'live' });
      if (message.build) {
        this.listener.buildSeen(message.build);
      }
    }
  }

  /** A heartbeat that counts more than we have: the frames may be right behind it, so wait a moment. */
  doubt(differs, seq) {
    if (!differs) {
      this.doubtAt = null;
    } else if (this.doubtAt === null) {
      this.doubtedSeq = this.replica.seq;
      this.doubtAt = this.env.now() + IN_FLIGHT_MS_MAX;
    }
  }

  doubtIsConfirmed(now) {
    if (this.doubtAt === null || now < this.doubtAt) {
      return false;
    }
    this.doubtAt = null;
    return this.replica.seq === this.doubtedSeq;
  }

  /** Either clock will do: the one that never goes back may stop while the device sleeps. */
  isSilent(now) {
    const silence = Math.max(now - this.lastHeard.now, this.env.wall() - this.lastHeard.wall);
    const allowed = this.state.kind === 'live'
      ? this.replica.heartbeatSeconds * 1000 + SILENCE_MS_EXTRA
      : CONNECT_MS_MAX;
    return silence > allowed;
  }

  /** Connects again to resume; if that did not help before, asks for a whole view. */
  resync() {
    this.resyncs += 1;
    if (this.resyncs > 1) {
      this.replica = forgetPosition(this.replica);
    }
    this.hangUp();
  }

  hangUp() {
    const socket = this.socket;
    this.lost();
    socket.close();
  }

  closed(code, reason) {
    if (isRefusal(code)) {
      this.refuse(code);
      return;
    }
    this.lost();
    const seconds = code === SHUTDOWN ? reconnectWindow(parse(reason)) : null;
    if (seconds !== null) {
      this.retryAt = this.env.now() + (seconds[0] + this.env.random() * (seconds[1] - seconds[0])) * 1000;
    }
  }

  refuse(code) {
    this.socket = null;
    this.askAt = code === UNKNOWN_DISPLAY ? this.env.now() + askAgainDelay(this.env.random()) : null;
    this.become({ kind: 'refused', code: code });
  }

  lost() {
    const now = this.env.now();
    this.socket = null;
    if (this.state.kind === 'live') {
      this.downSince = now;
      if (now - this.openedAt >= SETTLED_MS_MIN) {
        this.attempt = 0;
      }
      this.become({ kind: 'stale', since: now, backup: false });
    }
    this.scheduleRetry();
  }

  scheduleRetry() {
    this.retryAt = this.env.now() + retryDelay(this.attempt, this.env.random());
    this.attempt += 1;
  }

  become(state) {
    this.state = state;
    this.listener.stateChanged(state);
  }

  pollIsDue(now) {
    const down = this.state.kind !== 'live' && this.state.kind !== 'refused' && now - this.downSince > POLL_AFTER_MS;
    return down && !this.polling && now >= this.pollAt && this.place.tenant !== null;
  }

  poll(now) {
    this.polling = true;
    this.pollAt = now + POLL_EVERY_MS;
    this.env.request('/api/v1/public/tenants/' + this.placePath() + '/tickets/', this.etag, (answer) => {
      this.polling = false;
      if (this.state.kind !== 'live' && this.state.kind !== 'refused') {
        this.polled(answer);
      }
    });
  }

  polled(answer) {
    const told = answer.status === 200 && Boolean(answer.body && answer.body.view);
    const works = told || answer.status === 304;
    if (told) {
      const before = this.replica;
      this.etag = answer.etag;
      this.take(receivePolled(before, answer.body, answer.date, this.env.now()), before);
    }
    if (works === (this.state.kind === 'stale' && this.state.backup)) {
      return;
    }
    this.become({ kind: 'stale', since: this.downSince, backup: works });
    if (works) {
      this.wake();
    }
  }
}

// The sound of a call: two soft notes by Web Audio, no file. One AudioContext for the life of the page.
// It also knows whether the browser lets it be heard, and announces calls one at a time.

const CHIMES = {
  ding_dong: { gain: 0.4, notes: [[659.25, 0], [523.25, 0.35]] },
  three_notes: { gain: 0.35, notes: [[523.25, 0], [659.25, 0.25], [783.99, 0.5]] },
  soft: { gain: 0.2, notes: [[440, 0], [349.23, 0.45]] },
};
/** Televisions wake their sound path on the first signal and swallow what comes before. */
const LEAD_IN_SECONDS = 0.4;
/** Near silence; digital zero would not wake them. */
const LEAD_IN_GAIN = 0.0001;
const ATTACK_SECONDS = 0.01;
const DECAY_SECONDS = 0.9;
const PARTIAL_GAIN = 0.25;
const ANNOUNCEMENT_MS = 2000;
const ANNOUNCEMENTS_WAITING_MAX = 20;

/** Plans one chime at `at` seconds of the context's clock; answers when it ends. */
function scheduleChime(context, destination, at, name) {
  const chime = CHIMES[name] || CHIMES.ding_dong;
  let end = at;
  playLeadIn(context, destination, at);
  chime.notes.forEach(function (note) {
    const start = at + LEAD_IN_SECONDS + note[1];
    playNote(context, destination, note[0], start, chime.gain);
    playNote(context, destination, note[0] * 2, start, chime.gain * PARTIAL_GAIN);
    end = start + DECAY_SECONDS;
  });
  return end;
}

function playNote(context, destination, frequency, start, peak) {
  const tone = context.createOscillator();
  const gain = context.createGain();
  tone.type = 'sine';
  tone.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.linearRampToValueAtTime(peak, start + ATTACK_SECONDS);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + DECAY_SECONDS);
  tone.connect(gain);
  gain.connect(destination);
  tone.onended = function () {
    tone.disconnect();
    gain.disconnect();
  };
  tone.start(start);
  tone.stop(start + DECAY_SECONDS);
}

function playLeadIn(context, destination, at) {
  const length = Math.ceil(LEAD_IN_SECONDS * context.sampleRate);
  const noise = context.createBuffer(1, length, context.sampleRate);
  const samples = noise.getChannelData(0);
  for (let i = 0; i < length; i += 1) {
    samples[i] = (i % 2 === 0 ? 1 : -1) * LEAD_IN_GAIN;
  }
  const source = context.createBufferSource();
  source.buffer = noise;
  source.connect(destination);
  source.onended = function () {
    source.disconnect();
  };
  source.start(at);
}

class Sound {
  constructor() {
    const Context = window.AudioContext || window.webkitAudioContext;
    this.context = Context ? new Context() : null;
    if (this.context !== null) {
      this.output = this.context.createDynamicsCompressor();
      this.output.connect(this.context.destination);
    }
  }

  /** Browsers keep a page mute until somebody touches it, unless the kiosk was started otherwise. */
  isLocked() {
    return this.context !== null && this.context.state !== 'running';
  }

  unlock() {
    if (this.isLocked()) {
      const resumed = this.context.resume();
      if (resumed && resumed.catch) {
        resumed.catch(function () {});
      }
    }
  }

  /** A locked context keeps its clock still: what is planned now would burst out at the first touch. */
  play(name) {
    if (this.context !== null && !this.isLocked()) {
      scheduleChime(this.context, this.output, this.context.currentTime + 0.02, name);
    }
  }
}

/** Announces calls in order, one at a time, so that what is heard is what is highlighted. */
class Announcer {
  constructor(announce) {
    this.announce = announce;
    this.waiting = [];
    this.busy = false;
  }

  add(tickets) {
    this.waiting = this.waiting.concat(tickets).slice(-ANNOUNCEMENTS_WAITING_MAX);
    if (!this.busy) {
      this.next();
    }
  }

  next() {
    const ticket = this.waiting.shift();
    this.busy = ticket !== undefined;
    if (this.busy) {
      setTimeout(() => this.next(), ANNOUNCEMENT_MS);
      this.announce(ticket);
    }
  }
}

// What the screen says, in the tenant's language. Values in, words out; no DOM.
// French is the source. Wolof has the words for which a source is known, and each waits for a native reader; for the
// rest the screen speaks French.

const WORDS = {
  fr: {
    days: ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'],
    months: ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre',
      'décembre'],
    ticket: 'Ticket',
    counter: 'Guichet',
    title: "SmartQueue – écran d'appel",
    hero: 'Dernier appel',
    recent: 'Appels précédents',
    waiting: 'En attente',
    waitingList: 'Personnes en attente',
    welcome: 'Bienvenue',
    welcomeHint: "Votre numéro s'affichera ici",
    sound: "Son bloqué – touchez l'écran ou appuyez sur OK",
    live: 'Connecté',
    connecting: 'Connexion…',
    waking: 'Reconnexion…',
    backup: 'Reconnexion… (secours actif)',
    stopped: 'Arrêté',
    stale: 'Déconnecté',
    staleSince: 'Déconnecté depuis ',
    unknown: 'Écran inconnu ou désactivé',
    off: 'Écran désactivé',
    unauthorised: 'Accès non autorisé',
    refused: 'Connexion refusée (code {code})',
    screen: 'Écran : ',
    askAndWait: "Signalez-le à la personne qui gère SmartQueue. L'écran réessaie seul chaque minute ; touchez-le ou appuyez sur OK pour réessayer maintenant.",
    askAndTouch: "Signalez-le à la personne qui gère SmartQueue, puis touchez l'écran ou appuyez sur OK.",
  },
  // Days and months are those of Unicode's CLDR; "tike", "guichet" and the greeting are in use in Senegal.
  wo: {
    days: ['Dibéer', 'Altine', 'Talaata', 'Àlarba', 'Alxamis', 'Àjjuma', 'Aseer'],
    months: ['Samwiyee', 'Fewriyee', 'Mars', 'Awril', 'Mee', 'Suwe', 'Sulet', 'Ut', 'Sàttumbar', 'Oktoobar', 'Nowàmbar',
      'Desàmbar'],
    ticket: 'Tike',
    counter: 'Guichet',
    welcome: 'Dalal ak diam',
  },
  en: {
    days: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
      'December'],
    ticket: 'Ticket',
    counter: 'Counter',
    title: 'SmartQueue – call screen',
    hero: 'Latest call',
    recent: 'Earlier calls',
    waiting: 'Waiting',
    waitingList: 'People waiting',
    welcome: 'Welcome',
    welcomeHint: 'Your number will appear here',
    sound: 'Sound blocked – touch the screen or press OK',
    live: 'Connected',
    connecting: 'Connecting…',
    waking: 'Reconnecting…',
    backup: 'Reconnecting… (backup active)',
    stopped: 'Stopped',
    stale: 'Disconnected',
    staleSince: 'Disconnected since ',
    unknown: 'Screen unknown or turned off',
    off: 'Screen turned off',
    unauthorised: 'Access not authorised',
    refused: 'Connection refused (code {code})',
    screen: 'Screen: ',
    askAndWait: 'Tell the person who runs SmartQueue. The screen tries again by itself every minute; touch it or press OK to try now.',
    askAndTouch: 'Tell the person who runs SmartQueue, then touch the screen or press OK.',
  },
};

const LOCALE_DEFAULT = 'fr';

/** All words for a language, with French where it has none; an unknown language is French. */
function wordsFor(locale) {
  const lang = WORDS[locale] ? locale : LOCALE_DEFAULT;
  return Object.assign({}, WORDS[LOCALE_DEFAULT], WORDS[lang], { lang: lang });
}

/** In which language a word is really said. */
function langOf(words, key) {
  return WORDS[words.lang][key] === undefined ? LOCALE_DEFAULT : words.lang;
}

/** A word before the place may be so long; what is longer is a name. */
const WORD_LENGTH_MAX = 16;

/** "Guichet 4" is the word "Guichet" and the place "4"; a bare "4" is at a counter, "Accueil" is a place of its own. */
function counterParts(counter, words) {
  const text = (counter || '').trim();
  const named = /^(.*\S)\s+(\S{1,3})$/.exec(text);
  if (named !== null && named[1].length <= WORD_LENGTH_MAX) {
    return { word: named[1], place: named[2] };
  }
  return { word: text.length > 0 && text.length <= 3 ? words.counter : '', place: text };
}

function counterText(counter, words) {
  const parts = counterParts(counter, words);
  return (parts.word + ' ' + parts.place).trim();
}

/** "A017" is read "A 017". */
function captionOf(ticket, words) {
  const number = ticket.number.replace(/^([A-Z]+)(\d)/, '$1 $2');
  const counter = counterText(ticket.counter, words);
  return words.ticket + ' ' + number + (counter === '' ? '' : ' → ' + counter);
}

function twoDigits(number) {
  return (number < 10 ? '0' : '') + number;
}

function clockText(ms) {
  const time = new Date(ms);
  return isNaN(ms) ? '' : twoDigits(time.getHours()) + ':' + twoDigits(time.getMinutes());
}

function dateText(ms, words) {
  const time = new Date(ms);
  return isNaN(ms) ? '' : words.days[time.getDay()] + ' ' + time.getDate() + ' ' + words.months[time.getMonth()];
}

function queueLine(ticket) {
  return ticket.queue_name + (ticket.agent_name ? ' · ' + ticket.agent_name : '');
}

/** The word for the state of the connection, and the time that belongs to it. */
function connectionWord(state, kind, since) {
  switch (kind) {
    case 'live':
    case 'connecting':
      return kind;
    case 'waking':
      return state.backup ? 'backup' : 'waking';
    case 'refused':
      return 'stopped';
    default:
      return isNaN(since) ? 'stale' : 'staleSince';
  }
}

function connectionText(state, kind, since, words) {
  const word = connectionWord(state, kind, since);
  return words[word] + (word === 'staleSince' ? clockText(since) : '');
}

/** The word for why the server does not let the screen in. `shown`: this page has shown it before. */
function refusalWord(code, shown) {
  switch (code) {
    case UNKNOWN_DISPLAY:
      return shown ? 'off' : 'unknown';
    case 4501:
      return 'unauthorised';
    default:
      return 'refused';
  }
}

/** Which screen it is, so that the reception can tell whom it asks. */
function screenText(name, place, words) {
  const address = [place.tenant, place.display].filter(Boolean).join(' / ');
  return words.screen + (name ? name + ' – ' + address : address);
}

// Makes text as large as its place allows. It reads and writes sizes only, never words.

/** From full size down to the smallest that is worth trying. */
const FITS = [1, 0.92, 0.85, 0.78, 0.72, 0.66, 0.6, 0.55, 0.5, 0.45, 0.41, 0.37, 0.33, 0.3, 0.27, 0.24, 0.21, 0.18, 0.15];

/** Tries sizes until the text leaves neither width nor height, or is as small as `least`. */
function fitInto(node, width, height, least) {
  if (node.textContent === '' || width <= 0 || height <= 0) {
    return;
  }
  for (let i = 0; i < FITS.length && FITS[i] >= (least || 0); i += 1) {
    node.style.setProperty('--fit', String(FITS[i]));
    if (node.scrollWidth <= width && node.offsetHeight <= height) {
      return;
    }
  }
}

/** A number that the style gives. */
function styleNumber(node, name, otherwise) {
  const value = parseFloat(getComputedStyle(node).getPropertyValue(name));
  return isNaN(value) ? otherwise : value;
}

/** The number comes first, the counter takes the room that is left; nothing hides anything else. */
function fitCall(call) {
  fitInto(call.number, call.node.clientWidth * styleNumber(call.number, '--room', 1), call.figure.clientHeight);
  fitInto(call.queue, call.queue.clientWidth, call.figure.clientHeight, 0.15);
  const width = call.counter.clientWidth;
  const height = call.counter.clientHeight;
  [call.label, call.word, call.place].forEach(function (node) {
    node.style.removeProperty('--fit');
  });
  if (styleNumber(call.label, '--stacked', 0) === 0 || call.word.textContent === '') {
    fitInto(call.label, width, height);
  } else {
    fitInto(call.word, width, height * 0.34);
    fitInto(call.place, width, height * 0.66);
  }
}

/** All queues are shown, be they many: on two lines and smaller where one line is too short. */
function fitWaiting() {
  const list = byId('waiting');
  const height = list.parentNode.clientHeight;
  list.classList.remove('two');
  list.style.setProperty('--fit', '1');
  list.classList.toggle('two', list.scrollWidth > list.clientWidth * 1.4);
  fitInto(list, list.clientWidth, height, 0.45);
}

// The picture: a function of the replica's view, the connection's state and the time. Text only, never markup.
// Every element is written once in display.html or here at start, and filled in place: a year of calls adds no node.

const RECENT_SHOWN_MAX = 9;
const HIGHLIGHT_MS = 30000;
/** So long a lost connection is a hiccup; afterwards people are told since when. */
const HICCUP_MS = 5000;
/** A place of more letters than this is a name. */
const NAME_LENGTH_MIN = 8;
/** Okabe and Ito's colours that stand out on the dark ground, told apart by the colour-blind. */
const QUEUE_COLORS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#cc79a7', '#d55e00'];

function byId(id) {
  return document.getElementById(id);
}

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.appendChild(made);
  return made;
}

/** Writes only what differs, so that a screen reader and a weak television are left in peace. */
function write(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function show(node, visible) {
  if (node.hidden === visible) {
    node.hidden = !visible;
  }
}

/** A place for one call: the colour of its queue, the number, the counter, the queue's name. */
class Call {
  constructor(parent) {
    this.node = parent;
    element('span', 'band', parent);
    element('span', 'pulse', parent);
    this.figure = element('span', 'figure', parent);
    this.number = element('span', 'number', this.figure);
    this.arrow = element('span', 'arrow', parent);
    this.counter = element('span', 'counter', parent);
    this.label = element('span', 'label', this.counter);
    this.word = element('span', 'word', this.label);
    this.place = element('span', 'place', this.label);
    this.queue = element('span', 'queue', parent);
    this.ticket = null;
  }

  show(ticket, colors, words) {
    this.ticket = ticket;
    show(this.node, ticket !== null);
    this.node.classList.toggle('serving', ticket !== null && ticket.status === 'en_service');
    const parts = counterParts(ticket === null ? '' : ticket.counter, words);
    this.node.classList.toggle('named', parts.word === '' && parts.place.length > NAME_LENGTH_MIN);
    write(this.number, ticket === null ? '' : ticket.number);
    write(this.arrow, parts.place === '' ? '' : ' → ');
    write(this.word, parts.word === '' ? '' : parts.word + ' ');
    write(this.place, parts.place);
    write(this.queue, ticket === null ? '' : ' ' + queueLine(ticket));
    this.node.style.setProperty('--queue', ticket === null ? 'transparent' : colors[ticket.queue_id] || QUEUE_COLORS[0]);
  }

  pulse() {
    this.node.classList.remove('called');
    void this.node.offsetWidth;
    this.node.classList.add('called');
  }
}

class Screen {
  constructor() {
    this.hero = new Call(byId('hero'));
    this.recent = [];
    for (let i = 0; i < RECENT_SHOWN_MAX; i += 1) {
      this.recent.push(new Call(element('li', 'call', byId('recent'))));
    }
    this.waiting = {};
    this.highlighted = {};
    this.announced = 0;
    this.words = wordsFor(null);
    this.showWords();
  }

  /** What does not change with the calls. A word that the language lacks is marked as French for what reads aloud. */
  showWords() {
    const words = this.words;
    document.documentElement.lang = words.lang;
    document.title = words.title;
    [['waiting-label', 'waiting'], ['welcome-word', 'welcome'], ['welcome-hint', 'welcomeHint'], ['sound', 'sound'],
      ['starting', 'connecting']].forEach(function (pair) {
      write(byId(pair[0]), words[pair[1]]);
      byId(pair[0]).lang = langOf(words, pair[1]);
    });
    [['hero', 'hero'], ['recent', 'recent'], ['waiting', 'waitingList']].forEach(function (pair) {
      byId(pair[0]).setAttribute('aria-label', words[pair[1]]);
    });
    byId('connection').lang = langOf(words, 'live');
    byId('refused').lang = langOf(words, 'off');
  }

  calls() {
    return [this.hero].concat(this.recent);
  }

  showView(view, now) {
    const display = view.display || {};
    const colors = queueColors(display.queues || {});
    const layout = display.layout || 'grid';
    const calls = view.tickets.length;
    this.speak(display.locale);
    document.body.setAttribute('data-layout', layout);
    document.body.setAttribute('data-recent', String(layout === 'fullscreen' ? 0 : Math.max(0, calls - 1)));
    document.body.style.setProperty('--recent', String(Math.max(0, calls - 1)));
    write(byId('place'), display.name || '');
    this.showTheme(display.theme);
    this.showMessages(display);
    this.showWaiting(display.queues || {}, view.waiting_stats || {}, colors);
    show(byId('recent'), calls > 1);
    show(byId('starting'), false);
    show(byId('welcome'), calls === 0);
    this.calls().forEach((call, index) => call.show(view.tickets[index] || null, colors, this.words));
    this.fit();
    this.showHighlights(now);
  }

  speak(locale) {
    const words = wordsFor(locale);
    if (words.lang !== this.words.lang) {
      this.words = words;
      this.showWords();
    }
  }

  showTheme(theme) {
    const style = document.documentElement.style;
    const light = Boolean(theme && theme.background && isLight(theme.background));
    document.documentElement.classList.toggle('light', light);
    [['--background', 'background'], ['--text', 'text'], ['--accent', 'primary']].forEach(function (pair) {
      if (theme && theme[pair[1]]) {
        style.setProperty(pair[0], theme[pair[1]]);
      } else {
        style.removeProperty(pair[0]);
      }
    });
  }

  showMessages(display) {
    const first = display.custom_message || '';
    const second = display.secondary_message || '';
    const both = [first, second].filter(Boolean).join(' – ');
    const at = display.message_position || 'bottom';
    const top = at === 'top' ? both : at === 'both' ? first : '';
    const bottom = at === 'bottom' ? both : at === 'both' ? second : '';
    write(byId('message-top'), top);
    write(byId('message-bottom'), bottom);
    show(byId('message-top'), top !== '');
    show(byId('message-bottom'), bottom !== '');
    document.body.setAttribute('data-messages', String((top === '' ? 0 : 1) + (bottom === '' ? 0 : 1)));
  }

  showWaiting(queues, stats, colors) {
    const shown = Object.keys(stats).filter((id) => queues[id]).sort((a, b) => (queues[a].name < queues[b].name ? -1 : 1));
    show(byId('waiting-label'), shown.length > 0);
    Object.keys(this.waiting).filter((id) => shown.indexOf(id) < 0).forEach((id) => {
      byId('waiting').removeChild(this.waiting[id]);
      delete this.waiting[id];
    });
    shown.forEach((id) => {
      const item = this.waiting[id] || waitingItem();
      this.waiting[id] = item;
      item.style.setProperty('--queue', colors[id]);
      write(item.children[1], queues[id].prefix || '');
      write(item.children[2], queues[id].name);
      write(item.children[3], String(stats[id]));
      byId('waiting').appendChild(item);
    });
  }

  /** A new call stands out at once; its turn to be heard may come later. */
  highlight(tickets, now) {
    tickets.forEach((ticket) => {
      this.highlighted[ticket.id] = now + HIGHLIGHT_MS;
    });
    this.showHighlights(now);
  }

  announce(ticket, now) {
    this.announced += 1;
    this.highlight([ticket], now);
    write(byId('caption'), captionOf(ticket, this.words));
    document.body.setAttribute('data-announced', String(this.announced));
    this.calls().filter((call) => call.ticket !== null && call.ticket.id === ticket.id).forEach((call) => call.pulse());
  }

  showHighlights(now) {
    Object.keys(this.highlighted).filter((id) => this.highlighted[id] <= now).forEach((id) => {
      delete this.highlighted[id];
    });
    this.calls().forEach((call) => {
      const lit = call.ticket !== null && this.highlighted[call.ticket.id] !== undefined;
      call.node.classList.toggle('lit', lit);
      if (!lit) {
        call.node.classList.remove('called');
      }
    });
  }

  showClock(serverMs) {
    write(byId('clock'), clockText(serverMs));
    write(byId('date'), dateText(serverMs, this.words));
  }

  showConnection(state, now, replica, place) {
    const kind = state.kind === 'stale' && (state.backup || now - state.since < HICCUP_MS) ? 'waking' : state.kind;
    document.body.setAttribute('data-connection', kind);
    write(byId('connection-text'), connectionText(state, kind, serverNow(replica, state.since), this.words));
    show(byId('refused'), kind === 'refused');
    if (kind === 'refused') {
      this.showRefusal(state.code, replica, place);
    }
  }

  showRefusal(code, replica, place) {
    const words = this.words;
    const name = replica.view !== null && replica.view.display ? replica.view.display.name : '';
    write(byId('refused-reason'), words[refusalWord(code, replica.view !== null)].replace('{code}', String(code)));
    write(byId('refused-screen'), screenText(name, place, words));
    write(byId('refused-hint'), code === UNKNOWN_DISPLAY ? words.askAndWait : words.askAndTouch);
  }

  /** After each change, and when the window has another size. */
  fit() {
    this.calls().filter((call) => call.ticket !== null).forEach(fitCall);
    fitWaiting();
  }

  showSound(locked) {
    show(byId('sound'), locked);
  }
}

/** Whether dark text is read better on this `#rrggbb` than light text. */
function isLight(color) {
  const part = (at) => parseInt(color.slice(at, at + 2), 16);
  return 0.299 * part(1) + 0.587 * part(3) + 0.114 * part(5) > 140;
}

function queueColors(queues) {
  const colors = {};
  Object.keys(queues).sort().forEach(function (id, index) {
    colors[id] = queues[id].color || QUEUE_COLORS[index % QUEUE_COLORS.length];
  });
  return colors;
}

function waitingItem() {
  const item = document.createElement('li');
  ['swatch', 'prefix', 'name', 'count'].forEach(function (className) {
    element('span', className, item);
  });
  return item;
}

// Starts the page: joins connection, picture and sound, and owns the only timer.

const TICK_MS = 250;
/** A context that may be heard needs a moment to say so. */
const SOUND_KNOWN_AFTER_MS = 2000;
const REQUEST_MS_MAX = 8000;
const RELOAD_SPREAD_MS = 60000;
/** The whole picture wanders a little, so that fixed edges do not burn in. */
const DRIFT_EVERY_MS = 180000;
const DRIFT_STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1]];

function now() {
  return performance.now();
}

/** `/display/{tenant}/{display}`, or `/display/{display}` with or without `?tenant=`. */
function placeFrom(location) {
  const parts = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const asked = /[?&]tenant=([^&]*)/.exec(location.search);
  const tenant = parts.length > 2 ? parts[1] : asked === null ? null : decodeURIComponent(asked[1]);
  return { tenant: tenant || null, display: parts[parts.length - 1] };
}

function openSocket(path) {
  const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
  return new WebSocket(scheme + location.host + path);
}

/** Old engines cannot end a `fetch`; this can. `done` hears {status, body, etag, date}, with status 0 when nobody answered. */
function request(path, etag, done) {
  const call = newCall(path);
  if (etag !== null) {
    call.setRequestHeader('If-None-Match', etag);
  }
  call.onloadend = function () {
    const header = (name) => call.getResponseHeader(name);
    done({ status: call.status, body: parse(call.responseText), etag: header('ETag'), date: header('Date') });
  };
  call.send();
}

function fetchText(path, done) {
  const call = newCall(path);
  call.onloadend = function () {
    done(call.status, call.responseText);
  };
  call.send();
}

function newCall(path) {
  const call = new XMLHttpRequest();
  call.open('GET', path);
  call.timeout = REQUEST_MS_MAX;
  return call;
}

/** Loads the new version of this page, once it is quiet. A new server with the same page is no reason to reload. */
class Renewal {
  constructor() {
    this.build = null;
    this.at = null;
  }

  /** The server says which build it is; another one may have brought another page. */
  see(build) {
    if (build !== this.build) {
      this.build = build;
      this.at = now() + Math.random() * RELOAD_SPREAD_MS;
    }
  }

  tick(idle) {
    if (this.at === null || now() < this.at || !idle) {
      return;
    }
    this.at = null;
    fetchText(location.href, function (status, text) {
      const served = /data-build="(\w+)"/.exec(text);
      const own = document.documentElement.getAttribute('data-build');
      if (status === 200 && served !== null && served[1] !== own) {
        reloadOnceFor(served[1]);
      }
    });
  }
}

/** If a cache keeps giving the old page, a second reload would not help: it would only loop. */
function reloadOnceFor(page) {
  if (remembered('smartqueue-renewed') !== page && remember('smartqueue-renewed', page)) {
    location.reload();
  }
}

function remembered(key) {
  try {
    return sessionStorage.getItem(key);
  } catch (error) {
    return null;
  }
}

function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
    return true;
  } catch (error) {
    return false;
  }
}

function drift() {
  const at = DRIFT_STEPS[Math.floor(now() / DRIFT_EVERY_MS) % DRIFT_STEPS.length];
  byId('root').style.transform = 'translate(' + at[0] * 6 + 'px,' + at[1] * 6 + 'px)';
}

function start() {
  const screen = new Screen();
  const sound = new Sound();
  const renewal = new Renewal();
  let chime = 'ding_dong';
  const announcer = new Announcer(function (ticket) {
    sound.play(chime);
    screen.announce(ticket, now());
  });
  const env = { now: now, wall: Date.now, random: Math.random, openSocket: openSocket, request: request };
  const client = new Client(placeFrom(location), env, {
    changed: function (replica, announce) {
      chime = (replica.view.display && replica.view.display.chime) || 'ding_dong';
      screen.showView(replica.view, now());
      screen.highlight(announce, now());
      announcer.add(announce);
    },
    stateChanged: function (state) {
      screen.showConnection(state, now(), client.replica, client.place);
    },
    buildSeen: function (build) {
      renewal.see(build);
    },
  });

  function tick() {
    client.tick();
    screen.showConnection(client.state, now(), client.replica, client.place);
    screen.showClock(serverNow(client.replica, now()));
    screen.showHighlights(now());
    screen.showSound(now() > SOUND_KNOWN_AFTER_MS && sound.isLocked());
    renewal.tick(!announcer.busy);
    drift();
  }
  function tickForever() {
    tick();
    setTimeout(tickForever, TICK_MS);
  }
  function touched() {
    sound.unlock();
    client.retry();
  }
  ['keydown', 'touchend', 'mousedown'].forEach(function (name) {
    window.addEventListener(name, touched);
  });
  window.addEventListener('online', function () {
    client.wake();
  });
  document.addEventListener('visibilitychange', function () {
    if (!document.hidden) {
      client.wake();
      tick();
    }
  });
  window.addEventListener('resize', function () {
    screen.fit();
  });
  tickForever();
}

start();

})();
