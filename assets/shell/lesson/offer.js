// @ts-check
/** One line for a newcomer, at the foot of the page: it goes with a press, and does not come again. */
import { html, render } from "../../vendor/lit.js";
import { wear } from "../views.js";

/** @param {() => void} start */
export function offer(start) {
  const box = Object.assign(document.createElement("section"), { className: "lessonoffer" });
  box.setAttribute("aria-label", "A tour");
  const gone = () => box.remove();
  const taken = () => {
    gone();
    start();
  };
  render(
    html`
      <span><b>New here?</b> Follow one word through the model, in five minutes.</span>
      <span class="rowbtns">
        <button class="btn primary" type="button" @click=${taken}>Take the tour</button>
        <button class="btn ghost" type="button" @click=${gone}>Not now</button>
      </span>`,
    box,
  );
  const { worn } = wear(new URL("./lesson.css", import.meta.url));
  worn.then(() => document.querySelector(".skip")?.after(box)); // the next stop of the keyboard
}
