/* Terms count on without reloading, in the words of messages/terms/chip.py; what is met stands still. The moment is the
   server's: by how much this machine's clock is off is seen when the page comes. Nothing is announced. */
(() => {
  "use strict";

  const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const TONES = ["neutral", "amber", "red"];

  /* A page that the browser kept says an old moment: then the one seen before holds. */
  const kept = () => { try { return Number(sessionStorage.getItem("mcu-clock") ?? 0); } catch { return 0; } };
  const offset = (() => {
    const seen = Number(document.documentElement.dataset.moment) * 1000 - Date.now();
    const navigation = performance.getEntriesByType("navigation")[0];
    if (navigation?.type === "back_forward" && !navigation.transferSize) return kept();
    try { sessionStorage.setItem("mcu-clock", seen); } catch { /* known for this page only */ }
    return seen;
  })();

  const duration = (length) => {
    if (length < MINUTE) return "меньше минуты";
    if (length < HOUR) return `${Math.floor(length / MINUTE)} мин`;
    if (length < DAY) return `${Math.floor(length / HOUR)} ч`;
    const hours = Math.floor(length % DAY / HOUR);
    return hours ? `${Math.floor(length / DAY)} д ${hours} ч` : `${Math.floor(length / DAY)} д`;
  };

  const read = ({ due, started, threat, paused, likely }, now) => {
    const left = due - now, whole = due - started;
    const share = whole > 0 ? Math.min(1, Math.max(0, (now - started) / whole)) : 1;
    if (left < 0) return { tone: "red", words: `просрочено на ${duration(Math.max(-left, MINUTE))}`, share };
    if (paused && now < paused) return { tone: "neutral", words: "ждём заявителя", share };
    if (now >= threat || likely !== undefined) return { tone: "amber", words: `осталось ${duration(left)}`, share };
    return { tone: "neutral", words: duration(left), share };
  };

  const SVG = "http://www.w3.org/2000/svg";
  const gone = (chip) => {
    let part = chip.querySelector(".chip__gone rect");
    if (!part) {
      const svg = document.createElementNS(SVG, "svg");
      for (const [name, value] of Object.entries({
        class: "chip__gone", viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false",
      })) svg.setAttribute(name, value);
      part = svg.appendChild(document.createElementNS(SVG, "rect"));
      part.setAttribute("height", "1");
      chip.prepend(svg);
    }
    return part;
  };
  const dress = (element, name, tone) => {
    for (const other of TONES) element.classList.toggle(`${name}--${other}`, other === tone);
  };

  const count = (chip, now) => {
    const { tone, words, share } = read(chip.dataset, now);
    const width = (share * 100).toFixed(2);
    const said = chip.lastElementChild;
    if (said.textContent !== words) said.textContent = words;
    dress(chip, "chip", tone);
    if (tone === "red") chip.classList.add("chip--breached");
    if (tone === "amber") gone(chip).setAttribute("width", width);
    else chip.querySelector(".chip__gone")?.remove();
    const bar = chip.closest(".term")?.querySelector(".bar");
    if (bar) {
      dress(bar, "bar", tone);
      bar.querySelector(".bar__part")?.setAttribute("width", width);
    }
  };

  let timer = 0;
  const tick = () => {
    clearTimeout(timer);
    const now = Date.now() + offset;
    const chips = [...document.querySelectorAll(".chip[data-due]")];
    for (const chip of chips) count(chip, now);
    if (!chips.length || document.hidden) return;  /* seen again, or swapped in, it goes on */
    const close = chips.some((chip) => Math.abs(chip.dataset.due - now) < HOUR);
    timer = setTimeout(tick, close ? 10_000 : MINUTE - now % MINUTE);
  };
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("htmx:afterSettle", tick);
  addEventListener("pageshow", tick);
})();
