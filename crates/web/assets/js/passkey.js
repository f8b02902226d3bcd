// Passkeys: drives the forms marked data-passkey. Without this module their buttons stay hidden and the page names the other
// ways. A form fetches its question (a challenge for this browser), lets the browser ask the person, puts the answer into a
// hidden field and sends itself; the server judges it and answers with a page as for any form.
const { credentials } = navigator;
const Key = window.PublicKeyCredential;
const supported = Boolean(
  window.isSecureContext && credentials?.get && Key?.parseRequestOptionsFromJSON && Key?.parseCreationOptionsFromJSON && Key?.prototype.toJSON,
);
/** A challenge lives five minutes; one that waits in the autofill list is renewed before. */
const RENEW_MS = 240_000;

/** The request that waits in the autofill list; a browser has one at a time. */
let waiting;

function say(form, text) {
  const note = form.querySelector("[data-note]");
  note.textContent = text ?? "";
  note.hidden = !text;
}

/** Something the person should read; the form says it in their language. */
class Told extends Error {}

/** The question for this form: `{ceremony, publicKey}`. */
async function ask(form) {
  const body = new URLSearchParams();
  for (const [key, value] of new FormData(form)) if (typeof value === "string") body.append(key, value);
  const answer = await fetch(form.dataset.options, { method: "POST", body, headers: { Accept: "application/json" } });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.ok && isJson) return answer.json();
  const told = isJson ? await answer.json() : {};
  if (told.code?.endsWith(".proof_needed") && form.dataset.proof) location.assign(form.dataset.proof);
  throw new Told(told.detail ?? form.dataset.failed);
}

/** The browser asks the person. `how` adds to the request. */
async function answer(form, question, how) {
  if (form.dataset.passkey === "create") {
    return credentials.create({ publicKey: Key.parseCreationOptionsFromJSON(question.publicKey), ...how });
  }
  return credentials.get({ publicKey: Key.parseRequestOptionsFromJSON(question.publicKey), ...how });
}

function send(form, question, credential) {
  form.elements.ceremony.value = question.ceremony;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  say(form, form.dataset.checking);
  form.submit();
}

/** What to say of a failure; nothing when it was our own doing. */
function words(form, error) {
  if (error instanceof Told) return error.message;
  switch (error?.name) {
    case "AbortError": return "";
    case "NotAllowedError": return form.dataset.cancelled;
    case "InvalidStateError": return form.dataset.known;
    default: return form.dataset.failed;
  }
}

/** The button: asks at once, in the foreground. */
async function press(form) {
  if (form.dataset.busy || !form.reportValidity()) return;
  form.dataset.busy = "1";
  waiting?.abort("pressed");
  say(form, form.dataset.prompt);
  try {
    const question = await ask(form);
    const credential = await answer(form, question, {});
    return send(form, question, credential);
  } catch (error) {
    say(form, words(form, error));
  }
  delete form.dataset.busy;
  autofill(form);
}

const visible = () => new Promise((done) => {
  const look = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", look);
    done();
  };
  document.addEventListener("visibilitychange", look);
  look();
});

/** Conditional UI: passkeys appear among the suggestions of the field marked `autocomplete="… webauthn"`. */
async function autofill(form) {
  if (!("conditional" in form.dataset) || !(await Key.isConditionalMediationAvailable?.())) return;
  for (;;) {
    await visible();
    if (form.dataset.busy) return;
    const control = new AbortController();
    waiting = control;
    const stale = setTimeout(() => control.abort("stale"), RENEW_MS);
    try {
      const question = await ask(form);
      const credential = await answer(form, question, { mediation: "conditional", signal: control.signal });
      return send(form, question, credential);
    } catch {
      // Nobody asked for anything yet: whatever went wrong, the button and the other ways are there.
      if (control.signal.reason !== "stale") return;
    } finally {
      clearTimeout(stale);
    }
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!supported) {
    say(form, form.dataset.unsupported);
    continue;
  }
  for (const part of form.querySelectorAll("[data-with-passkey]")) part.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    press(form);
  });
  autofill(form);
}

// Back from the next page (back/forward cache): the form may be used again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    delete form.dataset.busy;
    say(form, "");
  }
});

// Removed passkeys should no longer be offered by the device: where browsers can be told, they are (WebAuthn level 3).
const kept = document.querySelector("[data-passkey-user]");
if (kept && Key?.signalAllAcceptedCredentials) {
  Key.signalAllAcceptedCredentials({
    rpId: kept.dataset.passkeyRp,
    userId: kept.dataset.passkeyUser,
    allAcceptedCredentialIds: kept.dataset.passkeyIds.split(" ").filter(Boolean),
  }).catch(() => {});
}
