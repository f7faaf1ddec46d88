/* The quick form by keyboard: the call is going on. Without this file the same form works by mouse and Tab. */
(() => {
  "use strict";

  const form = document.getElementById("quick");
  if (!form) return;
  const field = (name) => form.elements[name];
  const one = (selector) => form.querySelector(selector);

  /* Ctrl+Enter from any field writes it down; with Shift it is handed over, too. */
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(one(event.shiftKey ? "[name=hand_over]" : "[name=sort]"));
    } else if (event.target.closest("#who, .quick__main") && event.target.matches("input")) {
      event.preventDefault();  /* a telephone typed in a hurry must not send the half of a message */
    }
  });

  /* A topic knows its block; a block chosen by hand stays. */
  let byHand = Boolean(field("block").value);
  field("block").addEventListener("change", () => { byHand = Boolean(field("block").value); });
  field("topic").addEventListener("input", () => {
    const found = [...field("topic").list.options].find((option) => option.value === field("topic").value);
    if (found && !byHand) field("block").value = found.dataset.block;
  });

  /* Where every message of the source is an appeal there is nothing to choose. */
  const appeals = form.dataset.appeals.split(" ");
  const regime = field("regime")[0].closest("fieldset");
  const suit = () => { regime.hidden = appeals.includes(field("source").value); };
  form.addEventListener("change", suit);
  suit();

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "who") field("text").focus();
  });
  if (!document.querySelector(".error-summary")) field("phone").focus();
})();
