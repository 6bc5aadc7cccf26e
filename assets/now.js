// What goes on by itself: a line at the present moment on a wall of hours, and how many minutes have passed. The server
// says how things stood when they were read, in its own time; from there on the browser counts.
customElements.define("now-line", class extends HTMLElement {
  static observedAttributes = ["data-minute", "data-first", "data-last"];

  connectedCallback() {
    this.ticking = setInterval(() => this.place(), 5000);
    this.place();
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
  }

  attributeChangedCallback(name) {
    if (name === "data-minute") this.read = performance.now();
    this.place();
  }

  place() {
    const { minute, first, last } = this.dataset;
    const now = Number(minute) + (performance.now() - (this.read ?? performance.now())) / 60000;
    this.hidden = now < Number(first) || now > Number(last);
    this.style[this.dataset.axis ?? "top"] = `${(100 * (now - Number(first))) / (Number(last) - Number(first))}%`;
  }
});

customElements.define("time-passed", class extends HTMLElement {
  static observedAttributes = ["data-seconds"];

  connectedCallback() {
    this.ticking = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
  }

  attributeChangedCallback() {
    this.read = performance.now();
    this.show();
  }

  show() {
    const passed = Number(this.dataset.seconds) + (performance.now() - this.read) / 1000;
    const text = `${Math.max(0, Math.floor(passed / 60))} ${this.dataset.unit}`;
    if (this.textContent !== text) this.textContent = text;
  }
});
