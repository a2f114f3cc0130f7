// @ts-check
/**
 * What stands on the page, in its order: its name, the strip of tokens, the tabs, the stage. And what it hears of its
 * window: another width, the first move of somebody who is here.
 *
 * @import { Gradio, RecordedHost } from "./parts"
 */

/** @param {string} className @param {string} [id] */
const box = (className, id = "") => Object.assign(document.createElement("div"), { className, id });

/** What stands on the page, in its order. @param {Gradio | RecordedHost} gradio */
export function places(gradio) {
  const root = gradio.element.querySelector(".stageroot") ?? gradio.element;
  const title = Object.assign(document.createElement("h1"), {
    className: "unseen",
    textContent: "LLM Internals Explorer",
  });
  const [strip, tabs] = [box("stripbox"), box("tabsbox")];
  const pinned = box("pinned", "pinned");
  const stage = box("stage", "stage");
  stage.tabIndex = -1;
  pinned.append(strip, tabs);
  root.replaceChildren(title, pinned, stage);
  const skip = Object.assign(document.createElement("a"), {
    className: "skip",
    href: "#stage",
    textContent: "Skip to the picture",
  });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    stage.focus();
  });
  document.body.prepend(skip);
  return { strip, tabs, pinned, stage };
}

/** Milliseconds until the views are drawn for another width. */
const RESIZED = 120;

/** Another height alone draws nothing anew. @param {() => void} resized */
export function watchWidth(resized) {
  let width = innerWidth;
  let timer = 0;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(resized, RESIZED);
  });
}

/** Somebody is here, with a mouse, a finger or keys. @param {() => void} met */
export function firstMove(met) {
  const once = new AbortController();
  const moved = () => {
    once.abort();
    met();
  };
  for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, moved, { signal: once.signal });
}
