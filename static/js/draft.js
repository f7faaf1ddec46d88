/* The editor of an answer: what is typed is kept by the server every two seconds and, while that cannot be, in this tab;
   who else has the case open. The page works without this file: then only a press of the button keeps. */
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

  /* ---- Keeping what is typed: for every form that says where (data-keep-url) ---- */

  class Keeper {
    constructor(form) {
      this.form = form;
      this.text = one("textarea", form);
      this.known = one("[name=known]", form);
      this.state = one("[data-kept]", form);
      this.key = `mcu-draft ${form.getAttribute("action")}`;
      this.kept = form.hasAttribute("data-typed") ? null : this.text.defaultValue;  /* what the server is known to hold */
      this.typedAt = 0;
      this.leaving = this.failed = false;
      this.going = null;
      this.text.addEventListener("blur", () => this.keep());
    }

    get sent() { return tab.get(`${this.key} sent`) ?? []; }

    get dirty() { return this.text.value !== this.kept && this.text.value.trim() !== ""; }

    say(words) { if (this.state && this.state.textContent !== words) this.state.textContent = words; }

    put(value) {  /* through the editor's own undo where the browser can */
      this.text.focus();
      this.text.select();
      this.insert(value);
    }

    insert(value) {
      if (document.execCommand("insertText", false, value)) return;
      this.text.setRangeText(value, this.text.selectionStart, this.text.selectionEnd, "end");
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
    }

    typed() {
      this.typedAt = Date.now();
      this.leaving = false;
      tab.set(this.key, { text: this.text.value, base: this.form.dataset.base });
      this.later();
    }

    later(pause = KEEP_AFTER) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), pause);
    }

    lost(words, again) {
      this.failed = true;
      this.say(words);
      if (again) this.later(RETRY);
    }

    /* What the tab holds was never taken by the server: it is the newest that this person typed here. */
    restore() {
      const held = tab.get(this.key);
      if (held?.text && held.text !== this.text.value && !this.form.hasAttribute("data-typed")) {
        this.text.value = held.text;
        this.form.dataset.base = one("[name=version]", this.form).value = held.base;
        one("#flash")?.replaceChildren(Object.assign(document.createElement("p"), {
          className: "flash",
          textContent: "Возвращён текст, который вы набрали и не успели сохранить. Проверьте его и сохраните.",
        }));
        this.later(0);
      } else if (held) {
        tab.drop(this.key);
      }
      if (this.form.hasAttribute("data-typed")) this.later(0);
    }

    keep(alive = false) {
      clearTimeout(this.timer);
      if (!this.dirty || this.leaving || !this.form.isConnected) return Promise.resolve();
      if (this.going && !alive) { this.later(500); return this.going; }
      this.going = this.send(alive).finally(() => { this.going = null; });
      return this.going;
    }

    /* Everything typed so far, taken by the server or not to be taken now. */
    async flush() {
      await this.keep();
      if (this.dirty && !this.failed) await this.keep();
    }

    async send(alive) {
      const sent = this.text.value, body = new FormData();
      body.append("text", sent);
      body.append("version", this.form.dataset.base);
      body.append("known", this.known.value);
      tab.set(`${this.key} sent`, [...this.sent.slice(-4), sent.trim()]);
      this.abort = new AbortController();
      try {
        const headers = { "X-CSRFToken": token() };
        const options = { method: "POST", body, redirect: "manual", headers, signal: this.abort.signal, keepalive: alive };
        await this.answered(await fetch(this.form.dataset.keepUrl, options), sent);
      } catch (error) {
        if (error.name !== "AbortError") this.lost("нет связи: текст хранится в этой вкладке", true);
      }
    }

    async answered(response, sent) {
      if (response.type === "opaqueredirect") {
        this.lost("вы вышли из программы: текст хранится в этой вкладке", true);
        return;
      }
      const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
      const data = isJson ? await response.json() : {};
      if (data.other && this.sent.includes(data.other.text)) {  /* this tab sent it, as the page was left */
        this.known.value = data.other.mark;
        this.later(0);
        return;
      }
      if (data.other) { this.choose(data.other); return; }
      if (!response.ok) {
        const anew = response.status === 403 ? "вы входили заново: обновите страницу, текст хранится в этой вкладке" : "";
        this.lost(data.words || anew || "сервер не принял текст: он хранится в этой вкладке", response.status >= 500);
        return;
      }
      this.failed = false;
      this.kept = sent;
      this.known.value = data.mark;
      this.say(data.saved ? `сохранено в ${data.saved}` : "");
      if (this.text.value === sent) tab.drop(this.key);
      else this.later();
    }

    choose(other) {
      const place = one("[data-elsewhere]", this.form);
      this.lost("ждёт вашего выбора; текст хранится в этой вкладке", false);
      if (!place) return;
      const take = (act) => () => { this.known.value = other.mark; place.hidden = true; act(); };
      place.hidden = false;
      place.replaceChildren(
        line(`В другом окне вы набрали другой текст (${other.at}). Оба целы.`),
        button("Взять тот", take(() => this.put(other.text))),
        button("Оставить этот", take(() => this.keep())),
      );
    }

    leave() {  /* the form takes the text along itself */
      this.leaving = true;
      clearTimeout(this.timer);
      this.abort?.abort();
    }
  }

  const keepers = new Map();
  const keeperOf = (form) => {
    if (!keepers.has(form)) keepers.set(form, new Keeper(form));
    return keepers.get(form);
  };
  const each = (act) => keepers.forEach(act);

  document.addEventListener("input", (event) => {
    const form = event.target.matches?.("textarea") && event.target.form;
    if (form && form.dataset.keepUrl) keeperOf(form).typed();
  });
  addEventListener("online", () => each((one) => one.keep()));
  addEventListener("pagehide", () => each((one) => one.keep(true)));
  addEventListener("pageshow", () => each((one) => { one.leaving = false; }));
  addEventListener("beforeunload", (event) => each((one) => { if (one.failed && one.dirty && !one.leaving) event.preventDefault(); }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") each((one) => one.keep(true));
  });
  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (sent.method !== "post") return;
    keepers.get(sent)?.leave();
    const waiting = [...keepers.values()].filter((one) => one.form !== sent && one.form.isConnected && one.dirty);
    if (!waiting.length || sent.dataset.kept) {
      delete sent.dataset.kept;
      return;
    }
    event.preventDefault();  /* another step: first what is typed, then the step */
    event.stopImmediatePropagation();
    sent.dataset.kept = "1";
    const done = () => sent.requestSubmit(event.submitter);
    Promise.race([Promise.all(waiting.map((one) => one.flush())), new Promise((resolve) => setTimeout(resolve, 2000))]).then(done, done);
  }, true);

  /* ---- The editor of the case page ---- */

  const editor = one("#draft") && keeperOf(one("#draft"));
  if (editor) {
    editor.restore();
    const mine = editor.text.value;
    const choice = one(".merge__choice");
    if (choice) {
      choice.hidden = false;
      choice.addEventListener("click", (event) => {
        const which = event.target.dataset?.merge;
        if (which) editor.put(which === "mine" ? mine : one("#merge-theirs").content.textContent);
      });
      one("#merge").scrollIntoView({ block: "start" });
    }
    /* A template goes where the cursor stands; the rest of the text stays. */
    document.addEventListener("click", async (event) => {
      const chosen = event.target.closest?.("[data-template]");
      if (!chosen) return;
      event.preventDefault();
      try {
        const headers = { "X-CSRFToken": token(), Accept: "application/json" };
        const response = await fetch(chosen.formAction, { method: "POST", body: new FormData(), headers });
        const data = await response.json();
        if (!response.ok) throw new Error(data.words);
        chosen.closest("details").open = false;
        editor.text.focus();
        const before = editor.text.value.slice(0, editor.text.selectionStart);
        editor.insert((before.trim() ? (before.endsWith("\n") ? "\n" : "\n\n") : "") + data.text);
        if (data.words) editor.say(data.words);
      } catch (error) {
        editor.say(error.message || "шаблон не вставлен: нет связи");
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
  const present = (all) => {
    const named = ({ name, writing }, here = "") => `${name}${here}${writing ? " · пишет ответ" : ""}`;
    if (all.length === 1) return named(all[0], " тоже здесь");
    return all.length ? `Здесь также: ${all.map((person) => named(person)).join(", ")}` : "";
  };
  const compare = async (event, url) => {
    event.preventDefault();
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok) { location.href = url; return; }
    diff.innerHTML = await response.text();
    diff.hidden = false;
  };
  const tell = (data) => {
    const words = present(data.people);
    if (people.textContent !== words) show(people, ...(words ? [words] : []));
    const key = JSON.stringify([data.version, data.stage]);
    if (key === said) return;
    said = key;
    const parts = [];
    if (data.version > Number(here.dataset.version)) {
      const shown = link("показать", `${here.dataset.versions}?a=${here.dataset.version}&b=${data.version}`);
      shown.addEventListener("click", (event) => compare(event, shown.href));
      parts.push(line(`Есть версия ${data.version} (${data.mine ? "сохранена вами в другом окне" : data.author}): `, shown));
    }
    if (data.stage !== here.dataset.stage) {
      parts.push(line(`Дело изменилось, теперь «${data.state}». Набранное не пропадёт. `, link("Обновить страницу", location.href)));
    }
    show(news, ...parts);
  };
  const beat = async () => {
    clearTimeout(beating);
    if (document.visibilityState !== "visible") return;
    const writing = editor && Date.now() - editor.typedAt < WRITING ? "1" : "0";
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
