/* The calendar of terms: arrows move by day and by week. Without this file the same days are links. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const keysOn = () => { try { return localStorage.getItem("mcu-keys") !== "off"; } catch { return true; } };
  const onDay = () => document.activeElement?.id?.startsWith("day-") ?? false;
  let follow = false;

  /* Up and down scroll the page, unless a day has the focus. */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !keysOn() || one("dialog[open]")) return;
    if (document.activeElement?.closest("input, textarea, select, details[open]")) return;
    const link = one(`[data-arrow="${event.code}"]`);
    if (!link || (!onDay() && (event.code === "ArrowUp" || event.code === "ArrowDown"))) return;
    event.preventDefault();
    follow = true;
    link.click();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "terms") return;
    if (follow) one("#terms [id^=day-][aria-current]")?.focus({ preventScroll: true });
    else if (document.activeElement === document.body) one("#terms")?.focus({ preventScroll: true });
    follow = false;
  });
})();
