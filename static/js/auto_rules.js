/* The form of an auto-rule: long lists narrow as one types, recipients and people to the chosen block, only what the way needs.
   Without this file everything is shown and the server reads only what the chosen way needs. */
(() => {
  "use strict";

  const plain = (text) => text.toLowerCase().replaceAll("ё", "е");

  for (const pick of document.querySelectorAll("[data-auto-pick]")) {
    const filter = pick.querySelector("[data-auto-filter]");
    const count = pick.querySelector("[data-auto-count]");
    const items = [...pick.querySelectorAll("li")].map((item) => ({ item, words: plain(item.textContent) }));
    const narrow = () => {
      const parts = plain(filter.value).split(/\s+/).filter(Boolean);
      for (const { item, words } of items) item.hidden = !parts.every((part) => words.includes(part));
    };
    filter.hidden = items.length < 10;
    filter.addEventListener("input", narrow);
    filter.addEventListener("keydown", (event) => {
      if (event.code === "Enter") event.preventDefault();  /* it would send the form */
    });
    pick.addEventListener("change", () => {
      const chosen = pick.querySelectorAll("input:checked").length;
      count.textContent = chosen ? `выбрано ${chosen}` : count.dataset.none;
    });
  }

  const form = document.getElementById("auto-form");
  if (form) {
    const lists = ["recipient", "responsible"].map((name) => form.elements[name]).filter(Boolean);
    const suit = () => {
      const block = form.elements.block.value;
      for (const list of lists) {
        for (const option of list.options) {
          const blocks = option.dataset.blocks;
          const fits = !option.value || !block || !blocks || blocks.split(" ").includes(block);
          option.hidden = option.disabled = !fits;
          if (!fits && option.selected) list.value = "";
        }
      }
    };
    const show = () => {
      const way = form.elements.way.value;
      for (const part of form.querySelectorAll("[data-auto-way]")) part.hidden = Boolean(way) && part.dataset.autoWay !== way;
    };
    form.addEventListener("change", () => { suit(); show(); });
    suit();
    show();
  }

  /* The days are asked for only where a period is tried. */
  for (const sample of document.querySelectorAll(".auto-sample")) {
    const { elements } = sample.closest("form");
    const size = elements.size;
    const show = () => {
      for (const name of ["since", "until"]) elements[name].closest(".field").hidden = size.value !== "period";
    };
    size.addEventListener("change", show);
    show();
  }
})();
