/* The wall screen: its clock, its look, when it was refreshed, and that it no longer is. Without this file the
   screen stays as it came. Runs in the head, so that the first paint has the right look. */
(() => {
  "use strict";

  const KEY = "mcu-board", LATE = 90_000, root = document.documentElement;
  const one = (name) => document.querySelector(`[data-${name}]`);
  const read = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const strong = matchMedia("(prefers-contrast: more)");
  let light = read() === "light", paused = false, lost = "", answered = Date.now();

  const dress = () => { root.dataset.theme = light ? (strong.matches ? "contrast" : "light") : strong.matches ? "night" : "dark"; };
  dress();
  strong.addEventListener("change", dress);

  /* The server's clock, in the Center's zone, whatever this machine's is. */
  const ahead = Number(root.dataset.moment) * 1000 - Date.now();
  const at = (moment, seconds) => new Date(moment).toLocaleTimeString("ru", {
    timeZone: document.body.dataset.zone, hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }),
  });
  const stamp = () => Number(one("stamp")?.dataset.stamp) * 1000;

  const words = {
    silent: () => `Нет связи с сервером: числа на ${at(stamp())}. Как только связь появится, табло обновится само.`,
    failed: () => `Сервер не смог посчитать: числа на ${at(stamp())}. Табло спросит снова через полминуты.`,
    out: () => `Вход закончился: числа на ${at(stamp())} и больше не обновляются.`,
    closed: () => `Табло вам больше не открыто: числа на ${at(stamp())} и больше не обновляются.`,
  };
  const show = () => {
    if (!lost && !paused && Date.now() - answered > LATE) lost = "silent";
    const line = one("lost"), said = lost ? words[lost]() : "";
    if (one("lost-words").textContent !== said) one("lost-words").textContent = said;
    line.hidden = !lost;
    one("sign-in").hidden = lost !== "out";
    document.body.classList.toggle("board--lost", Boolean(lost));
    one("clock").textContent = at(Date.now() + ahead);
    one("said").textContent = lost ? "" : `${paused ? "остановлено, " : ""}обновлено в ${at(stamp(), true)}`;
    one("pause").textContent = paused ? "Продолжить" : "Остановить";
    one("pause").setAttribute("aria-pressed", String(paused));
    one("theme-switch").textContent = light ? "Тёмное" : "Светлое";
  };

  document.addEventListener("htmx:beforeRequest", (event) => { if (paused) event.preventDefault(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.responseURL.includes("/accounts/")) lost = "out";
    else if (xhr.status === 403 || xhr.status === 404) lost = "closed";
    else if (xhr.status !== 200) lost = "failed";
    else {
      [lost, answered] = ["", Date.now()];
      return;
    }
    event.detail.shouldSwap = false;
    show();
  });
  for (const name of ["sendError", "timeout"]) {
    document.addEventListener(`htmx:${name}`, () => { lost = "silent"; show(); });
  }
  document.addEventListener("htmx:afterSettle", show);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-pause]")) {
      paused = !paused;
      answered = Date.now();
    } else if (event.target.closest("[data-theme-switch]")) {
      light = !light;
      try { localStorage.setItem(KEY, light ? "light" : "dark"); } catch { /* until the page is left */ }
      dress();
    } else if (event.target.closest("[data-whole]")) {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    } else return;
    show();
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const name of ["pause", "theme-switch"]) one(name).hidden = false;
    one("whole").hidden = !document.fullscreenEnabled;
    show();
    setInterval(show, 1000);
  });
})();
