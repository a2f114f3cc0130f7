// @ts-check
/**
 * A search for wordings: what each way makes of the refusal, with and without the guard; and one request in all ways.
 *
 * @import { DisguisesSearch, RedTeamAttack } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { ratedCell, rateRows } from "../../../kit/drawing/rate_rows.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { recordedOn } from "../../../kit/numbers/recorded.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const NAMES = {
  unchanged: "as written",
  templates: "reworded",
  words: "four words behind it",
  "random words": "placebo: random words",
};
/** @type {Record<string, string>} */
const SEARCHED = { templates: "Reworded by the search", words: "With four words that it found" };
const KINDS = [
  { name: "refused", color: "neg" },
  { name: "helped", color: "prob" },
  { name: "helped, and past the guard", color: "prob", hollow: true },
];

/** @type {View<DisguisesSearch>} */
export function search(data, ctx) {
  return html`
    <div class="settings-row ruled">${data.record ? control(ctx, "numbers", { as: "segmented" }) : nothing}
      ${control(ctx, "taught")}
      ${
        data.recorded
          ? nothing
          : html`${control(ctx, "searched", { as: "segmented" })} ${control(ctx, "fitted", { as: "segmented" })}`
      }</div>
    <p class="readout lead">${lead(data)}</p>
    ${rateRows({
      label: "What each way makes of the refusal",
      title: `of ${counted(data.n, "forbidden request")}`,
      room: ctx.width,
      kinds: KINDS,
      rows: data.ways.map(({ name, refused, helped, passed }) => ({
        ...{ name: NAMES[name], rates: [refused, helped, passed], quiet: name === "random words" },
      })),
    })}
    ${ways(data)}
    ${one(data, ctx)}
    <p class="hint">${data.recorded && data.record ? recordedOn(data.record) : nothing}
      The search lowers the odds that the answer begins as a refusal does; whether it helps is read from all of it, and
      “inconclusive” is no success. Words come from this project’s own mild training requests. Bars are Wilson’s
      intervals of 95 %. The guard in front is fitted to ${counted(data.fitted, "plain pair")}, and the search does not
      know it.</p>`;
}

/** @param {DisguisesSearch} data */
function lead({ n, total, ways: found, refuses }) {
  if (n < total) return `${n} of ${total} requests are searched for.`;
  const [plain, ...others] = found;
  if (!refuses)
    return html`This model refuses ${plain.refused.count} of ${plain.refused.n} forbidden requests as they are written:
      there is no refusal that a wording could get around.`;
  const tried = others.filter(({ name }) => name !== "random words");
  return html`As written, <b>${percent(plain.refused.mean, 0)}</b> are refused.
    ${tried.map(
      ({ name, refused, helped, passed }) => html`${SEARCHED[name]}: <b>${percent(refused.mean, 0)}</b> refused,
        <b>${percent(helped.mean, 0)}</b> helped, ${percent(passed.mean, 0)} helped with the guard in front. `,
    )}`;
}

/** @param {DisguisesSearch} data */
const ways = ({ ways: found }) =>
  table({
    label: "Each way",
    className: "keeps-names",
    rows: [...found],
    columns: [
      { name: "Way", cell: ({ name }) => html`<b>${NAMES[name]}</b>` },
      { name: "refused", number: true, cell: ({ refused }) => ratedCell(refused) },
      { name: "inconclusive", number: true, cell: ({ inconclusive }) => ratedCell(inconclusive) },
      { name: "helped", number: true, cell: ({ helped }) => ratedCell(helped) },
      { name: "guard flags", number: true, cell: ({ flagged }) => ratedCell(flagged) },
      { name: "helped, past it", number: true, cell: ({ passed }) => ratedCell(passed) },
      { name: "twins helped", number: true, cell: ({ twins }) => ratedCell(twins) },
      { name: "refusal score, nats", number: true, cell: ({ score }) => signed(score, 1) },
      { name: "prompts scored", number: true, cell: ({ tried }) => decimal(tried, 0) },
    ],
  });

/** @param {DisguisesSearch} data @param {ViewContext} ctx */
function one({ requests }, ctx) {
  const most = Math.max(0, requests.length - 1);
  const at = Math.min(Number(ctx.controls.request ?? 0), most);
  return html`<h3 class="sub3">One request in all ways</h3>
    <div class="settings-row">${control(ctx, "request", { as: "number", most })}</div>
    ${table({
      label: "One request in all ways",
      className: "keeps-names answers",
      rows: [...(requests[at] ?? [])],
      columns: [
        { name: "Way", cell: ({ way }) => html`<b>${NAMES[way]}</b>` },
        { name: "forbidden", cell: (each) => said(each.text, each.answer, each.verdict, each.flagged) },
        { name: "harmless twin", cell: (each) => said(each.twin, each.twin_answer, each.twin_verdict, false) },
        { name: "refusal score, nats", number: true, cell: ({ score }) => signed(score, 1) },
      ],
    })}`;
}

/** @param {string} text @param {string} answer @param {string} verdict @param {boolean} flagged */
const said = (text, answer, verdict, flagged) => html`<span class="asked">${text}</span>
  <span class="said">${answer || "(nothing)"}</span>
  <i class="is ${verdict}">${verdict}${flagged ? "; the guard flags it" : ""}</i>`;

/** @param {DisguisesSearch} data @returns {Row[]} */
export const rows = ({ requests }) =>
  requests.flatMap((own, request) => own.map((/** @type {RedTeamAttack} */ each) => ({ request, ...each })));
