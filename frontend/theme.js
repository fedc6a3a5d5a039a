// Sets light or dark before the page is drawn: what the person chose, else what the system prefers.
(() => {
  const chosen = () => {
    try {
      return localStorage.getItem("yz-theme");
    } catch {
      return null;
    }
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.setAttribute("data-bs-theme", chosen() || (dark.matches ? "dark" : "light"));
  apply();
  dark.addEventListener("change", apply);
})();
