// @ts-check
/**
 * One view over the whole window, and over the whole screen where the browser lets it: Escape leaves. The page itself
 * takes the screen, so that its tooltips and dialogs are seen as well.
 *
 * @typedef {{ root: HTMLElement, changed: (full: boolean) => void }} Full
 */

/** @type {Full | null} */
let shown = null;

/** @param {HTMLElement} root @param {(full: boolean) => void} changed */
export function toggleFull(root, changed) {
  if (shown?.root === root) return leaveFull();
  leaveFull();
  shown = { root, changed };
  root.classList.add("full");
  document.documentElement.classList.add("has-full");
  document.documentElement.requestFullscreen?.().catch(() => {}); // refused, it still fills the window
  changed(true);
}

export function leaveFull() {
  if (!shown) return;
  const { root, changed } = shown;
  shown = null;
  root.classList.remove("full");
  document.documentElement.classList.remove("has-full");
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  changed(false);
}

/** @param {HTMLElement} root */
export const isFull = (root) => shown?.root === root;

/** Escape, pressed in the page or taken by the browser, leaves; a dialog that is open closes first. */
export function watchFull() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) leaveFull();
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) leaveFull();
  });
}
