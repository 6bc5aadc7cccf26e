// What only the browser can do: run down the countdowns, and ask for a fresh list now and then.
// A phone's clock may be minutes off, so a countdown starts from the server's time that came with it.
(() => {
  const started = new WeakMap();

  const remaining = (element) => {
    const { until, read } = element.dataset;
    let known = started.get(element);
    if (!known || known.until !== until) {
      known = { until, ends: performance.now() + (Date.parse(until) - Date.parse(read)) };
      started.set(element, known);
    }
    return Math.max(0, Math.round((known.ends - performance.now()) / 1000));
  };

  const tick = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const left = remaining(element);
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (element.textContent !== text) element.textContent = text;
      element.classList.toggle("short", left <= 60);
    }
  };
  setInterval(tick, 250);

  let refreshed = performance.now();
  setInterval(() => {
    const button = document.querySelector("[data-every]");
    if (button && !document.hidden && performance.now() - refreshed >= Number(button.dataset.every)) {
      refreshed = performance.now();
      button.click();
    }
  }, 5000);

  // The other language's link leads to this very page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-language]");
    if (!link) return;
    const bare = location.pathname.replace(/^\/hi(?=\/|$)/, "") || "/";
    const prefix = link.dataset.language === "en" ? "" : `/${link.dataset.language}`;
    link.href = (prefix + bare).replace(/(.)\/$/, "$1") + location.search;
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    // The pages' router would go where the link was made to lead.
    event.preventDefault();
    event.stopImmediatePropagation();
    location.assign(link.href);
  }, true);
})();
