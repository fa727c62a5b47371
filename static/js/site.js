// Small comforts; every page works without them.
(() => {
  "use strict";

  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // What cannot work without a script shows itself only now.
  document.querySelectorAll("[data-needs-script]").forEach((element) => { element.hidden = false; });

  // A second click on a submit button does nothing until the page comes back.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return; // htmx looks after its own
    if (form.dataset.submitting) event.preventDefault();
    else if (!form.hasAttribute("data-repeatable")) form.dataset.submitting = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-submitting]").forEach((form) => delete form.dataset.submitting);
  });

  // Print what is folded away, and fold it again afterwards.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details:not([open])").forEach((details) => {
      details.open = true;
      details.dataset.folded = "yes";
    });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll("details[data-folded]").forEach((details) => {
      details.open = false;
      delete details.dataset.folded;
    });
  });
})();
