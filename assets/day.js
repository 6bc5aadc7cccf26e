// The dashboard's keys, its sheets, and that nothing is done twice: while an event is under way no button that acts
// can be pressed. `data-answered` of the page changes when the server has answered.
customElements.define("day-keys", class extends HTMLElement {
  connectedCallback() {
    const signal = (this.ending = new AbortController()).signal;
    document.addEventListener("click", (event) => this.clicked(event), { capture: true, signal });
    document.addEventListener("submit", (event) => this.submitted(event), { capture: true, signal });
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.watching = new MutationObserver((changes) => {
      if (changes.some((each) => each.target.dataset.answered !== each.oldValue)) this.answered();
    });
    this.watching.observe(document.body, { subtree: true, attributeFilter: ["data-answered"], attributeOldValue: true });
  }

  disconnectedCallback() {
    this.ending.abort();
    this.watching.disconnect();
    this.rest();
  }

  clicked(event) {
    const target = event.target.closest?.("button, summary, a");
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target) || target.closest(".choices")) menu.open = false;
    }
    if (!target) return;
    if (target.dataset.opens) {
      this.open(document.getElementById(target.dataset.opens), target.dataset);
    } else if ("closes" in target.dataset) {
      target.closest("dialog").close();
    } else if (target.dataset.act) {
      if (this.acting) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (!target.disabled) {
        this.begin(target);
      }
    }
  }

  open(sheet, { appointment, version, who }) {
    const form = sheet?.querySelector("form");
    form?.reset();
    if (appointment) {
      [form.elements.appointment.value, form.elements.version.value] = [appointment, version];
      form.querySelector(".who").textContent = who;
    }
    sheet?.showModal();
  }

  submitted(event) {
    if (!event.target.closest("dialog.sheet")) return;
    if (this.acting) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      this.begin(event.submitter ?? event.target);
    }
  }

  begin(button) {
    this.acting = button;
    button.setAttribute("aria-busy", "true");
    document.documentElement.classList.add("acting");
    // An answer that is lost with the connection must not leave the page without hands.
    this.patience = setTimeout(() => this.rest(), 4000);
  }

  rest() {
    clearTimeout(this.patience);
    this.acting?.removeAttribute("aria-busy");
    this.acting = undefined;
    document.documentElement.classList.remove("acting");
  }

  answered() {
    this.rest();
    clearTimeout(this.offering);
    const said = document.querySelector(".toasts");
    said?.classList.remove("past");
    if (!said?.querySelector(".refused")) document.querySelector("dialog.sheet[open]:has(form)")?.close();
    this.offering = setTimeout(() => said?.classList.add("past"), 10000);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
      return;
    }
    if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  }
});
