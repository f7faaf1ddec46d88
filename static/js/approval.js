/* The approval desk: one key a decision, the next draft takes the focus, the page is not loaded anew. Keys are bound by
   their place. Without this file the same form is sent by its buttons. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const keysOn = () => { try { return localStorage.getItem("mcu-keys") !== "off"; } catch { return true; } };
  const form = one("#decide"), desk = one("#judged"), bar = one("#several");
  if (!form || !bar) return;
  let busy = false, asked = null;  /* asked: the draft whose mark of completeness «A» waits for */

  const items = () => all(".judge", desk);
  const current = () => document.activeElement?.closest(".judge") ?? items()[0];
  const say = (words) => { one("#approval-said").textContent = words; };
  const look = (item) => {
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  };
  const move = (step) => {
    const found = items(), at = found.indexOf(document.activeElement?.closest(".judge"));
    const next = found[Math.min(Math.max(at + step, 0), found.length - 1)];
    if (next) look(next);
  };
  const complain = (item, words) => {
    let place = one(".judge__word", item);
    if (!place) {
      place = Object.assign(document.createElement("p"), { className: "judge__word" });
      place.setAttribute("role", "alert");
      one(".judge__actions", item).prepend(place);
    }
    place.textContent = words;
  };
  const press = (item, names) => names.map((name) => one(`button[name="${name}"]`, item)).find(Boolean)?.click();

  /* ---- Several at once ---- */

  bar.classList.add("several--bar");
  one("[data-show-keys]")?.removeAttribute("hidden");
  one("[data-show-keys]")?.addEventListener("click", () => one("#keys")?.showModal());
  const ticked = () => items().filter((item) => one("[name=case]", item).checked);
  const unmarked = (found) => found.filter((item) => one(".degree", item) && !one(".degree :checked", item));
  const count = () => {
    const found = ticked(), bare = unmarked(found).length;
    bar.hidden = !found.length;
    one("#several-count").textContent = `(${found.length})`;
    one("#several-words").textContent = bare ? `Полнота ещё не отмечена: ${bare}` : "";
  };
  desk.addEventListener("change", (event) => {
    count();
    const item = event.target.closest(".judge");
    if (event.target.matches(".degree input") && item) {
      one(".judge__word", item)?.remove();
      if (asked === item) { asked = null; press(item, ["agree"]); }
    }
  });

  /* ---- Sending ---- */

  const unsaved = (item) => {
    const text = one("[data-edit] textarea", item);
    return text && text.closest("details").open && text.value.trim() !== text.defaultValue.trim();
  };
  const ready = (found) => {
    const open = found.find(unsaved);
    if (open) {
      complain(open, "В правке есть несохранённый текст, согласуется версия без него. Сохраните правку или сверните её.");
      look(open);
      return false;
    }
    const bare = unmarked(found)[0];
    if (bare) {
      complain(bare, "Отметьте полноту: 2, 1 или 0.");
      asked = found.length === 1 ? bare : null;
      one(".degree input", bare).focus();
      bare.scrollIntoView({ block: "nearest" });
      return false;
    }
    return true;
  };
  const replace = (pk, html) => {
    const old = one(`[data-pk="${pk}"]`, desk);
    if (!old) return;
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    old.replaceWith(made.content);
  };
  const send = async (url, body) => {
    busy = true;
    try {
      const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
      if (!(response.headers.get("Content-Type") ?? "").includes("json")) throw new Error("refused");
      return await response.json();
    } catch {
      say("Ничего не сделано: нет связи или вы вышли из программы. Отметки остались на странице, повторите.");
      one("#flash").replaceChildren(Object.assign(document.createElement("p"), { className: "flash flash--error", textContent: one("#approval-said").textContent }));
      return null;
    } finally {
      busy = false;
    }
  };
  const went = (data, first) => {
    const found = items(), at = found.indexOf(first);
    const after = [...found.slice(at + 1), ...found.slice(0, at)].map((item) => item.dataset.pk);
    data.results.forEach((result) => replace(result.pk, result.html));
    const total = one("#approval-total");
    if (total) total.textContent = data.total_words;
    say(data.results.map((result) => result.words).join(" "));
    count();
    const failed = data.results.find((result) => !result.done && one(`.judge[data-pk="${result.pk}"]`, desk));
    const next = failed ? one(`.judge[data-pk="${failed.pk}"]`, desk) : after.map((pk) => one(`.judge[data-pk="${pk}"]`, desk)).find(Boolean);
    if (next) look(next);
    else if (data.total) location.assign(location.pathname);  /* the next ten */
    else one("h1").focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    if (busy || !pressed) return;
    const item = pressed.closest(".judge");
    const found = item ? [item] : ticked();
    if (pressed.name !== "return" && !ready(found)) return;
    const data = await send(form.action, new FormData(form, pressed));
    if (data) went(data, item ?? found[0]);
  });
  desk.addEventListener("submit", async (event) => {
    const edit = event.target;
    if (!edit.matches("[data-edit]")) return;
    event.preventDefault();
    if (busy) return;
    const item = edit.closest(".judge");
    const data = await send(edit.action, new FormData(edit));
    if (!data) {
      one("textarea", edit).dispatchEvent(new Event("input", { bubbles: true }));  /* it goes on being kept */
      return;
    }
    Object.entries(data.items).forEach(([pk, html]) => replace(pk, html));
    say(data.words);
    const anew = one(`.judge[data-pk="${item.dataset.pk}"]`, desk);
    if (anew) look(anew);
    count();
  });

  /* ---- Keys ---- */

  const fold = (item, name) => {
    const details = one(name, item);
    if (!details) return;
    details.open = true;
    (one(".reasons input", details) ?? one("textarea", details)).focus();
  };
  const digit = (item, number) => {
    const reasons = one(".judge__return[open] .reasons", item);
    if (reasons?.closest("details").contains(document.activeElement)) {
      const chosen = all("input", reasons)[number - 1];
      if (!chosen) return false;
      chosen.checked = true;
      one("button[name=return]", item).focus();
      return true;
    }
    const mark = one(`.degree input[value="${number}"]`, item);
    if (!mark) return false;
    if (!document.activeElement?.closest(".judge")) look(item);
    mark.checked = true;
    mark.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  const keys = {
    KeyJ: () => move(document.activeElement?.closest(".judge") ? 1 : 0),
    KeyK: () => move(-1),
    KeyA: (item) => press(item, ["agree", "approve"]),
    KeyR: (item) => fold(item, ".judge__return"),
    KeyE: (item) => fold(item, ".judge__edit"),
    KeyX: (item) => { one("[name=case]", item).click(); },
    KeyS: () => { if (ticked().length) one("button", bar).click(); },
  };
  addEventListener("keydown", (event) => {
    const at = document.activeElement, item = current();
    const writing = at?.matches("textarea, select, input:not([type=radio], [type=checkbox])");
    if (event.ctrlKey && event.code === "Enter" && at?.matches(".judge__return textarea")) { press(item, ["return"]); return; }
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || writing || !keysOn() || one("dialog[open]") || !item) return;
    if (event.code === "Enter" && at?.matches(".reasons input")) {
      event.preventDefault();
      press(item, ["return"]);
      return;
    }
    const number = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    const done = number ? digit(item, Number(number)) : keys[event.code] && (keys[event.code](item), true);
    if (!done) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  count();
})();
