// «Скопировать»: puts the value of the named field on the clipboard; the button appears only where that works.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  if (!field || !navigator.clipboard) continue;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Скопировано";
      setTimeout(() => (button.textContent = words), 3000);
    } catch {
      button.textContent = "Скопируйте выделенное сами";
    }
  });
}
