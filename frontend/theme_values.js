// The colours of the page for what is drawn on a canvas.
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--yz-${name}`).trim();
  return {
    ink: of("ink"), soft: of("ink-soft"), line: of("line"), strongLine: of("line-strong"), surface: of("surface"), raised: of("raised"),
    sunken: of("sunken"), brand: of("brand"), font: style.getPropertyValue("--yz-font"),
    tones: Object.fromEntries(["good", "busy", "notice", "warning", "critical", "quiet"].map((tone) => [tone, of(tone)])),
    series: document.documentElement.dataset.bsTheme === "dark"
      ? ["#58b4cf", "#f0a35e", "#9fd080", "#c9a2f0", "#f08fa8", "#d9d06b"]
      : ["#0e6f8c", "#c4671c", "#3f8a34", "#7a4fb5", "#b83a62", "#807300"],
  };
}
