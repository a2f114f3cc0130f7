// @ts-check
/** A note above the picture on what of a link is not understood. */
import { html, render } from "../../../vendor/lit.js";
import { unread } from "./unread.js";

/** @param {string} search @param {import("../../store").Store} store @param {HTMLElement} stage */
export function noteUnread(search, { tables, directory }, stage) {
  const first = directory.panels[0]?.title ?? "";
  const said = unread(search, { tables, directory, first });
  if (!said.length) return;
  const box = Object.assign(document.createElement("section"), { className: "linknote" });
  box.setAttribute("role", "alert");
  render(
    html`
      <div>${said.map((each) => html`<p>${each}</p>`)}</div>
      <button class="btn ghost" type="button" aria-label="Close the note"
        @click=${() => box.remove()}>×</button>`,
    box,
  );
  stage.before(box);
}
