/* The bell: what is new without a reload. Asks while the page is looked at, more rarely when the server does not answer. */
(() => {
  "use strict";

  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const EVERY = 10000, LONGEST = 120000;
  const summary = bell.querySelector("summary");
  const list = bell.querySelector("[data-bell-list]");
  const says = document.querySelector("[data-bell-says]");
  let wait = EVERY, timer = 0, tag = "", latest = null, asked = Date.now(), over = false;
  const atFirst = parseInt(summary.querySelector("b")?.textContent ?? "0", 10);

  const show = (state) => {
    let mark = summary.querySelector("b");
    if (state.count && !mark) summary.append(mark = document.createElement("b"));
    if (mark && !state.count) mark.remove();
    else if (mark) mark.textContent = state.shown;
    summary.setAttribute("aria-label", `Уведомления, новых: ${state.shown}`);
    const isNews = latest === null ? state.count > atFirst : state.latest > latest;
    if (isNews) {
      says.textContent = `Новое уведомление: ${state.subject}`;
      if (bell.open) fill();
    }
    latest = Math.max(latest ?? 0, state.latest);
  };

  const ask = async () => {
    clearTimeout(timer);
    if (over || document.hidden) return;
    asked = Date.now();
    try {
      const answer = await fetch(bell.dataset.bell, {
        headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "manual",
      });
      /* Signed out, or no role here any more: the next page says so. */
      if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) {
        over = true;
        return;
      }
      if (answer.ok) {
        tag = answer.headers.get("ETag") ?? "";
        show(await answer.json());
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  };

  /* The panel's words are made by the server; where it cannot be asked the link to the list stays. */
  const fill = async () => {
    try {
      const answer = await fetch(bell.dataset.panel, { redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
    } catch {
      list.textContent = "Новые уведомления не загрузились: откройте весь список.";
    }
  };

  bell.addEventListener("toggle", () => { if (bell.open) fill(); });
  list.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await fetch(event.target.action, {
        method: "POST", body: new FormData(event.target), headers: { "X-Requested-With": "fetch" },
      });
    } catch { /* they stay new, and the panel says so */ }
    await fill();
    summary.focus();
    ask();
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - asked > 2000) ask(); });
  navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data === "notice") ask(); });
  timer = setTimeout(ask, EVERY);
})();
