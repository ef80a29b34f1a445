// Comforts only: every page works without this file.
"use strict";

// Explains the statement while it is written. The answer is a part of a page, made and encoded by the server.
for (const form of document.querySelectorAll("form[data-explain]")) {
  const place = document.getElementById("explanation");
  if (!place) continue;
  let timer = 0, running = null;
  const explain = async () => {
    running?.abort();
    running = new AbortController();
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.explain, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: running.signal, redirect: "error" });
      if (answer.ok) place.innerHTML = await answer.text();
      place.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name === "AbortError") return;
      place.textContent = "The explanation cannot be had at the moment.";
      place.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", event => {
    if (event.target.name === "reason") return;
    clearTimeout(timer);
    timer = setTimeout(explain, 350);
  });
}

// A form is sent once.
document.addEventListener("submit", event => {
  if (event.target.dataset.sent && event.target.dataset.sent !== "again") return event.preventDefault();
  if (event.target.method === "post" && !event.target.dataset.stays) event.target.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Keys: each form names its own. Never while somebody writes.
document.addEventListener("keydown", event => {
  if (event.ctrlKey && event.key === "Enter" && event.target.form) return event.target.form.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input, textarea, select, [contenteditable]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.focus();
  if (target.tagName === "BUTTON" || target.tagName === "A") target.click();
});

// Time left goes on without a reload.
const left = () => {
  for (const place of document.querySelectorAll("[data-until]")) {
    const seconds = Math.floor(Number(place.dataset.until) - Date.now() / 1000);
    const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
    place.textContent = seconds <= 0 ? "ended" : (d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${s} s` : `${s} s`) + " left";
    place.classList.toggle("soon", seconds < 900);
  }
};
if (document.querySelector("[data-until]")) setInterval(left, 1000);

// An export is a download: the page stays, and asks how far it is.
for (const form of document.querySelectorAll("form[data-progress]")) {
  form.addEventListener("submit", () => {
    const place = form.querySelector(".progress");
    place.textContent = "Waiting for the first rows.";
    const ask = async () => {
      const answer = await fetch(form.dataset.progress).catch(() => null);
      if (answer?.ok) place.innerHTML = await answer.text();
      if (answer?.status === 202) return setTimeout(ask, 700);
      form.querySelector("button").removeAttribute("aria-busy");
    };
    setTimeout(ask, 500);
  });
}
