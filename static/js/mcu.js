/* Helpers of the pages. Every page works without this file; nothing here decides anything. */
(() => {
  "use strict";

  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* kept for this page only */ } },
  };
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* htmx: the CSRF token goes with every request, and a failed one is said aloud with what to do. */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = one('meta[name="csrf-token"]')?.content ?? "";
  });
  const say = (text, look = "flash flash--error") => {
    const place = one("#flash");
    if (!place) return;
    const line = document.createElement("p");
    line.className = look;
    line.textContent = text;
    place.replaceChildren(line);
  };
  document.addEventListener("htmx:sendError", () => say("Нет связи с сервером. Введённое осталось на странице: повторите, когда связь появится."));
  document.addEventListener("htmx:responseError", (event) => say(
    event.detail.xhr.status === 403
      ? "Это действие вам сейчас недоступно. Обновите страницу: возможно, сообщение уже у другого."
      : "Сервер не смог выполнить действие. Введённое осталось на странице: повторите или обновите её."
  ));

  /* The session ended meanwhile: what was sent or typed waits in this tab for the same person to sign in and come back.
     A form with a keeper of its own (draft.js) is left to it. */
  const typed = {
    read() { try { return JSON.parse(sessionStorage.getItem("mcu-typed")); } catch { return null; } },
    put(value) { try { sessionStorage.setItem("mcu-typed", JSON.stringify(value)); } catch { /* nothing is kept */ } },
    drop() { try { sessionStorage.removeItem("mcu-typed"); } catch { /* nothing was kept */ } },
  };
  const person = document.documentElement.dataset.person;
  const pathOf = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const keep = (action, fields, again) => {
    const words = [...fields].filter(([name, value]) => typeof value === "string" && !/^csrfmiddlewaretoken$|password/.test(name));
    if (person && !location.pathname.startsWith("/accounts/")) typed.put({ person, page: location.pathname, action, again, words });
  };
  const posted = (root = document) => all('form[method="post"]', root).filter((form) => !form.dataset.keepUrl);
  const changed = (form) => all("textarea, input[type=text]", form).some((field) => field.value !== field.defaultValue);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.xhr.responseURL.includes("/accounts/login/")) return;
    event.detail.shouldSwap = false;
    const { verb, path, formData, triggeringEvent } = event.detail.requestConfig;
    if (!triggeringEvent || /load|poll|intersect|revealed/.test(triggeringEvent.type)) {  /* the page asked by itself: nobody is led away */
      say("Вы вышли из программы. Введённое осталось на странице; войти снова можно в другой вкладке.");
      return;
    }
    const form = verb === "post" ? null : posted(one("#page")).find(changed);
    if (verb === "post") keep(new URL(path, location.href).pathname, formData);
    else if (form) keep(pathOf(form), new FormData(form), form.dataset.again);
    location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
  });

  const sayBack = () => say("Вход истёк, пока вы писали. Набранное возвращено в поля, но ещё не записано: проверьте и отправьте.", "flash");
  const fill = (form, words) => {
    const of = (name) => words.filter((word) => word[0] === name).map((word) => word[1]);
    for (const field of form.elements) {
      if (!field.name || /^(?:hidden|password|file|submit|button)$/.test(field.type)) continue;
      const values = of(field.name);
      if (/^(?:checkbox|radio)$/.test(field.type)) field.checked = values.includes(field.value);
      else if (field.type === "select-multiple") [...field.options].forEach((option) => { option.selected = values.includes(option.value); });
      else if (values.length) field.value = values[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const folded = form.closest("details");
    if (folded) folded.open = true;
    sayBack();
  };
  const sendAgain = (form, kept) => {  /* the server draws the form with all that was typed, as many rows as there were */
    const sent = form.cloneNode();
    for (const [name, value] of [...kept.words, ["csrfmiddlewaretoken", one("[name=csrfmiddlewaretoken]", form).value], [kept.again, "1"]]) {
      sent.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    sent.hidden = true;
    document.body.append(sent);
    typed.put({ person, page: location.pathname, drawn: true });
    sent.submit();
  };
  const restore = () => {
    const kept = typed.read();
    typed.drop();
    if (!kept || kept.person !== person || kept.page !== location.pathname) return;
    if (kept.drawn) {
      sayBack();
      return;
    }
    if (!/^\/accounts\//.test(document.referrer && new URL(document.referrer).pathname)) return;
    const found = () => posted().find((form) => pathOf(form) === kept.action);
    if (found()) {
      if (kept.again) sendAgain(found(), kept);
      else fill(found(), kept.words);
      return;
    }
    const opens = all("a[hx-get]").find((link) => link.pathname === kept.action);  /* a form that its link brings into the page */
    if (!opens) return;
    addEventListener("load", () => opens.click(), { once: true });
    document.addEventListener("htmx:afterSettle", () => { if (found()) fill(found(), kept.words); }, { once: true });
  };
  if (!location.pathname.startsWith("/accounts/")) restore();

  /* A list that changed in place: the search field says what is searched for, the focus stays by the list. */
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "list") return;
    const search = one("#search");
    if (search) search.value = new URLSearchParams(location.search).get("q") ?? "";
    if (document.activeElement === document.body) one("#list")?.focus({ preventScroll: true });
  });

  /* The way back from a case leads to where the person came from, with its filters. */
  const back = one("[data-back]");
  if (back && document.referrer) {
    const from = new URL(document.referrer);
    const section = all(".rail__link").find((link) => link.pathname === from.pathname && from.origin === location.origin);
    if (section) {
      back.href = document.referrer;
      back.textContent = `← ${one(".rail__name", section).textContent}`;
    }
  }

  /* Keys are bound by place, so that they work in the Russian layout; they can be switched off in the «?» list. */
  const typing = (element) => element?.closest("input, textarea, select, [contenteditable]");
  const move = (step) => {
    const rows = all(".row__link");
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
  };
  const keys = {
    Slash: () => one("#search")?.focus(),
    KeyJ: () => move(1),
    KeyK: () => move(-1),
    KeyG: () => one(".rail__link")?.focus(),
    KeyN: () => one("[data-new]")?.click(),
  };
  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.activeElement?.closest("details[open]");
      if (open) {
        open.open = false;
        one("summary", open)?.focus();
      }
      closeMenus(null);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || typing(document.activeElement)) return;
    if (event.key === "?" || (event.shiftKey && event.code === "Slash") || (event.shiftKey && event.code === "Digit7")) {
      const help = one("#keys");
      if (help) {
        event.preventDefault();
        help.open ? help.close() : help.showModal();
      }
      return;
    }
    if (event.shiftKey || store.get("mcu-keys") === "off" || one("dialog[open]")) return;
    const action = keys[event.code];
    if (action) {
      event.preventDefault();
      action();
    }
  });
  document.addEventListener("click", (event) => closeMenus(event.target));

  /* Whether keys are used is kept on this machine. */
  const keysSwitch = one("#keys-on");
  if (keysSwitch) {
    keysSwitch.checked = store.get("mcu-keys") !== "off";
    keysSwitch.addEventListener("change", () => store.set("mcu-keys", keysSwitch.checked ? "on" : "off"));
  }

  /* A date half typed is sent as if nothing were typed: it is said beside its field, and nothing is sent. */
  const HALF = {
    "datetime-local": "Впишите и день, и время.", date: "Впишите день, месяц и год; такой день должен быть.",
    time: "Впишите и часы, и минуты.", number: "Впишите число.",
  };
  const clear = (field) => {
    if (!field.dataset?.half) return;
    one(`#${field.dataset.half}`)?.remove();
    delete field.dataset.half;
    field.removeAttribute("aria-invalid");
    field.closest(".field")?.classList.remove("field--wrong");
  };
  const blame = (field) => {
    clear(field);
    const line = document.createElement("span");
    line.className = "field__error";
    line.id = field.dataset.half = `${field.id || field.name}_half`;
    line.setAttribute("role", "alert");
    line.textContent = HALF[field.type] ?? "Допишите или очистите это поле.";
    field.before(line);
    field.setAttribute("aria-invalid", "true");
    field.closest(".field")?.classList.add("field--wrong");
    for (let fold = field.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  };
  const halfTyped = (form) => {
    const half = [...form?.elements ?? []].filter((field) => field.validity?.badInput && !field.disabled);
    half.forEach(blame);
    half[0]?.focus();
    return half.length > 0;
  };
  document.addEventListener("submit", (event) => {
    if (!halfTyped(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("htmx:confirm", (event) => {  /* a button that posts its form by itself */
    const { elt, verb } = event.detail;
    if (verb === "post" && elt.matches("form, button") && halfTyped(elt.closest("form"))) event.preventDefault();
  });
  document.addEventListener("input", (event) => { if (!event.target.validity?.badInput) clear(event.target); });

  /* A form is sent once. */
  document.addEventListener("input", (event) => {
    const counter = event.target.dataset?.counter && one(`#${event.target.dataset.counter}`);
    if (counter) counter.textContent = `${event.target.value.length.toLocaleString("ru")} зн.`;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.action.includes("/logout/")) {
      try { sessionStorage.clear(); } catch { /* nothing was kept */ }  /* the next person here finds nothing */
    }
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
    if (!event.defaultPrevented && !form.dataset.keepUrl) keep(pathOf(form), new FormData(form), form.dataset.again);
  });

  /* An error summary or an opened action takes the focus, as a reader expects. */
  one(".error-summary")?.focus();
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    if (event.target.matches(".act")) one("textarea, select, input:not([type=hidden])", event.target)?.focus();
    if (event.target.matches(".act, .menu")) event.target.scrollIntoView({ block: "nearest" });
  }, true);
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) window.print(); });
})();
