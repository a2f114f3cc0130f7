// @ts-check
/**
 * The reference's typical layout, drawn for this many cards: two nodes of a copy, and what crosses each kind of link.
 *
 * @import { TypicalLayout, TypicalLink } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { costed, described, gigabytes, lasting } from "./parts.js";

/** What each kind of link is called. @type {Record<string, string>} */
const KINDS = { tensor: "tensor parallel all-reduces", pipeline: "activations and gradients", data: "ZeRO-1" };
const HEIGHT = 214;
const NARROW = 560;

/** @type {View<TypicalLayout>} */
export function typical(data, ctx) {
  const { refused, cost, plan, best, model, cards } = data;
  return html`
    ${drawn(data, ctx.width)}
    ${
      refused
        ? html`<p class="readout lead claim">On ${whole(cards)} cards this layout cannot be: ${refused}</p>`
        : html`
          <p class="readout lead"><b>${model}</b> in the reference’s layout: ${described(plan)}
            ${cost ? html`<b>${lasting(cost.seconds)}</b> a step, ${percent(cost.mfu, 1)} of the peak.` : nothing}
            ${
              cost && best?.cost
                ? html`The best plan, ${best.plan.name} with ZeRO ${best.plan.zero}, takes
                  <b>${lasting(best.cost.seconds)}</b>: ${percent(1 - best.cost.seconds / cost.seconds, 1)} less.`
                : nothing
            }</p>`
    }
    <div class="side-by-side">
      <div>${cost ? costed(cost, data.usable) : nothing}</div>
      <div>${data.links.length ? crossed(data.links) : nothing}</div>
    </div>`;
}

/** @param {readonly TypicalLink[]} links */
const crossed = (links) => html`
  <p class="sub3">What one card sends in a step</p>
  ${table({
    label: "Bytes of one card in a step by kind of link",
    columns: [
      { name: "what", cell: ({ name }) => KINDS[name] },
      { name: "where", cell: ({ where }) => where },
      { name: "sent", number: true, cell: ({ bytes }) => gigabytes(bytes) },
      { name: "link", number: true, cell: ({ rate }) => `${gigabytes(rate)}/s` },
      { name: "takes", number: true, cell: ({ bytes, rate }) => lasting(bytes / rate) },
      { name: "when", cell: ({ hidden }) => (hidden ? "while it computes" : "while it waits") },
    ],
    rows: [...links],
  })}`;

/** Two nodes of one copy, and the copies. @param {TypicalLayout} data @param {number} width */
function drawn({ node, layers, plan, copies }, width) {
  const narrow = width < NARROW;
  const room = Math.min(width, 900);
  const gap = narrow ? 34 : 90;
  const wide = (room - gap - 4) / 2;
  const each = (wide - 24) / node;
  const half = Math.ceil(layers / 2);
  const at = (/** @type {number} */ which) => 2 + which * (wide + gap);
  const one = (/** @type {number} */ which) => [
    bar({ x: [at(which), at(which) + wide], y: [30, 140], color: "line2", hollow: true, rx: 4 }),
    text({ x: at(which) + 10, y: 46, text: `Node ${which}, ${node} cards`, className: "dim" }),
    Array.from({ length: node }, (_, card) =>
      bar({
        x: [at(which) + 12 + card * each, at(which) + 12 + card * each + each - 3],
        y: [60, 100],
        color: "river-deep",
        rx: 2,
      }),
    ),
    text({
      x: at(which) + wide / 2,
      y: 122,
      anchor: "middle",
      text: `TP ${plan.tp}: blocks ${which ? half : 0}–${which ? layers - 1 : half - 1}`,
    }),
  ];
  return picture({
    label: `Two nodes of ${node} cards hold one copy of the model; there are ${copies}`,
    width: room,
    height: HEIGHT,
    marks: [
      one(0),
      one(1),
      rule({ x: [at(0) + wide, at(1)], y: 80, color: "prob", stroke: 2 }),
      text({ x: (at(0) + wide + at(1)) / 2, y: 68, anchor: "middle", text: narrow ? "PP" : "pipeline" }),
      rule({ x: at(0) + wide / 2, y: [140, 172], color: "pos", stroke: 2 }),
      rule({ x: at(1) + wide / 2, y: [140, 172], color: "pos", stroke: 2 }),
      text({
        x: room / 2,
        y: 190,
        anchor: "middle",
        text: `${copies > 1 ? `${whole(copies - 1)} more ${copies === 2 ? "copy" : "copies"}` : "no other copy"}: data
        parallel, ZeRO-1`,
      }),
    ],
  });
}

/** @param {TypicalLayout} data @returns {Row[]} */
export const rows = ({ links }) => links.map((each) => ({ ...each }));
