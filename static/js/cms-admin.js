// Lets a save of Wagtail's editor wait for the automatic save that is on its way. Without it a page
// whose first automatic save is not answered yet is made twice, and the second is refused.
(() => {
  "use strict";

  const LONGEST = 15000; // a line that has gone away is not waited for
  const waiting = new WeakSet();

  function ends(promise) {
    return Promise.race([promise, new Promise((end) => { setTimeout(end, LONGEST); })]);
  }

  function sendAgain(form, button) {
    const isDisabled = button?.disabled; // Wagtail does so on the click; then its name is not sent
    if (isDisabled) button.disabled = false;
    form.requestSubmit(button);
    if (isDisabled) button.disabled = true;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const saver = window.wagtail?.app?.getControllerForElementAndIdentifier(form, "w-autosave");
    if (!saver?.submitPromise) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // it is not sent yet
    if (waiting.has(form)) return; // somebody pressed twice
    waiting.add(form);
    saver.activeValue = false; // or another one follows
    await ends(saver.submitPromise);
    saver.submitPromise = null;
    waiting.delete(form);
    sendAgain(form, event.submitter);
  }, { capture: true });
})();
