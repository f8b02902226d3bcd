// The command palette: Ctrl/⌘ K, then type. Without this module: the navigation and the buttons it is made from.
const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("ul");
const none = dialog?.querySelector("[data-empty]");
let at = 0;

/** Every link of the navigation and every element with data-command: what it is called and what it does. */
function commands() {
  const named = [...document.querySelectorAll(".side a, [data-command]")];
  return named.map((element) => ({
    text: (element.dataset.command || element.querySelector("span")?.textContent || element.textContent).trim(),
    run: () => element.click(),
  }));
}

/** All characters in their order, not necessarily together. */
function matches(text, query) {
  let from = 0;
  const low = text.toLowerCase();
  return [...query.toLowerCase().replace(/\s/g, "")].every((c) => {
    from = low.indexOf(c, from) + 1;
    return from > 0;
  });
}

let shown = [];
function draw() {
  shown = commands().filter((command) => matches(command.text, input.value));
  at = Math.min(at, Math.max(0, shown.length - 1));
  list.replaceChildren(...shown.map((command, index) => {
    const item = document.createElement("li");
    item.id = `command-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(index === at));
    item.textContent = command.text;
    item.addEventListener("click", () => run(index));
    return item;
  }));
  none.hidden = shown.length > 0;
  if (shown.length) input.setAttribute("aria-activedescendant", `command-${at}`);
  else input.removeAttribute("aria-activedescendant");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function run(index) {
  const command = shown[index];
  dialog.close();
  command?.run();
}

function open() {
  if (dialog.open) return;
  input.value = "";
  at = 0;
  draw();
  dialog.showModal();
  input.focus();
}

if (dialog?.showModal) {
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open();
  });
  document.querySelector("[data-palette]")?.addEventListener("click", open);
  input.addEventListener("input", () => { at = 0; draw(); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter") return event.preventDefault(), run(at);
    else return;
    event.preventDefault();
    draw();
  });
  // A click beside the box closes it.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
