// The dashboard's keys, its sheets, and that nothing is done twice: while an event is under way no button that acts
// can be pressed. `data-answered` of the page changes when the server has answered.
customElements.define("day-keys", class extends HTMLElement {
  connectedCallback() {
    const signal = (this.ending = new AbortController()).signal;
    document.addEventListener("click", (event) => this.clicked(event), { capture: true, signal });
    document.addEventListener("submit", (event) => this.submitted(event), { capture: true, signal });
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    document.addEventListener("input", (event) => this.typed(event), { signal });
    document.addEventListener("close", (event) => this.closed(event), { capture: true, signal });
    this.watching = new MutationObserver((changes) => {
      const told = changes.find((each) => each.target.dataset.answered !== each.oldValue);
      if (told) this.answered(told.target);
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
    } else if ("prints" in target.dataset) {
      print();
    } else if ("closes" in target.dataset) {
      this.close(target.closest("dialog"));
    } else if (target.dataset.act) {
      if (this.acting) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (!target.disabled) {
        this.begin(target);
      }
    }
  }

  // What the button has for a field of the sheet stands in it, what it has to say is said.
  open(sheet, data) {
    if (!sheet) return;
    const form = sheet.querySelector("form");
    form?.reset();
    sheet.classList.remove("differs");
    for (const [name, value] of Object.entries(data)) {
      if (form?.elements[name]) form.elements[name].value = value;
      for (const element of sheet.querySelectorAll(`[data-says="${name}"]`)) element.textContent = value;
    }
    if (data.what) sheet.dataset.what = data.what;
    if (data.minor) form.elements.amount.value = data.minor % 100 ? (data.minor / 100).toFixed(2) : data.minor / 100;
    // Sent twice it is done once.
    if (form?.elements.key) form.elements.key.value = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
    sheet.showModal();
  }

  // What was refused in a sheet is over with it.
  closed({ target }) {
    if (target.querySelector?.(".refusal")) document.querySelector(".toasts:has(.refused) [data-act='put-away']")?.click();
  }

  // Another amount than what is left to pay wants a reason.
  typed(event) {
    const { due, amount } = event.target.form?.elements ?? {};
    if (!due || !amount) return;
    const minor = Math.round(Number(amount.value.replace(/[,\s₹]/g, "")) * 100);
    event.target.closest("dialog").classList.toggle("differs", minor !== Number(due.value));
  }

  submitted(event) {
    if (!event.target.closest("dialog.sheet")) return;
    if (this.acting) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      if (event.submitter?.value) event.target.elements.what.value = event.submitter.value;
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

  answered(told) {
    this.rest();
    clearTimeout(this.offering);
    const said = told.closest(".toasts") ?? document.querySelector(".toasts");
    said?.classList.remove("past");
    if (!said?.querySelector(".refused")) this.close(document.querySelector("dialog.sheet[open]:has(form)"));
    this.offering = setTimeout(() => said?.classList.add("past"), 10000);
  }

  // Until the next frame a browser sends keys to the field that was left.
  close(sheet) {
    sheet?.close();
    if (sheet?.contains(document.activeElement)) document.activeElement.blur();
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
