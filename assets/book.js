// The desk's page. A form with `data-asks` is sent as soon as something in it is chosen; a button with `data-sets`
// chooses something in the wish; one with `data-picks` books, so whom for is sent before its own event is. Whoever ends
// a field with Enter goes on to the first time, once it is there; whoever has found the patient, to what he wishes.
(() => {
  // `awaited`: wishes that are not answered yet. The times still change until the last of them is.
  let wanted = false, isFound = false, awaited = 0;

  const first = () => document.querySelector(".desk-answer [data-picks]")?.focus();

  const sets = (chosen) => {
    const form = document.getElementById("wish");
    for (const [name, value] of Object.entries(JSON.parse(chosen))) {
      const field = form.elements[name];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value;
    }
    form.requestSubmit();
  };

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && "asks" in form.dataset && form.checkValidity()) form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "wish") return;
    wanted = Boolean(event.submitter);
    awaited += 1;
  }, true);

  document.addEventListener("keydown", (event) => {
    const form = event.key === "Enter" && !event.isComposing && event.target.matches("input, select") && event.target.form;
    if (!form || !("asks" in form.dataset)) return;
    event.preventDefault();
    if (form.id !== "wish") first();
    else form.requestSubmit(form.querySelector("[type=submit]"));
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".desk-book find-patient [role=option]")) isFound = true;
    const button = event.target.closest?.("[data-sets], [data-picks]");
    if (button?.dataset.sets) sets(button.dataset.sets);
    const whom = button && "picks" in button.dataset && document.getElementById("whom");
    if (!whom) return;
    if (whom.reportValidity()) {
      whom.requestSubmit();
    } else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  new MutationObserver((changes) => {
    const told = changes.find((each) => each.target.matches(".desk-answer"));
    if (!told) return;
    const answered = told.target.dataset.answered - told.oldValue;
    awaited = answered > 0 ? Math.max(0, awaited - answered) : 0;
    if (isFound) document.querySelector("#wish select").focus();
    else if (wanted && !awaited) first();
    else return;
    wanted = isFound = false;
  }).observe(document, { subtree: true, attributeFilter: ["data-answered"], attributeOldValue: true });
})();
