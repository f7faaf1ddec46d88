/* The sorting desk: keys by their place, lists that filter as one types, the focus when the next case opens.
   Without this file the same forms work by mouse and Tab, page by page. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const keysOn = () => { try { return localStorage.getItem("mcu-keys") !== "off"; } catch { return true; } };
  const work = () => one("#work");
  let busy = false;

  /* ---- A select that is chosen from by typing: ARIA 1.2 combobox with a list; the select stays and carries the value ---- */

  const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
  const block = () => one("input[name=block]:checked", work())?.value ?? "";
  const belongs = (option) => {
    const blocks = option.dataset.blocks;
    return !blocks || !block() || blocks.split(" ").includes(block());
  };
  const boxes = new WeakMap();

  class Combobox {
    constructor(select) {
      this.select = select;
      this.input = document.createElement("input");
      this.list = document.createElement("ul");
      const place = document.createElement("div");
      place.className = "typed";
      this.input.id = select.id;
      select.id = `${this.input.id}_choice`;
      this.list.id = `${this.input.id}_list`;
      this.list.className = "typed__list";
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", one(`label[for="${this.input.id}"]`)?.childNodes[0].textContent.trim() ?? "");
      this.list.hidden = true;
      for (const [name, value] of Object.entries({
        type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
        "aria-expanded": "false", "aria-controls": this.list.id, "aria-describedby": select.getAttribute("aria-describedby") ?? "",
      })) if (value) this.input.setAttribute(name, value);
      if (select.getAttribute("aria-invalid")) this.input.setAttribute("aria-invalid", "true");
      select.before(place);
      place.append(this.input, this.list, select);
      select.hidden = true;
      this.options = [...select.options].filter((option) => option.value).map((option) => ({
        option, words: plain(`${option.textContent} ${option.dataset.of ?? ""}`).split(/[^\p{L}\p{N}]+/u),
      }));
      this.show();
      this.input.addEventListener("input", () => this.open(true));
      this.input.addEventListener("click", () => this.open(false));
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.input.addEventListener("blur", () => this.leave());
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();  /* the focus stays in the field */
        const item = event.target.closest("[data-value]");
        if (item) this.choose(item.dataset.value);
      });
    }

    get isOpen() { return !this.list.hidden; }
    show() { this.input.value = this.select.selectedOptions[0]?.value ? this.select.selectedOptions[0].textContent : ""; }

    set(value) {
      if (this.select.value === value) return;
      this.select.value = value;
      this.show();
    }

    found(typed) {
      const parts = plain(typed).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
      const fit = this.options.filter(({ words }) => parts.every((part) => words.some((word) => word.startsWith(part))));
      if (this.select.name !== "topic") return fit.filter(({ option }) => belongs(option));
      return [...fit.filter(({ option }) => belongs(option)), ...fit.filter(({ option }) => !belongs(option))];
    }

    open(typed) {
      const found = this.found(typed ? this.input.value : "");
      this.list.replaceChildren(...found.map(({ option }, place) => {
        const item = document.createElement("li");
        item.id = `${this.list.id}_${place}`;
        item.className = "typed__one";
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.value = option.value;
        item.append(option.textContent);
        if (option.dataset.of) {
          const of = document.createElement("small");
          of.textContent = option.dataset.of;
          item.append(of);
        }
        return item;
      }));
      if (!found.length) {
        const none = document.createElement("li");
        none.className = "typed__one";
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.setAttribute("aria-selected", "false");
        none.textContent = "Такого нет: уберите часть слова";
        this.list.append(none);
      }
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      this.list.scrollIntoView({ block: "nearest" });
      this.typed = typed && this.input.value.trim() !== "";
      this.activate(this.typed ? 0 : found.findIndex(({ option }) => option.selected));
    }

    activate(place) {
      const items = all("[data-value]", this.list);
      this.at = items.length ? Math.max(-1, Math.min(place, items.length - 1)) : -1;
      items.forEach((item, number) => item.setAttribute("aria-selected", String(number === this.at)));
      if (this.at < 0) this.input.removeAttribute("aria-activedescendant");
      else {
        this.input.setAttribute("aria-activedescendant", items[this.at].id);
        items[this.at].scrollIntoView({ block: "nearest" });
      }
    }

    close() {
      this.list.hidden = true;
      this.at = -1;
      this.typed = false;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }

    choose(value) {
      this.select.value = value;
      this.show();
      this.close();
      this.select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    chooseActive() { this.choose(all("[data-value]", this.list)[this.at].dataset.value); }

    /* An emptied field takes the choice away; words that were not chosen give way to what is chosen. */
    leave() {
      if (!this.input.value.trim() && this.select.value) this.choose("");
      this.show();
      this.close();
    }

    key(event) {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
      if (event.altKey && event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      if (event.key in steps) {
        event.preventDefault();
        if (this.isOpen) this.activate(Math.max(0, this.at + steps[event.key]));
        else this.open(false);
      } else if (event.key === "Enter" && this.isOpen) {
        event.preventDefault();
        if (this.at >= 0) this.chooseActive();
      } else if (event.key === "Enter") {
        if (!this.input.value.trim()) this.leave();
      } else if (event.key === "Tab" && this.typed && this.at >= 0) {
        this.chooseActive();
      } else if (event.key === "Escape" && this.isOpen) {
        event.stopPropagation();
        this.show();
        this.close();
      }
    }
  }

  /* ---- The decision ---- */

  const boxOf = (name) => boxes.get(one(`#hand-over select[name=${name}]`));
  const chooseBlock = (radio) => {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const suit = () => {
    for (const name of ["recipient", "responsible"]) {  /* who does not answer for the block can not be left chosen */
      const chosen = boxOf(name)?.select.selectedOptions[0];
      if (chosen?.value && !belongs(chosen)) boxOf(name).set("");
    }
    all(".suggest__one").forEach((button) => button.setAttribute("aria-pressed", String(
      button.dataset.block === block() && button.dataset.topic === (boxOf("topic")?.select.value ?? "")
    )));
  };
  const fast = (option) => {
    if (option?.dataset.fast !== undefined) one("#hand-over [name=fast_track]").checked = true;
  };
  const take = (button) => {
    const radio = one(`#hand-over input[name=block][value="${button.dataset.block}"]`);
    if (!radio) return;
    chooseBlock(radio);
    if (button.dataset.topic) boxOf("topic")?.set(button.dataset.topic);
    boxOf("recipient")?.set(button.dataset.recipient);
    fast(boxOf("topic")?.select.selectedOptions[0]);
    suit();
    one("#hand-over .btn--fill").focus();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".suggest__one");
    if (button) take(button);
    if (event.target.closest?.("[data-show-keys]")) one("#keys")?.showModal();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest?.("#hand-over")) return;
    if (event.target.name === "topic") {
      const option = event.target.selectedOptions[0];
      const radio = option?.value && one(`#hand-over input[name=block][value="${option.dataset.blocks}"]`);
      if (radio && !block()) chooseBlock(radio);
      fast(option);
    }
    suit();
  });

  /* ---- Keys ---- */

  const row = (step) => {
    const links = all(".queue__link");
    const at = links.findIndex((link) => link.getAttribute("aria-current"));
    const next = links[at < 0 ? 0 : at + step];
    (next ?? one(`#queue .pager [rel=${step > 0 ? "next" : "prev"}]`))?.click();
  };
  const press = (code) => {
    const control = one(`#said [data-key=${code}], #work [data-key=${code}]`);
    control?.click();
    return Boolean(control);
  };
  const keys = {
    KeyT: () => boxOf("topic")?.input.focus(),
    KeyP: () => boxOf("recipient")?.input.focus(),
    KeyF: () => one("#hand-over [name=fast_track]")?.click(),
    KeyJ: () => row(1),
    KeyK: () => row(-1),
  };
  const digit = { Minus: "-", Equal: "=", Backquote: "Ё" };
  const letter = () => one("#letter-title")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || one("dialog[open]")) return;
    const at = document.activeElement;
    const writing = at?.closest("textarea, select, input:not([type=radio], [type=checkbox])");
    const taken = (action) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!busy) action();  /* what is pressed while the next case is on its way would decide about a case not yet seen */
    };
    if (event.key === "Escape" && at?.closest("#hand-over")) {
      if (at.getAttribute("aria-expanded") !== "true") taken(letter);
      return;
    }
    if (event.shiftKey || !keysOn()) return;
    if (event.altKey) {
      const number = digit[event.code] ?? /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
      const radio = number && one(`#hand-over [data-digit="${number}"]`);
      if (radio) taken(() => {
        chooseBlock(radio);
        if (!writing) radio.focus();
      });
      return;
    }
    if (writing) return;
    if (event.key === "Enter") {
      if (!at || at === document.body || at.matches("main, #letter-title")) taken(() => one("#hand-over")?.requestSubmit());
      return;
    }
    const code = event.code.replace("Numpad", "Digit");
    if (keys[code]) taken(keys[code]);
    else if (one(`#said [data-key=${code}], #work [data-key=${code}]`)) taken(() => press(code));
  }, true);

  /* ---- The next case: what was swapped in is made ready, the list follows, the focus goes to the letter ---- */

  const ready = () => {
    all("select[data-typed]", work()).forEach((select) => boxes.set(select, new Combobox(select)));
    all(".suggest__one, .blocks__hint, [data-show-keys]").forEach((part) => { part.hidden = false; });
    suit();
  };
  const follow = () => {
    all(".queue__link[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
    const { case: open, list, place } = work().dataset;
    if (!open) return;
    const link = one(`#row-${open} .queue__link`);
    if (link) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else {
      htmx.ajax("GET", `${list}?after=${encodeURIComponent(place)}`, { target: "#queue", swap: "outerHTML" });
    }
  };
  const ours = (event) => event.detail.target?.id === "work";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!ours(event)) return;
    if (busy) {
      event.preventDefault();
      return;
    }
    busy = true;
    work().setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!ours(event)) return;
    if (event.detail.xhr.getResponseHeader("X-Sorting")) {  /* a refusal comes as the same part with its words */
      event.detail.shouldSwap = true;
      event.detail.isError = false;
      /* The new part stands in the page beside the old one for a moment: with a step open in both, the browser closes the new one's. */
      all("details[name][open]", work()).forEach((step) => { step.open = false; });
    } else {
      event.detail.shouldSwap = false;  /* signed out meanwhile: mcu.js leads to the sign-in page and back */
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!ours(event)) return;
    busy = false;
    work()?.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "queue") follow();
    if (event.target.id !== "work") return;
    ready();
    follow();
    const act = one(".act[open]", work());
    if (act?.contains(document.activeElement) && !one("[aria-invalid=true]", act)) return;  /* a fast hand has opened the next step already */
    const wrong = one(".error-summary, .act[open] [aria-invalid=true]", work());
    if (wrong) wrong.focus();
    else (one("#letter-title") ?? one("#page"))?.focus();
  });

  ready();
})();
