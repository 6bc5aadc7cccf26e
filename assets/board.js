// The waiting room's screen: calls out whose turn it is, tells how old it is, and keeps itself going for weeks.
// Whatever it keeps is of a fixed size: the last token of each doctor, and a few calls that are still to be spoken.
customElements.define("wall-screen", class extends HTMLElement {
  static most = 6;
  static staleAfter = 80_000;
  static reloadAfter = 240_000;
  static names = { en: { "Vd.": "Vaidya", "Dr.": "Doctor" }, hi: { "Vd.": "वैद्य", "Dr.": "डॉक्टर" } };

  connectedCallback() {
    this.called = null;
    this.waiting = [];
    this.read = Date.now();
    this.observer = new MutationObserver((changes) => this.look(changes));
    this.observer.observe(this, {
      subtree: true, childList: true, attributes: true, attributeFilter: ["data-calls", "data-read", "data-cut"],
    });
    this.ticking = setInterval(() => this.tick(), 1000);
    this.addEventListener("click", this);
    for (const name of ["online", "offline"]) addEventListener(name, this);
    document.addEventListener("visibilitychange", this);
    this.look([]);
    this.keepAwake();
    // A page that was loaded anew by itself goes on calling, where the browser lets it.
    if (sessionStorage.getItem("calls-out")) this.speakUp(true);
  }

  disconnectedCallback() {
    this.observer.disconnect();
    clearInterval(this.ticking);
    this.removeEventListener("click", this);
    for (const name of ["online", "offline"]) removeEventListener(name, this);
    document.removeEventListener("visibilitychange", this);
    this.sound?.close();
    speechSynthesis?.cancel();
  }

  handleEvent(event) {
    if (event.type === "visibilitychange") this.keepAwake();
    if (event.type !== "click") return this.tick();
    if (event.target.closest(".full"))
      document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.();
    if (event.target.closest(".voice")) this.speakUp(!this.sound);
  }

  // A browser gives a page its voice only in answer to a click, on this page or on the one before it.
  async speakUp(wanted) {
    if (wanted) {
      sessionStorage.setItem("calls-out", "yes");
      const sound = new AudioContext();
      await Promise.race([sound.resume(), new Promise((over) => setTimeout(over, 1000))]);
      if (sound.state !== "running") return sound.close();
      this.sound = sound;
      this.chime();
    } else {
      sessionStorage.removeItem("calls-out");
      this.sound?.close();
      this.sound = null;
      this.waiting.length = 0;
      window.speechSynthesis?.cancel();
    }
    this.querySelector(".voice").setAttribute("aria-pressed", String(Boolean(this.sound)));
  }

  attribute(name) {
    return this.querySelector(`[data-${name}]`)?.dataset[name] ?? "";
  }

  look(changes) {
    if (changes.some(({ attributeName }) => attributeName === "data-read" || attributeName === "data-calls"))
      this.read = Date.now();
    const calls = JSON.parse(this.attribute("calls") || "null");
    if (calls) {
      const before = this.called;
      this.called = Object.fromEntries(calls.map(([desk, token]) => [desk, token]));
      for (const [desk, token, place] of calls)
        if (before && token && before[desk] !== token) this.call(token, place);
    }
    this.tick();
  }

  call(token, place) {
    if (!this.sound) return;
    this.waiting.push([token, place]);
    // Nobody waits for a call that is long over.
    while (this.waiting.length > this.constructor.most) this.waiting.shift();
    if (!this.speaking) this.speakNext();
  }

  speakNext() {
    const next = this.waiting.shift();
    clearTimeout(this.giveUp);
    this.speaking = Boolean(next);
    if (!next) return;
    this.chime();
    const said = this.languages().map((language) => this.sentence(language, ...next));
    const go = () => {
      const one = said.shift();
      clearTimeout(this.giveUp);
      if (!one || !window.speechSynthesis || !this.sound) return this.speakNext();
      one.onend = one.onerror = go;
      // Some browsers forget to say that they are done.
      this.giveUp = setTimeout(() => { speechSynthesis.cancel(); go(); }, 15_000);
      speechSynthesis.speak(one);
    };
    setTimeout(go, 1200);
  }

  // In which languages, in their order: `?speak=hi,en`; else that of the page.
  languages() {
    const asked = new URLSearchParams(location.search).get("speak");
    const known = (asked ?? "").split(",").filter((code) => this.dataset[`say${code[0]?.toUpperCase()}${code.slice(1)}`]);
    return asked === null ? [this.closest("[lang]").lang] : known;
  }

  sentence(language, token, place) {
    const names = this.constructor.names[language] ?? {};
    const where = Object.entries(names).reduce((whole, [short, long]) => whole.replace(short, long), place);
    const template = this.dataset[`say${language[0].toUpperCase()}${language.slice(1)}`];
    const said = new SpeechSynthesisUtterance(template.replace("{token}", token).replace("{place}", where));
    said.lang = `${language}-IN`;
    said.rate = 0.9;
    said.voice = speechSynthesis.getVoices().find((voice) => voice.lang.startsWith(language)) ?? null;
    return said;
  }

  chime() {
    const { sound } = this;
    if (!sound) return;
    [660, 523].forEach((pitch, n) => {
      const begins = sound.currentTime + n * 0.45, tone = sound.createOscillator(), volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.001, begins);
      volume.gain.exponentialRampToValueAtTime(0.35, begins + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.9);
      tone.connect(volume).connect(sound.destination);
      tone.start(begins);
      tone.stop(begins + 1);
    });
  }

  // The server says something at least each minute. How long ago that was is told as soon as it may matter.
  tick() {
    const age = Date.now() - this.read, line = this.querySelector(".age");
    const isCut = this.attribute("cut") === "yes" || navigator.onLine === false || age > this.constructor.staleAfter;
    let said = "";
    if (isCut && this.attribute("read")) {
      const seconds = Math.max(0, Math.round(age / 1000));
      const words = seconds < 60 ? this.dataset.seconds : this.dataset.minutes;
      const old = words.replace("{n}", seconds < 60 ? seconds - (seconds % 5) : Math.floor(seconds / 60));
      said = this.dataset.age.replace("{time}", this.attribute("read")).replace("{age}", old);
    }
    if (line.textContent !== said) line.textContent = said;
    this.closest(".board")?.classList.toggle("is-old", Boolean(said));
    if (age > this.constructor.reloadAfter) this.begin();
  }

  // Cut off for long though the server answers: something is wrong with this page, and a fresh one is right.
  async begin() {
    if (this.asking) return;
    this.asking = true;
    try {
      if ((await fetch("/health", { cache: "no-store" })).ok) location.reload();
    } catch {
      // Still nobody there.
    } finally {
      setTimeout(() => { this.asking = false; }, 15_000);
    }
  }

  async keepAwake() {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // The battery is low, or it may not; the screen is its owner's.
    }
  }
});
