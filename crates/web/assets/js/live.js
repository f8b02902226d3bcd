// Keeps a page fresh from an event stream. Without this module: the page is right as it was sent, and a <noscript> link reloads it.
//
// `<main data-live="URL">`. Events:
//   patch    data: HTML; each top element replaces the one with its id
//   refetch  data: ids (blank: every [data-part]); this page is fetched again and those parts replaced
//   go       data: a path on this site to go to (the result of a payment)
// An element with data-announce has that text read out politely, at most every three seconds (A6).
const area = document.querySelector("[data-live]");
const stale = document.getElementById("stale");
const voice = document.getElementById("announce");
const policy = globalThis.trustedTypes?.createPolicy("patch", { createHTML: (html) => html }) ?? { createHTML: (html) => html };
const POLL_MS = 20000;
const STALE_MS = 20000;
let source;
let failures = 0;
let staleTimer;
let pollTimer;
let retryTimer;
let spoken = 0;

function parse(html) {
  const box = document.createElement("template");
  box.innerHTML = policy.createHTML(html);
  return box.content;
}

function announce(text) {
  if (!voice || !text) return;
  const wait = Math.max(0, spoken + 3000 - Date.now());
  spoken = Date.now() + wait;
  setTimeout(() => { voice.textContent = text; }, wait);
}

/** Puts `fresh` in the place of the element with its id; focus stays where it was. */
function replace(fresh) {
  const old = fresh.id && document.getElementById(fresh.id);
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...old.querySelectorAll("details[id][open]")].map((one) => one.id);
  const node = document.importNode(fresh, true);
  old.replaceWith(node);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
  announce(node.dataset.announce);
  node.dispatchEvent(new CustomEvent("patched", { bubbles: true }));
}

async function refetch(ids) {
  const wanted = ids.trim() ? ids.trim().split(/\s+/) : [...document.querySelectorAll("[data-part][id]")].map((one) => one.id);
  if (!wanted.length) return;
  const answer = await fetch(location.href, { headers: { "X-Fragment": wanted.join(" ") }, cache: "no-store" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const page = parse(await answer.text());
  for (const id of wanted) {
    const fresh = page.getElementById(id);
    if (fresh) replace(fresh);
  }
}

function fresh() {
  failures = 0;
  clearTimeout(staleTimer);
  staleTimer = undefined;
  clearInterval(pollTimer);
  pollTimer = undefined;
  if (stale) stale.hidden = true;
}

function lost() {
  failures += 1;
  staleTimer ??= setTimeout(() => { if (stale) stale.hidden = false; }, STALE_MS);
  if (failures >= 3 && !pollTimer) {
    pollTimer = setInterval(() => refetch("").then(() => { if (stale) stale.hidden = true; }).catch(() => {}), POLL_MS);
  }
}

function open() {
  close();
  source = new EventSource(area.dataset.live);
  source.onopen = fresh;
  source.onerror = () => {
    lost();
    // The browser itself tries again unless the server refused; then we do, slower each time, with jitter.
    if (source.readyState === EventSource.CLOSED) {
      retryTimer = setTimeout(open, Math.min(60000, 2000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random()));
    }
  };
  source.addEventListener("patch", (event) => { for (const one of [...parse(event.data).children]) replace(one); });
  source.addEventListener("refetch", (event) => { refetch(event.data).catch(lost); });
  source.addEventListener("go", (event) => {
    if (!/^\/(?!\/)/.test(event.data)) return;
    // Told again while the next page loads, the browser would begin anew.
    close();
    location.assign(event.data);
  });
}

function close() {
  clearTimeout(retryTimer);
  source?.close();
  source = undefined;
}

if (area && "EventSource" in globalThis) {
  // Closed on leaving, so that the page may stay in the back/forward cache.
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    open();
    refetch("").catch(() => {});
  });
  if (document.prerendering) document.addEventListener("prerenderingchange", open, { once: true });
  else open();
}
