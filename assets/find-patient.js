// The box that finds a patient: keys and announcements of a combobox with a listbox (WAI-ARIA 1.2). What the server
// answered carries what it was asked: while that is not what stands in the box, nothing is shown and nothing chosen.
customElements.define("find-patient", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.answer = this.querySelector(".answer");
    const signal = (this.ending = new AbortController()).signal;
    this.field.addEventListener("input", () => this.typed(), { signal });
    this.field.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.field.addEventListener("focus", () => this.field.value && this.show(), { signal });
    this.addEventListener("focusout", (event) => this.contains(event.relatedTarget) || this.close(), { signal });
    // The box keeps the focus while one of the list is clicked.
    this.answer.addEventListener("mousedown", (event) => event.target.closest("a") || event.preventDefault(), { signal });
    this.answer.addEventListener("click", (event) => this.clicked(event), { signal });
    document.addEventListener("keydown", (event) => this.called(event), { signal });
    this.watching = new MutationObserver(() => this.answered());
    this.watching.observe(this.answer, { subtree: true, childList: true, attributeFilter: ["data-asked"] });
  }

  disconnectedCallback() {
    this.ending.abort();
    this.watching.disconnect();
  }

  get options() {
    return [...this.answer.querySelectorAll("[role=option]")];
  }

  get isAnswered() {
    return this.field.value !== "" && this.answer.dataset.asked === this.field.value;
  }

  called(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.field.focus();
    this.field.select();
  }

  typed() {
    this.isEntered = false;
    if (this.field.value) this.show();
    else this.close();
  }

  answered() {
    if (!this.hasAttribute("open")) return;
    this.show();
    if (!this.isAnswered || !this.isEntered) return;
    // What a reader of codes types ends with Enter before anything is answered.
    this.isEntered = false;
    if (this.options.length === 1) this.options[0].click();
    else this.nobody?.click();
  }

  show() {
    this.toggleAttribute("open", true);
    this.classList.toggle("waits", !this.isAnswered);
    const shown = this.isAnswered ? this.options : [];
    this.field.setAttribute("aria-expanded", String(shown.length > 0));
    this.mark(shown.find((each) => each.id === this.active) ?? shown[0]);
  }

  close() {
    this.removeAttribute("open");
    this.isEntered = false;
    this.field.setAttribute("aria-expanded", "false");
    this.mark(undefined);
  }

  mark(option) {
    this.active = option?.id;
    for (const each of this.options) each.setAttribute("aria-selected", String(each === option));
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!this.hasAttribute("open")) this.show();
      else if (this.isAnswered && this.options.length) this.move(step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.enter();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.hasAttribute("open")) this.close();
      else this.field.value = "";
    }
  }

  move(step) {
    const all = this.options, at = all.findIndex((each) => each.id === this.active);
    this.mark(all[(at + step + all.length) % all.length]);
  }

  enter() {
    if (!this.field.value) return;
    if (!this.isAnswered) this.isEntered = true;
    else if (!this.hasAttribute("open")) this.show();
    else (this.options.find((each) => each.id === this.active) ?? this.nobody)?.click();
  }

  // What leads to somebody new, where nobody was found.
  get nobody() {
    return this.options.length ? undefined : this.answer.querySelector("[data-into]");
  }

  clicked(event) {
    if (event.target.closest("[role=option]")) this.chosen();
    const into = event.target.closest("[data-into]")?.dataset.into;
    const form = into && document.querySelector(`form#${into}, #${into} form`);
    if (!form) return;
    event.preventDefault();
    this.write(form.elements);
    this.chosen();
  }

  // What was typed is a telephone or a name; the other of both is asked for next.
  write({ name, phone }) {
    const typed = this.field.value.trim();
    const [known, asked] = /\p{L}/u.test(typed) ? [name, phone] : [phone, name];
    known.value = typed;
    (typed ? asked : known).focus();
  }

  chosen() {
    this.field.value = "";
    this.close();
  }
});

// A card on which something has happened since is read anew.
customElements.define("patient-card", class extends HTMLElement {
  connectedCallback() {
    this.watching = new MutationObserver(() => this.told());
    this.watching.observe(this, { subtree: true, attributeFilter: ["data-version"] });
    this.told();
  }

  disconnectedCallback() {
    this.watching.disconnect();
  }

  told() {
    const { id, version } = this.querySelector("[data-version]").dataset;
    if (this.shown && this.shown.id === id && this.shown.version !== "-1" && this.shown.version !== version) {
      this.querySelector(".anew").click();
    }
    this.shown = { id, version };
  }
});
