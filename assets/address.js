// What the server says is chosen goes into the query of the address; nothing is loaded anew.
customElements.define("address-bar", class extends HTMLElement {
  set value(chosen) {
    const address = new URL(location);
    for (const [name, value] of Object.entries(JSON.parse(chosen)))
      value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
    history.replaceState(history.state, "", address);
  }
});
