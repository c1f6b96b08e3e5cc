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
