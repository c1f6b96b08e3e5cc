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
