// Menus close on Escape and on a click elsewhere; the switch between light and dark.
export function prepareMenus() {
  const open = () => document.querySelectorAll("details.yz-menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  for (const tab of document.querySelectorAll(".yz-tabs [aria-current]")) {
    const tabs = tab.closest(".yz-tabs");
    tabs.scrollLeft += tab.getBoundingClientRect().right - tabs.getBoundingClientRect().right + 32;
  }
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.addEventListener("click", switchTheme);
  }
}

function switchTheme() {
  const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = next;
  try {
    localStorage.setItem("yz-theme", next);
  } catch {
    // A browser that keeps nothing still switches for this page.
  }
  document.dispatchEvent(new CustomEvent("yz-theme"));
}
