/* The case page: names after «@», a part's text into the draft, the whole link chosen at once. The page works without it. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const fold = (text) => text.toLocaleLowerCase("ru").replaceAll("ё", "е");

  /* «Вставить в ответ»: below what is written, as if it were typed. */
  const editor = one("#draft textarea");
  document.querySelectorAll("[data-insert]").forEach((button) => {
    if (!editor) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.insert)?.textContent.trim() ?? "";
      const before = editor.value.trimEnd();
      editor.value = before ? `${before}\n\n${text}` : text;
      editor.dispatchEvent(new Event("input", { bubbles: true }));
      editor.focus();
      editor.setSelectionRange(editor.value.length, editor.value.length);
    });
  });

  document.querySelectorAll("[data-copied]").forEach((field) => field.addEventListener("focus", () => field.select()));

  /* Names of those who may be called: typed after «@», chosen by arrows and Enter, closed by Escape. */
  const area = one("[data-mentions]");
  const names = area && [...document.querySelectorAll(`#${area.dataset.mentions} > li`)].map((item) => item.textContent);
  area?.closest("details")?.addEventListener("toggle", (event) => { if (event.target.open) area.focus(); });
  if (!area || !names.length) return;

  const list = document.createElement("ul");
  list.id = "mentions";
  list.className = "mentions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Кого назвать");
  const told = document.createElement("p");
  told.className = "aloud";
  told.setAttribute("role", "status");
  area.after(list, told);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);

  let found = [];
  let at = 0;
  let begun = -1;

  const close = () => {
    list.hidden = true;
    found = [];
    area.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    area.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const choose = (name) => {
    const end = area.selectionStart;
    area.setRangeText(`@${name} `, begun, end, "end");
    close();
    area.focus();
  };
  const show = () => {
    const before = area.value.slice(0, area.selectionStart);
    const match = /(?:^|[^\p{L}\p{N}_.@])@([\p{L}-]*)$/u.exec(before);
    if (!match) return close();
    begun = before.lastIndexOf("@");
    found = names.filter((name) => fold(name).startsWith(fold(match[1]))).slice(0, 8);
    if (!found.length) return close();
    list.replaceChildren(...found.map((name, place) => {
      const item = document.createElement("li");
      item.id = `mention-${place}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(name);
      });
      return item;
    }));
    at = 0;
    list.hidden = false;
    mark();
    list.scrollIntoView({ block: "nearest" });
    told.textContent = `Имён: ${found.length}. Стрелки — выбор, Enter — вставить.`;
  };
  area.addEventListener("input", show);
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (move) at = (at + move + found.length) % found.length;
    else if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab") choose(found[at]);
    else if (event.code === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!list.hidden) mark();
  });
})();
