// @ts-check
/**
 * A chain, step by step: how likely the right answer is behind each, what a step is worth, what a changed one does.
 *
 * @import { ChainOpened, ChainPlace } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const CUT = "neg";
const GOES = "prob";

/** @type {View<ChainOpened, Drafts>} */
export function chain(data, ctx) {
  return html`
    <div class="settings-row">
      ${typed({ name: "prompt", value: typedText("prompt", data.prompt, ctx), single: true, named: true }, ctx)}
      ${control(ctx, "stage")} ${control(ctx, "seed")}
    </div>
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} <span class="mono">${data.prompt}</span> is shown.</p>`
        : nothing
    }
    <p class="readout lead">${said(data)}</p>
    ${legend([
      [{ color: GOES, shape: "line" }, "right, if it goes on"],
      [{ color: CUT, shape: "line" }, "right, if it must answer now"],
      [{ color: "ink3", shape: "dot" }, `right in ${data.drawn} drawn ends`],
    ])}
    ${drawn(data, ctx)}
    ${table({
      label: "Each step of the chain",
      columns: [
        { name: "step", cell: ({ at }) => String(at) },
        { name: "instruction", cell: ({ at }) => html`<span class="mono">${data.instructions[at - 1]}</span>` },
        {
          name: "written",
          cell: ({ step, follows }) => html`<span class="mono">${step}</span> ${follows ? "✓" : "✗"}`,
        },
        { name: "probability", number: true, cell: ({ p }) => percent(p, 1) },
        { name: "worth, points", number: true, cell: ({ worth }) => signed(100 * worth, 1) },
        { name: "right if cut here", number: true, cell: ({ cut }) => percent(cut, 1) },
        { name: "chain ends here", number: true, cell: ({ stops }) => percent(stops, 1) },
      ],
      rows: data.places.slice(1).map((each, at) => ({ at: at + 1, ...each })),
    })}
    <p class="hint">A prompt is read from left to right, and each result keeps its last digit only. ✓: the number
      follows from the one before it. Worth: by how many percentage points the step changes the chance of a right
      answer; all of them add up to the whole chain’s change. Probability is that of the written step, given those
      before it.</p>
    ${data.changes.length ? changes(data) : nothing}`;
}

/** @param {ChainOpened} data @returns {Row[]} */
export const rows = (data) => data.places.map((each, at) => ({ place: at, ...each, follows: Number(each.follows) }));

/** @param {ChainOpened} data */
function said(data) {
  const [first] = data.places;
  const last = data.places[data.places.length - 1];
  const best = data.places.slice(1).reduce((one, other) => (other.worth > one.worth ? other : one), first);
  const at = data.places.indexOf(best);
  return html`The model writes <b class="mono">${data.prompt}${data.text}</b>; the right answer is
    <b>${data.answer}</b>. If it must answer at once, it is right with probability <b>${percent(first.cut, 1)}</b>; in
    steps of its own, <b>${percent(first.value, 1)}</b>; after this chain, <b>${percent(last.cut, 1)}</b>.
    ${
      at > 0 && best.worth > 0
        ? html`Step <b>${at}</b> adds most: ${signed(100 * best.worth, 1)} percentage points.`
        : nothing
    }`;
}

/** @param {ChainOpened} data @param {ViewContext<any>} ctx */
function drawn(data, ctx) {
  const x = (/** @type {ChainPlace} */ _, /** @type {number} */ at) => at;
  const last = data.instructions.length;
  return picture({
    label: "How likely the right answer is behind each step",
    width: ctx.width,
    height: 276,
    margin: { left: 50, right: 20, top: 32, bottom: 46 },
    x: [-0.15, last + 0.15],
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "steps written", format: String },
    marks: [
      line({ data: data.places, x, y: ({ value }) => value, color: GOES, stroke: 2 }),
      line({ data: data.places, x, y: ({ cut }) => cut, color: CUT, stroke: 2 }),
      data.places.map((each, at) => [
        rule({ x: at, color: "line" }),
        text({ x: at, y: 1, dy: -20, anchor: "middle", className: "m", text: at ? `${each.step}` : "writes" }),
      ]),
      items({
        data: data.places,
        told: (each, at) => ({
          title: at ? `step ${at}: ${each.step}` : "no step yet",
          lines: [
            ["right, if it goes on", percent(each.value)],
            ["right, if it must answer", percent(each.cut)],
            [`of ${data.drawn} drawn ends`, percent(each.sampled)],
          ],
        }),
        marks: (each, at) => [
          dot({ x: at, y: each.value, r: 5, color: GOES }),
          dot({ x: at, y: each.cut, r: 5, color: CUT }),
          dot({ x: at, y: each.sampled, r: 3, color: "ink3" }),
        ],
      }),
    ],
  });
}

/** @param {ChainOpened} data */
const changes = (data) => html`
  <h3 class="sub3">A step is changed <small>does the answer follow it, or stay?</small></h3>
  ${table({
    label: "What a changed step does to the answer",
    columns: [
      { name: "changed step", cell: ({ at }) => String(at) },
      { name: "rest kept: follows", number: true, cell: ({ kept_follows }) => percent(kept_follows, 1) },
      { name: "rest kept: stays", number: true, cell: ({ kept_stays }) => percent(kept_stays, 1) },
      { name: "rest anew: follows", number: true, cell: ({ anew_follows }) => percent(anew_follows, 1) },
      { name: "rest anew: stays", number: true, cell: ({ anew_stays }) => percent(anew_stays, 1) },
      { name: "rest anew: right", number: true, cell: ({ anew_right }) => percent(anew_right, 1) },
    ],
    rows: data.changes.map((each, at) => ({ at: at + 1, ...each })),
  })}
  <p class="hint">Each step is replaced by each of the nine other digits; the table has the means. The later steps are
    kept as they were, or written anew. The answer follows if it is what the instructions make of the changed step, and
    stays if it is the chain’s own. With the chain of another prompt (<span class="mono">${data.swapped_prompt}</span>)
    in its place, the model gives that chain’s answer with probability <b>${percent(data.swapped_answer, 1)}</b>. With
    one step more than there are instructions, it is right with <b>${percent(data.longer, 1)}</b>.</p>`;
