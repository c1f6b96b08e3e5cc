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
