// What the server means when it closes a socket: the codes of docs/spec/live.md.

/** The server stops, and says in which window of seconds its screens shall come back. */
const SHUTDOWN = 4001;

const REFUSALS = {
  4501: 'Accès non autorisé',
  4503: 'Écran inconnu',
};

/** Codes from 4500 on ask to stay away until a person has acted; all others to come back. */
function isRefusal(code) {
  return code >= 4500 && code <= 4999;
}

function refusalText(code) {
  return REFUSALS[code] || 'Connexion refusée (code ' + code + ')';
}

/** `{"reconnect_in":[min,max]}` in seconds, or null. */
function reconnectWindow(told) {
  const seconds = told === null ? null : told.reconnect_in;
  return Array.isArray(seconds) && seconds[0] >= 0 && seconds[1] >= seconds[0] ? seconds : null;
}
