// Makes quicker what works without it: search as you type, preview as you type, a file chosen once.
"use strict";

const soon = (wait, act) => {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), wait); };
};

// Only the last question is answered.
const asking = () => {
  let running;
  return async (address, options = {}) => {
    if (running) running.abort();
    running = new AbortController();
    try {
      const answer = await fetch(address, { ...options, signal: running.signal, redirect: "error" });
      return answer.ok ? await answer.text() : null;
    } catch (error) { return null; }
  };
};

// Search: the best finds under the field; arrow keys walk through them, Escape puts them away.
for (const field of document.querySelectorAll("input[data-find]")) {
  const found = document.getElementById("found"), ask = asking();
  const hide = () => { found.hidden = true; };
  const look = soon(120, async () => {
    if (!field.value.trim()) return hide();
    const html = await ask(field.dataset.find + "?q=" + encodeURIComponent(field.value));
    if (html === null) return;
    found.innerHTML = html;
    found.hidden = false;
  });
  field.addEventListener("input", look);
  field.form.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { hide(); field.focus(); }
    if (found.hidden || !links.length) return;
    if (event.key === "ArrowDown") { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); at > 0 ? links[at - 1].focus() : field.focus(); }
  });
  field.form.addEventListener("focusout", (event) => {
    if (!field.form.contains(event.relatedTarget)) hide();
  });
}

// On a narrow screen the lifecycle begins at the state that is lit.
for (const lit of document.querySelectorAll("svg .lit")) {
  const place = lit.closest(".scroll"), at = lit.getBoundingClientRect(), around = place.getBoundingClientRect();
  place.scrollLeft += at.left + at.width / 2 - around.left - around.width / 2;
}

// Keys, unless something is being typed: "/" goes to the search field, "?" lists the keys, "n" and "p" go to neighbours.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.getElementById("find"), keys = document.getElementById("keys");
  const link = { n: "next", p: "prev" }[event.key], to = link && document.querySelector(`main a[rel=${link}]`);
  if (to) return to.click();
  if (event.key === "/" && field) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "?" && keys) {
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
  }
});

// The box above a column of boxes ticks them all.
for (const every of document.querySelectorAll("input[name=every]")) {
  const boxes = every.form.querySelectorAll("input[name=chosen]");
  every.addEventListener("change", () => { for (const box of boxes) box.checked = every.checked; });
  every.form.addEventListener("change", () => { every.checked = [...boxes].every((box) => box.checked); });
}

// Each day as it was read, and what cannot be read, stand at their fields while one types.
const markFields = (place, empty = false) => {
  for (const said of place.querySelectorAll("#read [data-field]")) {
    const field = document.getElementById(said.dataset.field), around = field && field.closest(".field");
    if (!around) continue;
    for (const old of around.querySelectorAll(".reads, .error")) old.remove();
    field.removeAttribute("aria-invalid");
    const hint = around.querySelector(".hint"), wrong = said.dataset.wrong && (empty || field.value.trim());
    const text = wrong ? said.dataset.wrong : said.textContent;
    const about = hint ? [hint.id] : [];
    if (text) {
      const note = document.createElement("p");
      note.className = wrong ? "error" : "reads";
      note.id = field.id + (wrong ? "-error" : "-read");
      note.textContent = text;
      around.append(note);
      about.push(note.id);
      if (wrong) field.setAttribute("aria-invalid", "true");
    }
    if (about.length) field.setAttribute("aria-describedby", about.join(" "));
    else field.removeAttribute("aria-describedby");
  }
};

// What one types is kept in this browser for that person, and is there again until it is stored or a week is over.
const WEEK = 7 * 24 * 3600 * 1000;
const readDrafts = () => {
  try { return JSON.parse(localStorage.getItem("drafts")) || {}; } catch (error) { return {}; }
};
const changeDrafts = (change) => {
  const kept = readDrafts();
  change(kept);
  for (const [name, one] of Object.entries(kept)) if (Date.now() - one.at > WEEK) delete kept[name];
  try { localStorage.setItem("drafts", JSON.stringify(kept)); } catch (error) { /* no room: nothing is kept */ }
};
const stored = new URLSearchParams(location.search).has("done") && sessionStorage.getItem("sending");
if (stored) changeDrafts((kept) => { delete kept[stored]; });
sessionStorage.removeItem("sending");

const typedIn = (form) => [...form.elements].filter((one) => one.id.startsWith("f-"));
const valueOf = (field) => field.type === "checkbox" ? field.checked : field.value;

const keepDrafts = (form, fresh) => {
  const name = form.dataset.preview + " " + location.pathname, fields = typedIn(form), kept = readDrafts()[name];
  if (fresh && kept && fields.some((one) => one.id in kept.fields && kept.fields[one.id] !== valueOf(one))) {
    for (const one of fields.filter((one) => one.id in kept.fields)) {
      if (one.type === "checkbox") one.checked = kept.fields[one.id]; else one.value = kept.fields[one.id];
    }
    const note = document.createElement("p"), forget = document.createElement("button");
    note.className = "notice";
    note.setAttribute("role", "status");
    forget.type = "button";
    forget.textContent = form.dataset.forget;
    forget.addEventListener("click", () => {
      changeDrafts((all) => { delete all[name]; });
      location.reload();
    });
    note.append(form.dataset.kept + " ", forget);
    form.prepend(note);
    form.dispatchEvent(new Event("input"));
  }
  form.addEventListener("input", () => changeDrafts((all) => {
    all[name] = { at: Date.now(), fields: Object.fromEntries(fields.map((one) => [one.id, valueOf(one)])) };
  }));
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.value === "do") sessionStorage.setItem("sending", name);
  });
};

const read = (html) => new DOMParser().parseFromString(html, "text/html");

// Signing in again in place: a dialog over the page, with a tab of its own for an account elsewhere; then it goes on.
const signInAgain = async (goOn) => {
  if (document.querySelector("dialog[open]")) return;
  const dialog = document.createElement("dialog"), others = new BroadcastChannel("signed-in");
  const done = (page) => {
    const { signedIn, csrf } = page.querySelector("[data-signed-in]").dataset;
    dialog.close();
    if (signedIn !== document.body.dataset.mark) return location.reload(); // another person
    for (const one of document.querySelectorAll("input[name=csrf]")) one.value = csrf;
    goOn();
  };
  const ask = (page) => {
    dialog.replaceChildren(...page.querySelector("main").childNodes);
    dialog.setAttribute("aria-label", dialog.querySelector("h1").textContent);
    for (const link of dialog.querySelectorAll("a")) link.target = "_blank";
    const form = dialog.querySelector("form"), field = form.querySelector("input:not([type=hidden])");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await fetch("/sign-in", { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const next = read(await answer.text());
      if (next.querySelector("[data-signed-in]")) done(next); else ask(next);
    });
    field.focus();
  };
  others.onmessage = async () => done(read(await (await fetch("/signed-in")).text()));
  const before = document.activeElement;
  dialog.addEventListener("close", () => { others.close(); dialog.remove(); before.focus(); });
  document.body.append(dialog);
  dialog.showModal();
  ask(read(await (await fetch("/sign-in?next=/signed-in")).text()));
};
if (location.pathname === "/signed-in" && document.querySelector("[data-signed-in]")) {
  new BroadcastChannel("signed-in").postMessage("");
  window.close();
}

// Preview: what a form would bring, beside it, as it is filled in. While it is not up to date it cannot be confirmed.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.getElementById("answer"), fresh = !document.querySelector("main [role=alert]");
  let running, sending = false;
  const look = soon(250, async () => {
    if (sending) return;
    const body = new URLSearchParams(new FormData(form));
    body.set("part", "1");
    if (running) running.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal: running.signal });
      if (answer.status === 401) return signInAgain(look);
      if (!answer.ok) return;
      place.innerHTML = await answer.text();
      markFields(place);
    } catch (error) { /* a newer question runs */ }
  });
  form.addEventListener("input", () => {
    if (place.firstElementChild) place.firstElementChild.classList.add("stale");
    for (const button of place.querySelectorAll("button")) button.disabled = true;
    look();
  });
  keepDrafts(form, fresh);
  // What a button previews or confirms leaves no page behind that "back" would have to send again.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const step = event.submitter;
    if (!step || sending) return;
    const body = new URLSearchParams(new FormData(form, step));
    body.set("part", "1");
    if (running) running.abort();
    sending = step.disabled = true;
    for (const button of place.querySelectorAll("button")) button.disabled = true;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      if (answer.redirected) return location.assign(answer.url);
      sending = step.disabled = false;
      sessionStorage.removeItem("sending");
      if (answer.status === 401) return signInAgain(look);
      const html = await answer.text();
      if (answer.ok) place.innerHTML = html; else place.replaceChildren(...read(html).querySelector("main").childNodes);
      markFields(place, true);
      const first = form.querySelector("[aria-invalid=true]") || place.querySelector("[role=alert]") || place;
      if (first.tabIndex < 0) first.tabIndex = -1;
      first.focus();
    } catch (error) { // no answer: the browser says so itself
      const how = Object.assign(document.createElement("input"), { type: "hidden", name: step.name, value: step.value });
      form.append(how);
      form.submit();
    }
  });
  // Ctrl+Enter confirms what is shown.
  document.addEventListener("keydown", (event) => {
    const confirm = place.querySelector("button[value=do]");
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !confirm || confirm.disabled) return;
    event.preventDefault();
    form.requestSubmit(confirm);
  });
  const wrong = form.querySelector("[aria-invalid=true]"), first = wrong || typedIn(form)[0];
  if (first && (wrong || fresh)) first.focus({ preventScroll: !wrong });
}

// A long computation goes on by itself: what each part finds is added, until it is through or the page is full.
const goOn = async (link) => {
  const name = link.dataset.goesOn, place = document.getElementById(name), answer = await fetch(link.href);
  const next = answer.ok && read(await answer.text()).getElementById(name);
  if (!next) return;
  const mine = place.querySelector("table"), theirs = next.querySelector("table");
  if (mine && theirs) theirs.tBodies[0].prepend(...mine.tBodies[0].rows);
  else if (mine) (next.querySelector(".empty") || next.lastElementChild).replaceWith(mine.parentElement, ...next.querySelectorAll(".buttons"));
  place.replaceWith(next);
  const further = next.querySelector("[data-goes-on]");
  if (further && next.querySelectorAll("tbody tr").length < 500) return goOn(further);
};
for (const link of document.querySelectorAll("[data-goes-on]")) goOn(link).catch(() => {});

// A file that was chosen stays chosen: the answer is put beside the form, not in place of it.
for (const form of document.querySelectorAll("form[data-stays]")) {
  const place = document.getElementById(form.dataset.stays), buttons = form.querySelectorAll("button");
  form.addEventListener("submit", async (event) => {
    if ("file" in event.submitter.dataset) return; // a download leaves the page as it is
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    for (const button of buttons) button.disabled = true;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (new URL(answer.url).pathname === "/sign-in") return signInAgain(() => form.requestSubmit(event.submitter));
      if (answer.redirected) return location.assign(answer.url);
      const page = read(await answer.text());
      place.replaceChildren(...(page.getElementById(form.dataset.stays) || page.querySelector("main")).childNodes);
      place.focus();
    } catch (error) {
      form.submit();
    } finally {
      place.removeAttribute("aria-busy");
      for (const button of buttons) button.disabled = false;
    }
  });
}
