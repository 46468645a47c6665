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

// "/" goes to the search field, unless something is being typed.
document.addEventListener("keydown", (event) => {
  const field = document.getElementById("find");
  if (event.key !== "/" || !field || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  field.focus();
});

// The box above a column of boxes ticks them all.
for (const every of document.querySelectorAll("input[name=every]")) {
  const boxes = every.form.querySelectorAll("input[name=chosen]");
  every.addEventListener("change", () => { for (const box of boxes) box.checked = every.checked; });
  every.form.addEventListener("change", () => { every.checked = [...boxes].every((box) => box.checked); });
}

// Preview: what a form would bring, beside it, as it is filled in. While it is not up to date it cannot be confirmed.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.getElementById("answer"), ask = asking();
  const look = soon(250, async () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("part", "1");
    const html = await ask(form.getAttribute("action"), { method: "POST", body });
    if (html !== null) place.innerHTML = html;
  });
  form.addEventListener("input", () => {
    place.firstElementChild.classList.add("stale");
    for (const button of place.querySelectorAll("button")) button.disabled = true;
    look();
  });
}

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
      if (answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...(page.getElementById(form.dataset.stays) || page.querySelector("main")).childNodes);
      place.focus();
    } catch (error) { form.submit(); }
    place.removeAttribute("aria-busy");
    for (const button of buttons) button.disabled = false;
  });
}
