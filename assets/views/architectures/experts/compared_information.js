// @ts-check
/**
 * What the mixture in the other run tells: its curve, its sentences, its numbers in a block.
 *
 * @import { ExpertsInformation, LabelInformation } from "../../../types/architectures"
 * @import { Floats } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, ExpertsInformation>} Context
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { explained } from "../../../kit/text/terms.js";
import { html, nothing } from "../../../vendor/lit.js";

/** That label there. @param {Context} ctx @param {string} label */
const labelThere = ({ there }, label) => there?.measured.find((each) => each.label === label);

/**
 * The place of a block of this model among those there; -1 where it has none.
 * @param {ExpertsInformation} data @param {Context} ctx */
const places = ({ layers }, { there }) => layers.map((layer) => there?.layers.indexOf(layer) ?? -1);

/**
 * Bits there, block by block of this model; nothing where it has no such block.
 * @param {ExpertsInformation} data
 * @param {Context} ctx
 * @param {LabelInformation} measured
 */
export function curveThere(data, ctx, { label }) {
  const there = labelThere(ctx, label);
  return there && places(data, ctx).map((at) => (at < 0 ? undefined : there.bits.a[at]));
}

/**
 * One of a label's numbers there, in a block of this model.
 * @param {{ data: ExpertsInformation, ctx: Context, block: number }} where
 * @param {LabelInformation} measured
 * @param {(there: LabelInformation, at: number) => string} read
 */
export function numberThere({ data, ctx, block }, { label }, read) {
  const [there, at] = [labelThere(ctx, label), places(data, ctx)[block]];
  return there && (at < 0 ? "no such block" : read(there, at));
}

/** How many experts no choice falls on. @param {{ share: Floats }} data */
const idle = ({ share }) => share.a.filter((each) => each === 0).length;

/** @param {ExpertsInformation} data @param {Context} ctx */
export function saidThere(data, { there, other, beside }) {
  if (!there) return nothing;
  return html`
    <h3 class="sub3">${beside.start}: ${other?.model?.title}</h3>
    <p class="readout basenote">On the same passages, no token chooses
    <b data-idle=${idle(there)}>${whole(idle(there))}</b> of its
      ${counted(there.share.a.length, "expert")}; here ${whole(idle(data))} of ${whole(data.share.a.length)}.</p>
    <ul class="sentences">${there.sentences.map((sentence) => html`<li>${explained(sentence)}</li>`)}</ul>`;
}
