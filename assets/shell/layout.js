// @ts-check
/**
 * What stands on the page, in its order: its name, the strip of tokens, the tabs, the stage.
 *
 * @import { Gradio, RecordedHost } from "./protocol"
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
