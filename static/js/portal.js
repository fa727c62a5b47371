// Shows a name, while it is being typed, as it will stand on the certificate.
const source = document.querySelector("[data-name-source]");
const preview = document.querySelector("[data-name-preview]");
if (source && preview) {
  const empty = preview.textContent;
  source.addEventListener("input", () => {
    preview.textContent = source.value.trim().replace(/\s+/g, " ") || empty;
  });
}
