/* Shows notices while no page of the program is open. It keeps nothing and asks nothing of the network. */
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const pages = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

self.addEventListener("push", (event) => {
  let notice = {};
  try { notice = event.data.json(); } catch { /* an empty push still has to be shown */ }
  const show = self.registration.showNotification(notice.title || "МЦУ", {
    body: notice.body || "Новое уведомление",
    tag: notice.tag,
    lang: "ru",
    data: { url: notice.url || "/" },
  });
  const tell = pages().then((open) => open.forEach((page) => page.postMessage("notice")));
  event.waitUntil(Promise.all([show, tell]));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(self.clients.openWindow(url.href));
});
