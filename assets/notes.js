// Saves the doctor's note while it is written, and loses none of it: not to a lost network, another window or a left page;
// what has not come there yet is kept here (note-draft.js).
customElements.define("visit-note", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    this.status = this.querySelector(".saved");
    this.conflict = this.querySelector(".conflict");
    this.version = Number(this.dataset.version);
    this.kept = this.field.value;
    this.field.addEventListener("input", () => this.changed());
    this.conflict.addEventListener("click", (event) => event.target.value && this.choose(event.target.value));
    addEventListener("online", () => this.save());
    addEventListener("focus", () => this.failures && this.save());
    document.addEventListener("visibilitychange", () => document.hidden && this.save());
    addEventListener("pagehide", () => this.save());
    addEventListener("beforeunload", (event) => {
      this.save();
      // What could not be sent off: the browser asks whether to leave it behind.
      const isBehind = this.isSaving && this.field.value !== this.sending;
      if (this.isChanged() && (this.failures || this.standing || isBehind || !navigator.onLine)) event.preventDefault();
    });
    // What a page that comes back out of the browser's memory shows may be old.
    addEventListener("pageshow", (event) => event.persisted && !this.isChanged() && location.reload());
    this.failures = 0;
    this.unanswered = new Set();
    this.querySelector(".unkept").hidden = NoteDraft.isPossible;
    if (!NoteDraft.isPossible) return;
    this.draft = new NoteDraft(this.dataset.note, this.dataset.seal);
    this.draft.left().then((found) => this.goOn(found));
  }

  // With what was typed here before and never came there: saved where nothing else was meanwhile, else to be chosen.
  async goOn(found) {
    const [first, ...others] = found.filter(({ text }) => text !== this.kept);
    if (first) {
      const typed = this.isChanged() ? [this.field.value] : [];
      const isSure = !typed.length && !others.length && first.version === this.version;
      this.field.value = [first, ...others].map(({ text }) => text).concat(typed).join("\n\n");
      await this.draft.keep(this.field.value, this.version);
      if (isSure) this.changed();
      else this.changedElsewhere({ text: this.kept, version: this.version, at: this.at });
    }
    for (const each of found) each.forget();
  }

  isChanged() {
    return this.field.value !== this.kept;
  }

  changed() {
    if (this.isChanged()) this.draft?.keep(this.field.value, this.version);
    else this.draft?.drop();
    if (!this.failures) this.say(this.isChanged() ? "waiting" : "saved");
    this.later(1000);
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  // One at a time: each needs the version that the one before it has made.
  async save() {
    if (this.isSaving || this.standing || !this.isChanged()) return;
    this.isSaving = true;
    clearTimeout(this.timer);
    const text = (this.sending = this.field.value);
    if (!this.failures) this.say("saving");
    try {
      const answer = await fetch(this.dataset.action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text, version: this.version }),
        // It goes on while the page is left, and says so where that is not one of ours.
        keepalive: true,
        redirect: "manual",
        signal: AbortSignal.timeout(15000),
      });
      await this.answered(answer, text);
    } catch {
      // It may have come there all the same.
      this.unanswered.add(text);
      this.failed("failed");
    } finally {
      this.isSaving = false;
    }
    if (this.isChanged() && !this.failures && !this.standing) this.later(1000);
  }

  async answered(answer, text) {
    // To the page for signing in.
    if (answer.type === "opaqueredirect") return this.failed("out");
    if (answer.status === 409) return this.changedElsewhere(await answer.json());
    if ([403, 404, 413, 422].includes(answer.status)) return this.failed("refused");
    if (!answer.ok) return this.failed("failed");
    const { version, at } = await answer.json();
    this.keep(text, version, at);
  }

  keep(text, version, at) {
    Object.assign(this, { kept: text, version, at, failures: 0 });
    this.unanswered.clear();
    if (this.isChanged()) this.draft?.keep(this.field.value, version);
    else this.draft?.drop();
    this.say(this.isChanged() ? "waiting" : "saved");
  }

  // Sooner at first; a server that comes back is not run down by all who wait for it.
  failed(why) {
    this.failures += 1;
    this.say(why);
    this.later(Math.min(30000, 1000 * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2));
  }

  changedElsewhere(standing) {
    this.failures = 0;
    this.standing = standing;
    const mine = this.field.value;
    // One's own that came there and whose answer was lost.
    if (standing.text === mine || this.unanswered.has(standing.text)) return this.take(mine);
    this.conflict.querySelector(".mine").textContent = mine;
    this.conflict.querySelector(".theirs").textContent = standing.text;
    this.field.readOnly = true;
    this.conflict.hidden = false;
    this.say("waiting");
    this.conflict.querySelector("button").focus();
  }

  choose(which) {
    const { text } = this.standing, mine = this.field.value;
    this.take({ mine, theirs: text, both: [text, mine].filter(Boolean).join("\n\n") }[which]);
    this.field.focus();
    this.save();
  }

  take(text) {
    const { text: kept, version, at } = this.standing;
    this.standing = null;
    this.conflict.hidden = true;
    this.field.readOnly = false;
    this.field.value = text;
    this.keep(kept, version, at);
  }

  say(what) {
    const before = this.status.dataset.what;
    this.status.dataset.what = what;
    const text = what === "saved" && !this.at ? this.status.textContent : this.dataset[what].replace("{time}", this.at);
    // Read aloud once, not at each try.
    if (before !== what || what === "saved") this.status.textContent = text;
  }
});
