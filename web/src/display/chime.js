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
