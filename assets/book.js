// The desk's page. A form with `data-asks` is sent as soon as something in it is chosen; a button with `data-sets`
// chooses something in the wish; one with `data-picks` books, so whom for is sent before its own event is.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && "asks" in form.dataset && form.checkValidity()) form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-sets], [data-picks]");
  if (!button) return;
  if (button.dataset.sets) {
    const form = document.getElementById("wish");
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.sets))) {
      const field = form.elements[name];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value;
    }
    form.requestSubmit();
    return;
  }
  const whom = document.getElementById("whom");
  if (!whom) return;
  if (whom.reportValidity()) {
    whom.requestSubmit();
  } else {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
