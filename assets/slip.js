// The slip of a token: printed at once where the address asks for it; the paper that was chosen is kept in this browser.
(() => {
  const asked = new URLSearchParams(location.search);
  const kept = localStorage.getItem("slip-paper");
  const current = document.querySelector("[data-paper][aria-current=true]")?.dataset.paper;
  if (!asked.has("paper") && kept && kept !== current && document.querySelector(`[data-paper="${CSS.escape(kept)}"]`)) {
    asked.set("paper", kept);
    location.replace(`?${asked}`);
    return;
  }
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-paper], [data-prints]");
    if (chosen?.dataset.paper) localStorage.setItem("slip-paper", chosen.dataset.paper);
    else if (chosen) print();
  });
  if (asked.has("print")) addEventListener("load", () => print());
})();
