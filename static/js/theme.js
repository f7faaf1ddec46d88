/* How the page looks for this person on this machine: theme, size of letters, spacing, pictures. Runs as the last of the
   head, so that the first paint is already right; its buttons (components/look.html) work by themselves. */
(() => {
  "use strict";

  const root = document.documentElement;
  const COMMON = "mcu-look"; /* of the machine; a person who is signed in has a key of their own */
  const own = root.dataset.person ? `${COMMON} ${root.dataset.person}` : null;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const contrast = matchMedia("(prefers-contrast: more)");
  const stored = (key) => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } /* storage may be forbidden */
  };
  const store = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* kept for this page only */ }
  };
  /* What was chosen before signing in goes with the person who signs in then. */
  const read = () => {
    const { anew, ...common } = stored(COMMON) ?? {};
    if (!own) return common;
    if (!anew) return stored(own) ?? common;
    store(COMMON, common);
    store(own, common);
    return common;
  };
  let look = read();

  const system = () => (contrast.matches ? (dark.matches ? "night" : "contrast") : dark.matches ? "dark" : "light");

  /* Large letters are the page's zoom, and the width of a window does not know of it: every width and height named in a
     stylesheet grows by the same, so that a page at 200 % folds as one of half the width. */
  const named = new WeakMap();
  const fold = (rules, by) => {
    for (const rule of rules) {
      if (rule instanceof CSSMediaRule) {
        if (!named.has(rule)) named.set(rule, rule.media.mediaText);
        const words = named.get(rule).replace(/([\d.]+)px/g, (_, size) => `${size * by}px`);
        if (rule.media.mediaText !== words) rule.media.mediaText = words;
      }
      if (rule.cssRules) fold(rule.cssRules, by);
    }
  };
  let by = 1;
  const foldAll = () => {
    const wanted = Number(look.size ?? 100) / 100;
    if (wanted === 1 && by === 1) return;
    by = wanted;
    for (const sheet of document.styleSheets) {
      try { fold(sheet.cssRules, by); } catch { /* not yet there: DOMContentLoaded comes back to it */ }
    }
  };

  const show = () => {
    root.dataset.theme = look.theme || system();
    for (const [name, usual] of [["size", "100"], ["spacing", ""], ["pictures", ""]]) {
      if (look[name] && look[name] !== usual) root.dataset[name] = look[name];
      else delete root.dataset[name];
    }
    foldAll();
    document.querySelectorAll("[data-look]").forEach((button) => {
      button.setAttribute("aria-pressed", String((look[button.dataset.look] ?? "") === button.value));
    });
  };
  const keep = () => {
    store(COMMON, own ? look : { ...look, anew: true });
    if (own) store(own, look);
  };

  show();
  document.addEventListener("DOMContentLoaded", show);
  dark.addEventListener("change", show);
  contrast.addEventListener("change", show);
  addEventListener("storage", (event) => { /* another tab of this person */
    if (event.key !== (own ?? COMMON)) return;
    look = read();
    show();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-look], [data-look-at-once]");
    if (!button) return;
    if (button.dataset.lookAtOnce) look = JSON.parse(button.dataset.lookAtOnce);
    else if (button.value) look[button.dataset.look] = button.value;
    else delete look[button.dataset.look];
    keep();
    show();
  });
})();
