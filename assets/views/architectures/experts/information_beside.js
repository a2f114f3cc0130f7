// @ts-check
/**
 * What the mixture in the run beside this one tells: its curve, its sentences, its numbers in a block.
 *
 * @import { ExpertsInformation, Floats, LabelInformation } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/format.js";
import { explained } from "../../../kit/terms.js";
import { html, nothing } from "../../../vendor/lit.js";

/** That label there. @param {ExpertsInformation} data @param {string} label */
const labelThere = ({ base }, label) => base?.measured.find((each) => each.label === label);

/** The place of a block of this model among those there; -1 where it has none. @param {ExpertsInformation} data */
const places = ({ base, layers }) => layers.map((layer) => base?.layers.indexOf(layer) ?? -1);

/**
 * Bits there, block by block of this model; nothing where it has no such block.
 * @param {ExpertsInformation} data
 * @param {LabelInformation} measured
 */
export function curveThere(data, { label }) {
  const there = labelThere(data, label);
  return there && places(data).map((at) => (at < 0 ? undefined : there.bits.a[at]));
}

/**
 * One of a label's numbers there, in a block of this model.
 * @param {ExpertsInformation} data
 * @param {number} block
 * @param {LabelInformation} measured
 * @param {(there: LabelInformation, at: number) => string} read
 */
export function numberThere(data, block, { label }, read) {
  const [there, at] = [labelThere(data, label), places(data)[block]];
  return there && (at < 0 ? "no such block" : read(there, at));
}

/** How many experts no choice falls on. @param {{ share: Floats }} data */
const idleHere = ({ share }) => share.a.filter((each) => each === 0).length;

/** @param {ExpertsInformation} data @param {ViewContext} ctx */
export function saidThere(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  return html`
    <h3 class="sub3">${beside.start}: ${base.title}</h3>
    <p class="readout basenote">On the same passages, no token chooses
    <b data-idle=${base.idle}>${whole(base.idle)}</b> of its
      ${counted(base.experts, "expert")}; here ${whole(idleHere(data))} of ${whole(data.share.a.length)}.</p>
    <ul class="sentences">${base.sentences.map((sentence) => html`<li>${explained(sentence)}</li>`)}</ul>`;
}
