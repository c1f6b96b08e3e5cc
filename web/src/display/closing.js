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
