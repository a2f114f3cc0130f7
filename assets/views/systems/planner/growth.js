// @ts-check
/**
 * The best plan from 8 to 16,384 cards: its share of the peak, what it loses, and what a trillion tokens cost.
 *
 * @import { GrownPlan, PlannerGrowth } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { dot, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { spoken } from "../../../kit/tooltip.js";
import { html } from "../../../vendor/lit.js";
import { lasting } from "./parts.js";

const HEIGHT = 250;
const MOST = 0.7;
const NARROW = 560;

/** @type {View<PlannerGrowth>} */
export function growth(data, ctx) {
  const fits = data.grown.filter(({ cost }) => cost);
  const least = Math.min(...fits.map(({ hours }) => hours ?? Number.POSITIVE_INFINITY));
  const last = fits.at(-1);
  return html`
    <div class="settings-row">
      ${control(ctx, "model", { as: "select" })} ${control(ctx, "card")} ${control(ctx, "tokens")}
      ${control(ctx, "length")}
    </div>
    ${
      last?.cost
        ? html`
          <p class="readout lead">A step of ${parameters(data.batch * data.length)} tokens takes
            ${lasting(fits[0].cost?.seconds ?? 0)} on ${whole(fits[0].cards)} cards and
            <b>${lasting(last.cost.seconds)}</b> on ${whole(last.cards)}. The same tokens then cost
            <b>${whole(Math.round(100 * ((last.hours ?? 0) / least - 1)))} %</b> more card hours than at their
            cheapest.</p>`
        : html`<p class="readout lead">No number of cards fits yet.</p>`
    }
    ${drawn(data.grown, Number(ctx.controls.cards), (cards) => ctx.control("cards", cards), ctx.width)}
    ${table({
      label: "The best plan at each number of cards",
      columns: [
        { name: "cards", number: true, cell: ({ cards }) => whole(cards) },
        { name: "plan", cell: ({ plan, refused }) => plan?.name ?? `none: ${refused}` },
        { name: "a step", number: true, cell: ({ cost }) => (cost ? lasting(cost.seconds) : "") },
        { name: "of the peak", number: true, cell: ({ cost }) => (cost ? percent(cost.mfu, 1) : "") },
        { name: "bubble", number: true, cell: (each) => lost(each, "bubble") },
        { name: "messages", number: true, cell: (each) => lost(each, "tensor", "context", "experts", "data", "sends") },
        {
          name: "card hours for 1T tokens",
          number: true,
          cell: ({ hours }) => (hours ? whole(Math.round(hours)) : ""),
        },
      ],
      rows: [...data.grown],
    })}`;
}

/** Share of a step. @param {GrownPlan} each @param {...string} names */
const lost = ({ cost }, ...names) =>
  cost
    ? percent(
        cost.time.filter(({ name }) => names.includes(name)).reduce((sum, { amount }) => sum + amount, 0) /
          cost.seconds,
        1,
      )
    : "";

/**
 * @param {readonly GrownPlan[]} grown
 * @param {number} chosen
 * @param {(cards: number) => void} choose
 * @param {number} width
 */
function drawn(grown, chosen, choose, width) {
  const share = (/** @type {GrownPlan} */ each) => each.cost?.mfu ?? 0;
  const data = grown.map((each, at) => ({ each, at }));
  const found = data.filter(({ each }) => each.cost);
  return picture({
    label: "Share of the peak of the best plan by number of cards; arrow keys walk them",
    width,
    height: HEIGHT,
    margin: { left: 46, right: 18, top: 14, bottom: 46 },
    x: [-0.4, 11.4],
    y: [0, MOST],
    left: { format: (value) => percent(value, 0), count: 4, title: "of the peak" },
    bottom: {
      title: "cards",
      values: data.filter(({ at }) => width > NARROW || at % 2 === 0).map(({ at }) => at),
      format: (at) =>
        grown[at] ? (grown[at].cards >= 1024 ? `${grown[at].cards / 1024}k` : String(grown[at].cards)) : "",
    },
    marks: [
      line({ data: found, x: ({ at }) => at, y: ({ each }) => share(each), color: "river-deep", stroke: 2 }),
      items({
        data,
        told: ({ each }) => told(each, width > NARROW),
        press: ({ each }) => choose(each.cards),
        chosen: ({ each }) => each.cards === chosen,
        key: ({ each }) => each.cards,
        hit: ({ at }) => ({ x: [at - 0.5, at + 0.5] }),
        marks: ({ each, at }) => [
          each.cost
            ? dot({ x: at, y: share(each), r: 5, color: "river-deep" })
            : text({ x: at, y: 0.04, anchor: "middle", text: "none", className: "dim" }),
          each.plan &&
            width > NARROW &&
            text({
              x: at,
              y: share(each),
              dy: -14,
              anchor: "middle",
              text: degrees(each.plan),
              className: "dim",
            }),
        ],
      }),
    ],
  });
}

/** @param {GrownPlan} each @param {boolean} named whether its degrees are written */
function told({ cards, plan, cost, refused }, named) {
  /** @type {[string, string][]} */
  const lines = cost
    ? [
        ["plan", plan?.name ?? ""],
        ["a step", lasting(cost.seconds)],
        ["of the peak", percent(cost.mfu, 1)],
      ]
    : [["none fits", refused]];
  const title = `${whole(cards)} cards`;
  return { title, lines, name: spoken({ written: [title, cost ? named && degrees(plan) : "none"], lines }) };
}

/** @param {GrownPlan["plan"]} plan */
const degrees = (plan) => (plan ? `${plan.tp}·${plan.pp}·${plan.dp}` : "");

/** @param {PlannerGrowth} data @returns {Row[]} */
export const rows = ({ grown }) =>
  grown.map(({ cards, plan, cost, hours, refused }) => ({
    cards,
    plan: plan?.name ?? "",
    seconds: cost?.seconds ?? null,
    mfu: cost?.mfu ?? null,
    card_hours_1T: hours,
    refused,
  }));
