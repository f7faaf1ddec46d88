/* Runs before the first paint: sets the theme that this person chose on this machine. */
(() => {
  "use strict";
  try {
    const theme = localStorage.getItem("mcu-theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    /* Storage may be forbidden; the system's theme is used then. */
  }
})();
