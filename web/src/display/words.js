// What the screen says, in French. Values in, words out; no DOM.

const DAYS = ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'];
const MONTHS = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre',
  'novembre', 'décembre'];

/** "Guichet 4" is the word "Guichet" and the place "4"; a bare "4" is at a counter, "Accueil" is a place of its own. */
function counterParts(counter) {
  const text = (counter || '').trim();
  const named = /^(.*\S)\s+(\S{1,3})$/.exec(text);
  if (named !== null) {
    return { word: named[1], place: named[2] };
  }
  return { word: text.length > 0 && text.length <= 3 ? 'Guichet' : '', place: text };
}

function counterText(counter) {
  const parts = counterParts(counter);
  return (parts.word + ' ' + parts.place).trim();
}

/** "A017" is read "A 017". */
function captionOf(ticket) {
  const number = ticket.number.replace(/^([A-Z]+)(\d)/, '$1 $2');
  const counter = counterText(ticket.counter);
  return 'Ticket ' + number + (counter === '' ? '' : ' → ' + counter);
}

function twoDigits(number) {
  return (number < 10 ? '0' : '') + number;
}

function clockText(ms) {
  const time = new Date(ms);
  return isNaN(ms) ? '' : twoDigits(time.getHours()) + ':' + twoDigits(time.getMinutes());
}

function dateText(ms) {
  const time = new Date(ms);
  return isNaN(ms) ? '' : DAYS[time.getDay()] + ' ' + time.getDate() + ' ' + MONTHS[time.getMonth()];
}

function queueLine(ticket) {
  return ticket.queue_name + (ticket.agent_name ? ' · ' + ticket.agent_name : '');
}

function connectionText(state, kind, since) {
  switch (kind) {
    case 'live':
      return 'Connecté';
    case 'connecting':
      return 'Connexion…';
    case 'waking':
      return state.backup ? 'Reconnexion… (secours actif)' : 'Reconnexion…';
    case 'refused':
      return 'Arrêté';
    default:
      return isNaN(since) ? 'Déconnecté' : 'Déconnecté depuis ' + clockText(since);
  }
}

/** All queues are shown, be they many: on two lines and smaller where one line is too short. */
function fitWaiting() {
  const list = byId('waiting');
  list.classList.remove('two');
  list.style.setProperty('--fit', '1');
  const share = list.clientWidth / list.scrollWidth;
  if (share < 1) {
    list.classList.toggle('two', share < 0.7);
    list.style.setProperty('--fit', String(Math.floor((share < 0.7 ? Math.min(0.7, share * 1.7) : share) * 100) / 100));
  }
}
