// What is being typed into a text stays in this browser until it is written: a closed page or a lost connection loses nothing.
(() => {
  "use strict";
  const field = document.querySelector("[data-keep]");
  if (!field) return;
  const key = `keep:${document.documentElement.dataset.person}:${field.dataset.keep}`;
  const hint = document.getElementById(field.dataset.hint);
  const store = {
    get: () => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (words) => { try { localStorage.setItem(key, words); } catch { /* a full or closed store: the page works without it */ } },
    drop: () => { try { localStorage.removeItem(key); } catch { /* the same */ } },
  };
  // What was written has a newer version, so a newer key: the older words are not needed.
  const same = key.slice(0, key.lastIndexOf(":") + 1);
  try {
    Object.keys(localStorage).filter((one) => one.startsWith(same) && one !== key).forEach((one) => localStorage.removeItem(one));
  } catch { /* a closed store */ }
  const kept = store.get();
  if (kept !== null && kept !== field.value && field.dataset.typed !== "1") {
    field.value = kept;
    if (hint) hint.hidden = false;
  }
  field.addEventListener("input", () => store.set(field.value));
  field.form.addEventListener("submit", () => store.set(field.value));
  document.querySelectorAll("[data-forget]").forEach((link) => link.addEventListener("click", store.drop));
})();
