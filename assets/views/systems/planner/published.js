// @ts-check
/**
 * Published runs beside the planner: the error of each step on one scale, and the parts of the one that is opened.
 *
 * @import { PublishedStep, PublishedSteps } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, dot, rule, text } from "../../../kit/drawing/marks.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { spoken } from "../../../kit/tooltip.js";
import { max, median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { described, gigabytes, lasting, parted } from "./parts.js";

const STEP = 22;
const NARROW = 620;
const SCALE = 0.4;

/** @type {View<PublishedSteps>} */
export function published({ runs, goal }, ctx) {
  const chosen = runs[Math.min(Number(ctx.controls.row ?? 0), runs.length - 1)];
  const within = runs.filter(({ error }) => Math.abs(error) <= goal);
  const read = runs.filter(({ speed_read }) => speed_read);
  const quick = runs.filter(({ error }) => error < -goal);
  return html`
    <p class="readout lead"><b>${within.length} of ${runs.length}</b> steps lie within ${percent(goal, 0)}, of those
      whose speed was read again ${read.filter((each) => within.includes(each)).length} of ${read.length}; half are
      off by less
      than ${percent(median(runs, ({ error }) => Math.abs(error)) ?? 0, 1)}. Of the others ${quick.length} took longer
      than planned: the sum knows no heat, no imbalance of experts and no software of 2021.</p>
    ${legend([
      [{ color: "river-deep", shape: "dot" }, "speed read again"],
      [{ color: "river-deep", shape: "dot", hollow: true }, "speed from memory"],
      [{ color: "ok-soft" }, `within ${percent(goal, 0)}`],
    ])}
    <div class="side-by-side wide-left">
      ${errors(runs, goal, chosen, (each) => ctx.control("row", runs.indexOf(each)), ctx.width)}
      <div>${opened(chosen)}</div>
    </div>`;
}

/** @param {PublishedStep} run */
const opened = (run) => html`
  <p class="sub3">${run.name}</p>
  <p class="hint"><a href=${run.address} target="_blank" rel="noreferrer">${run.source}</a>; ${run.said}${
    run.speed_read ? "" : ", from memory"
  }. ${described(run.plan)} Batch ${whole(run.batch)} × ${whole(run.length)} tokens.
    ${run.plan_read ? nothing : "The plan is partly from memory."} ${run.assumed}</p>
  <p class="readout">Published <b>${lasting(run.published)}</b>, planned <b>${lasting(run.cost.seconds)}</b>:
    <b>${signed(100 * run.error, 1)} %</b>.
    ${
      run.agreement === null
        ? nothing
        : html`The source’s own two numbers differ by ${decimal(100 * Math.abs(run.agreement), 1)} %.`
    }</p>
  ${run.note ? html`<p class="readout claim">${run.note}</p>` : nothing}
  ${parted("Planned step", run.cost.time, run.cost.seconds, lasting)}
  <p class="hint">Memory by the sum: ${gigabytes(run.cost.bytes)}, ${percent(run.of_memory, 0)} of a
    card${run.of_memory > 1 ? ": the planner would refuse a run that took place" : ""}.</p>`;

/**
 * @param {readonly PublishedStep[]} runs
 * @param {number} goal
 * @param {PublishedStep} chosen
 * @param {(each: PublishedStep) => void} choose
 * @param {number} width
 */
function errors(runs, goal, chosen, choose, width) {
  const narrow = width < NARROW;
  const room = narrow ? width : Math.min(width, 620);
  const step = narrow ? STEP * 1.6 : STEP;
  const names = narrow ? 8 : 14 + Number(max(runs, ({ name }) => textWidth(name)));
  const top = 22;
  return picture({
    label: "Planned over published seconds of a step, less one, of each run; arrow keys walk them",
    width: room,
    height: top + runs.length * step + 42,
    margin: { left: names, right: 44, top, bottom: 42 },
    x: [-SCALE, SCALE],
    bottom: {
      title: "planned against published",
      format: (value) => `${signed(100 * value, 0)} %`,
      count: 5,
      grid: true,
    },
    marks: [
      bar({ x: [-goal, goal], y: [top, top + runs.length * step], color: "ok-soft" }),
      rule({ x: 0, color: "ink", label: ["as published"] }),
      items({
        data: runs,
        told,
        press: choose,
        chosen: (each) => each === chosen,
        key: ({ name }) => name,
        hit: (_, at) => ({ y: top + (at + 0.5) * step, thick: step }),
        marks(each, at) {
          const y = top + (at + (narrow ? 0.7 : 0.5)) * step;
          return [
            text({
              ...{ x: -SCALE, y: narrow ? y - 16 : y, dx: narrow ? 0 : -8, anchor: narrow ? "start" : "end" },
              ...{ text: each.name, className: "haloed" },
            }),
            rule({ x: [Math.min(0, each.error), Math.max(0, each.error)], y, color: "line2" }),
            dot({ x: each.error, y, r: 4.5, color: "river-deep", hollow: !each.speed_read }),
            text({ x: SCALE, y, dx: 42, anchor: "end", text: `${signed(100 * each.error, 0)} %`, className: "num" }),
          ];
        },
      }),
    ],
  });
}

/** @param {PublishedStep} each */
function told({ name, published: seconds, cost, error }) {
  /** @type {[string, string][]} */
  const lines = [
    ["published", lasting(seconds)],
    ["planned", lasting(cost.seconds)],
    ["error", `${signed(100 * error, 1)} %`],
  ];
  return { title: name, lines, name: spoken({ written: [name, `${signed(100 * error, 0)} %`], lines }) };
}

/** @param {PublishedSteps} data @returns {Row[]} */
export const rows = ({ runs }) =>
  runs.map(({ name, source, cluster, plan, published: seconds, cost, error, speed_read, plan_read, of_memory }) => ({
    name,
    source,
    cluster,
    plan: plan.name,
    published: seconds,
    planned: cost.seconds,
    error,
    speed_read,
    plan_read,
    of_memory,
  }));
