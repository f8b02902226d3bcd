// Comforts of forms. Without this module: everything is sent with the button, the server checks and keeps what was typed,
// limits are native, conditional questions are all shown (the server drops answers that were not asked for).
const SAVE_MS = 800;

// Drafts are saved 800 ms after the last input, so that another device can go on.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const note = form.querySelector("[data-autosave-note]");
  const say = (text) => { if (note && text) note.textContent = text; };
  let timer;
  let running;
  const save = async () => {
    if (form.dataset.sent) return;
    running?.abort();
    running = new AbortController();
    say(form.dataset.saving);
    try {
      const body = new URLSearchParams();
      for (const [key, value] of new FormData(form)) if (typeof value === "string") body.append(key, value);
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, signal: running.signal, headers: { "X-Autosave": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      // The draft moved on by this save: the form goes on from there.
      const revision = answer.headers.get("X-Revision");
      if (revision && form.elements.revision) form.elements.revision.value = revision;
      form.dataset.clean = "1";
      say(form.dataset.saved.replace("{}", new Date().toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" })));
    } catch (error) {
      if (error.name === "AbortError") return;
      say(form.dataset.offline);
      // Come back when the network does; a refusal by the server waits for the next input.
      addEventListener("online", save, { once: true });
    }
  };
  // Sending the form is a save of its own.
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); });
  form.addEventListener("input", () => {
    delete form.dataset.clean;
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_MS);
  });
}

// Leaving with unsaved input asks once. Drafts that save themselves do not ask.
for (const form of document.querySelectorAll("form[data-guard]")) {
  form.addEventListener("input", () => { form.dataset.dirty = "1"; });
  form.addEventListener("submit", () => { delete form.dataset.dirty; });
}
addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-dirty]")) event.preventDefault();
});

// How many characters are left.
for (const count of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(count.dataset.count);
  const max = Number(count.dataset.max);
  const show = () => { count.textContent = count.dataset.left.replace(String(max), String(max - [...field.value].length)); };
  field?.addEventListener("input", show);
  if (field) show();
}

/** 1,300 · １３００ · 1300.5 as fen; NaN when it is no amount. */
function fen(text) {
  const plain = text.replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\s,¥￥]/g, "").replace("。", ".");
  const match = /^(\d+)(?:\.(\d{0,2}))?$/.exec(plain);
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : NaN;
}

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
/** Whole yuan in capitals, as documents have it. */
function capital(yuan) {
  const groups = ["", "万", "亿", "万亿"];
  let text = "";
  let gap = false;
  const four = String(yuan).padStart(16, "0").match(/\d{4}/g);
  four.forEach((group, index) => {
    if (group === "0000") { gap = Boolean(text); return; }
    if (text && (gap || group[0] === "0")) text += "零";
    gap = false;
    text += read(group);
    text += groups[3 - index];
  });
  return text || "零";
}
function read(group) {
  const places = ["仟", "佰", "拾", ""];
  return [...group].map((d, i) => (d === "0" ? "零" : DIGITS[Number(d)] + places[i])).join("").replace(/^零+|零+$/g, "").replace(/零+/g, "零");
}

// Money: what was understood, and above ¥10,000 in capitals (F5).
for (const echo of document.querySelectorAll("output[data-money]")) {
  const field = document.getElementById(echo.htmlFor.value);
  const show = () => {
    const amount = fen(field.value);
    if (Number.isNaN(amount)) { echo.textContent = ""; return; }
    const shown = "¥" + (amount / 100).toLocaleString("en", { minimumFractionDigits: 2 });
    const words = amount > 1_000_000 && amount % 100 === 0 ? ` ${capital(amount / 100)}元整` : "";
    echo.textContent = shown + words;
  };
  field?.addEventListener("input", show);
  if (field?.value) show();
}

// A field that had an error is looked at again when it is left (F2); the server still has the last word. The words go, their place stays: a
// button that moves between being pressed and let go is not pressed.
addEventListener("focusout", (event) => {
  const field = event.target;
  if (field.getAttribute?.("aria-invalid") !== "true" || !field.checkValidity?.() || !field.value) return;
  field.removeAttribute("aria-invalid");
  const frame = field.closest(".field");
  frame?.classList.remove("bad");
  const words = frame?.querySelector(".err");
  if (words) words.style.visibility = "hidden";
});

// Questions that are asked only after certain answers.
const conditional = [...document.querySelectorAll("[data-when]")];
function decide() {
  for (const part of conditional) {
    const controls = [...document.getElementsByName(part.dataset.when)];
    if (!controls.length) continue;
    const chosen = controls.filter((c) => !["radio", "checkbox"].includes(c.type) || c.checked).map((c) => c.value);
    if (!chosen.length && controls[0].type === "checkbox") chosen.push("false");
    part.hidden = !part.dataset.is.split(" ").some((value) => chosen.includes(value));
  }
}
if (conditional.length) {
  addEventListener("change", decide);
  decide();
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-show],[data-step]");
  if (!button) return;
  if (button.dataset.show) {
    const field = document.getElementById(button.dataset.show);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    [button.textContent, button.dataset.hide] = [button.dataset.hide, button.textContent];
  } else {
    const field = button.parentElement.querySelector("input");
    if (button.dataset.step === "1") field.stepUp();
    else field.stepDown();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
