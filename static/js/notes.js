// Keeps a note while it is written. Without it, the button of each note saves.
(() => {
  "use strict";

  const WAIT = 1200;
  const AGAIN = 8000;
  const waiting = new Set();

  document.querySelectorAll("form[data-note]").forEach((form) => {
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
        conflict.innerHTML = reply.html;
        revision.value = reply.revision;
        show("");
        conflict.querySelector("[data-focus]").focus();
      } else if (status === 422) {
        show(reply.problem, true);
      } else if (status === 200) {
        revision.value = reply.revision;
        conflict.textContent = "";
        if (sent !== changes) return; // a newer change is on its way
        waiting.delete(form);
        show(reply.saved);
      } else failed(form.dataset.failed);
    }

    function failed(text) {
      show(text, true);
      schedule(AGAIN);
    }

    words.addEventListener("input", () => {
      changes += 1;
      waiting.add(form);
      if (conflict.firstElementChild) return; // wait for the button
      show(form.dataset.saving);
      schedule(WAIT);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      waiting.delete(form);
    });
    window.addEventListener("online", () => { if (waiting.has(form)) schedule(0); });
  });

  window.addEventListener("beforeunload", (event) => {
    if (waiting.size) event.preventDefault();
  });
})();
