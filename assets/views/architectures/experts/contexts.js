// @ts-check
/**
 * Where one expert weighs most: the tokens in their passages, the weights around them as a ground of violet.
 *
 * @import { OneExpert } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen } from "./selection.js"
 * @typedef {{ only: string }} Opened the kind that is shown, or "all"
 * @typedef {{ place: number, begin: number, end: number, document: string, weight: (place: number) => number }} Context
 */
import { segmented } from "../../../kit/controls/controls.js";
import { rove } from "../../../kit/controls/roving.js";
import { decimal } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { bisectRight, range } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

const ALL = "all";
/** Below this width there is room for fewer tokens on either side. */
const NARROW = 620;
const FEW = 4;

/**
 * @param {OneExpert} data
 * @param {ViewContext<Opened>} ctx
 * @param {Chosen} chosen
 */
export function contexts(data, ctx, chosen) {
  const { only = ALL } = ctx.kept;
  const reach = ctx.width < NARROW ? FEW : data.near;
  const kinds = data.kinds
    .map((name, kind) => ({ name, kind }))
    .filter(({ kind }) => only === ALL || only === `${kind}`);
  return html`
    <h3 class="sub3 next">
      Where it weighs most <small>tokens in their passages; the deeper the violet, the larger this expert’s
      weight</small>
    </h3>
    <div class="bar">
      ${segmented({
        label: "Kind",
        choices: [
          [ALL, "All kinds"],
          ...data.kinds.map((name, kind) => /** @type {[string, string]} */ ([`${kind}`, name])),
        ],
        chosen: only,
        choose: (key) => ctx.keep({ only: key }),
      })}
    </div>
    <div class="contexts" role="list" aria-label="Where the expert weighs most" data-rove @keydown=${rove}>
      ${kinds.map(({ name, kind }, at) =>
        ofKind({ data, name, found: found(data, chosen, kind), reach, first: at === 0 }),
      )}
    </div>`;
}

/**
 * The places of a kind at which the expert weighs most.
 * @param {OneExpert} data
 * @param {Chosen} chosen
 * @param {number} kind
 * @returns {Context[]}
 */
function found(data, { block, expert }, kind) {
  const [, , kinds, ranks] = data.at.shape;
  const around = 2 * data.near + 1;
  const first = ((block * data.n_experts + expert) * kinds + kind) * ranks;
  return range(first, first + ranks)
    .filter((at) => data.at.a[at] >= 0)
    .map((at) => {
      const place = data.at.a[at];
      const passage = bisectRight(/** @type {Int32Array} */ (data.starts.a), place) - 1;
      return {
        place,
        begin: data.starts.a[passage],
        end: data.starts.a[passage + 1] ?? data.ids.a.length,
        document: data.documents[passage],
        weight: (/** @type {number} */ there) => data.weights.a[at * around + there - place + data.near] / 255,
      };
    });
}

/** @param {{ data: OneExpert, name: string, found: Context[], reach: number, first: boolean }} options */
function ofKind({ data, name, found, reach, first }) {
  if (found.length) {
    return found.map((context, at) => line({ data, name, context, reach, heads: at === 0, first: first && at === 0 }));
  }
  return html`
    <div class="context none" role="listitem" aria-label="${name}: no token chooses it" tabindex=${first ? 0 : -1}>
      <span class="kind">${name}</span><span class="hint">no token of this kind chooses it</span>
    </div>`;
}

/**
 * @param {{ data: OneExpert, name: string, context: Context, reach: number, heads: boolean, first: boolean }} options
 */
function line({ data, name, context, reach, heads, first }) {
  const { place, begin, end, document, weight } = context;
  const own = decimal(weight(place));
  const tip = tooltip(document, [
    ["kind", name],
    ["place in the passage", `${place - begin} of ${end - begin}`],
    ["weight", own],
  ]);
  const chip = (/** @type {number} */ there) => marked(data.ids.a[there], weight(there));
  return html`
    <div class="context" role="listitem" tabindex=${first ? 0 : -1}
      aria-label="${name}: ${tokenText(data.ids.a[place])}, weight ${own}, in ${document}"
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <span class="kind">${heads ? name : nothing}</span>
      <span class="before">${range(Math.max(begin, place - reach), place).map(chip)}</span>
      <span class="middle">${marked(data.ids.a[place], weight(place), "on")}</span>
      <span class="after">${range(place + 1, Math.min(end, place + reach + 1)).map(chip)}</span>
      <span class="weight">${own}</span>
    </div>`;
}

/** @param {number} id @param {number} weight */
const marked = (id, weight, className = "") =>
  html`<span class="context-token ${className}"
    style=${styleMap({ "--weight": weight.toFixed(3) })}>${token(id, { className: "" })}</span>`;
