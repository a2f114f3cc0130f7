// @ts-check
/**
 * Draft and revision under two judges: the model in both orders, and a rule.
 *
 * @import { ConstitutionPairs, JudgedPair } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, signed } from "../../../kit/numbers/format.js";
import { meanWords, ratesPicture, rateWords, told } from "../../../kit/numbers/rates.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html, nothing } from "../../../vendor/lit.js";
import { toPreferences } from "./door.js";
import { marked } from "./pieces.js";

const HEIGHT = 300;
/** @type {Record<string, readonly [color: string, symbol: string]>} */
const LOOKS = { revision: ["pos", "circle"], draft: ["neg", "diamond"], tie: ["ink3", "square"] };

/** @type {View<ConstitutionPairs>} */
export function pairs(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "rule")} ${control(ctx, "requests", { as: "segmented" })}</div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${ratesPicture({
      rates: data.rates,
      width: ctx.width,
      label: "Verdicts of the rule and of the model",
      hollow: ({ name }) => name.startsWith("rule"),
    })}
    ${data.preference ? scatter(data) : nothing}
    ${table({
      label: "Pairs",
      columns: [
        { name: "request", className: "said", cell: ({ request }) => request },
        { name: "draft", className: "said", cell: ({ draft }) => draft },
        { name: "revision", className: "said", cell: ({ pieces }) => html`${marked(pieces)}` },
        { name: "rule", cell: ({ rule }) => rule },
        { name: "model", cell: ({ judge }) => judge ?? "…" },
        { name: "first: revision", number: true, cell: (each) => nats(each.revision_first) },
        { name: "first: draft", number: true, cell: (each) => nats(each.draft_first) },
        { name: "train on it", cell: (each) => door(each, ctx) },
      ],
      rows: [...data.pairs],
    })}
    <p class="hint">The principle is “${data.principle}”; the rule counts ${data.rule}. The two columns of nats are
    log-odds
      for the first place with the revision there and with the draft: of one sign, the model names a place, not an
      answer.</p>`;
}

/** @param {number | null} value */
const nats = (value) => (value === null ? "…" : signed(value));

/** The preferred one of the rule is the chosen answer. @param {JudgedPair} pair @param {any} ctx */
const door = ({ request, draft, revision, rule }, ctx) =>
  rule === "tie" || !draft || !revision
    ? nothing
    : toPreferences(
        rule === "revision"
          ? { request, chosen: revision, rejected: draft }
          : { request, chosen: draft, rejected: revision },
        ctx,
      );

/** @param {ConstitutionPairs} data */
function lead({ pairs: made, rates, preference, bias, kappa, forced }) {
  const better = rates[0];
  const same = made.filter(({ changed }) => changed === 0).length;
  const first = html`Of ${counted(made.length, "pair")} the rule prefers the revision in <b>${rateWords(better)}</b>;
  ${same}
    ${same === 1 ? "revision leaves" : "revisions leave"} the draft as it was (${percent(same / made.length, 0)}).`;
  if (!preference || !bias) return first;
  return html`${first} The model as its own judge prefers revisions by ${meanWords(preference)}${
    told(preference) ? "" : ", which includes zero"
  }, and the first place by <b>${meanWords(bias)}</b> whatever stands there. Kappa with the rule, in both orders:
    <b>${meanWords(kappa, "")}</b>; by the sign of its preference, where the rule decides: ${meanWords(forced, "")}.
    ${
      told(kappa) || told(forced)
        ? ""
        : "Its verdicts do not tell what the rule tells: pairs that it labels would teach its bias."
    }`;
}

/** @param {ConstitutionPairs} data */
function scatter({ pairs: made }) {
  const seen = made.filter(({ judge }) => judge !== null);
  const ends = seen.flatMap(({ revision_first, draft_first }) => [revision_first ?? 0, draft_first ?? 0]);
  const most = 1.08 * Math.max(1, ...ends.map(Math.abs));
  return plot({
    label: "Log-odds for the first place, with the revision and with the draft there",
    height: HEIGHT,
    traces: Object.keys(LOOKS).map((rule) => {
      const some = seen.filter((each) => each.rule === rule);
      return {
        x: some.map(({ revision_first }) => revision_first ?? Number.NaN),
        y: some.map(({ draft_first }) => draft_first ?? Number.NaN),
        name: `rule: ${rule}`,
        color: LOOKS[rule][0],
        symbol: LOOKS[rule][1],
        mode: "markers",
        size: 8,
        hover: "revision first %{x:.2f}, draft first %{y:.2f} nats<extra></extra>",
      };
    }),
    x: { title: "for the first place: revision first, nats", range: [-most, most] },
    y: { title: "draft first, nats", range: [-most, most] },
    notes: [
      { x: 0.6 * most, y: -0.9 * most, text: "revision in both orders" },
      { x: -0.6 * most, y: 0.9 * most, text: "draft in both" },
      { x: 0.6 * most, y: 0.9 * most, text: "always first" },
      { x: -0.6 * most, y: -0.9 * most, text: "always second" },
    ],
    margin: { t: 34 },
  });
}

/** @param {ConstitutionPairs} data @returns {Row[]} */
export const rows = ({ pairs: made }) =>
  made.map(({ request, draft, revision, changed, rule, judge, revision_first, draft_first }) => ({
    ...{ request, draft, revision, changed, rule, judge, revision_first, draft_first },
  }));
