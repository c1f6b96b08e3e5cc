(function () {
'use strict';

// The front door: what this server serves, as links. It reads the public lists once and shows them.

/** `done` hears the list, or null when the server did not give one. */
function fetchList(path, done) {
  const call = new XMLHttpRequest();
  call.open('GET', path);
  call.timeout = 8000;
  call.onloadend = function () {
    done(call.status === 200 ? listIn(call.responseText) : null);
  };
  call.send();
}

/** A list, bare or as a page of results. */
function listIn(text) {
  try {
    const body = JSON.parse(text);
    return Array.isArray(body) ? body : body.results || [];
  } catch (error) {
    return null;
  }
}

function add(parent, tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text || '';
  parent.appendChild(node);
  return node;
}

function notice(text) {
  const node = document.getElementById('notice');
  node.textContent = text;
  node.hidden = text === '';
}

function showTenant(tenant) {
  const card = add(document.getElementById('tenants'), 'section', 'tenant', '');
  add(card, 'h2', '', tenant.name || tenant.slug);
  const displays = add(card, 'div', 'links', '');
  const queues = add(card, 'ul', 'queues', '');
  const base = '/api/v1/public/tenants/' + encodeURIComponent(tenant.slug);
  fetchList(base + '/displays/', function (list) {
    (list || []).forEach(function (display) {
      const link = add(displays, 'a', 'display', '');
      add(link, 'span', 'name', display.name);
      add(link, 'span', 'site', [display.site ? display.site.name : '', tenant.name || tenant.slug].filter(Boolean).join(' · '));
      link.href = '/display/' + encodeURIComponent(tenant.slug) + '/' + encodeURIComponent(display.id);
      add(link, 'span', 'hint', "Écran d'appel");
    });
    if (!list || list.length === 0) {
      add(displays, 'p', 'hint', "Aucun écran n'est encore configuré.");
    }
  });
  fetchList(base + '/queues/', function (list) {
    (list || []).forEach(function (queue) {
      const row = add(queues, 'li', '', '');
      add(row, 'span', 'name', queue.name);
      add(row, 'span', 'count', waitingText(queue.waiting_count));
    });
  });
}

function waitingText(count) {
  return typeof count === 'number' ? count + ' en attente' : '';
}

fetchList('/api/v1/public/tenants/', function (tenants) {
  if (tenants === null) {
    notice('Le serveur ne répond pas. Rechargez la page dans un instant.');
  } else if (tenants.length === 0) {
    notice("Aucun établissement n'est encore configuré.");
  } else {
    notice('');
    tenants.forEach(showTenant);
  }
});

})();
