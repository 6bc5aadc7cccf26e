// Tells somebody who waits and looks elsewhere: by the tab's title and, once he has asked for it, by sound and a shake.
customElements.define("visit-bell", class extends HTMLElement {
  static sound = null;

  connectedCallback() {
    this.title0 ??= document.title;
    this.addEventListener("click", this);
    this.classList.toggle("is-armed", Boolean(this.constructor.sound));
    this.observer = new MutationObserver(() => this.look());
    this.observer.observe(this, { subtree: true, childList: true, attributeFilter: ["data-standing"] });
    this.look();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
    this.observer.disconnect();
    this.standing = undefined;
    clearInterval(this.again);
    if (this.title0) document.title = this.title0;
  }

  // A browser gives a page its voice only in answer to a tap.
  handleEvent(event) {
    if (!event.target.closest?.(".arm")) return;
    const Sound = window.AudioContext;
    if (Sound) {
      this.constructor.sound = new Sound();
      this.constructor.sound.resume();
    }
    this.classList.add("is-armed");
    this.ring(1);
  }

  look() {
    const standing = this.querySelector("[data-standing]")?.dataset.standing, { turn, next } = this.dataset;
    if (!standing || standing === this.standing) return;
    this.standing = standing;
    clearInterval(this.again);
    document.title = standing === "turn" ? turn : standing === "next" ? next : this.title0;
    if (standing === "next") this.ring(1);
    if (standing === "turn") {
      this.ring(3);
      let left = 4;
      this.again = setInterval(() => (left-- > 0 ? this.ring(3) : clearInterval(this.again)), 8000);
    }
  }

  ring(times) {
    const { sound } = this.constructor;
    if (!sound && !this.classList.contains("is-armed")) return;
    navigator.vibrate?.(Array.from({ length: times * 2 - 1 }, (_, n) => (n % 2 ? 150 : 300)));
    if (!sound || sound.state === "closed") return;
    for (let n = 0; n < times; n++) {
      const begins = sound.currentTime + n * 0.5, tone = sound.createOscillator(), volume = sound.createGain();
      tone.frequency.value = n % 2 ? 660 : 880;
      volume.gain.setValueAtTime(0.001, begins);
      volume.gain.exponentialRampToValueAtTime(0.3, begins + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.4);
      tone.connect(volume).connect(sound.destination);
      tone.start(begins);
      tone.stop(begins + 0.45);
    }
  }
});

// What has become of the appointment, for one who reads further down, or has just chosen another time there.
customElements.define("visit-was", class extends HTMLElement {
  connectedCallback() {
    if (this.getBoundingClientRect().bottom < 0) this.scrollIntoView({ block: "center" });
  }
});
