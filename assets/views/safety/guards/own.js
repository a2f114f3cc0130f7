// @ts-check
/**
 * One's own text: each guard's verdict on the whole and on every sentence, and what each word moves.
 *
 * @import { GuardsOwn, OwnJudged } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** Log-odds from which on a word’s colour is full. */
const MOST = 2;
const DEEPEST = 0.85;

/** @type {View<GuardsOwn>} */
export function own(data, ctx) {
  return html`
    ${asked(data.text, ctx)}
    <p class="readout lead">${said(data, ctx)}</p>
    ${sentences(data, ctx)}
    ${data.judged.map(
      (each) => html`
        <h3 class="sub3">What each word moves: ${each.judge.name}</h3>
        <p class="judged-words" dir="auto">${words(data, each)}</p>`,
    )}
    ${legend([
      [{ color: "pos" }, "speaks for a flag"],
      [{ color: "neg" }, "speaks against it"],
    ])}
    <p class="hint">The score of the whole text less that of the text without the word, in log-odds; full colour from
      ${MOST} on. Only one word is missing at a time: two that say the same can each look idle.</p>`;
}

/** The field and the settings that all views of a text share. @param {string} text @param {ViewContext<any>} ctx */
export const asked = (text, ctx) => html`
  ${typed({ name: "text", value: typedText("text", text, ctx), lines: [2, 6], plain: true, named: true }, ctx)}
  <div class="settings-row">${control(ctx, "rate", { as: "segmented" })} ${control(ctx, "pool", {
    as: "select",
  })}</div>`;

/** A probability of log-odds. @param {number} score */
export const chance = (score) => 1 / (1 + Math.exp(-score));

/** @param {OwnJudged["judge"]} judge @param {ViewContext<any>} ctx */
export const thresholdOf = (judge, ctx) => judge.thresholds[String(ctx.controls.rate)];

/** @param {GuardsOwn} data @returns {Row[]} */
export const rows = ({ judged, words: said }) =>
  said.map((word, at) => ({
    word,
    ...Object.fromEntries(judged.map(({ judge, moved }) => [`moved_${judge.kind}`, moved.a[at]])),
  }));

/** @param {GuardsOwn} data @param {ViewContext} ctx */
function said({ judged, sentences: parts, words: all }, ctx) {
  return judged.map(({ judge, whole, sentences: scores, moved }) => {
    const threshold = thresholdOf(judge, ctx);
    const over = Array.from(scores.a).filter((score) => score >= threshold).length;
    const most = moved.a.indexOf(Math.max(...moved.a));
    return html`<b>${judge.name}</b> ${whole >= threshold ? html`<b>flags</b>` : "lets through"} the whole
      (${percent(chance(whole))}, flagged from ${percent(chance(threshold))}), and flags ${over} of ${parts.length}
      sentences alone. ${all.length > 1 ? html`“${all[most]}” raises its score most. ` : nothing}`;
  });
}

/** @param {GuardsOwn} data @param {ViewContext} ctx */
function sentences({ judged, sentences: parts, text }, ctx) {
  const rows = [
    { said: parts.length > 1 ? "the whole text" : text, at: -1 },
    ...(parts.length > 1 ? parts.map((part, at) => ({ said: part, at })) : []),
  ];
  return table({
    label: "The whole text and each sentence before both guards",
    columns: [
      { name: "read alone", cell: ({ said: words }) => html`<span dir="auto">${words}</span>` },
      ...judged.map(({ judge, whole, sentences: scores }) => ({
        name: judge.name,
        number: true,
        cell: (/** @type {{ at: number }} */ { at }) => verdict(at < 0 ? whole : scores.a[at], thresholdOf(judge, ctx)),
      })),
    ],
    rows,
    className: "judged",
  });
}

/** @param {number} score @param {number} threshold */
export const verdict = (score, threshold) => html`
  <span class=${score >= threshold ? "flag" : ""}>${score >= threshold ? "flagged" : "through"}</span>
  <small>${percent(chance(score))}</small>`;

/** @param {GuardsOwn} data @param {OwnJudged} judged */
const words = ({ words: all, gaps }, { moved }) =>
  html`${all.map((word, at) => {
    const by = moved.a[at];
    return html`${gaps[at]}<span class="judged-word" title="${signed(by)} log-odds" style=${ground(by)}>${word}</span>`;
  })}${gaps[all.length] ?? ""}`;

/** @param {number} by log-odds */
const ground = (by) => styleMap(shaded(diverging()(DEEPEST * Math.max(-1, Math.min(1, by / MOST)))));
