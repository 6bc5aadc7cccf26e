// A line at the present moment on a wall of hours: the server says which minute of its day it was when it was read.
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
