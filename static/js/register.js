/* The register: choosing several cases, leaving and coming back to the same row. The page works without it. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const picks = () => all('#list input[name="only"]');
  const session = {
    get(key) { try { return sessionStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { sessionStorage.setItem(key, value); } catch { /* the browser keeps the place as it can */ } },
  };

  /* How many are chosen, and the tick over the column. */
  const count = () => {
    const boxes = picks(), chosen = boxes.filter((box) => box.checked).length;
    const found = one("#pick-found"), said = one("[data-picked]"), over = one("[data-pick-all]");
    if (found?.checked) boxes.forEach((box) => { box.checked = true; });
    if (said) {
      said.hidden = false;
      said.textContent = found?.checked ? "Выбраны все найденные" : `Выбрано: ${chosen}`;
    }
    if (over) {
      over.hidden = false;
      over.checked = boxes.length > 0 && chosen === boxes.length;
      over.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (!chosen && !found?.checked) one("#step")?.replaceChildren();
  };

  let last = null;  /* the tick pressed before: Shift chooses all between */
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.('#list input[name="only"]');
    if (box) {
      const boxes = picks(), from = boxes.indexOf(last), to = boxes.indexOf(box);
      if (event.shiftKey && from >= 0) {
        boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((between) => { between.checked = box.checked; });
      }
      last = box;
    }
    if (event.target.matches?.("[data-pick-all]")) picks().forEach((each) => { each.checked = event.target.checked; });
    if (event.target.matches?.("[data-step-close]")) {
      const step = one("#step");
      if (step?.contains(event.target)) step.replaceChildren();
      else history.back();
    }
    const close = event.target.closest?.("[data-conditions-close]");
    if (close && one("#conditions")?.contains(close)) {
      event.preventDefault();
      one("#conditions").replaceChildren();
      one(".filters__more")?.focus();
    }
    const link = event.target.closest?.("#list .row__link");
    if (link) session.set("mcu-register", JSON.stringify([location.search, link.getAttribute("href")]));
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-found" && !event.target.checked) picks().forEach((box) => { box.checked = false; });
    if (event.target.name === "only" && !event.target.checked && one("#pick-found")) one("#pick-found").checked = false;
    if (event.target.closest?.("#list")) count();
  });
  document.addEventListener("reset", (event) => {
    if (event.target.id === "selection") setTimeout(count);
  });

  /* x: choose the row that has the focus. By the place of the key, so that it works in the Russian layout. */
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyX" || event.ctrlKey || event.altKey || event.metaKey) return;
    let off = false;
    try { off = localStorage.getItem("mcu-keys") === "off"; } catch { /* keys are on */ }
    const row = document.activeElement?.closest("#list tbody tr");
    if (off || !row || document.activeElement.matches("input:not([type=checkbox]), select, textarea")) return;
    event.preventDefault();
    const box = one('input[name="only"]', row), boxes = picks();
    const from = boxes.indexOf(last);
    box.checked = !box.checked;
    if (event.shiftKey && from >= 0) {
      const to = boxes.indexOf(box);
      boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((between) => { between.checked = box.checked; });
    }
    last = box;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "list") {
      last = null;
      count();
    }
    if (event.target.id === "step" || event.target.id === "conditions") one("select, input:not([type=hidden])", event.target)?.focus();
  });

  /* Back from a case: the row it was opened from has the focus again. */
  const returned = () => {
    count();
    let kept = null;
    try { kept = JSON.parse(session.get("mcu-register") ?? "null"); } catch { /* nothing to come back to */ }
    if (!kept || kept[0] !== location.search) return;
    session.set("mcu-register", "null");
    const link = all("#list .row__link").find((each) => each.getAttribute("href") === kept[1]);
    link?.focus({ preventScroll: false });
  };
  window.addEventListener("pageshow", returned);
})();
