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
