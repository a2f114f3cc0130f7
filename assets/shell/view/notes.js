// @ts-check
/**
 * Notes in place of a picture, and above one that is not what is asked for: what it was made for, why there is no
 * other, how to ask for it.
 *
 * @import { Entry, Failure } from "../protocol"
 * @import { MountedView } from "./mounted"
 */
import { html, nothing } from "../../vendor/lit.js";

/** What the picture was made for. @param {string} words */
const sentence = (words) => `The picture is ${words}.`;

/** While another is on its way: in the gap above the picture, which stays where it is. @param {MountedView} mounted */
export const passing = (mounted) => html`<div class="again passing"><span>${sentence(mounted.reason)}</span></div>`;

/**
 * @param {MountedView} mounted
 * @param {{ measure: () => void, taken: boolean, failure?: Failure }} how `taken`: it is measured by now
 */
export function offer(mounted, { measure, taken, failure }) {
  const [words, deed] = failure ? [failed(failure, mounted), "Try again"] : [lacking(mounted), "Measure"];
  return html`
    <div class=${failure ? "again failed" : "again"} role=${failure ? "alert" : nothing}>
      <span>${words}</span>
      <button class="btn" type="button" ?disabled=${taken} @click=${measure}>${deed}</button>
    </div>`;
}

/** Why there is no picture of what is asked for. @param {MountedView} mounted */
function lacking(mounted) {
  if (!mounted.pictured) return "This view is not measured yet.";
  return mounted.before ? sentence(mounted.reason) : "The measurement was stopped.";
}

/** @param {Failure} failure @param {MountedView} mounted */
function failed({ message, hint }, mounted) {
  const shown = mounted.pictured && mounted.before ? sentence(mounted.reason) : "";
  return [message, hint, shown].filter(Boolean).join(" ");
}

/**
 * In place of a picture that there is none of.
 * @param {NonNullable<Entry["absent"]>} why
 * @param {{ open: (model: string) => void, fetch: (model: string) => void }} deeds
 */
export const absent = ({ message, hint, offer, fetch }, deeds) => html`
  <div class="pbody state-note">
    <p>${message}</p>
    <p class="hint">${hint}</p>
    ${offer ? pressed(`Open ${offer}`, () => deeds.open(offer)) : nothing}
    ${fetch ? pressed("Fetch it", () => deeds.fetch(fetch)) : nothing}
  </div>`;

/** @param {string} name @param {() => void} act */
const pressed = (name, act) => html`<button class="btn" type="button" @click=${act}>${name}</button>`;

/** In place of one that was not made. @param {string} message @param {() => void} again */
export const refused = (message, again) => html`
  <div class="pbody state-note" role="alert">
    <p>${message}</p>
    <button class="btn" type="button" @click=${again}>Try again</button>
  </div>`;
