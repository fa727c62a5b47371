// Keeps a note while it is written, and goes from lesson to lesson without opening each page anew.
// Without it, the button of each note saves, and every lesson is a page.
(() => {
  "use strict";

  const WAIT = 1200;
  const AGAIN = 8000;
  const started = new WeakSet();
  const waiting = new Map(); // forms whose note is not on the server yet, and how to send it now
  let move = null; // the way on that waits until all notes are saved

  function keepNote(form) {
    if (started.has(form)) return;
    started.add(form);
    const words = form.elements.namedItem("words");
    const revision = form.elements.namedItem("revision");
    const saved = form.querySelector("[data-saved]");
    const conflict = form.querySelector("[data-conflict]");
    let timer = null;
    let isSending = false;
    let changes = 0;

    function schedule(wait) {
      clearTimeout(timer);
      timer = setTimeout(send, wait);
    }

    function sendNow() {
      const choice = conflict.querySelector("[data-focus]"); // between two windows' notes
      if (choice) choice.focus();
      else schedule(0);
    }

    function show(text, isFailed) {
      saved.textContent = text;
      saved.classList.toggle("is-failed", Boolean(isFailed));
    }

    async function send() {
      if (isSending) { schedule(300); return; }
      isSending = true;
      const sent = changes;
      const body = new FormData(form);
      body.set("deed", "save");
      try {
        const response = await fetch(form.dataset.note, { method: "POST", body });
        const isJson = (response.headers.get("Content-Type") || "").includes("json");
        if (response.redirected || response.status === 403) failed(form.dataset.signedOut);
        else if (!isJson) failed(form.dataset.failed);
        else settle(response.status, await response.json(), sent);
      } catch {
        failed(form.dataset.failed);
      } finally {
        isSending = false;
      }
    }

    function settle(status, reply, sent) {
      if (status === 409) { // the learner decides, and the button saves
        move = null;
        conflict.innerHTML = reply.html;
        revision.value = reply.revision;
        show("");
        conflict.querySelector("[data-focus]").focus();
      } else if (status === 422) {
        move = null;
        show(reply.problem, true);
      } else if (status === 200) {
        revision.value = reply.revision;
        conflict.textContent = "";
        if (sent !== changes) return; // a newer change is on its way
        waiting.delete(form);
        show(reply.saved);
        if (move && !waiting.size) move();
      } else failed(form.dataset.failed);
    }

    function failed(text) {
      move = null;
      show(text, true);
      schedule(AGAIN);
    }

    words.addEventListener("input", () => {
      changes += 1;
      waiting.set(form, sendNow);
      if (conflict.firstElementChild) return; // wait for the button
      show(form.dataset.saving);
      schedule(WAIT);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      waiting.delete(form);
    });
  }

  window.addEventListener("online", () => waiting.forEach((save) => save()));
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size) event.preventDefault();
  });

  // Keeps the reading position on this device, by paragraph rather than by pixel.
  let blocks = [];
  let key = "";
  let timer = null;

  function findPlace(lesson) {
    blocks = Array.from(lesson.children);
    key = `reading:${lesson.dataset.reading}`;
    const kept = Number(localStorage.getItem(key));
    if (kept > 1 && !location.hash && blocks[kept]) blocks[kept].scrollIntoView({ block: "start" });
  }

  document.addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!blocks.length || !blocks[0].isConnected) return;
      const first = blocks.findIndex((block) => block.getBoundingClientRect().bottom > 80);
      localStorage.setItem(key, String(first));
    }, 300);
  }, { passive: true });

  function start() {
    document.querySelectorAll("form[data-note]").forEach(keepNote);
    blocks = [];
    const lesson = document.querySelector("[data-reading]");
    if (lesson) findPlace(lesson);
  }

  // The next lesson takes the place of this one. What is not a lesson is opened as a page.
  document.addEventListener("htmx:confirm", (event) => {
    if (!waiting.size) return;
    event.preventDefault();
    move = () => { move = null; event.detail.issueRequest(true); };
    waiting.forEach((save) => save());
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status !== 200 || xhr.responseText.includes(' id="lesson"')) return;
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.addEventListener("htmx:afterSettle", () => {
    window.scrollTo(0, 0);
    document.getElementById("main").focus({ preventScroll: true });
    start();
  });

  // An answer that is no lesson is shown as the server meant it; no answer at all is told here.
  document.addEventListener("htmx:responseError", (event) => {
    const { elt } = event.detail;
    if (elt.matches("form")) elt.submit();
    else location.assign(elt.href);
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => {
    const line = document.querySelector("[data-no-line]");
    line.hidden = false;
    line.focus();
  }));

  start();
})();
