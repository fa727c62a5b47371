// Keeps every answer as it is given. Without it, each button of the page saves.
(() => {
  "use strict";

  const form = document.querySelector("form[data-answer]");
  if (!form) return;

  const address = form.dataset.answer;
  const saved = form.querySelector("[data-saved]");
  const words = form.querySelector("[data-saved-words]");
  const conflict = form.querySelector("[data-conflict]");
  const unreadable = form.querySelector("[data-unreadable]");
  const check = form.querySelector("template[data-check]");
  const flag = form.elements.namedItem("is_flagged");
  const revision = form.elements.namedItem("revision");
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];
  const PATIENCE = 10000;

  // What this device holds until the server has it. A browser may refuse to hold anything.
  const shelf = {
    name: `answer:${address}`,
    put(content) { try { localStorage.setItem(this.name, JSON.stringify(content)); } catch { /* go on without */ } },
    take() { try { return JSON.parse(localStorage.getItem(this.name)); } catch { return null; } },
    clear() { try { localStorage.removeItem(this.name); } catch { /* nothing is there */ } },
  };

  let changes = 0; // how many there were, so that a late reply is not taken for the last
  let isPending = false; // something is not on the server yet
  let isSending = false;
  let isChoosing = false; // between two windows' answers
  let failures = 0;
  let timer = null;
  let wanted = null; // the button that waits until all is saved

  function keep() {
    isPending = true;
    shelf.put({ answers: new FormData(form).getAll("answer"), flag: flag.checked, revision: revision.value });
  }

  function show(text, state) {
    words.textContent = text;
    saved.classList.toggle("is-saved", state === "saved");
    saved.classList.toggle("is-failed", state === "failed");
    saved.querySelector(".icon")?.remove();
    if (state === "saved") saved.prepend(check.content.cloneNode(true));
  }

  function schedule(wait) {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  function changed(wait) {
    changes += 1;
    failures = 0;
    wanted = null;
    keep();
    if (isChoosing) return;
    show(form.dataset.saving, "saving");
    schedule(wait);
  }

  async function send() {
    if (isSending) { schedule(200); return; }
    isSending = true;
    const sent = changes;
    const control = new AbortController();
    const alarm = setTimeout(() => control.abort(), PATIENCE);
    try {
      const response = await fetch(address, { method: "POST", body: new FormData(form), signal: control.signal });
      const isJson = (response.headers.get("Content-Type") || "").includes("json");
      if (response.redirected || response.status === 403) failed(form.dataset.signedOut);
      else if (!isJson) failed(form.dataset.failed);
      else settle(response.status, await response.json(), sent);
    } catch {
      failed(form.dataset.failed);
    } finally {
      clearTimeout(alarm);
      isSending = false;
    }
  }

  function settle(status, reply, sent) {
    if (status === 409) choose(reply);
    else if (status === 410) { shelf.clear(); location.assign(reply.address); }
    else if (status !== 200) failed(form.dataset.failed);
    else {
      failures = 0;
      isChoosing = false;
      revision.value = reply.revision;
      if (sent !== changes) { keep(); return; } // a newer change is on its way
      isPending = false;
      shelf.clear();
      show(reply.saved, reply.is_answered ? "saved" : "");
      if (unreadable) unreadable.hidden = reply.is_readable;
      form.querySelector("[data-current]").classList.toggle("is-answered", reply.is_answered);
      if (wanted) form.requestSubmit(wanted);
    }
  }

  function failed(text) {
    show(text, "failed");
    schedule(WAITS[Math.min(failures, WAITS.length - 1)]);
    failures += 1;
  }

  // Two windows, two answers: the learner chooses; nothing is sent until then.
  function choose(reply) {
    clearTimeout(timer);
    isChoosing = true;
    wanted = null;
    conflict.innerHTML = reply.html;
    revision.value = reply.revision;
    form.querySelectorAll("[data-navigation]").forEach((part) => { part.hidden = true; });
    show("", "");
    conflict.querySelector("[data-focus]").focus();
  }

  // What an earlier visit could not send, for the line was cut or the device switched off.
  function restore() {
    const kept = shelf.take();
    if (!kept || conflict.firstElementChild) return;
    for (const input of form.querySelectorAll('[name="answer"]')) {
      if (input.type === "text") input.value = kept.answers[0] || "";
      else input.checked = kept.answers.includes(input.value);
    }
    flag.checked = kept.flag;
    revision.value = kept.revision;
    changed(0);
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches('[name="answer"], [name="is_flagged"]')) changed(0);
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches('[name="answer"][type="text"]')) changed(800);
  });
  form.addEventListener("submit", (event) => {
    if (!isPending) return; // all is saved: the button does its own work
    event.preventDefault();
    wanted = event.submitter;
    schedule(0);
  });
  conflict.addEventListener("click", (event) => {
    if (event.target.closest("a")) shelf.clear(); // the stored answer stands
  });
  window.addEventListener("online", () => { if (isPending && !isChoosing) schedule(0); });

  restore();
})();
