/* The editor of an answer: what is typed is kept by the server every two seconds and, while that cannot be, in this tab;
   who else has the case open. The page works without this file: then only «Сохранить черновик» keeps. */
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const KEEP_AFTER = 2000, RETRY = 10000, BEAT = 4000, WRITING = 8000;
  const token = () => one('meta[name="csrf-token"]')?.content ?? "";
  const tab = {
    get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* the server's copy is all there is */ } },
    drop(key) { try { sessionStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };
  const line = (...parts) => {
    const made = document.createElement("span");
    made.append(...parts);
    return made;
  };
  const link = (words, href) => Object.assign(document.createElement("a"), { textContent: words, href });
  const button = (words, press) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--small", textContent: words });
    made.addEventListener("click", press);
    return made;
  };

  const form = one("#draft");
  const text = form && one("textarea", form);
  let typedAt = 0;

  /* ---- Keeping what is typed ---- */

  if (text) {
    const state = one("#draft-kept");
    const elsewhere = one("#draft-elsewhere");
    const known = one("[name=known]", form);
    const key = `mcu-draft ${form.getAttribute("action")}`;
    let kept = form.hasAttribute("data-typed") ? null : text.value;  /* what the server is known to hold */
    let timer = 0, going = null, failed = false, leaving = false;

    const say = (words) => { if (state.textContent !== words) state.textContent = words; };
    const dirty = () => text.value !== kept && text.value.trim() !== "";
    const put = (value) => {  /* through the editor's own undo where the browser can */
      text.focus();
      text.select();
      if (!document.execCommand("insertText", false, value)) {
        text.value = value;
        text.dispatchEvent(new Event("input", { bubbles: true }));
      }
    };
    const remember = () => tab.set(key, { text: text.value, base: form.dataset.base, known: known.value });
    const later = (pause = KEEP_AFTER) => {
      clearTimeout(timer);
      timer = setTimeout(keep, pause);
    };
    const lost = (words, again) => {
      failed = true;
      say(words);
      if (again) later(RETRY);
    };

    const choose = (other) => {
      elsewhere.hidden = false;
      elsewhere.replaceChildren(
        line(`В другом окне вы набрали другой текст (${other.at}). Оба целы.`),
        button("Взять тот", () => { known.value = other.mark; elsewhere.hidden = true; put(other.text); }),
        button("Оставить этот", () => { known.value = other.mark; elsewhere.hidden = true; keep(); }),
      );
      lost("ждёт вашего выбора; текст хранится в этой вкладке", false);
    };

    const answered = async (response, sent) => {
      if (response.type === "opaqueredirect" || response.status === 401) {
        lost("вы вышли из программы: текст хранится в этой вкладке", true);
        return;
      }
      const is_json = (response.headers.get("Content-Type") ?? "").includes("json");
      const data = is_json ? await response.json() : {};
      if (data.other) { choose(data.other); return; }
      if (!response.ok) {
        lost(data.words ?? "сервер не принял текст: он хранится в этой вкладке", response.status >= 500);
        return;
      }
      failed = false;
      kept = sent;
      known.value = data.mark;
      say(data.saved ? `сохранено в ${data.saved}` : "");
      if (text.value === sent) tab.drop(key);
      else later();
    };

    async function keep(alive = false) {
      clearTimeout(timer);
      if (!dirty() || (leaving && !alive)) return;
      if (going && !alive) { later(500); return; }
      const sent = text.value, body = new FormData();
      body.append("text", sent);
      body.append("version", form.dataset.base);
      body.append("known", known.value);
      going = new AbortController();
      try {
        const options = { method: "POST", body, redirect: "manual", headers: { "X-CSRFToken": token() }, signal: going.signal };
        await answered(await fetch(form.dataset.keepUrl, alive ? { ...options, keepalive: true } : options), sent);
      } catch (error) {
        if (error.name !== "AbortError") lost("нет связи: текст хранится в этой вкладке", true);
      } finally {
        going = null;
      }
    }

    /* What the tab holds was never taken by the server: it is the newest that this person typed here. */
    const held = tab.get(key);
    if (held?.text && held.text !== text.value && !form.hasAttribute("data-typed")) {
      text.value = held.text;
      form.dataset.base = held.base;
      one("[name=version]", form).value = held.base;
      one("#flash")?.replaceChildren(Object.assign(document.createElement("p"), {
        className: "flash",
        textContent: "Возвращён текст, который вы набрали и не успели сохранить. Проверьте его и сохраните.",
      }));
      later(0);
    } else if (held) {
      tab.drop(key);
    }
    if (form.hasAttribute("data-typed")) later(0);

    text.addEventListener("input", () => {
      typedAt = Date.now();
      remember();
      later();
    });
    text.addEventListener("blur", () => keep());
    addEventListener("online", () => keep());
    addEventListener("pagehide", () => { if (!leaving) keep(true); });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && !leaving) keep(true); });
    addEventListener("pageshow", () => { leaving = false; });
    addEventListener("beforeunload", (event) => { if (failed && dirty() && !leaving) event.preventDefault(); });

    document.addEventListener("submit", (event) => {
      const sent = event.target;
      if (event.defaultPrevented || sent.method !== "post") return;
      if (sent === form) {  /* it takes the text along itself */
        leaving = true;
        clearTimeout(timer);
        going?.abort();
      } else if (dirty() && !sent.dataset.kept) {  /* another step: first what is typed, then the step */
        event.preventDefault();
        event.stopImmediatePropagation();
        const done = () => {
          sent.dataset.kept = "1";
          sent.requestSubmit(event.submitter);
        };
        Promise.race([keep(), new Promise((resolve) => setTimeout(resolve, 2000))]).then(done, done);
      }
    }, true);

    /* Two texts to make one. */
    const mine = text.value;
    const choice = one(".merge__choice");
    if (choice) {
      choice.hidden = false;
      choice.addEventListener("click", (event) => {
        const which = event.target.dataset?.merge;
        if (which) put(which === "mine" ? mine : one("#merge-theirs").content.textContent);
      });
      one("#merge").scrollIntoView({ block: "start" });
    }

    /* A template goes where the cursor stands; the rest of the text stays. */
    document.addEventListener("click", async (event) => {
      const chosen = event.target.closest?.("[data-template]");
      if (!chosen) return;
      event.preventDefault();
      const body = new FormData();
      try {
        const headers = { "X-CSRFToken": token(), Accept: "application/json" };
        const response = await fetch(chosen.formAction, { method: "POST", body, headers });
        const data = await response.json();
        if (!response.ok) throw new Error(data.words);
        chosen.closest("details").open = false;
        text.focus();
        const before = text.value.slice(0, text.selectionStart);
        const gap = before.trim() && !before.endsWith("\n") ? "\n" : "";
        if (!document.execCommand("insertText", false, gap + data.text)) {
          text.setRangeText(gap + data.text, text.selectionStart, text.selectionEnd, "end");
          text.dispatchEvent(new Event("input", { bubbles: true }));
        }
        if (data.words) say(data.words);
      } catch (error) {
        say(error.message || "шаблон не вставлен: нет связи");
      }
    });
  }

  /* ---- Who else is here, and what happened meanwhile ---- */

  const here = one("#here");
  if (!here) return;
  const people = one(".here__people", here), news = one(".here__news", here), diff = one(".here__diff", here);
  let said = "", beating = 0;

  const show = (place, ...parts) => {
    place.hidden = !parts.length;
    place.replaceChildren(...parts);
  };
  const names = (all) => all.map((person) => `${person.name}${person.writing ? " · пишет ответ" : ""}`).join(", ");
  const compare = async (event, url) => {
    event.preventDefault();
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok) { location.href = url; return; }
    diff.innerHTML = await response.text();
    diff.hidden = false;
  };
  const tell = (data) => {
    const words = data.people.length ? `${data.people.length > 1 ? "Здесь также: " : ""}${names(data.people)}` : "";
    const alone = data.people.length === 1 ? words.replace(/^([^·]+?)( ·|$)/, "$1 тоже здесь$2") : words;
    if (people.textContent !== alone) show(people, ...(alone ? [alone] : []));
    const parts = [];
    if (data.version > Number(here.dataset.version)) {
      const who = data.mine ? "сохранена вами в другом окне" : data.author;
      const shown = link("показать", `${here.dataset.versions}?a=${here.dataset.version}&b=${data.version}`);
      shown.addEventListener("click", (event) => compare(event, shown.href));
      parts.push(line(`Есть версия ${data.version} (${who}): `, shown));
    }
    if (data.stage !== here.dataset.stage) {
      parts.push(line(`Дело изменилось, теперь «${data.state}». Набранное сохранено. `, link("Обновить страницу", location.href)));
    }
    const key = JSON.stringify([data.version, data.stage]);
    if (key !== said) show(news, ...parts);
    said = key;
  };
  const beat = async () => {
    clearTimeout(beating);
    if (document.visibilityState !== "visible") return;
    const writing = Date.now() - typedAt < WRITING ? "1" : "0";
    try {
      const response = await fetch(`${here.dataset.url}?writing=${writing}`, { redirect: "manual" });
      if (response.ok) tell(await response.json());
    } catch { show(people); }
    beating = setTimeout(beat, BEAT);
  };
  document.addEventListener("visibilitychange", beat);
  addEventListener("pageshow", (event) => { if (event.persisted) beat(); });
  addEventListener("pagehide", () => { fetch(`${here.dataset.url}?gone=1`, { keepalive: true }).catch(() => {}); });
  beat();
})();
