// @ts-check
/**
 * What a token's shares are measured over: the choice, which all panels follow, and its words. `derived/baseline.py`
 * says what each is; its order there is the order here.
 *
 * @import { Measured } from "../../types/overview"
 * @import { ViewContext } from "../view"
 */
import { html, nothing } from "../../vendor/lit.js";
import { decimal, signed, tone } from "../numbers/format.js";
import { token, tokenText } from "../text/tokens.js";
import { select } from "./select.js";

/** @type {[Measured["over"], string][]} */
const NAMED = [
  ["others", "the other tokens"],
  ["mean", "the average token"],
  ["raw", "nothing (raw logit)"],
];

/**
 * The drop-down: a named reference, or one of these tokens.
 * @param {ViewContext<any>} ctx
 * @param {{ measured: Measured, target: number }} data
 * @param {number[]} rivals token ids; the target among them is left out
 */
export function overChoice(ctx, { measured, target }, rivals) {
  const { over, rival } = measured;
  const tokens = [...new Set([...rivals, ...(rival === null ? [] : [rival])])].filter((id) => id !== target);
  return select({
    label: "ahead of",
    spoken: "What shares are measured over",
    choices: [...NAMED, ...tokens.map((id) => /** @type {[string, string]} */ ([String(id), `“${tokenText(id)}”`]))],
    chosen: rival === null ? over : String(rival),
    choose: (key) => {
      const at = NAMED.findIndex(([name]) => name === key);
      ctx.select(at < 0 ? { rival: Number(key) } : { over: at, rival: null });
    },
  });
}

/**
 * What the parts add up to, by name.
 * @param {Measured} measured
 */
export const leadName = ({ over }) => (over === "raw" ? "logit" : "lead");

/**
 * The reference, in a sentence: nothing where the raw logit is taken apart.
 * @param {Measured} measured
 */
export const overText = ({ over, rival }) =>
  rival === null ? (NAMED.find(([name]) => name === over)?.[1] ?? "") : `“${tokenText(rival)}”`;

/**
 * How far the target is ahead: "leads the other tokens by 6.37 logits".
 * @param {Measured} measured
 */
export function leads({ over, rival, lead }) {
  if (over === "raw") return html`has the logit <b>${decimal(lead, 3)}</b>`;
  const whom = rival === null ? overText({ over, rival, lead, reference: 0 }) : token(rival);
  return html`${lead < 0 ? "trails" : "leads"} ${whom} by <b>${decimal(Math.abs(lead), 3)}</b> logits`;
}

/**
 * What a part does to the target, with the verb.
 * @param {number} share
 * @param {number} target
 * @param {Measured} measured
 */
export function adds(share, target, measured, verb = "moves") {
  const amount = html`<b class=${tone(share)}>${signed(share)}</b> logits`;
  const whose = token(target, { most: 18 });
  return measured.over === "raw"
    ? html`${verb} the logit of ${whose} by ${amount}`
    : html`${verb} ${whose} by ${amount} relative to ${overText(measured)}`;
}

/**
 * What a bar means, for an axis.
 * @param {Measured} measured
 */
export const axisName = (measured) =>
  measured.over === "raw" ? "logits added to the token" : `logits ahead of ${overText(measured)}`;

/**
 * What a removal moves.
 * @param {Pick<Measured, "over">} measured
 */
export const movedName = ({ over }) =>
  ({ others: "log odds", mean: "lead", rival: "lead", raw: "logit" })[over] ?? nothing;
