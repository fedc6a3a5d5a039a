// Forms: the error summary takes the focus, and a second click does not send twice.
export function prepareForms(root) {
  root.querySelector("[data-focus]")?.focus();
  for (const form of root.querySelectorAll("form[method=post]:not([data-ready])")) {
    form.dataset.ready = "";
    form.addEventListener("submit", () => setTimeout(() => setBusy(form, true)));
  }
}

function setBusy(form, busy) {
  for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = busy;
}

window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-ready]").forEach((form) => setBusy(form, false));
});
