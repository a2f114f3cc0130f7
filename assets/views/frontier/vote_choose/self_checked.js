// @ts-check
/**
 * Four scores that a model gives its own texts, beside the vote and trained verifiers: what each knows, how often what
 * it chooses is right, and the difference from the vote and from a trained verifier.
 *
 * @import { SelfChecked, SelfInterval, SelfMethod } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, { name: string, color: string, dash?: string, what: string }>} */
const METHODS = {
  sure: { name: "whole text", color: "prob", what: "log-probability of the text" },
  least: { name: "least sure sign", color: "pos", dash: "5,4", what: "the lowest log-probability of a sign" },
  again: { name: "asked again, at once", color: "neg", what: "log-probability of the answer without steps" },
  backward: { name: "question given the text", color: "ok", what: "log p(text | prompt) less that over prompts" },
  outcome: { name: "outcome verifier", color: "river-deep", what: "trained: the answer is right" },
  process: { name: "process verifier", color: "ink2", dash: "2,3", what: "trained: each step follows" },
  vote: { name: "vote", color: "ink", dash: "8,4", what: "the commonest answer" },
};

/** Below it a p-value is not written out. */
const LEAST_P = 0.001;

/** @type {View<SelfChecked>} */
export function self_checked(data, ctx) {
  const at = placeOf(data, ctx);
  const k = data.methods[0].counts[at].k;
  return html`
    <div class="settings-row">${control(ctx, "stage")} ${control(ctx, "prompts")} ${control(ctx, "among")}</div>
    <p class="readout lead">${verdict(data, at)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">Does a score tell right from wrong? <small>AUC, 95 % interval</small></h3>
        ${areas(data, ctx)}</div>
      <div><h3 class="sub3">Best of ${k} less the vote of ${k} <small>95 % interval, paired by prompt</small></h3>
        ${apart(data, at, ctx)}</div>
    </div>
    <h3 class="sub3">Right, by the number of texts <small>lines: exact, dots: ${data.drawn} drawn texts</small></h3>
    ${legend(
      data.methods.map(({ name }) => [
        { color: METHODS[name].color, shape: "line", dash: Boolean(METHODS[name].dash) },
        METHODS[name].name,
      ]),
    )}
    ${curves(data, ctx)}
    <h3 class="sub3">In numbers <small>best of ${k}</small></h3>
    ${numbers(data, at)}
    <p class="hint">${data.prompts} of ${counted(data.of, "held-out prompt")}. AUC is the chance that a right text
      scores above a wrong one of the same prompt; 50 % is chance.${
        data.area_prompts < data.prompts
          ? html` It is known for ${counted(data.area_prompts, "prompt")}: the others have no wrong text, or no right
              one.`
          : nothing
      } p is that of a test on
      the signs of the prompts’ differences. The likeliest text of all, which greedy decoding writes where no step is a
      close call, is right in ${percent(data.likeliest.mean ?? 0)} of the prompts: many texts ranked by their own
      probability lead to it, at many times its cost. “Question given the text” compares with ${data.others} other
      prompts.</p>`;
}

/** @param {SelfChecked} data @returns {Row[]} */
export const rows = (data) =>
  data.methods.flatMap(({ name, area, counts }) =>
    counts.map(({ k, right, sampled, against }) => ({
      ...{ method: name, auc: area?.mean ?? "", k, right: right.mean, low: right.low, high: right.high, sampled },
      ...Object.fromEntries(
        against.flatMap(({ other, apart: found, p }) => [
          [`less_${other}`, found.mean],
          [`less_${other}_low`, found.low],
          [`less_${other}_high`, found.high],
          [`p_${other}`, p],
        ]),
      ),
    })),
  );

/** The place of the chosen number of texts. @param {SelfChecked} data @param {ViewContext<any>} ctx */
function placeOf({ methods }, ctx) {
  const found = methods[0].counts.findIndex(({ k }) => k === Number(ctx.controls.among ?? 4));
  return found < 0 ? methods[0].counts.length - 1 : found;
}

/** @param {SelfMethod} method @param {number} at @param {string} other */
const than = (method, at, other) => method.counts[at].against.find((each) => each.other === other);

/** What the interval leaves out. @param {SelfInterval | null | undefined} found @param {number} reference */
function side(found, reference) {
  if (!found || found.low === null || found.high === null) return 0;
  return found.low > reference ? 1 : found.high < reference ? -1 : 0;
}

/** @param {string[]} names */
const list = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;

/** @param {SelfChecked} data @param {number} at */
function verdict(data, at) {
  const own = data.methods.filter((each) => each.own);
  const [vote] = data.methods.filter(({ name }) => name === "vote");
  const k = vote.counts[at].k;
  const named = (/** @type {SelfMethod[]} */ some) => list(some.map(({ name }) => METHODS[name].name));
  const chance = own.filter(({ area }) => side(area, 0.5) <= 0);
  const above = own.filter((each) => side(than(each, at, "vote")?.apart, 0) > 0);
  const below = own.filter((each) => side(than(each, at, "vote")?.apart, 0) < 0);
  const [best] = [...own].sort((a, b) => (b.counts[at].right.mean ?? 0) - (a.counts[at].right.mean ?? 0));
  return html`One text is right in <b>${percent(vote.counts[0].right.mean ?? 0)}</b> of cases, the vote of ${k} in
    <b>${percent(vote.counts[at].right.mean ?? 0)}</b>. Of ${k} texts the one that the model scores highest by
    “${METHODS[best.name].name}” is right in <b>${percent(best.counts[at].right.mean ?? 0)}</b>.
    ${above.length ? html`Better than the vote: ${named(above)}. ` : nothing}
    ${below.length ? html`Worse than the vote: ${named(below)}. ` : nothing}
    ${chance.length ? html`Not shown to tell right from wrong better than chance: ${named(chance)}.` : nothing}`;
}

/** @param {SelfChecked} data @param {ViewContext<any>} ctx */
function areas(data, ctx) {
  const known = data.methods.flatMap(({ name, area }) => (area && area.mean !== null ? [{ name, ...area }] : []));
  if (!known.length) return html`<p class="hint">No prompt has both a right and a wrong text.</p>`;
  return intervals({
    label: "Chance that a right text scores above a wrong one, by each score",
    width: halfWidth(ctx.width),
    domain: [Math.min(0.4, ...known.map(({ low, mean }) => low ?? mean ?? 1)), 1.05],
    format: (value) => percent(value, 0),
    title: "AUC; 50 % is chance",
    reference: 0.5,
    rows: known.map(({ name, mean, low, high }) => ({
      ...{ name: METHODS[name].name, value: mean, low, high, color: METHODS[name].color },
      words: percent(mean ?? 0, 1),
    })),
  });
}

/** @param {SelfChecked} data @param {number} at @param {ViewContext<any>} ctx */
function apart(data, at, ctx) {
  const known = data.methods.flatMap((each) => {
    const found = than(each, at, "vote")?.apart;
    return found ? [{ name: each.name, ...found }] : [];
  });
  const all = known.flatMap(({ mean, low, high }) => [0, mean ?? 0, low ?? 0, high ?? 0]);
  const room = (Math.max(...all) - Math.min(...all)) * 0.06 || 0.05;
  return intervals({
    label: "Share of right answers less that of the vote, by each method",
    width: halfWidth(ctx.width),
    domain: [Math.min(...all) - room, Math.max(...all) + room],
    format: (value) => signed(100 * value, 0),
    title: "percentage points; right is better than the vote",
    reference: 0,
    rows: known.map(({ name, mean, low, high }) => ({
      ...{ name: METHODS[name].name, value: mean, low, high, color: METHODS[name].color },
      words: signed(100 * (mean ?? 0), 1),
    })),
  });
}

/** @param {SelfChecked} data @param {ViewContext<any>} ctx */
function curves(data, ctx) {
  const counts = data.methods[0].counts;
  return picture({
    label: "How often the chosen text is right, by the number of texts, for each method",
    width: ctx.width,
    height: 300,
    margin: { left: 50, right: 20, top: 12, bottom: 46 },
    x: scaleLog()
      .base(2)
      .domain([1, counts[counts.length - 1].k]),
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "texts that it chooses from", format: whole },
    marks: [
      data.methods.map(({ name, counts: own }) =>
        line({
          data: own,
          x: ({ k }) => k,
          y: ({ right }) => right.mean ?? 0,
          color: METHODS[name].color,
          dash: METHODS[name].dash,
          stroke: 2,
        }),
      ),
      items({
        data: counts,
        told: ({ k }, at) => ({
          title: counted(k, "text"),
          lines: data.methods.map(({ name, counts: own }) => [
            METHODS[name].name,
            `${percent(own[at].right.mean ?? 0)}; drawn ${percent(own[at].sampled)}`,
          ]),
        }),
        marks: ({ k }, at) =>
          data.methods.map(({ name, counts: own }) =>
            dot({ x: k, y: own[at].sampled, r: 3, color: METHODS[name].color }),
          ),
      }),
    ],
  });
}

/** @param {SelfInterval | undefined} found */
const points = (found) =>
  !found || found.mean === null
    ? ""
    : `${signed(100 * found.mean, 1)}${
        found.low === null || found.high === null
          ? ""
          : ` (${signed(100 * found.low, 1)} to ${signed(100 * found.high, 1)})`
      }`;

/** @param {SelfChecked} data @param {number} at */
const numbers = (data, at) =>
  table({
    label: "Every method, choosing from as many texts",
    rows: data.methods,
    columns: [
      { name: "chosen by", cell: ({ name }) => METHODS[name].name },
      { name: "what it is", cell: ({ name }) => METHODS[name].what },
      { name: "AUC", number: true, cell: ({ area }) => (area?.mean ? percent(area.mean, 1) : "") },
      { name: "right, exact", number: true, cell: ({ counts }) => percent(counts[at].right.mean ?? 0, 1) },
      { name: "right, drawn", number: true, cell: ({ counts }) => percent(counts[at].sampled, 1) },
      { name: "less vote, points", number: true, cell: (each) => points(than(each, at, "vote")?.apart) },
      { name: "p", number: true, cell: (each) => pOf(each, at, "vote") },
      { name: "less outcome verifier, points", number: true, cell: (each) => points(than(each, at, "outcome")?.apart) },
      { name: "p, verifier", number: true, cell: (each) => pOf(each, at, "outcome") },
    ],
  });

/** @param {SelfMethod} each @param {number} at @param {string} other */
function pOf(each, at, other) {
  const found = than(each, at, other);
  return !found ? "" : found.p < LEAST_P ? `< ${LEAST_P}` : decimal(found.p, 3);
}
