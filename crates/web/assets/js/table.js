// Keys in console tables: J and K move, Enter opens, X selects, "?" lists the keys. Without this module: links and checkboxes.
// Single keys can be turned off (WCAG 2.1.4) and rest while somebody types.
const root = document.documentElement;
const KEY = "everlit-keys";
const tables = () => [...document.querySelectorAll("table[data-keys]")];
const rows = () => tables().flatMap((table) => [...table.tBodies[0].rows]);
let at = -1;

try {
  if (localStorage.getItem(KEY) === "off") root.dataset.keys = "off";
} catch { /* No storage: keys stay on for this page. */ }
const off = document.querySelector("[data-keys-off]");
if (off) {
  off.checked = root.dataset.keys === "off";
  off.addEventListener("change", () => {
    root.dataset.keys = off.checked ? "off" : "on";
    try { localStorage.setItem(KEY, root.dataset.keys); } catch { /* As above. */ }
  });
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  all[at]?.removeAttribute("aria-selected");
  at = Math.min(all.length - 1, Math.max(0, at + step));
  const row = all[at];
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("a,input,button")?.focus({ preventScroll: true });
}

function open() {
  const row = rows()[at];
  const href = row?.dataset.href ?? row?.querySelector("a")?.href;
  if (href) location.assign(href);
}

function select() {
  const box = rows()[at]?.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
  if (event.target.closest?.("input:not([type=checkbox]),textarea,select,dialog,[contenteditable]")) return;
  switch (event.key) {
    case "j": return move(1);
    case "k": return move(-1);
    case "x": return select();
    case "?": return document.getElementById("keys")?.showModal();
    // A focused link or button opens itself.
    case "Enter": if (!event.target.closest?.("a,button,summary")) open();
  }
});

// The box in the head selects all rows of its table.
addEventListener("change", (event) => {
  const head = event.target;
  if (!head.matches?.("[data-all]")) return;
  for (const box of head.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = head.checked;
});
