// Keeps in this browser what was typed and is not saved yet, sealed with a key that only the note's own page is given:
// a network that is lost, a reload or a crash costs nothing, and whoever opens the browser's storage reads nothing.
class NoteDraft {
  static isPossible = Boolean(globalThis.isSecureContext && navigator.locks && crypto.subtle);
  static days = 30;

  constructor(note, seal) {
    Object.assign(this, { of: `note:${note}:`, seal, turn: 0 });
    this.name = this.of + crypto.randomUUID();
    // Held for as long as this page lives: whose lock is free was left behind.
    navigator.locks.request(this.name, () => new Promise(() => {}));
  }

  async keep(text, version) {
    const turn = ++this.turn, iv = crypto.getRandomValues(new Uint8Array(12));
    const typed = new TextEncoder().encode(JSON.stringify({ text, version }));
    const sealed = await crypto.subtle.encrypt(this.how(iv), await this.key(), typed);
    // Overtaken by what was typed since, or because it was saved.
    if (turn !== this.turn) return;
    try {
      localStorage.setItem(this.name, [Date.now(), this.written(iv), this.written(new Uint8Array(sealed))].join("."));
    } catch {
      // No room, or it may not: then it is as it was without.
    }
  }

  drop() {
    this.turn++;
    localStorage.removeItem(this.name);
  }

  // What pages that are gone have left of this note, the oldest first.
  async left() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(this.of) && name !== this.name);
    const found = await Promise.all(names.map((name) => this.taken(name)));
    return found.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  // A page that is just being left lets go of its lock a moment later; one that lives keeps it.
  async taken(name) {
    try {
      return await navigator.locks.request(name, { signal: AbortSignal.timeout(2000) }, () => this.opened(name));
    } catch {
      return null;
    }
  }

  async opened(name) {
    const [at, iv, sealed] = (localStorage.getItem(name) ?? "").split(".");
    if (Date.now() - at > this.constructor.days * 86_400_000) localStorage.removeItem(name);
    try {
      const typed = await crypto.subtle.decrypt(this.how(this.read(iv)), await this.key(), this.read(sealed));
      return { ...JSON.parse(new TextDecoder().decode(typed)), at: Number(at), forget: () => localStorage.removeItem(name) };
    } catch {
      // Somebody else's, who has written in this browser too.
      return null;
    }
  }

  key() {
    return (this.made ??= crypto.subtle.importKey("raw", this.read(this.seal), "AES-GCM", false, ["encrypt", "decrypt"]));
  }

  how(iv) {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(this.of) };
  }

  written(bytes) {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }

  read(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }
}
