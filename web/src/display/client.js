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
