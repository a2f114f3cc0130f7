// @ts-check
/**
 * Each form a row: who sees forbidden requests, who calls their twins forbidden; and one pair in all forms.
 *
 * @import { DisguisesForm, DisguisesForms, DisguisesText } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { ratedCell, rateRows } from "../../../kit/drawing/rate_rows.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { recordedOn } from "../../../kit/numbers/recorded.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Of the detectors, in their order. */
const COLORS = ["neg", "prob", "river-deep", "ink2"];

/** @type {View<DisguisesForms>} */
export function forms(data, ctx) {
  return html`
    <div class="settings-row ruled">${data.record ? control(ctx, "numbers", { as: "segmented" }) : nothing}
      ${control(ctx, "taught")}
      ${
        data.recorded
          ? nothing
          : html`${control(ctx, "asked", { as: "segmented" })} ${control(ctx, "fitted", { as: "segmented" })}`
      }</div>
    <p class="readout lead">${lead(data)}</p>
    ${rateRows({
      label: "What each form hides",
      title: `called forbidden, of up to ${counted(data.n, "pair")}`,
      room: ctx.width,
      rows: data.forms.map(({ name, seen }) => ({
        name,
        rates: seen.flatMap(({ forbidden, twins }) => [forbidden, twins]),
      })),
      kinds: data.detectors.flatMap(({ title }, at) => [
        { name: title, color: COLORS[at] },
        { name: `${title}: twins`, color: COLORS[at], hollow: true },
      ]),
    })}
    ${rates(data)}
    ${one(data, ctx)}
    <p class="hint">${data.recorded && data.record ? recordedOn(data.record) : nothing}
      The probe is a logistic regression on the stream before block ${data.layer}, at the last token before the
      answer; the guard is one on MiniLM’s embedding of the text, and flags what lies above 95 % of harmless validation
      texts. Both are fitted to ${counted(data.fitted, "plain pair")}; no form was seen in training by any of them.
      Answers that neither refuse nor help are inconclusive, and count as not seen. The requests are mild; a model of
      0.1 B parameters cannot decode base64, so that nothing here says how a larger one fares.</p>`;
}

/** @param {DisguisesForms} data */
function lead({ forms: found, total, detectors, refuses }) {
  if (found.length < total) return `${found.length} of ${total} forms are measured.`;
  if (!refuses)
    return html`This model does not refuse the plain requests more than their twins: there is no refusal that a form
      could hide. The probe still tells what its stream holds.`;
  const gap = (/** @type {DisguisesForm} */ { seen }, /** @type {number} */ at) =>
    seen[at].forbidden.mean - seen[at].twins.mean;
  const hidden = (/** @type {number} */ at) => found.toSorted((a, b) => gap(a, at) - gap(b, at))[0];
  return html`${detectors.map(({ title }, at) => {
    const least = hidden(at);
    return html`“${title}” tells requests from twins worst in the form <b>${least.name}</b>
      (${percent(least.seen[at].forbidden.mean, 0)} against ${percent(least.seen[at].twins.mean, 0)}; plain
      ${percent(found[0].seen[at].forbidden.mean, 0)} against ${percent(found[0].seen[at].twins.mean, 0)}). `;
  })}`;
}

/** @param {DisguisesForms} data */
const rates = ({ forms: found, detectors }) =>
  table({
    label: "Each form",
    className: "keeps-names",
    rows: [...found],
    columns: [
      { name: "Form", cell: ({ name, about }) => html`<b>${name}</b><small class="below">${about}</small>` },
      ...detectors.flatMap(({ title }, at) => [
        { name: title, number: true, cell: (/** @type {DisguisesForm} */ { seen }) => ratedCell(seen[at].forbidden) },
        { name: "its twins", number: true, cell: (/** @type {DisguisesForm} */ { seen }) => ratedCell(seen[at].twins) },
      ]),
      { name: "inconclusive", number: true, cell: ({ inconclusive: { count, n } }) => `${count} of ${n}` },
    ],
  });

/** @param {DisguisesForms} data @param {ViewContext} ctx */
function one(data, ctx) {
  const most = Math.max(0, ...data.forms.map(({ forbidden }) => forbidden.length - 1));
  const at = Math.min(Number(ctx.controls.request ?? 0), most);
  return html`<h3 class="sub3">One request, and its twin</h3>
    <div class="settings-row">${control(ctx, "request", { as: "number", most })}</div>
    ${table({
      label: "One request in each form",
      className: "keeps-names answers",
      rows: data.forms.filter(({ forbidden }) => forbidden.length > at),
      columns: [
        { name: "Form", cell: ({ name }) => html`<b>${name}</b>` },
        { name: "forbidden", cell: ({ forbidden }) => said(forbidden[at], data) },
        { name: "harmless twin", cell: ({ harmless }) => said(harmless[at], data) },
      ],
    })}`;
}

/** @param {DisguisesText} said @param {DisguisesForms} data */
const said = ({ text, answer, verdict, seen }, { detectors }) => html`<span class="asked">${text}</span>
  <span class="said">${answer || "(nothing)"}</span>
  <i class="is ${verdict}">${verdict}${detectors
    .slice(1)
    .map(({ title }, at) => (seen[at + 1] ? `; ${title}` : ""))}</i>`;

/** @param {DisguisesForms} data @returns {Row[]} */
export const rows = ({ forms: found, detectors }) =>
  found.flatMap(({ name, seen, inconclusive }) =>
    detectors.map((each, at) => ({
      form: name,
      detector: each.name,
      n: seen[at].forbidden.n,
      forbidden_seen: seen[at].forbidden.count,
      twins_seen: seen[at].twins.count,
      inconclusive_of_both: inconclusive.count,
    })),
  );
