/* What is wider than its box says so: its hint is shown and it is scrolled sideways; what fits stands free, so that its head
   may stick to the screen. And an address that names a closed fold opens it. */
(() => {
  "use strict";

  const weigh = (box) => {
    const content = box.firstElementChild;
    if (!content) return;
    const isWide = content.scrollWidth > box.clientWidth + 1 || content.offsetWidth > box.clientWidth + 1;
    box.classList.toggle("is-wide", isWide);
    box.classList.toggle("is-whole", !isWide);
  };
  const boxes = document.querySelectorAll("[data-wide]");
  const watch = new ResizeObserver((changes) => changes.forEach((change) => weigh(change.target)));
  for (const box of boxes) { weigh(box); watch.observe(box); }

  const unfold = () => {
    const fold = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (fold instanceof HTMLDetailsElement) fold.open = true;
  };
  unfold();
  addEventListener("hashchange", unfold);
  /* The same address again is no change of it. */
  addEventListener("click", (event) => {
    if (event.target.closest?.("a[href^='#']")) setTimeout(unfold);
  });
})();
