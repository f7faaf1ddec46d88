/* «Уведомления»: allowing notices in this browser (web push). Without it the page says what is missing. */
(() => {
  "use strict";

  const button = document.querySelector("[data-push-on]");
  const place = document.querySelector("[data-push-words]");
  if (!button || !place) return;
  const say = (words) => { place.textContent = words; };

  if (!window.isSecureContext) {
    say("Браузер включает уведомления только на адресе с https://. Скажите техническому специалисту.");
    return;
  }
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    say("Этот браузер не умеет показывать уведомления, когда программа закрыта. Возьмите другой или оставьте почту.");
    return;
  }
  button.hidden = false;

  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0)
  );
  const same = (held, key) => held && new Uint8Array(held).toString() === key.toString();

  const subscribe = async (worker, key) => {
    const old = await worker.pushManager.getSubscription();
    if (old && same(old.options.applicationServerKey, key)) return old;
    if (old) await old.unsubscribe();  /* made for another key: the service would refuse ours */
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    say("Браузер спрашивает разрешение…");
    try {
      if (await Notification.requestPermission() !== "granted") {
        say("Браузер не разрешил уведомления. Разрешите их для этого адреса в настройках браузера и нажмите ещё раз.");
        return;
      }
      await navigator.serviceWorker.register(button.dataset.worker);
      const subscription = await subscribe(await navigator.serviceWorker.ready, bytes(button.dataset.key));
      const answer = await fetch(button.dataset.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
        },
        body: JSON.stringify(subscription),
      });
      if (answer.ok) location.reload();
      else say((await answer.json()).words);
    } catch {
      say("Служба уведомлений браузера не ответила: возможно, сеть её не пускает. Ничего не изменено, почта работает.");
    } finally {
      button.disabled = false;
    }
  });
})();
