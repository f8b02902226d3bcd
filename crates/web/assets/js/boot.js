// Small comforts of every page. Without this module: error links work, forms send (the server answers a repeated `idem` with the
// first result), numbers can be selected, the browser prints, disclosures open and close.
const root = document.documentElement;
root.dataset.js = "";

/** A short, reversible result at the edge of the screen (W3); never for money or errors. */
function toast(text) {
  let box = document.querySelector(".toasts");
  if (!box) {
    box = document.createElement("div");
    box.className = "toasts";
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  while (box.children.length >= 3) box.firstChild.remove();
  const note = document.createElement("div");
  note.className = "toast";
  note.textContent = text;
  box.append(note);
  setTimeout(() => note.remove(), root.dataset.text === "large" ? 10000 : 6000);
}

// A fade between pages that is cut short by the next step is no error: the page itself is there.
for (const turn of ["pageswap", "pagereveal"]) {
  addEventListener(turn, ({ viewTransition }) => {
    for (const part of [viewTransition?.ready, viewTransition?.finished]) part?.catch(() => {});
  });
}

// Errors first: the summary gets focus on load (F3).
document.getElementById("errors")?.focus();

// With script the server's own words are shown instead of the browser's bubbles.
for (const form of document.querySelectorAll("form[data-once]")) form.noValidate = true;

// Sent once: the second press does nothing; focus stays on the button (W1).
addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  // A file leaves the page where it is: it may be asked for again.
  if (event.submitter && "file" in event.submitter.dataset) return;
  form.dataset.sent = "1";
  const button = event.submitter;
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) {
    button.dataset.label = button.textContent;
    // After the browser has collected the form: the button's name and value still count.
    setTimeout(() => { button.textContent = button.dataset.busy; });
  }
});

// Back from the next page (back/forward cache): the form may be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.label) button.textContent = button.dataset.label;
    }
  }
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

addEventListener("click", async (event) => {
  const target = event.target.closest?.("[data-copy],[data-print],[data-open]");
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if ("copy" in target.dataset) {
    if (await copy(target.dataset.copy.replace(/\s/g, ""))) toast(target.dataset.done);
  } else if ("print" in target.dataset) {
    print();
  } else {
    document.getElementById(target.dataset.open)?.showModal?.();
  }
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// "/" goes to the search field, unless somebody types.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
  if (event.target.closest?.("input,textarea,select,[contenteditable]")) return;
  const field = document.querySelector("[role=search] input:not([type=hidden])");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
