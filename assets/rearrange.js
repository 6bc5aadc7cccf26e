// The box before "All" ticks every box of its list, and follows them.
{
  const all = (form) => form.querySelector("[data-all]");
  const ticks = (form) => [...form.querySelectorAll('input[type="checkbox"][name^="pick-"]')];

  document.addEventListener("change", ({ target }) => {
    const form = target.closest?.("form");
    if (!form || !all(form) || target.type !== "checkbox") return;
    if ("all" in target.dataset) {
      for (const box of ticks(form)) box.checked = target.checked;
    } else {
      const ticked = ticks(form).filter((box) => box.checked).length;
      all(form).checked = ticked > 0 && ticked === ticks(form).length;
      all(form).indeterminate = ticked > 0 && !all(form).checked;
    }
  });
}
