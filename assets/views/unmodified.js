// What the views say about the run without interventions: one mark, one wording for all of them.
import { el } from "../js/dom.js";

export const PARTED = "The unmodified run wrote other tokens up to this position; nothing to compare.";
// A legend entry that keeps its place while interventions are on, so that nothing moves with the selection.
export function baseKey(ctx, mark, text = "unmodified run") {
  const key = el("span", { class: "basekey", hidden: true }, mark, text);
  key.show = (base) => { key.hidden = !ctx.run.effect; key.style.visibility = base ? "" : "hidden"; };
  return key;
}
// A line that is there while interventions are on: the comparison in words, or why there is none.
export function baseNote(ctx) {
  const note = el("p", { class: "readout basenote", hidden: true });
  note.say = (base, ...words) => { note.hidden = !ctx.run.effect; note.replaceChildren(...(base ? words : [PARTED])); };
  return note;
}
